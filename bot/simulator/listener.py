"""uvicorn inside another event loop: it starts on a bound socket, ends at once, leaves signals alone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.simulator.webhook import is_loopback


class _Protocol(H11Protocol):
    """Puts the connection into the scope, so that a fault can close it without an answer."""

    def handle_events(self) -> None:
        self.app_state["transport"] = self.transport
        super().handle_events()


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers and without its waits of a tenth of a second.

    Whoever starts it decides when it ends; tests start and end hundreds of them.
    """

    longest_goodbye = 2.0

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(
            app, http=_Protocol, ws="none", lifespan="off", log_config=None, access_log=False,
            server_header=False, proxy_headers=False, timeout_keep_alive=30,
        )  # fmt: skip
        super().__init__(config)
        self.leaving = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        counter = 0
        while not await self.on_tick(counter):
            counter += 10
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.leaving.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in self.servers:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        until = time.monotonic() + self.longest_goodbye
        while (self.server_state.connections or self.server_state.tasks) and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for listener in self.servers:
            await listener.wait_closed()

    def leave(self) -> None:
        """Begin to end."""
        self.should_exit = True
        self.leaving.set()


@contextlib.asynccontextmanager
async def running(app: ASGIApp, bound: socket.socket) -> AsyncIterator[Server]:
    """An application on a bound socket, in this event loop, while the block runs."""
    server = Server(app)
    task = asyncio.create_task(server.serve(sockets=[bound]), name="simulator server")
    try:
        while not server.started:
            if task.done():
                await task
            await asyncio.sleep(0.001)
        yield server
    finally:
        server.leave()
        await task


def listening(host: str, port: int) -> socket.socket:
    """A bound socket on this machine. Raises: ValueError for any other host, OSError if the port is taken."""
    if not is_loopback(host):
        raise ValueError(f"The simulator is for this machine only: 127.0.0.1, not {host}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol left at 0 asyncio does not switch Nagle's delay off, and every answer takes 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
