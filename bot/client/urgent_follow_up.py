"""What follows an act-now answer, in its transaction: the text as a row, the visits off, people told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import alerts, conversation
from bot.client import urgent_text
from bot.flow import Again, Result, Turn, text
from config.clock import from_minutes, to_minutes
from scheduling import booking, clinic, notifications, rescheduling, tasks
from scheduling.appointments import HELD, LIVE, WAITING, Appointment
from scheduling.matching import Needs
from scheduling.notifications import Notification
from screening import holds, interview
from screening.decision import Decision
from screening.policy import Outcome, Tier

TOPIC = "urgent"
ACT = "urgent.act"


def topic_of(turn: Turn) -> str:
    """Where it is asked and said: the client's own card, or for staff that of the caller."""
    return f"caller:{turn.subject_id}" if turn.for_other else TOPIC


async def to_come(session: AsyncSession, client_id: str, now: datetime) -> bool:
    """Is there a visit, or a time that is held, that an act-now text takes off?"""
    found = await booking.visits(session, client_id, now)
    return any(one.state in (HELD, *LIVE) for one in found)


async def next_visit(turn: Turn) -> Appointment | None:
    """The visit that what is told now is about."""
    found = await booking.visits(turn.session, turn.subject_id, turn.now)
    return next((one for one in found if one.state in (*LIVE, WAITING)), None)


# --- from a card, from typed words, from a tap under them ---


async def answered(
    turn: Turn, visit: Appointment | None, decision: Decision, *, needs: Needs, read_out: bool = True
) -> None:
    """An urgent answer on a card: its text is out or is planned; the visits are off; people are told.

    read_out: staff who answer for a caller get the words to read out; else the caller of this shows them.
    """
    codes = [f"{reason.code}:{reason.tier.value}" for reason in decision.reasons if reason.tier is not None]
    told = next((reason.told for reason in decision.reasons if reason.tier and reason.told), None)
    data = card_data(codes, visit, told=told)
    await keep_card(turn, data)
    task_id = None
    if visit is not None:
        applied = await rescheduling.apply_decision(
            turn.session, visit.id, decision, turn.now, actor=turn.actor.id, needs=needs
        )
        task_id = applied.task_id
    await rescheduling.apply_everywhere(
        turn.session,
        turn.subject_id,
        decision,
        turn.now,
        but=visit.id if visit else None,
        actor=turn.actor.id,
        needs=needs,
    )
    hidden = decision.urgent is not None and decision.urgent.hidden
    await follow_up(turn, data, decision, visit, task_id=task_id, hidden=hidden)
    if read_out:
        read_to_caller(turn, data)


async def told_now(turn: Turn, code: str, told: str, appointment_id: str | None) -> None:
    """ "It is there now": the sign itself counts, whatever was not sure before."""
    visit = await turn.session.get(Appointment, appointment_id or "")
    decision = await raise_code(turn, code, visit, source="card")
    data = card_data([code], visit, told=told)
    await keep_card(turn, data)
    await take_off(turn, decision)
    await follow_up(turn, data, decision, visit)
    read_to_caller(turn, data)


async def confirmed(turn: Turn, codes: Sequence[str], words: str, appointment_id: str | None) -> None:
    """Typed words that were asked about and are so: all that follows an urgent answer."""
    visit = await turn.session.get(Appointment, appointment_id or "")
    raised = [await raise_typed(turn, code, words, visit) for code in codes]
    data = card_data(codes, visit, typed=words)
    await keep_card(turn, data)
    await take_off(turn, raised[0])
    await follow_up(turn, data, raised[0], visit)
    read_to_caller(turn, data)


async def tapped(turn: Turn, code: str) -> Result:
    """[I have called] and [I need help] on the card of a visit that does not take place."""
    said = alerts.CALLED if code == "called" else alerts.AGAIN
    if turn.for_other:
        await alerts.again(turn, said)
        return Again(text("common.saved"))
    row = await conversation.find(turn.session, turn.chat_id, TOPIC)
    data = await conversation.data_of(turn.session, row) if row is not None else {}
    if not data.get("codes"):
        found = [h for h in await holds.open_holds(turn.session, turn.subject_id) if h.tier is not None]
        data = {"codes": [f"{hold.code}:{hold.tier.value}" for hold in found if hold.tier is not None]}
    if not data["codes"]:
        return Again(text("old.changed"))
    data = await confirm(turn, data)
    await alerts.again(turn, said)
    turn.open(TOPIC, "urgent.called" if code == "called" else "urgent.again", data)
    return Again(quiet=True)


async def confirm(turn: Turn, data: dict[str, Any]) -> dict[str, Any]:
    """A tap under words that were typed says that they are so: now the visits are off."""
    if not data.get("confirm"):
        return dict(data)
    data = {**data, "confirm": False}
    visit = await turn.session.get(Appointment, data.get("appointment") or "")
    raised = [await raise_code(turn, code, visit, words=data.get("typed")) for code in data["codes"]]
    await take_off(turn, raised[0])
    if visit is not None:
        turn.redraw(f"visit:{visit.id}", "visit.card", {"appointment": visit.id})
    return data


