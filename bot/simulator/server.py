"""The HTTP face of the simulator: Bot API, files, control, page; for this machine only."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import re
import time
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.simulator import control
from bot.simulator.errors import Refused, not_found
from bot.simulator.faults import Fault
from bot.simulator.listener import listening, running
from bot.simulator.methods import METHODS, NAMES
from bot.simulator.methods.audience import chat_id
from bot.simulator.records import Call, File
from bot.simulator.request import Params, read
from bot.simulator.webhook import is_loopback
from bot.simulator.world import World

FILE = "file"
"""What a fault calls the download of a file, which is no method."""
PATH_SECONDS = 3600


class OnlyLoopback:
    """Refuses any Host that is not this machine's, so that no web page reaches us under a name of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            name = re.sub(r":\d*$", "", host)
            if not is_loopback(name):
                await Response("Not for this host.\n", 421)(scope, receive, send)
                return
        await self.app(scope, receive, send)


async def _hang_up(request: Request) -> Response:
    request.state.transport.close()
    await asyncio.sleep(0.02)
    return Response(status_code=499)


def _known_token(world: World, token: str) -> None:
    if hmac.compare_digest(token.encode(), world.token.encode()):
        return
    if re.fullmatch(r"\d+:[A-Za-z0-9_-]{3,}", token):
        raise Refused(401, "Unauthorized")
    raise not_found()


async def _method(request: Request) -> Response:
    world: World = request.app.state.world
    asked = request.path_params["method"].lower()
    call = Call(NAMES.get(asked, request.path_params["method"]), {}, time.monotonic())
    fault: Fault | None = None
    try:
        _known_token(world, request.path_params["token"])
        params = await read(request)
        call.params, call.chat_id = params.logged(), chat_id(params)
        with world.calling(call):
            try:
                fault = world.faults.take(call.method, call.chat_id)
                if fault is not None:
                    await _before(fault)
                if fault is None or fault.kind != "dropped":
                    result = (
                        await _polled(request, world, params)
                        if asked == "getupdates"
                        else (await _done(world, asked, params))
                    )
                    call.status, call.response = 200, {"ok": True, "result": result}
            except Refused as error:
                call.status, call.response = error.code, error.body()
    except Refused as error:
        call.status, call.response = error.code, error.body()
    except ClientDisconnect:  # a bot that died while it wrote
        return Response(status_code=499)
    if fault is not None and fault.kind == "late":
        await asyncio.sleep(fault.seconds)
    if fault is not None and fault.kind in ("lost", "dropped"):
        return await _hang_up(request)
    headers = {}
    if call.status == 429 and call.response:
        headers["Retry-After"] = str(call.response["parameters"]["retry_after"])
    return JSONResponse(call.response, status_code=call.status, headers=headers)


async def _before(fault: Fault) -> None:
    refusal = fault.refusal()
    if refusal is not None:
        raise refusal
    if fault.kind == "delay":
        await asyncio.sleep(fault.seconds)


async def _done(world: World, asked: str, params: Params) -> Any:
    method = METHODS.get(asked)
    if method is None:
        raise not_found()
    return await method(world, params)


async def _polled(request: Request, world: World, params: Params) -> Any:
    """A long poll that ends when its client is gone, so that a dead bot holds nothing."""
    answer = asyncio.ensure_future(METHODS["getupdates"](world, params))
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        return await answer if answer.done() else []
    finally:
        for task in (answer, gone):
            task.cancel()
        await asyncio.gather(answer, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _file(request: Request) -> Response:
    """A file whose path getFile gave within the hour; faults of "file" happen here."""
    world: World = request.app.state.world
    world.in_flight += 1
    try:
        _known_token(world, request.path_params["token"])
        fault = world.faults.take(FILE, None)
        if fault is not None:
            await _before(fault)
        if fault is not None and fault.kind in ("lost", "dropped"):
            return await _hang_up(request)
        stored = _open_file(world, request.path_params["path"])
        if fault is not None and fault.kind == "late":
            await asyncio.sleep(fault.seconds)
        return Response(stored.data, media_type="application/octet-stream")
    except Refused as error:
        return JSONResponse(error.body(), status_code=error.code)
    finally:
        world.in_flight -= 1


def _open_file(world: World, path: str) -> File:
    """Raises: Refused 404."""
    for stored in world.files.values():
        if stored.path == path and stored.asked_at is not None:
            if time.monotonic() - stored.asked_at > PATH_SECONDS:
                break
            return stored
    raise not_found()


def application(world: World) -> Starlette:
    """The whole server as an ASGI application."""
    app = Starlette(
        routes=[
            Route("/file/bot{token}/{path:path}", _file, methods=["GET", "HEAD"]),
            Route("/bot{token}/{method}", _method, methods=["GET", "POST"]),
            *control.ROUTES,
        ],
        middleware=[Middleware(OnlyLoopback)],
    )
    app.state.world = world
    return app


@contextlib.asynccontextmanager
async def serving(world: World, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Run the server in this event loop while the block runs. Yields its address, no slash at the end."""
    bound = listening(host, port)
    port = bound.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    async with running(application(world), bound):
        try:
            yield f"http://{shown}:{port}"
        finally:
            world.close()
            if world.updates.webhook is not None:
                await world.updates.webhook.stop()
