"""What a decision about a doctor's OK does, whichever card it was made on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from bot import promised, staff_cards
from bot.flow import Again, Day, Go, Raw, Result, Text, Turn, text
from bot.formatting import cut
from config.clock import from_minutes, to_minutes
from scheduling import clinic, notifications, ok_tasks, resuming, tasks
from scheduling.appointments import LIVE, Appointment
from scheduling.availability import to_utc
from screening import clearance, holds, lifts, oks
from screening.clearance import Accepted, NoSuchOk
from screening.holds import AlreadyDecided, HoldView, NotAllowed
from screening.ok_days import BadOk
from screening.oks import OkView
from screening.tables import Clearance


async def ok_of(turn: Turn) -> OkView | None:
    """The OK that the card is about."""
    row = await turn.session.get(Clearance, turn.data.get("ok", ""))
    return await oks.view(turn.session, row) if row is not None else None


async def next_visit(turn: Turn, client_id: str) -> Appointment | None:
    found: Appointment | None = await turn.session.scalar(
        select(Appointment)
        .where(
            Appointment.client_id == client_id,
            Appointment.state.in_(LIVE),
            Appointment.starts_at > to_minutes(turn.now),
        )
        .order_by(Appointment.starts_at)
        .limit(1)
    )
    return found


async def may(turn: Turn, client_id: str) -> bool:
    """A lead while a hold needs the OK, else the desk."""
    held = any(hold.needs_ok for hold in await holds.open_holds(turn.session, client_id))
    return "lead" in turn.roles or (not held and "admin" in turn.roles)


async def open_to(turn: Turn, ok: OkView | None) -> Text | None:
    """Why the actor cannot decide this OK now; None: nothing is in the way."""
    if ok is None:
        return text("old.changed")
    if ok.state != oks.PENDING:
        return text("staff.done", who=await staff_cards.who(turn.session, ok.decided_by))
    return None if await may(turn, ok.client_id) else text("review.not_you", label=text("role.lead"))


async def accept(turn: Turn, ok: OkView, months: int) -> Result:
    """Take it, as read off the letter and as named on the cards before (`turn.data`)."""
    data, session = turn.data, turn.session
    given = data.get("given_on")
    try:
        taken = await clearance.accept(
            session,
            ok.id,
            by=turn.actor.id,
            roles=turn.roles,
            months=months,
            now=turn.now,
            zone=turn.house.zone,
            answers=data.get("names", ()),
            events={hold: date.fromisoformat(day) for hold, day in data.get("events", {}).items()},
            who=data.get("who"),
            given_on=date.fromisoformat(given) if given else None,
            limits=data.get("limits"),
        )
    except AlreadyDecided as late:
        return Again(text("staff.done", who=await staff_cards.who(session, late.by)))
    except (NotAllowed, NoSuchOk):
        return Again(text("review.not_you", label=text("role.lead")))
    except BadOk as bad:
        return Again(text(f"staff.ok.bad.{bad.code}", date=Day(turn.today)))
    await resuming.holds_changed(session, ok.client_id, turn.now, actor=turn.actor.id)
    await close_tasks(turn, ok.client_id, "accepted")
    await _what_is_left(turn, ok.client_id, taken)
    await tell(turn, ok, "ok.accepted", {"until": taken.until.isoformat()})
    done = {"ok": ok.id, "until": taken.until.isoformat(), "still": len(taken.still)}
    return Go("staff.ok_done", {**done, "task": data.get("task")}, forget=True)


async def _what_is_left(turn: Turn, client_id: str, taken: Accepted) -> None:
    """What it does not answer is asked for; what only waits for a day or a call comes to the lead again."""
    rules = await clinic.rules(turn.session)
    asks = False
    for hold_id, lacks in taken.still:
        if {lifts.OK, lifts.LETTER} & set(lacks):
            asks = True
            continue
        hold, begins = await holds.get(turn.session, hold_id), turn.now
        if lifts.DATE in lacks and hold.earliest is not None:
            begins = from_minutes(to_utc(hold.earliest, 0, rules.tz))
        due = await promised.end_of_day(turn, begins)
        await tasks.open_task(
            turn.session, "review", turn.now, client_id=client_id, due_at=due, hold_id=hold_id,
            key=f"review:{hold_id}",
        )  # fmt: skip
    if asks:
        await ok_tasks.refused(turn.session, client_id, turn.now)


async def close_tasks(turn: Turn, client_id: str, outcome: str) -> None:
    """This OK is decided; another that was sent too is looked at next."""
    for task in await tasks.of_client(turn.session, client_id):
        if task.kind in staff_cards.OKS:
            await tasks.close(turn.session, task.id, turn.now, by=turn.actor.id, outcome=outcome)
    await ok_tasks.look(turn.session, client_id, turn.now)


async def tell(turn: Turn, ok: OkView, kind: str, data: dict[str, Any]) -> None:
    """The client hears of it; about the next visit where there is one."""
    visit = await next_visit(turn, ok.client_id)
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


def about(turn: Turn, hold: HoldView) -> Text | Raw:
    """What a hold is about, as the client told it, else as its finding is called."""
    if hold.words:
        return Raw(cut(hold.words, 100))
    if hold.told:
        day = turn.today
        return Text(hold.told, {"date_72h": Day(day - timedelta(days=3)), "since_date": Day(day)})
    return Text(f"finding.{hold.code}")
