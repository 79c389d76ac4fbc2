"""A doctor's OK that waits for a person: how long it counts, or why it cannot be used."""

from __future__ import annotations

from datetime import date, datetime

from bot import letter_files, staff_cards
from bot.admin import ok_decision
from bot.admin.ok_decision import ok_of
from bot.admin.ok_details import next_question
from bot.flow import (
    HOME,
    NAV,
    Again,
    Choice,
    Day,
    Go,
    Input,
    Line,
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
from bot.house import House
from bot.staff_cards import DESK
from scheduling import ok_tasks
from screening import clearance, letters, oks
from screening.clearance import NoSuchOk
from screening.holds import AlreadyDecided, NotAllowed
from screening.letters import LetterView
from screening.oks import PENDING, OkView

MONTHS = {"m12": 12, "m6": 6, "m3": 3}
REASONS = ("x1", "x2", "x3", "x4", "x5")
TOLD = {"ok_family_doctor": "profile.ok_who.1.b", "ok_specialist": "profile.ok_who.2.b"}


class Card(Step):
    """Who gave it, when, with which limits; one tap says until when it counts."""

    name = "staff.ok"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        ok = await ok_of(turn)
        own = turn.topic.startswith("ok:")
        if ok is None:
            return Screen("staff.ok", (text("old.gone"),), ((HOME,),), durable=own)
        session = turn.session
        visit = await ok_decision.next_visit(turn, ok.client_id)
        name = await staff_cards.short(session, ok.client_id)
        head: Line = text("staff.ok.no_visit", name=name)
        if visit is not None:
            head = text("staff.ok", name=name, when=When(visit.starts_at))
        push = 1 if own else 0
        if ok.state != PENDING:
            who = await staff_cards.who(session, ok.decided_by)
            return Screen("staff.ok", (head, text("staff.done", who=who)), ((HOME,),), durable=own, push=push)
        files = await letters.of_ok(session, ok.id)
        lines = [head, *self._given(ok, files)]
        if await clearance.letter_needed(session, ok.client_id):
            lines.append(text("staff.ok.letter"))
        may = await ok_decision.may(turn, ok.client_id)
        lines.append(text("staff.ok.choose") if may else text("review.not_you", label=text("role.lead")))
        looks = [Choice("read")] if files else []
        choices = [*looks, *(Choice(code) for code in MONTHS), Choice("refuse")] if may else []
        return Screen("staff.ok", tuple(lines), rows(*choices) + NAV, durable=own, push=push)

    def _given(self, ok: OkView, files: tuple[LetterView, ...]) -> list[Line]:
        """What the client says of it; of a file only that it came, as no preview may tell what it says."""
        if files:
            words = [text("staff.ok.words", text=Raw(cut(one.words, 200))) for one in files if one.words]
            return [text("staff.ok.file", n=len(files)), *words]
        if ok.kind == oks.LETTER:
            return [text("staff.ok.paper")]
        who: Line = Raw(cut(ok.who, 80)) if ok.who else text("common.none")
        if ok.who in TOLD:
            who = Text(TOLD[ok.who])
        limits: Line = Raw(cut(ok.limits, 200)) if ok.limits else text("common.none")
        day: Value = Day(ok.given_on, full=True) if ok.given_on else text("common.none")
        kind = text("staff.ok.kind.typed")
        return [text("staff.ok.given", who=who, date=day, text=limits, label=kind)]

    async def take(self, turn: Turn, value: Input) -> Result:
        ok = await ok_of(turn)
        if (closed := await ok_decision.open_to(turn, ok)) is not None or ok is None:
            return Again(closed)
        if not isinstance(value, Tap):
            return Again(text("old.changed"))
        files = await letters.of_ok(turn.session, ok.id)
        if value.code == "read" and files:
            await letter_files.show(turn, files)
            return Go(self.name, {**turn.data, "looked": [one.id for one in files]}, forget=True)
        if value.code != "refuse" and value.code not in MONTHS:
            return Again(text("old.changed"))
        if not {one.id for one in files} <= set(turn.data.get("looked", ())):
            return Again(text("staff.ok.look_first"))
        staff_cards.looked(turn, ok.client_id, "ok", ok.id)
        if value.code == "refuse":
            return Go("staff.ok_refuse", turn.data)
        return await next_question(turn, ok, {**turn.data, "months": MONTHS[value.code]})


class Refuse(Step):
    """One reason, which the client reads in kind words."""

    name = "staff.ok_refuse"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        return Screen(
            "staff.ok.refuse", (text("staff.ok.refuse"),), rows(*(Choice(code) for code in REASONS)) + NAV
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        ok = await ok_of(turn)
        if (closed := await ok_decision.open_to(turn, ok)) is not None or ok is None:
            return Again(closed)
        if not isinstance(value, Tap) or value.code not in REASONS:
            return Again(text("old.changed"))
        try:
            await clearance.refuse(
                turn.session, ok.id, by=turn.actor.id, roles=turn.roles, reason=value.code, now=turn.now
            )
        except AlreadyDecided as late:
            return Again(text("staff.done", who=await staff_cards.who(turn.session, late.by)))
        except (NotAllowed, NoSuchOk):
            return Again(text("review.not_you", label=text("role.lead")))
        await ok_decision.close_tasks(turn, ok.client_id, "refused")
        await ok_tasks.refused(turn.session, ok.client_id, turn.now)
        await ok_decision.tell(turn, ok, "ok.refused", {"reason": value.code})
        return Go("staff.ok_done", {**turn.data, "refused": True}, forget=True)


class Done(Step):
    name = "staff.ok_done"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        ok = await ok_of(turn)
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


async def _ending(house: House, now: datetime) -> None:
    async with house.database.transaction() as session:
        await ok_tasks.ending(session, now)


STEPS: tuple[Step, ...] = (Card(), Refuse(), Done())
HOURLY = (_ending,)
