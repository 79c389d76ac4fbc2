"""The doctor's OK: how to get it, and how to send it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from bot import about, ok_form, typed_ok
from bot.client import letters, moved
from bot.flow import (
    HELP,
    HOME,
    NAV,
    PERSON,
    Again,
    Attachment,
    Choice,
    Day,
    Go,
    Input,
    Line,
    Notice,
    Opening,
    Raw,
    Result,
    Said,
    Screen,
    SentFile,
    Step,
    Tap,
    Text,
    Turn,
    Until,
    When,
    rows,
    text,
)
from bot.ok_visit import NO_TIME, bring_by, visit_of
from config.clock import from_minutes
from scheduling import ok_tasks, people, tasks
from scheduling.appointments import TENTATIVE, WAITING, Appointment
from screening import clearance, holds, lifts
from screening.ok_days import BadOk
from screening.policy import Slot


async def send_form(turn: Turn) -> None:
    """A page for the doctor to fill in, in the reader's language."""
    page = await ok_form.page(turn)
    turn.attach(Attachment(ok_form.FILENAME, page.encode(), Text("ok.form")))


class How(Step):
    """What the OK should say, and the ways to bring it."""

    name = "ok.how"
    expects = frozenset({"file"})

    async def show(self, turn: Turn) -> Screen:
        letter = bool(await clearance.letter_needed(turn.session, turn.subject_id))
        lines: list[Line] = [text("ok.how")]
        if letter:
            lines.append(text("ok.how.letter"))
        lines.append(text("ok.how.one_page"))
        typed = [] if letter else [Choice("typed")]
        ways = (Choice("photo"), *typed, Choice("paper"), Choice("form"))
        return Screen(self.name, tuple(lines), rows(*ways) + HELP)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, SentFile):
            return await letters.take(turn, value)
        if not isinstance(value, Tap):
            return Again(text("odd.tap"))
        data = {"appointment": turn.data.get("appointment")}
        if value.code == "photo":
            return Go("ok.photo", data)
        if value.code == "typed":
            if await clearance.letter_needed(turn.session, turn.subject_id):
                return Again(text("old.changed"))
            return Go("ok.typed", data)
        if value.code == "form":
            await send_form(turn)
            return Again(quiet=True)
        if value.code != "paper":
            return Again(text("old.changed"))
        visit = await visit_of(turn)
        await tasks.open_task(
            turn.session,
            "paper",
            turn.now,
            client_id=turn.subject_id,
            appointment_id=visit.id if visit else None,
            due_at=await bring_by(turn, visit),
            key=f"paper:{turn.subject_id}",
        )
        return Go("ok.paper", data)


class Paper(Step):
    name = "ok.paper"

    async def show(self, turn: Turn) -> Screen:
        visit = await visit_of(turn)
        if visit is None or visit.state in NO_TIME:
            line = text("ok.paper.no_visit")
        else:
            line = text(self.name, answer_by=Until(await bring_by(turn, visit)))
        return Screen(self.name, (line,), rows(Choice("form"), HOME))

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "form":
            await send_form(turn)
            return Again(quiet=True)
        return Again(text("old.changed"))


class Typed(Step):
    """Who said yes, on which day, and any limits: one line."""

    name = "ok.typed"
    expects = frozenset({"text", "file"})
    holds_text = True

    async def show(self, turn: Turn) -> Screen:
        today = turn.today
        line = text(self.name, date=Day(today - timedelta(days=7), full=True))
        return Screen(self.name, (line,), NAV, bold=False)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, SentFile):
            return await letters.take(turn, value)
        if not isinstance(value, Said):
            return Again(text("odd.tap"))
        today = turn.today
        read = typed_ok.read(value.text, today, turn.actor.language)
        if read.given_on is None:
            return Again(text("ok.typed.no_date", date=Day(today, full=True)))
        try:
            await clearance.submit(
                turn.session,
                turn.subject_id,
                who=read.who,
                given_on=read.given_on,
                limits=read.limits,
                now=turn.now,
                zone=turn.house.zone,
                by=turn.actor.id,
            )
        except BadOk as bad:
            if bad.code == "letter":
                return Go("ok.how", {"appointment": turn.data.get("appointment")}, forget=True)
            return Again(text(f"ok.typed.{bad.code}", date=Day(read.given_on, full=True)))
        visit = await visit_of(turn)
        await ok_tasks.look(turn.session, turn.subject_id, turn.now)
        return Go("ok.received", {"appointment": visit.id if visit else None}, forget=True)


async def _after(turn: Turn, value: Input) -> Result:
    visit = await visit_of(turn)
    if not isinstance(value, Tap):
        return Again(text("old.changed"))
    if value.code == "sendok":
        return Go("ok.how", {"appointment": visit.id if visit else None})
    if value.code == "form":
        await send_form(turn)
        return Again(quiet=True)
    if visit is None:
        return Again(text("old.changed"))
    if value.code == "seevisit":
        return Go("visit.card", {"appointment": visit.id})
    if value.code == "keep":
        return await moved.keep(turn, visit)
    if value.code == "others":
        return Go("move.pick", {"appointment": visit.id})
    return Again(text("old.changed"))


# --- what a person decided, and what the calendar says ---