# --- the steps of it ---


async def raise_code(
    turn: Turn, code: str, visit: Appointment | None, *, source: str = "text", words: str | None = None
) -> Decision:
    """Keep a finding ("code" or "code:tier"), and decide on it. The visits are the caller's."""
    name, _, tier = code.partition(":")
    return await interview.raise_finding(
        turn.session,
        turn.subject_id,
        name,
        source,
        turn.now,
        zone=turn.house.zone,
        own_words=words,
        appointment_id=visit.id if visit else None,
        session_at=from_minutes(visit.starts_at) if visit else None,
        by=turn.actor.id,
        tier=Tier(tier) if tier else None,
        clinic_days=await clinic.own_days(turn.session),
    )


async def raise_typed(turn: Turn, code: str, words: str, visit: Appointment | None) -> Decision:
    """Keep a finding from typed words, and let every visit to come feel it, unless it is urgent."""
    decision = await raise_code(turn, code, visit, words=words)
    if decision.outcome is not Outcome.URGENT:
        await take_off(turn, decision)
    return decision


async def take_off(turn: Turn, decision: Decision) -> None:
    """Every visit to come feels it."""
    await rescheduling.apply_everywhere(
        turn.session, turn.subject_id, decision, turn.now, actor=turn.actor.id
    )


def card_data(
    codes: Sequence[str], visit: Appointment | None, *, told: str | None = None, typed: str | None = None
) -> dict[str, Any]:
    """What the act-now card says, and about which visit, as JSON."""
    return {
        "codes": list(codes),
        "told": told,
        "typed": None if typed is None else typed[: urgent_text.MOST_WORDS],
        "appointment": visit.id if visit else None,
        "when": visit.starts_at if visit else None,
    }


async def keep_card(turn: Turn, data: dict[str, Any]) -> None:
    """The act-now card as rows: an at-least-once message, marked sent if it went out ahead.

    Called before the visits are off: `data` is told whether the text takes one off.
    """
    session, alarm = turn.session, turn.alarm
    data["visit"] = await to_come(session, turn.subject_id, turn.now)
    key = alarm.key if alarm is not None else f"urgent:{turn.update_id}:{turn.subject_id}"
    await notifications.plan(
        session,
        turn.subject_id,
        "urgent",
        turn.now,
        key=key,
        priority=notifications.NOW,
        data=data,
    )
    if alarm is None or alarm.message_id is None:
        return
    row_id = await session.scalar(select(Notification.id).where(Notification.key == key))
    assert row_id is not None
    await notifications.finish(session, row_id, "sent", turn.now, message_id=alarm.message_id)
    chat = await conversation.chat_row(session, turn.chat_id, turn.now)
    card = await conversation.put(
        session,
        chat,
        TOPIC,
        subject_id=turn.subject_id,
        step=ACT,
        data=data,
        now=turn.now,
        fresh=True,
    )
    shown = urgent_text.screen_of(turn.house, data)
    card.token, card.message_id = alarm.token, alarm.message_id
    card.durable = True
    card.shown = card.revision if not shown.push else card.revision - 1
    await conversation.remember_message(session, card, alarm.message_id)


async def follow_up(
    turn: Turn,
    data: dict[str, Any],
    decision: Decision,
    visit: Appointment | None,
    *,
    task_id: str | None = None,
    hidden: bool = False,
    words: str | None = None,
) -> None:
    """The task with its deadline, the alert to staff, and the live cards of the visit."""
    due = await alerts.call_by(turn, decision.tier)
    session = turn.session
    if task_id is None:
        task_id = await tasks.open_task(
            session,
            "urgent",
            turn.now,
            client_id=turn.subject_id,
            appointment_id=visit.id if visit else None,
            due_at=due,
            therapist_id=visit.therapist_id if visit else None,
        )
    if words is not None:
        await tasks.add_note(session, task_id, words[:500])
    if visit is not None and not hidden:
        turn.redraw(f"visit:{visit.id}", "visit.card", {"appointment": visit.id})
        await over_later(turn, visit, data.get("when") or visit.starts_at)


def read_to_caller(turn: Turn, data: dict[str, Any]) -> None:
    """Staff with the client on the phone read the act-now words out; the client's own chat gets them too."""
    if turn.for_other:
        turn.open(topic_of(turn), "caller.urgent", dict(data), subject_id=turn.subject_id)


async def over_later(turn: Turn, visit: Appointment, when: int) -> None:
    """A day after the visit's hour, and not before people have settled it, the card becomes neutral."""
    due = max(from_minutes(when), turn.now) + timedelta(days=1)
    await notifications.plan(
        turn.session,
        turn.subject_id,
        "urgent.over",
        due,
        key=f"urgent.over:{visit.id}:{to_minutes(due)}",
        at_least_once=False,
        silent=True,
        data={"appointment": visit.id, "when": when},
    )
