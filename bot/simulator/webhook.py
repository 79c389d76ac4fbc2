"""Updates pushed to the bot's own address, with the secret header and Telegram's patience."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.simulator.errors import bad
from bot.simulator.updates import Updates

Json = dict[str, Any]
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  a name, no secret
FIRST_WAIT = 0.2
LONGEST_WAIT = 5.0


def is_loopback(host: str | None) -> bool:
    """True for this machine's own names and addresses."""
    if host is None:
        return False
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass
class Webhook:
    """Where updates go. Updates of one chat keep their order; other chats go at the same time."""

    url: str
    secret: str | None
    max_connections: int
    certificate: bool = False
    last_error_date: int | None = None
    last_error_message: str | None = None
    _busy: set[int] = field(default_factory=set)
    _task: asyncio.Task[None] | None = None

    @classmethod
    def checked(cls, url: str, secret: str | None, connections: int, certificate: bool) -> Webhook:
        """A webhook as setWebhook takes it. Only this machine may be named without https.

        Raises: Refused 400.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if not is_loopback(parts.hostname):
            raise bad("bad webhook: Failed to resolve host: the simulator reaches this machine only")
        if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad("secret token contains unallowed characters")
        return cls(url, secret, min(max(connections, 1), 100), certificate)

    def start(self, updates: Updates) -> None:
        """Begin to deliver in the background."""
        self._task = asyncio.create_task(self._deliver(updates), name="simulator webhook")

    async def stop(self) -> None:
        """End all deliveries; what was not confirmed stays pending."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _deliver(self, updates: Updates) -> None:
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client, asyncio.TaskGroup() as group:
            while True:
                for update in list(updates.pending):
                    key = _chat_of(update)
                    if key not in self._busy and len(self._busy) < self.max_connections:
                        self._busy.add(key)
                        group.create_task(self._post(client, updates, update, key))
                await asyncio.sleep(0.005)

    async def _post(self, client: httpx.AsyncClient, updates: Updates, update: Json, key: int) -> None:
        wait = FIRST_WAIT
        headers = {SECRET_HEADER: self.secret} if self.secret else {}
        try:
            while not await self._accepted(client, update, headers):
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            updates.acknowledge(lambda one: one["update_id"] == update["update_id"])
            for old in updates.repeats():
                await self._accepted(client, old, headers)
        finally:
            self._busy.discard(key)

    async def _accepted(self, client: httpx.AsyncClient, update: Json, headers: dict[str, str]) -> bool:
        try:
            answer = await client.post(self.url, json=update, headers=headers)
        except httpx.HTTPError as error:
            self._failed(str(error) or type(error).__name__)
            return False
        if answer.is_success:
            return True
        self._failed(f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}")
        return False

    def _failed(self, why: str) -> None:
        self.last_error_date = int(time.time())
        self.last_error_message = why

    def info(self, updates: Updates) -> Json:
        """The API's WebhookInfo."""
        shown: Json = {
            "url": self.url,
            "has_custom_certificate": self.certificate,
            "pending_update_count": len(updates.pending),
            "max_connections": self.max_connections,
        }
        if self.last_error_message is not None:
            shown["last_error_date"] = self.last_error_date
            shown["last_error_message"] = self.last_error_message
        return shown


def _chat_of(update: Json) -> int:
    for content in update.values():
        if isinstance(content, dict):
            chat = content.get("chat") or content.get("message", {}).get("chat") or content.get("from")
            if chat:
                return int(chat["id"])
    return 0
