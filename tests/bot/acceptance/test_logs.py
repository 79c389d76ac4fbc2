"""A whole play, and nothing of anybody's health beside the chat: no log, button, preview, plain column."""

from __future__ import annotations

import io
import json
import logging
import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import logs
from bot.house import House
from bot.simulator.client import Simulator
from config.encryption import unseal
from screening.tables import FindingRecord
from tests.bot.acceptance.play import Play
from tests.bot.chat import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

TYPED = "since Sunday quincecoloured patches and a fever of 39.7"
URGENT = "help my face is drooping and my arm went weak suddenly marmaladely"
SIGNED = ("policy_version", "policy_wording")  # what was signed holds all questions and no answer
NEUTRAL = re.compile(r"o\d{1,2}|person|change")


@pytest.fixture
def loud(logs_put_back: None) -> io.StringIO:
    """Everything is logged as in production, but from DEBUG on."""
    logs.set_up(level="DEBUG")
    said = io.StringIO()
    (handler,) = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(said)
    return said


def safety_words(house: House) -> dict[str, str]:
    """Every label and line that stands for an answer, by its words."""
    keys = set()
    for card in house.policy.cards.values():
        for option in card.choices:
            keys |= {option.label, f"{option.name}", f"{option.name}.b"}
        keys |= {
            line for one in getattr(card, "lines", ()) if isinstance(line := getattr(one, "key", one), str)
        }
    catalogue = house.catalogue
    found = {}
    for key in keys:
        if catalogue.has(key) and not catalogue.placeholders(key):
            words = catalogue.say("en", key)
            if len(words) >= 8:
                found[words] = key
    return found


async def told(house: House) -> set[str]:
    """Codes of what was found in this play."""
    async with house.database.reading() as session:
        rows = list(await session.scalars(select(FindingRecord)))
        opened = [
            await unseal(session, row.client_id, f"finding_record.sealed:{row.id}", row.sealed)
            for row in rows
            if row.sealed is not None
        ]
    return {word for one in opened for word in re.findall(r"[a-z_]{6,}", json.dumps(one))}


async def whole_play(play: Play, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The main job, typed words, a stroke sign, and a turn that fails with an answer in its message."""
    await play.main_job()
    await play.maria.say(TYPED)
    await play.maria.say("/book")
    await play.maria.say(URGENT)
    home = world.app.house.menu.steps["book.home"]

    async def stumbles(turn: object, value: object) -> object:
        raise ValueError(f"cannot save {TYPED}: fever_now")

    with monkeypatch.context() as broken:
        broken.setattr(type(home), "take", stumbles)
        broken.setattr(type(home), "show", stumbles)
        await play.maria.say("/book")
    await play.maria.say("/start")


async def test_nothing_of_it_is_logged(
    loud: io.StringIO, play: Play, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, sim = world.app.house, world.sim
    await whole_play(play, world, monkeypatch)
    said = loud.getvalue()
    assert "turn_failed" in said
    assert sim.token not in said
    assert sim.token.partition(":")[2] not in said
    words = safety_words(house)
    assert len(words) > 100
    secret = [
        *words,
        *house.policy.findings,
        *await told(house),
        TYPED,
        URGENT,
        "quincecoloured",
        "marmaladely",
    ]
    _grep(said, secret)
    await _callback_data(sim, house, words)
    _previews(sim, [w for w in words if w in _said_by(sim)])
    _database(house, secret)


def _grep(text: str, secret: list[str]) -> None:
    found = [
        word for word in dict.fromkeys(secret) if re.search(rf"(?<![\w.]){re.escape(word)}(?![\w])", text)
    ]
    assert not found, [
        (word, text[max(0, text.find(word) - 200) : text.find(word) + 80]) for word in found[:5]
    ]


def _said_by(sim: Simulator) -> set[str]:
    """The labels that were tapped."""
    labels = set()
    for query in sim.world.queries.values():
        message = sim.world.chats[query.chat_id].messages[query.message_id]
        for markup in [v.get("markup") for v in message.versions] + [message.markup]:
            for row in (markup or {}).get("inline_keyboard", []):
                labels |= {button["text"] for button in row if button.get("callback_data") == query.data}
    return labels


async def _callback_data(sim: Simulator, house: House, words: dict[str, str]) -> None:
    seen = 0
    for call in sim.calls:
        markup = call.params.get("reply_markup")
        markup = json.loads(markup) if isinstance(markup, str) else markup
        for row in (markup or {}).get("inline_keyboard", []):
            for button in row:
                data = button["callback_data"]
                assert re.fullmatch(r"(f:\d+|c:[\w-]{6,12}):[a-z0-9_]{1,20}(\.[\w:.-]{1,40})?", data), data
                assert not any(code in data for code in house.policy.findings), data
                if button["text"] in words and button["text"] != house.catalogue.say("en", "button.wrong"):
                    seen += 1
                    assert NEUTRAL.fullmatch(data.rpartition(":")[2]), (button["text"], data)
    assert seen > 50


def _previews(sim: Simulator, answers: list[str]) -> None:
    assert answers
    for shown in sim.previews():
        for answer in answers:
            assert answer not in shown.text, (answer, shown.text)


def _database(house: House, secret: list[str]) -> None:
    path = house.settings.sqlite_path
    whole = b"".join(
        Path(f"{path}{end}").read_bytes() for end in ("", "-wal") if Path(f"{path}{end}").exists()
    )
    for words in (TYPED, URGENT, "quincecoloured", "marmaladely"):
        assert words.encode() not in whole
    connection = sqlite3.connect(path)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = [
        (table, repr(row))
        for table in tables
        if not table.startswith(SIGNED)
        for row in connection.execute(f'SELECT * FROM "{table}"')
    ]
    connection.close()
    assert len(rows) > 100
    plain = "\n".join(f"{table} {row}" for table, row in rows)
    _grep(plain, secret)
