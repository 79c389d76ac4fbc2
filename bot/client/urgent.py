"""Act-now texts: sent first, kept at least once, followed up by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import alerts, conversation
from bot.client import urgent_ask
from bot.flow import (
    Again,
    Choice,
    Command,
    Go,
    Input,
    Joined,
    Line,
    Notice,
    Opening,
    Raw,
    Result,
    Said,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    rows,
    text,
)
from bot.house import House
from config.clock import from_minutes, to_minutes
from scheduling import admission, booking, clinic, notifications, rescheduling, tasks
from scheduling.appointments import HELD, LIVE, WAITING, Appointment
from scheduling.matching import Needs
from scheduling.notifications import Notification
from screening import holds, interview, sign_off
from screening.decision import Decision
from screening.policy import Outcome, Policy, Tier
from screening.red_flags import Reading

TOPIC = "urgent"
ACT = "urgent.act"
MOST_WORDS = 200
HURT, SELF = "c_hurt", "c_self"
ORDER = {Tier.E: 0, Tier.C: 1, Tier.D: 2}
# A sign that names no single code of its own, told as "there now".
NOW_CODES = {"check.c.1": "sepsis_signs"}


# --- the text, made without a database ---


@dataclass(frozen=True)
class Message:
    """`text`: urgent.e, urgent.d, urgent.c_self or urgent.c_hurt; `added`: last on line 1."""

    text: str
    added: tuple[str, ...]
    crisis: str | None  # line 1 of a tier C text that a worse one must keep
    hidden: bool


def message(policy: Policy, codes: Sequence[str]) -> Message:
    """One message for all codes ("code" or "code:tier"): E before C before D; C keeps its crisis line."""
    found: list[tuple[Tier, str, str | None, str | None]] = []
    for code in codes:
        name, _, tier = code.partition(":")
        row = policy.row(name)
        rank = Tier(tier) if tier else row.tier or Tier.E
        added = row.added if row.added_tier in (None, rank) else None
        found.append((rank, row.urgent_text or rank.value.lower(), added, row.urgent_text))
    found.sort(key=lambda one: (ORDER[one[0]], one[1] != HURT))
    worst = found[0]
    said = [text for _, _, _, text in found if text]
    crisis = None
    if said and worst[3] is None:
        crisis = f"urgent.{HURT if HURT in said else SELF}.1"
    ends = tuple(dict.fromkeys(a for rank, _, a, _ in found if a and rank is worst[0]))
    return Message(f"urgent.{worst[1]}", ends, crisis, HURT in said)


def screen(
    house: House,
    codes: tuple[str, ...],
    *,
    told: str | None = None,
    typed: str | None = None,
    visit: bool = True,
) -> Screen:
    """The act-now text, whole at once. `told`: key of the client's line; `typed`: their own words.

    visit: whether one is to come; else the line that takes it off is left out.
    """
    one = message(house.policy, codes)
    first: tuple[Line, ...] = (Text(f"{one.text}.1"), *(Text(key) for key in one.added))
    lines: list[Line] = [Joined(first, " ")]
    if one.crisis is not None:
        lines.append(Text(one.crisis))
    said: Line | None = Text(told) if told else Raw(typed[:MOST_WORDS]) if typed else None
    last = (3, 4) if visit else (4,)
    if one.hidden:
        lines.append(Text(f"urgent.{HURT}.2"))
        lines += [Text(f"urgent.{HURT}.{n}") for n in last]
    else:
        if "c_" in one.text:
            lines.append(Text(f"{one.text}.2"))
        elif said is not None:
            lines.append(Text(f"{one.text}.2", {"told": said}))
        lines += [Text(f"{one.text}.{n}") for n in last]
    if one.hidden:
        lines.insert(0, Text("urgent.head"))
    return Screen(one.text, lines=tuple(lines), rows=_buttons(one), durable=True, push=1 if one.hidden else 0)


def screen_of(house: House, data: Mapping[str, Any]) -> Screen:
    """The act-now text as it was sent."""
    return screen(
        house,
        tuple(data["codes"]),
        told=data.get("told"),
        typed=data.get("typed"),
        visit=bool(data.get("visit", True)),
    )


async def to_come(session: AsyncSession, client_id: str, now: datetime) -> bool:
    """Is there a visit, or a time that is held, that an act-now text takes off?"""
    found = await booking.visits(session, client_id, now)
    return any(one.state in (HELD, *LIVE) for one in found)


def _buttons(one: Message) -> tuple[tuple[Choice, ...], ...]:
    if one.hidden:
        return rows(Choice("callsafe"), Choice("writeonly"), Choice("helpme"))
    return rows(Choice("called"), Choice("helpme"))


def code_now(policy: Policy, line_key: str) -> str | None:
    """The urgent code of a red line that is there now: its own, or the first urgent one of its card."""
    if line_key in NOW_CODES:
        return NOW_CODES[line_key]
    line = next((line for line in policy.lines.values() if line.key == line_key), None)
    if line is None:
        return None
    for code in line.effect.gives:
        if policy.row(code).tier is not None:
            return code
    for name in line.effect.next:
        card = policy.cards.get(name)
        for choice in card.choices if card else ():
            for code in choice.effect.gives:
                if policy.row(code).tier is not None:
                    tier = choice.effect.tier
                    return f"{code}:{tier.value}" if tier else code
    return None


async def signs(turn: Turn) -> tuple[str, ...]:
    """The red lines that the client was not sure about (keys); all of them if that is not known any more."""
    policy = await sign_off.for_use(turn.session)
    unsure = await urgent_ask.unsure_cards(turn)
    cards = [card for card in policy.cards.values() if card.red and (not unsure or card.id in unsure)]
    keys = [line.key for card in cards for line in card.lines if card.id in ("A", "B", "C", "G")]
    return tuple(key for key in keys if code_now(policy, key) is not None)


# --- what follows, in the transaction ---


async def answered(
    turn: Turn, visit: Appointment | None, decision: Decision, *, needs: Needs, read_out: bool = True
) -> None:
    """An urgent answer on a card: its text is out or is planned; the visits are off; people are told.

    read_out: staff who answer for a caller get the words to read out; else the caller of this shows them.
    """
    codes = tuple(
        f"{reason.code}:{reason.tier.value}" for reason in decision.reasons if reason.tier is not None
    )
    told = next((reason.told for reason in decision.reasons if reason.tier and reason.told), None)
    data = {
        "codes": list(codes),
        "told": told,
        "typed": None,
        "appointment": visit.id if visit else None,
        "when": visit.starts_at if visit else None,
    }
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
    await _follow_up(turn, data, decision, visit, task_id=task_id, hidden=hidden)
    if read_out:
        _read_out(turn, data)


async def told_now(turn: Turn, code: str, told: str, appointment_id: str | None) -> None:
    """ "It is there now": the sign itself counts, whatever was not sure before."""
    name, _, tier = code.partition(":")
    visit = await turn.session.get(Appointment, appointment_id or "")
    decision = await interview.raise_finding(
        turn.session,
        turn.subject_id,
        name,
        "card",
        turn.now,
        zone=turn.house.zone,
        appointment_id=appointment_id,
        session_at=from_minutes(visit.starts_at) if visit else None,
        by=turn.actor.id,
        tier=Tier(tier) if tier else None,
        clinic_days=await clinic.own_days(turn.session),
    )
    data = {"codes": [code], "told": told, "typed": None, "appointment": appointment_id}
    await keep_card(turn, data)
    await rescheduling.apply_everywhere(
        turn.session, turn.subject_id, decision, turn.now, actor=turn.actor.id
    )
    await _follow_up(turn, data, decision, visit, task_id=None, hidden=False)
    _read_out(turn, data)


async def typed(turn: Turn, reading: Reading, words: str) -> None:
    """Red-flag words: keep them, hold the visit, tell the staff; or ask, and tell the staff all the same.

    Softer words only set what their codes set.
    """
    if reading.action is None:
        await urgent_ask.softly(turn, reading.raised, words)
        return
    if reading.action == "ask":
        await urgent_ask.ask(turn, reading.codes, words)
        return
    visit = await next_visit(turn)
    worst: Decision | None = None
    for code in reading.codes:
        decision = await interview.raise_finding(
            turn.session,
            turn.subject_id,
            code,
            "text",
            turn.now,
            zone=turn.house.zone,
            own_words=words,
            appointment_id=visit.id if visit else None,
            session_at=from_minutes(visit.starts_at) if visit else None,
            by=turn.actor.id,
            clinic_days=await clinic.own_days(turn.session),
        )
        worst = worst or decision
    assert worst is not None
    one = message(turn.house.policy, reading.codes)
    data = {
        "codes": list(reading.codes),
        "told": None,
        "typed": None if one.hidden else words[:MOST_WORDS],
        "appointment": visit.id if visit else None,
        "when": visit.starts_at if visit else None,
    }
    data["confirm"] = not one.hidden
    await keep_card(turn, data)
    if one.hidden:
        await rescheduling.apply_everywhere(
            turn.session, turn.subject_id, worst, turn.now, actor=turn.actor.id
        )
    else:
        await _hold_visits(turn)
    await _follow_up(turn, data, worst, visit, task_id=None, hidden=one.hidden, words=words)
    _read_out(turn, data)


def _read_out(turn: Turn, data: dict[str, Any]) -> None:
    """Staff with the client on the phone read the act-now words out; the client's own chat gets them too."""
    if turn.for_other:
        topic = urgent_ask.topic_of(turn)
        turn.open(topic, "caller.urgent", dict(data), subject_id=turn.subject_id)


