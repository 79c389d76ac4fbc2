"""A doctor's OK that waits for a person: how long it counts, or why it cannot be used."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from bot import staff_cards
from bot.flow import (
    HOME,
    NAV,
    Again,
    Choice,
    Command,
    Day,
    Go,
    Input,
    Line,
    Notice,
    Raw,
    Result,
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
from bot.formatting import cut
from bot.staff_cards import DESK
from config.clock import to_minutes
from scheduling import clinic, notifications, ok_tasks, reminders, rescheduling, tasks
from scheduling.appointments import LIVE, Appointment
from screening import clearance, holds, oks
from screening.clearance import NoSuchOk
from screening.holds import AlreadyDecided, NotAllowed
from screening.oks import PENDING, OkView
from screening.tables import Clearance

MONTHS = {"m12": 12, "m6": 6, "m3": 3}
REASONS = ("x1", "x2", "x3", "x4", "x5")
TOLD = {"ok_family_doctor": "profile.ok_who.1.b", "ok_specialist": "profile.ok_who.2.b"}
KINDS = {"self": "typed", "letter": "letter", "paper": "paper"}


async def _ok(turn: Turn) -> OkView | None:
    row = await turn.session.get(Clearance, turn.data.get("ok", ""))
    return await oks.view(turn.session, row) if row is not None else None


async def _next(turn: Turn, client_id: str) -> Appointment | None:
    return (
        await turn.session.scalars(
            select(Appointment)
            .where(
                Appointment.client_id == client_id,
                Appointment.state.in_(LIVE),
                Appointment.starts_at > to_minutes(turn.now),
            )
            .order_by(Appointment.starts_at)
            .limit(1)
        )
    ).first()


async def _may(turn: Turn, client_id: str) -> bool:
    """A lead while a hold needs the OK, else the desk."""
    held = any(hold.needs_ok for hold in await holds.open_holds(turn.session, client_id))
    return "lead" in turn.roles or (not held and "admin" in turn.roles)


async def _may_notice(turn: Turn, client_id: str) -> Text | None:
    return None if await _may(turn, client_id) else text("review.not_you", label=text("role.lead"))


class Card(Step):
    """Who gave it, when, with which limits; one tap says until when it counts."""

    name = "staff.ok"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        ok = await _ok(turn)
        own = turn.topic.startswith("ok:")
        if ok is None:
            return Screen("staff.ok", (text("old.gone"),), ((HOME,),), durable=own)
        session = turn.session
        visit = await _next(turn, ok.client_id)
        name = await staff_cards.short(session, ok.client_id)
        head: Line = text("staff.ok.no_visit", name=name)
        if visit is not None:
            head = text("staff.ok", name=name, when=When(visit.starts_at))
        push = 1 if own else 0
        if ok.state != PENDING:
            who = await staff_cards.who(session, ok.decided_by)
            return Screen("staff.ok", (head, text("staff.done", who=who)), ((HOME,),), durable=own, push=push)
        lines = [head, *self._given(turn, ok)]
        if await clearance.letter_needed(session, ok.client_id):
            lines.append(text("staff.ok.letter"))
        may = await _may(turn, ok.client_id)
        lines.append(text("staff.ok.choose") if may else text("review.not_you", label=text("role.lead")))
        choices = [Choice(code) for code in MONTHS] + [Choice("refuse")] if may else []
        return Screen("staff.ok", tuple(lines), rows(*choices) + NAV, durable=own, push=push)

    def _given(self, turn: Turn, ok: OkView) -> list[Line]:
        kind = text(f"staff.ok.kind.{KINDS.get(ok.kind, 'letter')}")
        who: Line = Raw(cut(ok.who, 80)) if ok.who else text("common.none")
        if ok.who in TOLD:
            who = Text(TOLD[ok.who])
        limits: Line = Raw(cut(ok.limits, 200)) if ok.limits else text("common.none")
        day: Value = Day(ok.given_on, full=True) if ok.given_on else text("common.none")
        return [text("staff.ok.given", who=who, date=day, text=limits, label=kind)]

    async def take(self, turn: Turn, value: Input) -> Result:
        ok = await _ok(turn)
        if ok is None or not isinstance(value, Tap):
            return Again(text("old.changed"))
        if ok.state != PENDING:
            return Again(text("staff.done", who=await staff_cards.who(turn.session, ok.decided_by)))
        if (refused := await _may_notice(turn, ok.client_id)) is not None:
            return Again(refused)
        staff_cards.looked(turn, ok.client_id, "ok", ok.id)
        if value.code == "refuse":
            return Go("staff.ok_refuse", turn.data)
        if value.code in MONTHS:
            return await self._accept(turn, ok, MONTHS[value.code])
        return Again(text("old.changed"))

    async def _accept(self, turn: Turn, ok: OkView, months: int) -> Result:
        session = turn.session
        waiting = [hold.id for hold in await holds.open_holds(session, ok.client_id) if hold.needs_ok]
        try:
            taken = await clearance.accept(
                session,
                ok.id,
                by=turn.actor.id,
                roles=turn.roles,
                months=months,
                now=turn.now,
                zone=turn.house.zone,
                answers=waiting,
            )
        except AlreadyDecided as late:
            return Again(text("staff.done", who=await staff_cards.who(session, late.by)))
        except (NotAllowed, NoSuchOk):
            return Again(text("review.not_you", label=text("role.lead")))
        await rescheduling.holds_changed(session, ok.client_id, turn.now, actor=turn.actor.id)
        rules = await clinic.rules(session)
        await reminders.plan_ok_expiring(session, ok.client_id, taken.until, rules, turn.now)
        await _close_tasks(turn, ok.client_id, "accepted")
        await _tell(turn, ok, "ok.accepted", {"until": taken.until.isoformat(), "limits": ok.limits})
        data = {**turn.data, "until": taken.until.isoformat(), "still": len(taken.still)}
        return Go("staff.ok_done", data, forget=True)


async def _close_tasks(turn: Turn, client_id: str, outcome: str) -> None:
    for task in await tasks.of_client(turn.session, client_id):
        if task.kind in staff_cards.OKS:
            await tasks.close(turn.session, task.id, turn.now, by=turn.actor.id, outcome=outcome)


async def _tell(turn: Turn, ok: OkView, kind: str, data: dict[str, Any]) -> None:
    """The client hears of it; about the next visit where there is one."""
    visit = await _next(turn, ok.client_id)
    more: dict[str, Any] = {"appointment": (visit.id, visit.version)} if visit is not None else {}
    await notifications.plan(
        turn.session,
        ok.client_id,
        kind,
        turn.now,
        key=f"{kind}:{ok.id}",
        priority=notifications.NOW,
        data={"ok": ok.id, "appointment": visit.id if visit is not None else None, **data},
        **more,
    )


class Refuse(Step):
    """One reason, which the client reads in kind words."""

    name = "staff.ok_refuse"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        return Screen(
            "staff.ok.refuse", (text("staff.ok.refuse"),), rows(*(Choice(code) for code in REASONS)) + NAV
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        ok = await _ok(turn)
        if ok is None or not isinstance(value, Tap) or value.code not in REASONS:
            return Again(text("old.changed"))
        try:
            await clearance.refuse(
                turn.session, ok.id, by=turn.actor.id, roles=turn.roles, reason=value.code, now=turn.now
            )
        except AlreadyDecided as late:
            return Again(text("staff.done", who=await staff_cards.who(turn.session, late.by)))
        except (NotAllowed, NoSuchOk):
            return Again(text("review.not_you", label=text("role.lead")))
        await _close_tasks(turn, ok.client_id, "refused")
        await ok_tasks.refused(turn.session, ok.client_id, turn.now)
        await _tell(turn, ok, "ok.refused", {"reason": value.code})
        return Go("staff.ok_done", {**turn.data, "refused": True}, forget=True)


class Done(Step):
    name = "staff.ok_done"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        ok = await _ok(turn)
        name = await staff_cards.short(turn.session, ok.client_id if ok else None)
        if turn.data.get("refused"):
            return Screen(
                "staff.ok.refused", (text("staff.ok.refused", name=name),), ((HOME,),), durable=True
            )
        until = Day(date.fromisoformat(turn.data["until"]), full=True)
        lines: list[Line] = [text("staff.ok.done", name=name, date=until)]
        if turn.data.get("still"):
            lines.append(text("staff.ok.still"))
        return Screen("staff.ok.done", tuple(lines), ((HOME,),), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again(text("old.changed"))


STEPS: tuple[Step, ...] = (Card(), Refuse(), Done())
NOTICES: tuple[Notice, ...] = ()
COMMANDS: tuple[Command, ...] = ()
