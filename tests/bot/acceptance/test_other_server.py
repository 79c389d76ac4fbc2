"""`gentlehours run` against a Bot API server of another make, by settings alone.

This server shares no line with the simulator: raw HTTP/1.1 on a socket, bodies of every kind that the API
allows, only the fields that it requires in answers, unknown fields in updates, a 429 once, an update that
comes twice, and 404 for what it does not know.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.bot.acceptance.program import Program

TOKEN = "987654321:of-this-test-only-opens-nothing-abc"
EVA = {"id": 77, "is_bot": False, "first_name": "Eva", "added_in_10_9": {"x": 1}}
CHAT = {"id": 77, "type": "private", "accent_of_2031": 4}
KNOWN = {
    "getMe", "getUpdates", "sendMessage", "editMessageText", "editMessageReplyMarkup", "deleteMessage",
    "answerCallbackQuery", "setMyCommands", "deleteMyCommands", "deleteWebhook",
}  # fmt: skip


class OtherServer:
    def __init__(self) -> None:
        self.url = ""
        self.pending: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.kinds: set[str] = set()
        self.flooded = False
        self.number = 500
        self.message_id = 100
        self.news = asyncio.Event()

    # --- what Eva does ---

    def _update(self, **body: Any) -> dict[str, Any]:
        self.number += 1
        update = {"update_id": self.number, "a_field_of_tomorrow": [1, {"deep": True}], **body}
        self.pending.append(update)
        self.news.set()
        return update

    def say(self, text: str) -> dict[str, Any]:
        self.message_id += 1
        entities = [{"type": "bot_command", "offset": 0, "length": len(text)}] if text[0] == "/" else []
        return self._update(
            message={
                "message_id": self.message_id, "date": int(time.time()), "chat": CHAT, "from": EVA,
                "text": text, "entities": entities, "mood_of_sender": "curious",
            }
        )  # fmt: skip

    def tap(self, data: str, message_id: int, query: str) -> dict[str, Any]:
        there = {"message_id": message_id, "date": 0, "chat": CHAT}  # an inaccessible message: all it must be
        return self._update(
            callback_query={"id": query, "from": EVA, "chat_instance": "1", "data": data, "message": there}
        )

    # --- what it answers ---

    async def answer(self, method: str, asked: dict[str, Any]) -> tuple[int, Any]:
        if method not in KNOWN:
            return 404, {"ok": False, "error_code": 404, "description": "Not Found"}
        if method == "getMe":
            return 200, {"id": 987654321, "is_bot": True, "first_name": "Other", "username": "other_bot"}
        if method == "getUpdates":
            return 200, await self._updates(int(asked.get("offset") or 0), float(asked.get("timeout") or 0))
        self.calls.append((method, asked))
        if method == "sendMessage":
            if not self.flooded:
                self.flooded = True
                self.calls.pop()
                return 429, {
                    "ok": False, "error_code": 429, "description": "Too Many Requests: retry after 1",
                    "parameters": {"retry_after": 1},
                }  # fmt: skip
            self.message_id += 1
            return 200, {"message_id": self.message_id, "date": int(time.time()), "chat": CHAT}
        if method == "editMessageText":
            return 200, {"message_id": int(asked["message_id"]), "date": 1, "chat": CHAT}
        return 200, True

    async def _updates(self, offset: int, seconds: float) -> list[dict[str, Any]]:
        self.pending = [u for u in self.pending if u["update_id"] >= offset]
        if not self.pending:
            self.news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.news.wait(), seconds)
        return self.pending[:2]

    # --- the wire ---

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone = (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError)
        with contextlib.suppress(*gone):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                line, *rest = head.split("\r\n")
                verb, path, _ = line.split(" ")
                fields = {n.lower(): v.strip() for n, _, v in (one.partition(":") for one in rest if one)}
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                status, said = await self._route(verb, path, fields.get("content-type", ""), body)
                if status == 200:
                    said = {"ok": True, "result": said}
                data = json.dumps(said).encode()
                writer.write(
                    f"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(data)}\r\n\r\n".encode()
                    + data
                )
                await writer.drain()
        writer.close()

    async def _route(self, verb: str, path: str, kind: str, body: bytes) -> tuple[int, Any]:
        path, _, query = path.partition("?")
        prefix, _, method = path.rpartition("/")
        if prefix != f"/bot{TOKEN}" or verb not in {"GET", "POST"}:
            return 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}
        asked: dict[str, Any] = dict(parse_qsl(query))
        self.kinds.add(kind.partition(";")[0])
        if kind.startswith("application/json"):
            asked |= json.loads(body)
        elif kind.startswith("application/x-www-form-urlencoded"):
            asked |= dict(parse_qsl(body.decode(), strict_parsing=True)) if body else {}
        elif kind.startswith("multipart/form-data"):
            parts = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
            asked |= {
                str(p.get_param("name", header="content-disposition")): p.get_payload()
                for p in parts.walk()
                if not p.is_multipart()
            }
        elif body:
            return 400, {"ok": False, "error_code": 400, "description": "Bad Request: body of no kind"}
        return await self.answer(method, asked)

    # --- what Eva sees ---

    def sent(self) -> list[dict[str, Any]]:
        return [asked for method, asked in self.calls if method == "sendMessage"]

    async def until(self, what: Any, seconds: float = 20) -> None:
        for _ in range(int(seconds * 50)):
            if what():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"it never came: {[name for name, _ in self.calls]}")


def buttons(asked: dict[str, Any]) -> list[dict[str, Any]]:
    markup = asked.get("reply_markup") or "{}"
    found = json.loads(markup) if isinstance(markup, str) else markup
    return [button for row in found.get("inline_keyboard", []) for button in row]


def kept(folder: Path) -> list[tuple[str, int]]:
    """What stands in the inbox: how many updates in which state."""
    rows = sqlite3.connect(folder / "data" / "gentlehours" / "gentlehours.db")
    try:
        return rows.execute("SELECT state, count(*) FROM inbox_update GROUP BY state").fetchall()
    finally:
        rows.close()


@pytest.fixture
async def other() -> AsyncIterator[OtherServer]:
    server = OtherServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening:
        yield server


async def test_it_works_by_settings_alone(other: OtherServer, tmp_path: Path) -> None:
    program = await Program.start("run", cwd=tmp_path, bot_token=TOKEN, api_url=f"{other.url}/", admins="77")
    try:
        await program.says("running")

        other.say("/start")
        await other.until(lambda: other.sent())  # after the 429
        assert other.flooded
        first = other.sent()[0]
        assert int(first["chat_id"]) == 77
        assert first["text"].startswith("<b>")
        offered = buttons(first)
        assert offered

        card = other.message_id
        taps = [other.tap(button["callback_data"], card, f"q{n}") for n, button in enumerate(offered)]
        taps.append(other.tap("f:1:o1", card, "old"))
        taps.append(other.tap("garbage \U0001f600", 999, "foreign"))
        other.pending.insert(0, taps[0])  # and one comes again
        wanted = {update["callback_query"]["id"] for update in taps}

        def answered() -> list[str]:
            return [
                asked["callback_query_id"] for name, asked in other.calls if name == "answerCallbackQuery"
            ]

        await other.until(lambda: wanted <= set(answered()))
        assert sorted(answered()) == sorted(set(answered())), "a repeated update was answered twice"

        other._update(poll_of_2033={"id": 1})
        other._update(message={"message_id": 7, "date": 1, "chat": {"id": -5, "type": "group", "title": "G"}})
        other.say("/help")
        await other.until(lambda: kept(tmp_path) == [("done", len(taps) + 4)])

        began = time.monotonic()
        program.process.send_signal(signal.SIGTERM)
        assert await program.ended(5) == 0, "\n".join(program.said)
        assert time.monotonic() - began < 5
    finally:
        await program.kill()
    bad = (TOKEN, "Traceback", "failed", "error")
    assert not [line for line in program.said if any(word in line for word in bad)]
    assert other.kinds <= {"application/x-www-form-urlencoded", "application/json", ""}
