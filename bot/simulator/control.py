"""The other side of the simulator over HTTP: what the page and a driver in another process do and see."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import inspect
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.simulator.errors import Impossible
from bot.simulator.faults import Fault
from bot.simulator.hands import Hands
from bot.simulator.records import Message
from bot.simulator.view import chat_view
from bot.simulator.webhook import is_loopback
from bot.simulator.world import World

Json = dict[str, Any]
Handler = Callable[[World, Json], Awaitable[Any]]

ACTS = frozenset(
    [
        "start",
        "say",
        "edit",
        "tap",
        "share_contact",
        "send_photo",
        "send_document",
        "voice",
        "sticker",
        "location",
        "dice",
        "poll",
        "block",
        "unblock",
        "delete_account",
        "add_bot",
        "remove_bot",
    ]
)
PAGE = {
    "": "text/html",
    "app.js": "text/javascript",
    "chat.js": "text/javascript",
    "phone.js": "text/javascript",
    "style.css": "text/css",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def act(world: World, asked: Json) -> Json:
    """One act of a person: {"user", "act", ...arguments}; bytes travel as base64 in "data".

    Returns the id of the message or of the tap. Raises: Impossible.
    """
    asked = dict(asked)
    name, user_id = asked.pop("act", None), int(asked.pop("user", 0))
    if name not in ACTS:
        raise Impossible(f"nobody can {name!r} with a phone")
    method = getattr(Hands(world), name)
    if name != "tap" and isinstance(asked.get("data"), str):
        asked["data"] = base64.b64decode(asked["data"])
    try:
        inspect.signature(method).bind(user_id, **asked)
    except TypeError as error:
        raise Impossible(f"{name}: {error}") from None
    result = await method(user_id, **asked)
    return {
        "message": result.id if isinstance(result, Message) else None,
        "query": result if name == "tap" else None,
    }


async def add_user(world: World, asked: Json) -> Json:
    """Register a person: {"id", "first_name", "language_code", "phone", "username", "title"}.

    `title` is what the page calls this phone; phones with a title have a place on the page.
    """
    asked = dict(asked)
    user = world.person(int(asked.pop("id")), str(asked.pop("first_name", "Somebody")))
    for name, value in asked.items():
        if name not in ("last_name", "username", "language_code", "phone", "title"):
            raise Impossible(f"a person has no {name!r}")
        setattr(user, name, value)
    world.touch(user.id)
    return {"id": user.id}


async def add_group(world: World, asked: Json) -> Json:
    """Make a group: {"title", "members": [ids]}."""
    return {"id": world.group(str(asked["title"]), {int(one) for one in asked.get("members", [])}).id}


async def add_fault(world: World, asked: Json) -> Json:
    """Order a fault (see bot.simulator.faults.Fault), or {"clear": true}."""
    if asked.get("clear"):
        world.faults.clear()
        return {"waiting": 0}
    try:
        world.faults.add(Fault(**asked))
    except (TypeError, ValueError) as error:
        raise Impossible(str(error)) from None
    return {"waiting": len(world.faults.waiting)}


async def updates(world: World, asked: Json) -> Json:
    """{"twice": n} doubles the next n updates; {"redeliver": n} sends the last n again; {"expire": true}
    makes every open tap too old to answer."""
    world.updates.twice(int(asked.get("twice", 0)))
    again = world.updates.redeliver(int(asked["redeliver"])) if asked.get("redeliver") else 0
    if asked.get("expire"):
        world.expire()
    return {"redelivered": again}


async def flood(world: World, asked: Json) -> Json:
    """{"on": bool}, and limits as [messages, seconds] for "overall", "chat", "group"."""
    for name in ("overall", "chat", "group"):
        if name in asked:
            count, seconds = asked[name]
            setattr(world.flood, name, (int(count), float(seconds)))
    world.flood.on = bool(asked.get("on", True))
    return {"on": world.flood.on}


async def clock(world: World, asked: Json) -> Json:
    """Move the demo's clock: {"advance": seconds} or {"jump": "check" | "session"}; always tells the time.

    "zone" is the IANA name, if the clock's instants carry one; both are None without a clock.
    """
    control = world.dates.clock
    if control is None:
        return {"now": None, "zone": None}
    if "advance" in asked:
        await control.advance(timedelta(seconds=float(asked["advance"])))
    elif asked.get("jump") in ("check", "session"):
        await control.jump(asked["jump"])
    elif asked:
        raise Impossible('the clock takes "advance" or "jump"')
    if asked:
        world.touch()
    now = await control.now()
    return {"now": now.isoformat(), "zone": getattr(now.tzinfo, "key", None)}


async def outstanding(world: World, asked: Json) -> Json:
    """What a quiet chat has none of."""
    return world.outstanding()


async def chats(world: World, asked: Json) -> Json:
    """Everything new since {"since": seq}, after at most {"wait": seconds}; {"chats": [ids]} narrows it."""
    since, until = int(asked.get("since", 0)), time.monotonic() + float(asked.get("wait", 0))
    wanted = asked.get("chats")
    while world.seq <= since and not world.closing and (left := until - time.monotonic()) > 0:
        await world.news(left)
    shown = [
        chat_view(world, chat_id, since)
        for chat_id in (world.chats if wanted is None else wanted)
        if chat_id in world.chats
    ]
    return {"seq": world.seq, "chats": shown, **world.outstanding()}


async def phones(world: World, asked: Json) -> list[Json]:
    """The people who have a place on the page, in the order they were made."""
    return [{"id": user.id, "title": user.title} for user in world.users.values() if user.title]


async def calls(world: World, asked: Json) -> list[Json]:
    """The log of the bot's calls in the order they ended, from the one with number {"since": n} on."""
    return [dataclasses.asdict(call) for call in world.calls[int(asked.get("since", 0)) :]]


