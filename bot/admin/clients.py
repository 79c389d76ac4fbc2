"""Find a client; book and ask for a caller. Every look at a client is in the audit."""

from __future__ import annotations

import phonenumbers
from sqlalchemy import select

from bot import staff_cards, visit_facts
from bot.conversation import HOME_TOPIC
from bot.flow import (
    NAV,
    Again,
    Choice,
    Command,
    Day,
    Go,
    Input,
    Line,
    Opening,
    Raw,
    Result,
    Said,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    Value,
    When,
    rows,
    text,
)
from bot.formatting import cut, short_name
from bot.staff_cards import DESK
from scheduling import people, tasks
from scheduling.people import Person
from screening import clearance, holds

PURPOSE, WORDING = "care", "1"
AT_MOST = 5


def topic_for(client_id: str) -> str:
    """The card on which staff do what the client would do."""
    return f"for:{client_id}"


async def _client(turn: Turn) -> Person | None:
    person = await people.get_person(turn.session, str(turn.data.get("client", "")))
    return None if person is None or person.erased_at is not None else person


class Find(Step):
    """A name, the start of one, or a number; then whom."""

    name = "find.ask"
    roles = DESK
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        wanted = str(turn.data.get("line", "")).strip()
        if not wanted:
            return Screen("find.ask", (text("find.ask"),), rows(Choice("newclient")) + NAV, bold=False)
        found = await people.find(turn.session, wanted, AT_MOST + 1)
        if not found:
            choices = rows(Choice("newclient"), Choice("retype"))
            return Screen("find.list", (text("find.list.none"),), choices + NAV, bold=False)
        lines: list[Line] = [text("find.list")]
        choices_of = []
        for person in found[:AT_MOST]:
            following = await visit_facts.next_visit(turn.session, person.id, turn.now)
            name = Raw(short_name(person.name))
            lines.append(
                text("find.list.row", name=name, when=When(following.starts_at))
                if following is not None
                else text("find.list.row_none", name=name)
            )
            choices_of.append(
                Choice(f"client.{person.id[:12]}", text("button.client", name=Raw(cut(person.name, 30))))
            )
        if len(found) > AT_MOST:
            lines.append(text("find.list.many"))
        return Screen("find.list", tuple(lines), rows(*choices_of, Choice("newclient")) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Said):
            return Go(self.name, {"line": value.text[:80]})
        if not isinstance(value, Tap):
            return Again()
        if value.code == "newclient":
            return Go("caller.new", {})
        if value.code == "retype":
            return Go(self.name, {}, forget=True)
        if value.code == "client" and len(value.value) == 12:
            found = await turn.session.scalar(select(Person.id).where(Person.id.startswith(value.value)))
            if found is not None:
                staff_cards.looked(turn, found, "client")
                return Go("find.client", {"client": found})
        return Again(text("old.changed"))