class Accepted(Step):
    """Good news, unless something that was told needs another OK or another day."""

    name = "ok.accepted"

    async def show(self, turn: Turn) -> Screen:
        visit = await visit_of(turn)
        zone = turn.house.zone
        state = await clearance.state(turn.session, turn.subject_id, turn.now, zone)
        left = [
            hold
            for hold in await holds.open_holds(turn.session, turn.subject_id)
            if hold.needs_ok and hold.slot is not Slot.CANCELLED
        ]
        another, days = [], []
        for hold in left:
            lacks = set(await holds.missing(turn.session, hold, turn.now, zone))
            if lacks & {lifts.OK, lifts.LETTER} or not lacks:
                another.append(hold)
            if lifts.DATE in lacks and hold.earliest is not None:
                days.append(hold.earliest)
        key = "ok.accepted.part" if left else self.name
        if visit is not None and visit.state not in NO_TIME:
            lines: list[Line] = [text(key, when=When(visit.starts_at))]
        else:
            lines = [text(f"{key}.no_visit")]
        if state.until is not None:
            lines.append(text("ok.accepted.until", date=Day(state.until, full=True)))
        if state.limits:
            lines.append(text("ok.accepted.limits", text=Raw(state.limits)))
        if another:
            lines.append(text("ok.accepted.another"))
        if told := [hold for hold in another if hold.told or hold.words]:
            lines.append(text("ok.accepted.told", told=ok_form.told(told, zone)))
        if days:
            lines.append(text("ok.accepted.day", date=Day(max(days), full=True)))
        if left and not another and not days:
            lines.append(text("ok.accepted.rest"))
        send = [Choice("sendok")] if another else []
        see = [Choice("seevisit")] if visit is not None else []
        return Screen(self.name, tuple(lines), rows(*send, *see, HOME), durable=True, push=1)

    async def take(self, turn: Turn, value: Input) -> Result:
        return await _after(turn, value)


class Refused(Step):
    name = "ok.refused"

    async def show(self, turn: Turn) -> Screen:
        visit = await visit_of(turn)
        reason = str(turn.data.get("reason") or "x1")
        why = text("ok.refused.why", text=text(f"ok.why.{reason}"))
        choices: tuple[Choice, ...] = (Choice("sendok"), Choice("form"), PERSON)
        if visit is not None and visit.state not in NO_TIME:
            answer_by = Until(await bring_by(turn, visit))
            lines: tuple[Line, ...] = (
                text(self.name, when=When(visit.starts_at)),
                why,
                text("ok.refused.kept", answer_by=answer_by),
            )
            choices = (Choice("sendok"), Choice("form"), Choice("others"), PERSON)
        else:
            lines = (text("ok.refused.no_visit", name=Raw(turn.actor.name)), why)
        return Screen(self.name, lines, rows(*choices), durable=True, push=1)

    async def take(self, turn: Turn, value: Input) -> Result:
        return await _after(turn, value)


class Expiring(Step):
    name = "ok.expiring"

    async def show(self, turn: Turn) -> Screen:
        state = await clearance.state(turn.session, turn.subject_id, turn.now, turn.house.zone)
        until = state.until or turn.today
        line = text(self.name, name=Raw(turn.actor.name), date=Day(until, full=True))
        return Screen(self.name, (line,), rows(Choice("sendok"), PERSON), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        return await _after(turn, value)


class Late(Step):
    """The OK did not reach us, or nobody has looked at it: the visit has to move, at no cost."""

    name = "ok.late"

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        was = int(turn.data.get("was") or (visit.row.starts_at if visit else 0))
        by = turn.data.get("by")
        state = await clearance.state(turn.session, turn.subject_id, turn.now, turn.house.zone)
        if state.pending is not None:
            lines: list[Line] = [text("ok.late.unread", when=When(was))]
        else:
            late = Until(from_minutes(int(by)) if by else turn.now)
            lines = [text(self.name, when=When(was), answer_by=late)]
        keep: tuple[Choice, ...] = ()
        if visit is not None and visit.row.state == TENTATIVE and visit.row.keep_until is not None:
            lines.append(text("visit.moved_ask", new_when=When(visit.row.starts_at)))
            lines.append(text("visit.moved_ask.text", keep_until=Until(visit.row.keep_until)))
            keep = (Choice("keep"),)
        choices = (*keep, Choice("sendok"), Choice("others"), PERSON)
        return Screen(self.name, tuple(lines), rows(*choices), durable=True, push=1)

    async def take(self, turn: Turn, value: Input) -> Result:
        return await _after(turn, value)


def _topic(turn: Turn) -> str:
    return f"ok:{turn.subject_id}"


async def _send_accepted(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    return Opening(_topic(turn), "ok.accepted", dict(data))


async def _send_refused(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    return Opening(_topic(turn), "ok.refused", dict(data))


async def _send_expiring(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    state = await clearance.state(turn.session, turn.subject_id, turn.now, turn.house.zone)
    today: date = turn.today
    if state.kind != "valid" or state.until is None or state.until > today + timedelta(days=31):
        return None
    person = await people.get_person(turn.session, turn.subject_id)
    return None if person is None else Opening(_topic(turn), "ok.expiring", {})


async def _send_late(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await turn.session.get(Appointment, data.get("appointment", ""))
    if visit is None or visit.state not in (WAITING, TENTATIVE) or visit.hidden_hold:
        return None
    keep = {"was": data.get("was"), "by": data.get("by")}
    return Opening(_topic(turn), "ok.late", {"appointment": visit.id, **keep})


STEPS: tuple[Step, ...] = (
    How(), Paper(), Typed(), Accepted(), Refused(), Expiring(), Late(),
)  # fmt: skip
NOTICES: tuple[Notice, ...] = (
    Notice("ok.accepted", _send_accepted),
    Notice("ok.refused", _send_refused),
    Notice("ok.expiring", _send_expiring),
    Notice("ok.late", _send_late),
)