async def notifications(world: World, asked: Json) -> list[Json]:
    """Push previews as they were sent, silent ones included, from number {"since": n} on."""
    return [dataclasses.asdict(one) for one in world.notifications[int(asked.get("since", 0)) :]]


HANDLERS: dict[str, Handler] = {
    "act": act,
    "users": add_user,
    "groups": add_group,
    "faults": add_fault,
    "updates": updates,
    "flood": flood,
    "clock": clock,
    "outstanding": outstanding,
    "chats": chats,
    "phones": phones,
    "calls": calls,
    "notifications": notifications,
}


async def _control(request: Request) -> Response:
    """POST with a JSON body only: a foreign page would have to ask before it sends that, and gets no yes."""
    origin = request.headers.get("origin")
    if origin is not None and not is_loopback(urlsplit(origin).hostname):
        return JSONResponse({"error": "Not for this page."}, status_code=403)
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return JSONResponse({"error": "Send JSON."}, status_code=415)
    handler = HANDLERS.get(request.path_params["name"])
    if handler is None:
        return JSONResponse({"error": "No such thing."}, status_code=404)
    try:
        asked = json.loads(await request.body() or b"{}")
        return JSONResponse(await handler(request.app.state.world, asked))
    except (Impossible, KeyError, ValueError, TypeError) as error:
        return JSONResponse({"error": str(error)}, status_code=400)


async def _events(request: Request) -> Response:
    """A stream that says "something changed": the page then asks for what is new."""
    world: World = request.app.state.world

    async def lines() -> AsyncIterator[str]:
        seen = -1
        while not world.closing:
            if world.seq != seen:
                seen = world.seq
                yield f"data: {seen}\n\n"
            elif not await world.news(15):
                yield ": still here\n\n"
            await asyncio.sleep(0.03)

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _download(request: Request) -> Response:
    world: World = request.app.state.world
    stored = world.files.get(request.path_params["file_id"])
    if stored is None:
        return Response("No such file.\n", 404)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
    if stored.kind == "photo":
        kind = "image/png" if stored.data.startswith(b"\x89PNG") else "image/jpeg"
        return Response(stored.data, media_type=kind, headers=headers)
    safe = "".join(letter for letter in stored.name if letter.isalnum() or letter in "._- ") or "file"
    headers["Content-Disposition"] = f'attachment; filename="{safe.encode("ascii", "ignore").decode()}"'
    return Response(stored.data, media_type="application/octet-stream", headers=headers)


async def _page(request: Request) -> Response:
    name = request.path_params.get("name", "")
    if name not in PAGE:
        return Response("Not found.\n", 404)
    source = resources.files("bot.simulator") / "page" / (name or "index.html")
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return Response(source.read_bytes(), media_type=PAGE[name], headers=headers)


ROUTES = [
    Route("/control/events", _events, methods=["GET"]),
    Route("/control/files/{file_id}", _download, methods=["GET"]),
    Route("/control/{name}", _control, methods=["POST"]),
    Route("/", _page, methods=["GET"]),
    Route("/page/{name}", _page, methods=["GET"]),
]
