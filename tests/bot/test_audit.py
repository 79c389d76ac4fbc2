"""The trail of one story: whole, the same each time, not to be changed, and still there after an erasure."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Date, Integer, LargeBinary, Table, func, not_, select, update
from sqlalchemy.exc import IntegrityError

from config.append_only import PROTECTED
from config.clinic import EXAMPLE
from config.clock import from_minutes
from config.database import Base, Database, UtcDateTime
from scheduling import trail, visits_done
from scheduling.appointments import Appointment
from tests.bot.chat import Chat, World
from tests.bot.conftest import Console
from tests.bot.staff import lead, therapist
from tests.bot.visits import booked, in_days, known, visit_of

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
FEVER = ("none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none", "right")
A_PILL = ("none", "none", "none", "none", "some", "check.e.1", "thatsall", "unsure", "nothing", "right")
WORDS = "I spoke with her: the tablet is an old one."


async def answered(world: World, chat: Chat, visit: Appointment, names: tuple[str, ...]) -> None:
    await chat.look(f"check:{visit.id}")
    for name in names:
        await world.later(seconds=4)
        await chat.tap(name, topic=f"check:{visit.id}")


async def story(world: World, chat: Chat, admin: Chat) -> tuple[Appointment, Chat]:
    """Booked, moved for a fever, in review for a pill, lifted by a lead, re-checked, done, asked after."""
    await admin.start()
    boss, _ = await lead(world), await therapist(world)
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await answered(world, chat, visit, FEVER)
    assert chat.screen.key == "result.defer"
    await chat.tap("keep", topic=f"check:{visit.id}")
    await world.until("check.a")
    await answered(world, chat, visit, A_PILL)
    assert chat.screen.key == "result.review"
    async with world.app.house.database.reading() as session:
        from screening import holds

        [hold] = [one for one in await holds.open_holds(session, client) if one.code == "medicine_unsure"]
    await boss.tap("go", "w1", topic=f"review:{hold.id}")
    await world.until("recheck.t")
    await answered(world, chat, visit, ("none",))
    visit = await visit_of(world.app.house, visit.id)
    clock = world.app.house.clock
    clock.advance(from_minutes(visit.ends_at) - clock.now() + timedelta(minutes=1))
    async with world.app.house.database.transaction() as session:
        await visits_done.done(session, visit.id, clock.now(), actor=await boss.person_id())
    await world.until("after.next_day")
    await chat.look()
    await chat.tap("fine")
    return await visit_of(world.app.house, visit.id), boss


async def exported(world: World, client: str, visit: str | None = None) -> dict[str, Any]:
    house = world.app.house
    async with house.database.transaction() as session:
        told = await trail.export(
            session, client_id=client, appointment_id=visit, now=house.clock.now(), zone="UTC", by=None
        )
    return dict(json.loads(json.dumps(told)))


async def test_a_story_is_all_there_and_nobody_can_change_it(world: World, chat: Chat, admin: Chat) -> None:
    visit, boss = await story(world, chat, admin)
    told = await exported(world, visit.client_id)
    assert (told["format"], told["version"], told["client"]) == ("gentlehours-audit", 1, visit.client_id)
    assert [one["wording"] for one in told["consents"]] == ["1"]
    assert told["policies"][0]["signed_by"] == "Eva Novak"
    assert [one["state"] for one in told["visits"]] == ["done"]
    assert "health" in [change["reason"] for change in told["visits"][0]["changes"]]

    rounds = [one for one in told["rounds"] if one["visit"] == visit.id]
    assert [one["phase"] for one in rounds] == ["check", "check", "recheck", "aftercare:AF2"]
    fever, pill, again, _ = rounds
    assert {one["zone"] for one in rounds} == {"Europe/Berlin"}
    given = {name: one for one in fever["answers"] for name in one["answer"]}
    assert given["detail.dfev.4"]["codes"] == ["fever_or_infection"]
    assert given["detail.dfev.4"]["items"] == {"R8": 1}
    assert fever["answers"][0]["items"] == {"R1": 1, "R2": 1}
    assert fever["words"]["check.a"].startswith("In the last 7 days")
    assert all(one["at"] and one["by"] == visit.client_id and one["policy"] for one in fever["answers"])
    assert fever["set_by"][0]["code"] == "fever_or_infection"
    assert (fever["set_by"][0]["rule"], fever["policy"]["version"]) == ("I1", told["policies"][0]["version"])
    assert [one["code"] for one in pill["set_by"]] == ["medicine_unsure"]
    assert again["outcome"] == 0

    held = {one["code"]: one for one in told["holds"]}
    assert set(held) == {"fever_or_infection", "medicine_unsure"}
    acts = [(event["act"], event["by"]) for event in held["medicine_unsure"]["events"]]
    leader = await boss.person_id()
    assert acts == [("set", None), ("contact", leader), ("go", leader), ("lifted", leader)]
    assert held["medicine_unsure"]["events"][-1]["reason"] == "go"
    assert held["fever_or_infection"]["lifted_by"] is None  # by the client's own full check
    assert held["fever_or_infection"]["events"][-1]["seen"] == pill["id"]

    ends = {one["kind"]: one["deliveries"] for one in told["messages"] if one["to"] == visit.client_id}
    for kind in ("check.a", "recheck.t", "after.care", "after.next_day"):
        assert [end["state"] for end in ends[kind]] == ["sent"], kind
    assert {(card["action"], card["detail"]["card"]) for card in told["cards"]} == {
        ("card.sent", "result.card")
    }
    assert {"screening.decided", "appointment.booked", "appointment.done"} <= {
        act["action"] for act in told["acts"]
    }
    await nothing_can_be_changed(world.app.house.database)

    of_visit = await exported(world, visit.client_id, visit.id)
    assert [one["id"] for one in of_visit["rounds"]] == [one["id"] for one in rounds]
    assert [one["id"] for one in of_visit["holds"]] == [one["id"] for one in told["holds"]]
    assert (await exported(world, visit.client_id))["acts"][:-2] == told["acts"]  # the order is stable
    await erased(world, chat, visit, told)


async def nothing_can_be_changed(database: Database) -> None:
    """Every table of the trail that this story filled refuses a deletion, and each change that it must."""
    filled = set()
    for name, protection in PROTECTED.items():
        table = Base.metadata.tables.get(name)
        if table is None:  # one that a test made
            continue
        async with database.reading() as session:
            if not await session.scalar(select(func.count()).select_from(table)):
                continue
        filled.add(name)
        await refused(database, table.delete())
        named = (*protection.always, *protection.columns, *protection.erasable)
        for column in protection.once:
            async with database.reading() as session:
                if await session.scalar(select(func.count(table.c[column]))):
                    await refused(database, changed(table, column))
        for column in named or table.columns.keys():
            await refused(database, changed(table, column))
    assert filled >= {
        *("interview", "answer_record", "finding_record", "hold", "hold_event", "clearance", "consent"),
        *("notification", "appointment_move", "audit_record", "policy_version", "policy_wording", "sign_off"),
    }


def changed(table: Table, column: str) -> Any:
    what = table.c[column]
    value: Any = "other"
    if isinstance(what.type, Boolean):
        value = not_(what)
    elif isinstance(what.type, Integer):
        value = func.coalesce(what, 0) + 1
    elif isinstance(what.type, UtcDateTime):
        value = datetime(2000, 1, 1, tzinfo=UTC)
    elif isinstance(what.type, Date):
        value = date(2000, 1, 1)
    elif isinstance(what.type, LargeBinary):
        value = b"other"
    return update(table).values({column: value})


async def refused(database: Database, statement: Any) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        async with database.transaction() as session:
            await session.execute(statement)


async def erased(world: World, chat: Chat, visit: Appointment, told: dict[str, Any]) -> None:
    """The same rows, times and pseudonyms, without an answer, a code, a word or a name."""
    await chat.say("/privacy")
    await chat.tap("erase", "eraseyes")
    left = await exported(world, visit.client_id)
    assert left["erased"] is not None
    for table in ("rounds", "findings", "holds", "clearances", "visits", "messages"):
        assert [one["id"] for one in left[table]] == [one["id"] for one in told[table]], table
    assert [len(one["answers"]) for one in left["rounds"]] == [len(one["answers"]) for one in told["rounds"]]
    assert [one["outcome"] for one in left["rounds"]] == [one["outcome"] for one in told["rounds"]]
    assert [event["act"] for event in left["holds"][-1]["events"]]
    text = json.dumps(left)
    for word in ("fever", "medicine_unsure", "check.c.1", "R8", "Maria", "Kral", str(chat.phone.chat_id)):
        assert word not in text, word
    await nothing_can_be_changed(world.app.house.database)


@SQLITE
async def test_the_console_writes_a_file_and_knows_it_again(
    world: World, chat: Chat, console: Console, tmp_path: Path
) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    file = tmp_path / "maria.json"
    ran = await console("audit", "export", "--client", "Maria", "--out", str(file))
    assert ran.exit_code == 0, ran.output
    assert file.stat().st_mode & 0o777 == 0o600
    told = json.loads(file.read_text())
    assert [one["id"] for one in told["visits"]] == [visit.id]
    ran = await console("audit", "verify", str(file))
    assert (ran.exit_code, "Unchanged since" in ran.stdout) == (0, True)
    file.write_text(file.read_text().replace('"booked"', '"done"'))
    assert (await console("audit", "verify", str(file))).exit_code == 1

    ran = await console("audit", "export", "--visit", visit.id)
    assert json.loads(ran.stdout)["visit"] == visit.id
    for words, said in (
        (("export",), "Name one of the two"),
        (("export", "--client", "Nobody"), 'There is no client "Nobody".'),
        (("export", "--visit", "none"), 'There is no visit "none".'),
        (("export", "--client", "Maria", "--out", str(file)), "is there already"),
        (("verify", str(EXAMPLE)), "cannot be read as JSON"),
    ):
        ran = await console("audit", *words)
        assert ran.exit_code == 2
        assert said in ran.stderr