class Client(Step):
    """What the desk needs to know of a client at a glance, and what can be done for them."""

    name = "find.client"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        person = await _client(turn)
        if person is None:
            return Screen(self.name, (text("old.gone"),), NAV)
        session = turn.session
        name = Raw(cut(person.name))
        lines: list[Line] = [await staff_cards.with_phone(session, "find.client", person.id, name=name)]
        row = await visit_facts.next_visit(session, person.id, turn.now)
        visit = await visit_facts.load(session, row.id, turn.now) if row is not None else None
        if visit is not None:
            params: dict[str, Value] = {"label": visit_facts.in_list(visit, turn.now), **_two(visit.params())}
            lines.append(Text("find.client.next", params))
        else:
            lines.append(text("find.client.no_next"))
        ok = await clearance.state(session, person.id, turn.now, turn.house.zone)
        if ok.kind == "valid" and ok.until is not None:
            lines.append(text("find.client.ok", date=Day(ok.until, full=True)))
        else:
            lines.append(text("find.client.no_ok"))
        open_tasks = await tasks.of_client(session, person.id)
        if open_tasks:
            lines.append(text("find.client.open", n=len(open_tasks)))
        held = await holds.open_holds(session, person.id)
        if held:
            code = f"finding.{held[0].code}"
            why: Line = Text(code) if turn.house.catalogue.has(code) else Raw(held[0].code)
            lines.append(text("find.client.hold", why=why))
        choices = [Choice("bookfor")]
        if visit is not None:
            choices += [Choice("askvoice"), Choice("seevisit")]
        choices += [Choice("sendok"), Choice("facts")]
        if person.telegram_id is not None:
            choices.append(Choice("write"))
        if visit is not None:
            choices.append(Choice("stopvisit"))
        return Screen(self.name, tuple(lines), rows(*choices) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        person = await _client(turn)
        if person is None or not isinstance(value, Tap):
            return Again(text("old.gone"))
        row = await visit_facts.next_visit(turn.session, person.id, turn.now)
        to = {"appointment": row.id} if row is not None else {}
        there = topic_for(person.id)
        match value.code:
            case "bookfor":
                known = await people.consented(turn.session, person.id, PURPOSE)
                started = person.first_contact_at is not None
                step = "book.home" if known is not None and started else "first.contact"
                turn.open(there, step, {}, subject_id=person.id)
            case "askvoice" if row is not None:
                turn.open(f"caller:{person.id}", "caller.who", to, subject_id=person.id)
            case "seevisit" if row is not None:
                turn.open(there, "visit.card", to, subject_id=person.id)
            case "sendok":
                turn.open(there, "ok.how", to, subject_id=person.id)
            case "write" if person.telegram_id is not None:
                staff_cards.looked(turn, person.id, value.code)
                return Go("hands.write", {"client": person.id})
            case "facts":
                staff_cards.looked(turn, person.id, value.code)
                return Go("facts.card", {"client": person.id})
            case "stopvisit" if row is not None:
                turn.open("stop", "caller.stop", to, subject_id=person.id)
            case _:
                return Again(text("old.changed"))
        staff_cards.looked(turn, person.id, value.code)
        return Again(quiet=True)


def _two(params: dict[str, Value]) -> dict[str, Value]:
    return {key: params[key] for key in ("when", "therapist")}


class New(Step):
    """A caller who is not in the chat: name and number, and the consent read out first."""

    name = "caller.new"
    roles = DESK
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        if turn.data.get("phone"):
            line = text("caller.new.agree", name=Raw(cut(turn.data["name"])), phone=Raw(turn.data["phone"]))
            return Screen("caller.new.agree", (line,), rows(Choice("yes"), Choice("no")) + NAV)
        return Screen("caller.new", (text("caller.new"),), NAV, bold=False)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Said):
            found = read_caller(value.text, turn.house.clinic.clinic.country)
            if found is None:
                return Again(text("caller.new.unread"))
            name, number = found
            return Go(self.name, {"name": name, "phone": number}, forget=True)
        if not isinstance(value, Tap) or not turn.data.get("phone"):
            return Again(text("old.changed"))
        if value.code == "no":
            return Go("find.ask", {}, toast=text("caller.new.no"), forget=True)
        if value.code != "yes":
            return Again(text("old.changed"))
        session, now = turn.session, turn.now
        person = await people.add_person(
            session, str(turn.data["name"]), now, actor=turn.actor.id, phone=str(turn.data["phone"])
        )
        await people.consent(session, person.id, PURPOSE, WORDING, now, taken_by=turn.actor.id)
        await people.grant(session, person.id, people.CLIENT, now, by=turn.actor.id)
        turn.openings.append(Opening(topic_for(person.id), "first.contact", {}, person.id))
        return Go("find.client", {"client": person.id}, forget=True)


def read_caller(words: str, country: str) -> tuple[str, str] | None:
    """(name, number as E.164) of "Lena Weber, 555 0188"; None if one of them is missing."""
    name, comma, rest = words.partition(",")
    name = " ".join(name.split())
    if not comma or not 2 <= len(name) <= 40 or not any(ch.isalpha() for ch in name):
        return None
    try:
        parsed = phonenumbers.parse(rest.strip(), country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return name, phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


STEPS: tuple[Step, ...] = (Find(), Client(), New())
COMMANDS: tuple[Command, ...] = (Command("find", HOME_TOPIC, "find.ask", DESK),)