async def _hold_visits(turn: Turn) -> None:
    """Typed words alone take no visit off: it must not take place until the client or a person has spoken."""
    rules = await clinic.rules(turn.session)
    for visit in await booking.visits(turn.session, turn.subject_id, turn.now):
        if visit.state in LIVE:
            row = await admission.locked(turn.session, visit.id)
            await rescheduling.hold_until_release(turn.session, row, "review", rules, turn.now)


async def tapped(turn: Turn, code: str) -> Result:
    """[I have called] and [I need help] on the card of a visit that does not take place."""
    if turn.for_other:
        await alerts.again(turn, _what(code))
        return Again(text("common.saved"))
    row = await conversation.find(turn.session, turn.chat_id, TOPIC)
    data = await conversation.data_of(turn.session, row) if row is not None else {}
    if not data.get("codes"):
        found = [h for h in await holds.open_holds(turn.session, turn.subject_id) if h.tier is not None]
        data = {"codes": [f"{hold.code}:{hold.tier.value}" for hold in found if hold.tier is not None]}
    if not data["codes"]:
        return Again(text("old.changed"))
    data = await confirm(turn, data)
    await alerts.again(turn, _what(code))
    turn.open(TOPIC, "urgent.called" if code == "called" else "urgent.again", data)
    return Again(quiet=True)


