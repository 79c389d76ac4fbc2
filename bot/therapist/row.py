"""One client's row, opened: what to adapt, Done, No-show, a note, a call."""

from __future__ import annotations

from datetime import timedelta

from bot import agenda_words, staff_cards, voice
from bot.flow import (
    NAV,
    Again,
    Choice,
    Day,
    Go,
    Hour,
    Input,
    Line,
    Raw,
    Result,
    Screen,
    Step,
    Tap,
    Turn,
    Until,
    rows,
    text,
)
from bot.formatting import cut
from bot.staff_cards import THERAPIST
from bot.therapist import own
from config.clock import from_minutes, to_minutes
from scheduling import agenda, tasks, undoing, visit_notes, visits_done
from scheduling.agenda import CLEARED, PENDING, Row
from scheduling.appointments import BOOKED, DONE, NO_SHOW, Appointment
from scheduling.clinic import Therapist
from scheduling.refusals import NotNow, TooLate
from scheduling.visit_notes import Noted
from scheduling.visits_done import EARLY, NotScreened
from screening import clearance, health, interview
from screening.interview import Validity

STOP_FROM = 60
WILL_CALL = "will_call"


class OpenRow(Step):
    """The row under the day's card, one at a time. Done is not there before the visit is screened."""

    name = "day.row"
    roles = THERAPIST

    async def show(self, turn: Turn) -> Screen:
        mine = await own.visit_of(turn)
        row = await _row(turn, *mine) if mine is not None else None
        if mine is None or row is None:
            return Screen("day.row", (text("old.gone"),), NAV, durable=True, silent=True)
        _, visit = mine
        valid = await _validity(turn, visit)
        minute = to_minutes(turn.now)
        near = minute >= visit.starts_at - EARLY
        ready = valid.screened and visit.state == BOOKED and not visit.hidden_hold
        blocked = near and not ready and row.status in agenda_words.TO_COME
        lines: list[Line] = [
            text(
                "day.row",
                time=Hour(row.starts_at),
                name=await staff_cards.full(turn.session, visit.client_id),
                treatment=Raw(row.treatment),
                minutes=row.minutes,
                room=Raw(row.room),
                label=agenda_words.status(row),
            )
        ]
        if blocked:
            lines.append(text("day.not_clear"))
            lines.append(text("day.not_clear.recheck" if valid.door else "day.not_clear.wait"))
        lines += await self._about(turn, row, visit, valid)
        return Screen(
            "day.not_clear" if blocked else "day.row",
            tuple(lines),
            self._choices(turn, row, visit, valid, near=near, ready=ready, blocked=blocked) + NAV,
            durable=True,
            silent=True,
        )

    def _choices(
        self,
        turn: Turn,
        row: Row,
        visit: Appointment,
        valid: Validity,
        *,
        near: bool,
        ready: bool,
        blocked: bool,
    ) -> tuple[tuple[Choice, ...], ...]:
        minute = to_minutes(turn.now)
        if visit.state in (DONE, NO_SHOW):
            undo = visit.undo_until is not None and turn.now < visit.undo_until
            return rows([Choice("undo")] if undo else [], Choice("note"))
        if row.status not in agenda_words.TO_COME:
            return rows(Choice("note"), Choice("phone"))
        first = [Choice("done")] if ready and near else []
        if blocked:
            first = [Choice("askvoice")] if valid.door else []
        late = [] if blocked else [Choice("late")]
        if turn.day_of(visit.starts_at) != turn.today:
            late = []
        last = [Choice("noshow")] if minute >= visit.starts_at and visit.state == BOOKED else []
        if minute >= visit.starts_at - STOP_FROM:
            last.append(Choice("stopvisit"))
        return rows(first, late, (Choice("note"), Choice("phone")), Choice("facts"), last)

    async def _about(self, turn: Turn, row: Row, visit: Appointment, valid: Validity) -> list[Line]:
        session = turn.session
        found = await agenda_words.notes(session, visit.client_id)
        lines = agenda_words.found(found)
        lines += agenda_words.note_columns(turn.house, found)
        lines += agenda_words.own_words(found, turn.day_of(visit.starts_at))
        last = await agenda_words.last_time(session, visit.client_id, visit.starts_at)
        if last is not None:
            lines.append(text("day.row.last", label=last))
        ok = await clearance.state(session, visit.client_id, turn.now, turn.house.zone)
        if ok.kind == "valid" and ok.until is not None:
            lines.append(text("day.row.ok", date=Day(ok.until, full=True)))
            if ok.limits:
                lines.append(text("day.row.limits", text=Raw(cut(ok.limits, 120))))
        else:
            lines.append(text("day.row.no_ok"))
        if row.status in (CLEARED, PENDING):
            if valid.door_red:
                lines.append(text("day.row.read_red"))
            if valid.full_ok:
                lines.append(text("day.row.look"))
        return lines

    async def take(self, turn: Turn, value: Input) -> Result:
        mine = await own.visit_of(turn)
        if mine is None:
            return Again(text("odd.no_role"))
        who, visit = mine
        if not isinstance(value, Tap):
            return Again()
        same = {"appointment": visit.id}
        match value.code:
            case "done":
                return await self._done(turn, visit)
            case "noshow":
                return await self._no_show(turn, visit)
            case "undo":
                try:
                    await undoing.undo(turn.session, visit.id, turn.now, actor=turn.actor.id)
                except TooLate:
                    return Again(text("undo.late"))
                return Again(text("undo.done"))
            case "late" if visit.therapist_id == who.id:
                return Go("day.late", same)
            case "note":
                before = await visit_notes.read(turn.session, visit.id) or Noted()
                return Go("day.note", {**same, "chips": list(before.chips), "words": before.words})
            case "phone":
                return await self._call(turn, visit)
            case "facts":
                staff_cards.looked(turn, visit.client_id, value.code, visit.id)
                return Go("facts.card", {"client": visit.client_id})
            case "askvoice":
                valid = await _validity(turn, visit)
                if not valid.door or visit.therapist_id != who.id:
                    return Again(text("old.changed"))
                data = await voice.begin(turn, visit, "door_red" if valid.door_red else "door")
                if data is None:
                    return Again(text("old.changed"))
                turn.open(f"caller:{visit.client_id}", "door.check", data, subject_id=visit.client_id)
                return Again(quiet=True)
            case "stopvisit":
                turn.open("stop", "caller.stop", same, subject_id=visit.client_id)
                return Again(quiet=True)
        return Again(text("old.changed"))

    async def _done(self, turn: Turn, visit: Appointment) -> Result:
        valid = await _validity(turn, visit)
        try:
            done = await visits_done.done(
                turn.session, visit.id, turn.now, actor=turn.actor.id, screened_too=valid.screened
            )
        except NotScreened:
            return Again(text("day.not_clear"))
        except NotNow:
            return Again(text("old.changed"))
        await health.note_session(turn.session, visit.client_id, from_minutes(visit.starts_at))
        until = Until(done.undo_until or turn.now + timedelta(minutes=3))
        return Again(text("day.done", undo_until=until))

    async def _no_show(self, turn: Turn, visit: Appointment) -> Result:
        try:
            gone = await visits_done.no_show(turn.session, visit.id, turn.now, actor=turn.actor.id)
        except NotNow:
            return Again(text("old.changed"))
        until = Until(gone.undo_until or turn.now + timedelta(minutes=3))
        name = await staff_cards.short(turn.session, visit.client_id)
        return Again(text("day.noshow", name=name, undo_until=until))

    async def _call(self, turn: Turn, visit: Appointment) -> Result:
        """A call that somebody promises to make is a task of theirs, so that it is not forgotten."""
        task_id = await tasks.open_task(
            turn.session,
            WILL_CALL,
            turn.now,
            client_id=visit.client_id,
            appointment_id=visit.id,
            key=f"{WILL_CALL}:{turn.actor.id}:{visit.id}",
            therapist_id=visit.therapist_id,
        )
        await tasks.take(turn.session, task_id, turn.actor.id, turn.now)
        staff_cards.looked(turn, visit.client_id, "phone", visit.id)
        name = await staff_cards.full(turn.session, visit.client_id)
        return Again(await staff_cards.with_phone(turn.session, "day.calling", visit.client_id, name=name))


async def _row(turn: Turn, who: Therapist, visit: Appointment) -> Row | None:
    found = await agenda.day(turn.session, who.id, turn.day_of(visit.starts_at), turn.now)
    return next((row for row in found.rows if row.appointment_id == visit.id), None)


async def _validity(turn: Turn, visit: Appointment) -> Validity:
    return await interview.validity(turn.session, visit.client_id, from_minutes(visit.starts_at), turn.now)


STEPS: tuple[Step, ...] = (OpenRow(),)
