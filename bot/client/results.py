"""What an answered check does to the visit, in kind words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import about, cards
from bot.about import Visit
from bot.client import clearance, moved, urgent, why
from bot.flow import (
    BACK,
    HOME,
    PERSON,
    Again,
    Choice,
    Command,
    Day,
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
    Until,
    Value,
    When,
    rows,
    text,
)
from config.clock import from_minutes, to_minutes
from scheduling import booking, clinic, notifications, promises, rescheduling, tasks
from scheduling.appointments import HELD, WAITING, Appointment
from scheduling.notifications import NOW
from scheduling.rescheduling import OPEN_STATES, Applied
from screening import holds, oks, sign_off
from screening import unsure as unsure_rule
from screening.decision import Decision
from screening.policy import Outcome, Slot
from screening.questionnaire import Progress
from screening.tables import Interview

CARD = "result.card"
A_DAY = 1440
STAFF_CALLS = timedelta(hours=8)
MOST_TOLD, MOST_ADAPTED = 4, 3

# Buttons under each result, gates.md section 9; below them stands Home.
BUTTONS: dict[str, tuple[Choice, ...]] = {
    "result.clear": (Choice("seevisit"), Choice("changed")),
    "result.clear_note": (Choice("seevisit"), Choice("changed")),
    "result.caution": (Choice("seevisit"), Choice("changed")),
    "result.caution_look": (Choice("seevisit"), Choice("why"), PERSON),
    "result.defer": (Choice("keep"), Choice("others"), Choice("untilwell"), PERSON),
    "result.defer_relapse": (Choice("keepnow"), Choice("sendok"), PERSON),
    "result.defer_step": (Choice("keepnow"), Choice("sendok"), PERSON),
    "result.defer_no_date": (Choice("news"), PERSON),
    "result.clearance": (Choice("form"), Choice("sendok"), Choice("move"), PERSON),
    "result.clearance_moved": (Choice("keepnow"), Choice("form"), Choice("sendok"), PERSON),
    "result.review": (Choice("addword"), Choice("why"), PERSON),
    "result.red_unsure": (Choice("now"), Choice("why"), PERSON),
    "result.goes_on": (Choice("seevisit"), PERSON),
    "result.clash": (Choice("change"), Choice("why"), PERSON),
    "result.error": (Choice("retry"), PERSON),
    "moved.none": (Choice("others"), Choice("untilwell"), PERSON),
    "recheck.clear": (Choice("where"),),
}
WITH_NOTICE = frozenset(BUTTONS) - {"moved.none"}


def kind_of(phase: str) -> str:
    """The phase as the visit knows it: a full check counts as one, whatever was asked besides."""
    if phase in ("first_full", "window", "check"):
        return "check"
    return "door" if phase.startswith("door") else phase.partition(":")[0]


def over(visit: Visit | None) -> Screen:
    """Neutral once there is nothing left to say."""
    line = Text("old.gone") if visit is None else Text("result.neutral", {"when": When(visit.row.starts_at)})
    return Screen("result.neutral", lines=(line,), rows=((HOME,),), durable=True)


async def may_go_on(turn: Turn, visit: Appointment, decision: Decision) -> bool:
    """Under a hold: whether this time can be booked all the same (an OK may still come, say)."""
    gate = await holds.gate(turn.session, visit.client_id, turn.now)
    day = from_minutes(visit.starts_at).astimezone(turn.house.zone).date()
    return (
        gate.may_book
        and (gate.earliest is None or gate.earliest <= day)
        and decision.slot in (Slot.STAYS, Slot.WAITS)
        and (decision.slot is Slot.STAYS or not await _new_event(turn, visit.client_id, decision))
    )


async def _new_event(turn: Turn, client_id: str, decision: Decision) -> bool:
    """A clearance for something other than the general OK that is missing is said first.

    Where there never was an OK, a relapse that is over needs the same one and no other.
    """
    codes = {spec.code for spec in decision.holds if spec.outcome is Outcome.CLEARANCE}
    known = {"doctor_ok_missing"}
    if (await oks.facts(turn.session, client_id))[0] is None:
        known.add("relapse_after_clearance")
    return not codes <= known


def foreseen(turn: Turn, after: Progress) -> tuple[str, ...] | None:
    """The urgent codes that an answer would set, with their tiers; what was told goes with the text."""
    if after.stop != "urgent":
        return None
    policy = turn.house.policy
    found = [f for f in after.findings if policy.row(f.code).outcome is Outcome.URGENT]
    told = next((f.told for f in found if f.told), None)
    if told is not None:
        turn.data["_told"] = told
    return tuple(f"{f.code}:{f.tier.value}" if f.tier else f.code for f in found)


async def apply(turn: Turn, visit: Appointment, decision: Decision, phase: str) -> Result:
    """Do to the visit what the decision says, tell the staff, show the result in place of the questions."""
    session = turn.session
    needs = await about.needs(session, visit.client_id)
    data: dict[str, Any] = {"appointment": visit.id}
    if decision.outcome is Outcome.URGENT and decision.urgent is not None:
        await urgent.answered(turn, visit, decision, needs=needs)
        return Go("result.neutral", {**data, "when": visit.starts_at}, forget=True)
    was_held = visit.state == HELD
    if was_held and decision.slot is Slot.WAITS and (refused := await _cannot_wait(turn, visit)) is not None:
        return refused
    applied = await rescheduling.apply_decision(
        session,
        visit.id,
        decision,
        turn.now,
        phase=kind_of(phase),
        actor=turn.actor.id,
        needs=needs,
        to_confirm=False,
    )
    await rescheduling.apply_everywhere(
        session, visit.client_id, decision, turn.now, but=visit.id, actor=turn.actor.id, needs=needs
    )
    if visit.state == WAITING and decision.slot is Slot.STAYS:
        return Go("move.pick", data, forget=True)  # well again: three times to choose from
    data = {**data, **facts(turn, decision, applied, phase)}
    turn.redraw(f"visit:{visit.id}", "visit.card", {"appointment": visit.id})
    if not was_held:
        await _neutral_later(turn, visit, applied.before)
    if decision.slot is Slot.PROVISIONAL:
        await moved.ask_in_time(turn, visit, decision.earliest)
    return Go(CARD, data, forget=True)


async def _cannot_wait(turn: Turn, visit: Appointment) -> Result | None:
    """A held time that no OK can reach is given back, and nothing says that it is kept."""
    rules = await clinic.rules(turn.session)
    lead = timedelta(days=rules.lead_days_without_ok)
    if rules.book_without_ok and from_minutes(visit.starts_at) - lead > turn.now:
        return None
    await booking.let_hold_go(turn.session, visit.id, turn.now)
    if not rules.book_without_ok:
        return Go("book.on_hold", {}, forget=True)
    return Go("book.need_ok", {"days": rules.lead_days_without_ok}, forget=True)


async def without_visit(turn: Turn, decision: Decision) -> Result:
    """A full check with no visit: it may have opened the way to new times, or closed it."""
    needs = await about.needs(turn.session, turn.subject_id)
    if decision.outcome is Outcome.URGENT and decision.urgent is not None:
        await urgent.answered(turn, None, decision, needs=needs)
        return Go("result.neutral", {}, forget=True)
    await rescheduling.apply_everywhere(
        turn.session, turn.subject_id, decision, turn.now, actor=turn.actor.id, needs=needs
    )
    await _for_a_person(turn, decision)
    gate = await holds.gate(turn.session, turn.subject_id, turn.now)
    step = "book.home" if gate.may_book else "book.on_hold"
    if turn.topic == "home":
        return Go(step, {}, forget=True)
    turn.open("home", step)
    return Go("result.neutral", {}, forget=True)


async def _for_a_person(turn: Turn, decision: Decision) -> None:
    """What only a person can settle is a task of its own where no visit carries it."""
    wanted = [spec for spec in decision.holds if spec.slot in (Slot.REVIEW, Slot.FREED)]
    if not wanted:
        return
    rules = await clinic.rules(turn.session)
    unsure = any(spec.code == unsure_rule.CODE for spec in wanted)
    minutes = rules.urgent_minutes if unsure else int(STAFF_CALLS.total_seconds() // 60)
    found = await holds.open_holds(turn.session, turn.subject_id)
    await tasks.open_task(
        turn.session,
        "review",
        turn.now,
        client_id=turn.subject_id,
        due_at=promises.within(rules.opening_hours, rules.tz, turn.now, minutes),
        hold_id=next((hold.id for hold in found if hold.code == wanted[0].code), None),
    )


def facts(turn: Turn, decision: Decision, applied: Applied, phase: str) -> dict[str, Any]:
    """What the result card needs to know, as JSON; it tells what was decided then."""
    key = decision.result
    if decision.slot in (Slot.MOVED, Slot.PROVISIONAL) and applied.new is None:
        key = "moved.none"
    if key.startswith("result.clear") and kind_of(phase) in ("recheck", "door"):
        key = "recheck.clear" if key != "result.clearance" else key
    if key == "result.clearance" and applied.new is not None and applied.new.starts_at != applied.before:
        key = "result.clearance_moved"
    here = applied.new is not None and applied.new.starts_at == applied.before
    return {
        "key": key,
        "here": here and decision.slot is Slot.PROVISIONAL,
        "told": list(decision.told[:MOST_TOLD]),
        "unsure": any(reason.code.endswith("_unsure") for reason in decision.reasons),
        "adapt": list(decision.adapt[:MOST_ADAPTED]),
        "who_first": decision.who_first,
        "who_ok": decision.who_ok,
        "says": list(decision.says),
        "earliest": decision.earliest.isoformat() if decision.earliest else None,
        "when": applied.before,
        "new_when": applied.new.starts_at if applied.new else None,
        "keep_until": applied.keep_until.isoformat() if applied.keep_until else None,
        "release": applied.appointment.release_at.isoformat() if applied.appointment.release_at else None,
        "version": applied.appointment.version,
    }


async def _neutral_later(turn: Turn, visit: Appointment, starts_at: int) -> None:
    """When the visit's hour has gone by, its result becomes a neutral line."""
    await notifications.plan(
        turn.session,
        visit.client_id,
        "result.over",
        from_minutes(starts_at) + timedelta(hours=3),
        key=f"result.over:{visit.id}:{starts_at}",
        at_least_once=False,
        silent=True,
        data={"appointment": visit.id, "when": starts_at},
    )