def _what(button: str) -> str:
    return alerts.CALLED if button == "called" else alerts.AGAIN


async def confirm(turn: Turn, data: dict[str, Any]) -> dict[str, Any]:
    """A tap under words that were typed says that they are so: now the visits are off."""
    if not data.get("confirm"):
        return dict(data)
    data = {**data, "confirm": False}
    decision: Decision | None = None
    for code in data["codes"]:
        found = await interview.raise_finding(
            turn.session,
            turn.subject_id,
            code.partition(":")[0],
            "text",
            turn.now,
            zone=turn.house.zone,
            own_words=data.get("typed"),
            appointment_id=data.get("appointment"),
            by=turn.actor.id,
            clinic_days=await clinic.own_days(turn.session),
        )
        decision = decision or found
    assert decision is not None
    await rescheduling.apply_everywhere(
        turn.session, turn.subject_id, decision, turn.now, actor=turn.actor.id
    )
    if data.get("appointment"):
        turn.redraw(f"visit:{data['appointment']}", "visit.card", {"appointment": data["appointment"]})
    return data


async def confirmed(turn: Turn, codes: tuple[str, ...], words: str, appointment_id: str | None) -> None:
    """Typed words that were asked about and are so: all that follows an urgent answer."""
    visit = await turn.session.get(Appointment, appointment_id) if appointment_id else None
    decision: Decision | None = None
    for code in codes:
        found = await urgent_ask.raise_code(turn, code, words, appointment_id)
        decision = decision or found
    assert decision is not None
    data = {
        "codes": list(codes),
        "told": None,
        "typed": words[:MOST_WORDS],
        "appointment": appointment_id,
        "when": visit.starts_at if visit else None,
    }
    await keep_card(turn, data)
    await rescheduling.apply_everywhere(
        turn.session, turn.subject_id, decision, turn.now, actor=turn.actor.id
    )
    await _follow_up(turn, data, decision, visit, task_id=None, hidden=False)
    _read_out(turn, data)


async def next_visit(turn: Turn) -> Appointment | None:
    found = await booking.visits(turn.session, turn.subject_id, turn.now)
    return next((one for one in found if one.state in (*LIVE, WAITING)), None)


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
    shown = screen_of(turn.house, data)
    card.token, card.message_id = alarm.token, alarm.message_id
    card.durable = True
    card.shown = card.revision if not shown.push else card.revision - 1
    await conversation.remember_message(session, card, alarm.message_id)


async def _follow_up(
    turn: Turn,
    data: dict[str, Any],
    decision: Decision,
    visit: Appointment | None,
    *,
    task_id: str | None,
    hidden: bool,
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
        await _over_later(turn, visit, data.get("when") or visit.starts_at)


async def _over_later(turn: Turn, visit: Appointment, when: int) -> None:
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


# --- the card ---


class Act(Step):
    """The act-now text and what the client does about it."""

    name = ACT
    traced = True

    async def show(self, turn: Turn) -> Screen:
        return screen_of(turn.house, turn.data)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again(text("old.changed"))
        match value.code:
            case "called":
                data = await confirm(turn, turn.data)
                await alerts.again(turn, alerts.CALLED)
                return Go("urgent.called", data, forget=True)
            case "helpme":
                data = await confirm(turn, turn.data)
                await alerts.again(turn, alerts.AGAIN)
                turn.open(TOPIC, "urgent.again", data)
                return Again(quiet=True)
            case "callsafe":
                return Go("urgent.safe", dict(turn.data), forget=True)
            case "writeonly":
                await _note(turn, "write only")
                return Go("urgent.write_only", dict(turn.data), forget=True)
        return Again(text("old.changed"))


class Called(Act):
    name = "urgent.called"

    async def show(self, turn: Turn) -> Screen:
        one = message(turn.house.policy, turn.data["codes"])
        return Screen(
            self.name,
            lines=(Text("urgent.called"), Text(f"{one.text}.1")),
            rows=rows(Choice("helpme")),
            durable=True,
        )


class HelpAgain(Act):
    """Line 1 once more, and that the clinic was told again."""

    name = "urgent.again"

    async def show(self, turn: Turn) -> Screen:
        one = message(turn.house.policy, turn.data["codes"])
        first: Line = Joined((Text(f"{one.text}.1"), *(Text(key) for key in one.added)), " ")
        return Screen(self.name, lines=(first, Text("urgent.again")), rows=_buttons(one), durable=True)


class Safe(Act):
    """How and when a call is safe, in their own words."""

    name = "urgent.safe"
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        if turn.data.get("kept"):
            lines: tuple[Line, ...] = (Text("urgent.safe_kept"), Text(f"urgent.{HURT}.1"))
        else:
            lines = (Text("urgent.safe"), Text(f"urgent.{HURT}.1"))
        return Screen(self.name, lines=lines, rows=rows(Choice("writeonly"), Choice("helpme")), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Said):
            await _note(turn, value.text)
            return Go(self.name, {**turn.data, "kept": True}, forget=True)
        return await super().take(turn, value)


class WriteOnly(Act):
    name = "urgent.write_only"

    async def show(self, turn: Turn) -> Screen:
        return Screen(
            self.name,
            lines=(Text("urgent.write_only"), Text(f"urgent.{HURT}.1")),
            rows=rows(Choice("callsafe"), Choice("helpme")),
            durable=True,
        )


async def _note(turn: Turn, words: str) -> None:
    for task in await tasks.of_client(turn.session, turn.subject_id):
        if task.kind == "urgent":
            await tasks.add_note(turn.session, task.id, words)
            return


async def _send(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    return Opening(TOPIC, ACT, dict(data)) if data.get("codes") else None


async def _send_over(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    open_now = await holds.open_holds(turn.session, turn.subject_id)
    visit = await turn.session.get(Appointment, data.get("appointment", ""))
    if visit is not None and any(hold.outcome is Outcome.URGENT for hold in open_now):
        await _over_later(turn, visit, int(data["when"]))
        return None
    return Opening(TOPIC, "result.neutral", dict(data), fresh=False)


STEPS: tuple[Step, ...] = (
    Act(),
    Called(),
    HelpAgain(),
    Safe(),
    WriteOnly(),
    *urgent_ask.STEPS,
    *alerts.STEPS,
)
NOTICES: tuple[Notice, ...] = (
    Notice("urgent", _send),
    Notice("urgent.over", _send_over),
    *urgent_ask.NOTICES,
    *alerts.NOTICES,
)
COMMANDS: tuple[Command, ...] = ()