async def _send_over(turn: Turn, data: Any) -> Opening | None:
    visit = await turn.session.get(Appointment, data["appointment"])
    if visit is not None and visit.state in OPEN_STATES:
        still = visit.state == WAITING or from_minutes(visit.ends_at) > turn.now
        if still:  # moved, or still to be decided: its card is needed
            await _neutral_later(turn, visit, max(visit.starts_at, to_minutes(turn.now) + A_DAY))
            return None
    return Opening(f"check:{data['appointment']}", "result.neutral", dict(data), fresh=False)


# --- the words ---


def told_line(data: dict[str, Any], day: date | None = None) -> Line:
    """{told}: the client's own line or words."""
    if data.get("words"):
        return Raw(str(data["words"]))
    params: dict[str, Value] = {}
    if day is not None:
        params["date_72h"] = Day(day - timedelta(days=3))
    keys = tuple(data.get("told") or ())
    if not keys:  # not sure, or an earlier answer that still counts
        keys = ("button.unsure",) if data.get("unsure") else ("told.before",)
    return cards.told(keys, params)


def moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


async def values(turn: Turn, visit: Visit, data: dict[str, Any]) -> dict[str, Value]:
    """Everything that a result may say."""
    when = int(data.get("when") or visit.row.starts_at)
    day = from_minutes(when).astimezone(turn.house.zone).date()
    out = {**visit.values(), "when": When(when)}
    out["told"] = told_line(data, day)
    out["adapt"] = Joined(tuple(Text(key) for key in data.get("adapt") or ()))
    out["who_first"] = Text(data["who_first"]) if data.get("who_first") else ""
    out["who_ok"] = Text(data.get("who_ok") or "who_ok.doctor")
    rules = await clinic.rules(turn.session)
    release = moment(data.get("release")) or visit.row.release_at
    if release is None:
        release = from_minutes(when) - timedelta(hours=rules.release_hours)
    out["release_time"] = Until(release)
    out["new_when"] = When(int(data.get("new_when") or visit.row.starts_at))
    keep = moment(data.get("keep_until")) or visit.row.keep_until
    out["keep_until"] = Until(keep or turn.now)
    earliest = data.get("earliest")
    out["date"] = Day(date.fromisoformat(earliest) if earliest else day, full=True)
    staff_by = promises.within(
        rules.opening_hours, rules.tz, turn.now, int(STAFF_CALLS.total_seconds() // 60)
    )
    out["staff_by"] = Until(staff_by)
    return out


class Card(Step):
    """The result of a check, in place of its questions."""

    name = CARD
    traced = True

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        if visit is None:
            return over(None)
        data, key = turn.data, str(turn.data["key"])
        said = await values(turn, visit, data)
        lines: list[Line] = []
        if data.get("pushed"):
            lines.append(Text("result.push", {"when": said["when"]}))
        lines.append(Text(key, said))
        lines += [Text(extra) for extra in data.get("says") or ()]
        if data.get("asks"):
            lines.append(Text(f"result.asks.{data['asks']}"))
        if data.get("who_first") and key == "result.defer":
            lines.append(Text(data["who_first"]))
        if key in WITH_NOTICE:
            lines.append(Text("common.result_end"))
        choices = BUTTONS.get(key, ())
        if data.get("asks") == "now":
            choices = (Choice("check"), *choices)
        if data.get("here"):  # it never left its time, so there is nothing to keep
            choices = tuple(Choice("seevisit") if one.code == "keepnow" else one for one in choices)
        return Screen(
            key,
            lines=tuple(lines),
            rows=rows(*choices, HOME),
            durable=True,
            push=1 if data.get("pushed") else 0,
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        return await act(turn, value)

    async def foresee(self, turn: Turn, value: Input) -> tuple[str, ...] | None:
        return None


async def act(turn: Turn, value: Input) -> Result:
    """What the buttons under a result do; each looks at the visit as it is now."""
    from bot.client import checking

    appointment_id = str(turn.data.get("appointment", ""))
    visit = await turn.session.get(Appointment, appointment_id)
    if visit is None or not isinstance(value, Tap):
        return Again(text("old.changed"))
    to = {"appointment": appointment_id}
    match value.code:
        case "seevisit" | "where":
            return Go("visit.card", to)
        case "changed" | "change" | "retry" | "check":
            return await checking.again(turn, visit)
        case "keep" | "keepnow":
            return await moved.keep(turn, visit)
        case "untilwell":
            return await moved.until_well(turn, visit)
        case "others":
            return await moved.other_times(turn, visit)
        case "move":
            return Go("move.pick", to)
        case "sendok":
            return Go("ok.how", to)
        case "why":
            return await why.ask(turn, appointment_id)
        case "form":
            await clearance.send_form(turn)
            return Again(quiet=True)
        case "news" | "addword":
            return Go("result.word", to)
        case "now":
            return Go("result.now", {**turn.data})
    return Again(text("old.changed"))


class Neutral(Step):
    """Nothing of health is left on the screen."""

    name = "result.neutral"

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        if visit is None or not turn.data.get("when"):
            return over(visit)
        line = Text("result.neutral", {"when": When(int(turn.data["when"]))})
        return Screen(self.name, lines=(line,), rows=((HOME,),), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again(text("old.gone"))


class Word(Step):
    """One typed message to the person who decides."""

    name = "result.word"
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        if turn.data.get("kept"):
            return Screen(self.name, lines=(Text("result.word_kept"),), rows=rows(PERSON, HOME))
        return Screen(self.name, lines=(Text("result.word"),), rows=((BACK, HOME),))

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Said):
            return Again(text("odd.tap"))
        await add_word(turn, value.text, turn.data.get("appointment"))
        return Go(self.name, {**turn.data, "kept": True}, forget=True)


async def add_word(turn: Turn, words: str, appointment_id: str | None) -> None:
    """Put words on the task that waits for a person; open one if there is none."""
    wanted = ("review", "no_date", "no_slot", "clearance", "urgent", "after", "person")
    found = await tasks.of_client(turn.session, turn.subject_id)
    task = next((t for t in found if t.kind in wanted and t.appointment_id == appointment_id), None)
    task = task or next((t for t in found if t.kind in wanted), None)
    if task is not None:
        await tasks.add_note(turn.session, task.id, words)
        return
    rules = await clinic.rules(turn.session)
    await tasks.open_task(
        turn.session,
        "person",
        turn.now,
        client_id=turn.subject_id,
        appointment_id=appointment_id,
        due_at=promises.by_end_of_day(rules.opening_hours, rules.tz, turn.now),
        key=f"person:{turn.subject_id}",
        note=words,
    )


class Now(Step):
    """ "It is there now": the signs of the red cards; one tap counts as there now."""

    name = "result.now"

    async def show(self, turn: Turn) -> Screen:
        signs = await urgent.signs(turn)
        lines: list[Line] = [Text("urgent.ask_now")]
        return Screen(
            self.name,
            lines=(
                *lines,
                *(Text("common.item", {"text": Text(line)}) for line in signs),
                Text("common.footer"),
            ),
            rows=(
                *((Choice(f"o{n}", Text(f"{line}.b"), line),) for n, line in enumerate(signs, 1)),
                (PERSON,),
                (BACK, HOME),
            ),
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        code = await self._code(turn, value)
        if code is None:
            return Again(text("old.changed"))
        await urgent.told_now(turn, code, str(turn.data["_told"]), turn.data.get("appointment"))
        when = turn.data.get("when")
        return Go("result.neutral", {"appointment": turn.data.get("appointment"), "when": when}, forget=True)

    async def foresee(self, turn: Turn, value: Input) -> tuple[str, ...] | None:
        code = await self._code(turn, value)
        return None if code is None else (code,)

    async def _code(self, turn: Turn, value: Input) -> str | None:
        signs = await urgent.signs(turn)
        if not isinstance(value, Tap) or not value.code[1:].isdigit() or value.code[0] != "o":
            return None
        place = int(value.code[1:])
        if not 1 <= place <= len(signs):
            return None
        turn.data["_told"] = signs[place - 1]
        return urgent.code_now(await sign_off.for_use(turn.session), signs[place - 1])


# --- decided by a person, or by the program, and told later ---


async def _send_decided(turn: Turn, data: Any) -> Opening | None:
    """Staff decided: the result as a new message, pushed as a neutral line."""
    visit = await turn.session.get(Appointment, data.get("appointment", ""))
    if visit is None or visit.hidden_hold:
        return None
    return Opening(f"check:{visit.id}", CARD, {**data, "pushed": True})


async def tell(
    session: AsyncSession, visit: Appointment, data: dict[str, Any], now: datetime, *, key: str
) -> None:
    """Plan a result card for the client, for whoever decided: door, review, the program itself."""
    await notifications.plan(
        session,
        visit.client_id,
        "result.decided",
        now,
        appointment=(visit.id, visit.version),
        key=f"{visit.id}:result.decided:{key}:v{visit.version}",
        priority=NOW,
        data=data,
    )


async def announce_error(session: AsyncSession, visit: Appointment, now: datetime) -> None:
    data = {"appointment": visit.id, "key": "result.error", "when": visit.starts_at}
    await tell(session, visit, data, now, key=f"error{to_minutes(now)}")


async def open_rounds(session: AsyncSession, client_id: str) -> bool:
    found = await session.scalar(
        select(Interview.id)
        .where(Interview.client_id == client_id, Interview.state == "open", Interview.phase != "contact")
        .limit(1)
    )
    return found is not None


STEPS: tuple[Step, ...] = (Card(), Neutral(), Word(), Now())
NOTICES: tuple[Notice, ...] = (Notice("result.over", _send_over), Notice("result.decided", _send_decided))
COMMANDS: tuple[Command, ...] = ()
