"""One tap on a card of questions, whichever step shows it: before a visit, under a hold, or after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot import about, cards, unsure
from bot.client import asking
from bot.flow import Go, Input, Line, Result, Tap, Turn, text
from scheduling import holding
from scheduling.appointments import Appointment
from screening import interview, questionnaire
from screening.interview import Closed, NoSuchInterview, NotFinished, NotOffered, NotSigned
from screening.policy import Outcome
from screening.questionnaire import Progress

Finish = Callable[[Turn, Appointment | None, str], Awaitable[Result]]

KEPT = ("then", "shown", "head")


async def answer(turn: Turn, value: Tap, visit: Appointment | None, step: str, finish: Finish) -> Result:
    """One tap on the card that was shown; on any other, that one is shown as it stands."""
    session, phase = turn.session, str(turn.data["phase"])
    try:
        opened = await asking.open_round(turn, visit, phase)
        if value.code == "change":
            await interview.change(session, opened, turn.now, by=turn.actor.id)
            return await _next(turn, visit, step)
        prompt = await interview.current(session, opened, turn.now)
        name = cards.name_of(prompt, value)
        await interview.renew(session, opened, turn.now)
        if name is None or asking.mark(prompt) != turn.data.get("seen"):
            return await _next(turn, visit, step, toast=text("old.changed"))
        after = await interview.answer(session, opened, name, turn.now, by=turn.actor.id)
        if visit is not None:
            await holding.answered(session, visit.id, turn.now)
        if after.prompt is not None or (after.stop is None and not after.complete):
            await unsure.look(turn, visit, phase, opened, after)
            return await _next(turn, visit, step)
        return await finish(turn, visit, opened)
    except (NotOffered, NotFinished, Closed, NoSuchInterview, NotSigned):
        return await _next(turn, visit, step, toast=text("old.changed"))


async def _next(turn: Turn, visit: Appointment | None, step: str, toast: Line | None = None) -> Go:
    kept = {key: turn.data[key] for key in KEPT if key in turn.data}
    data = await asking.card_data(turn, visit, str(turn.data["phase"]), **kept)
    return Go(step, data, toast=toast, forget=True)


async def foresee(turn: Turn, value: Input) -> tuple[str, ...] | None:
    """The urgent codes that the tap would end in; reads only."""
    visit = await about.own(turn)
    phase = turn.data.get("phase")
    if phase is None or not isinstance(value, Tap):
        return None
    try:
        prompt = await asking.prompt_of(turn, visit, str(phase))
        name = cards.name_of(prompt, value)
        if name is None or asking.mark(prompt) != turn.data.get("seen"):
            return None
        opened = await asking.existing(turn, visit, str(phase))
        if opened is not None:
            after = await interview.foresee(turn.session, opened, name, turn.now)
        else:
            policy, facts = await asking.beginning(turn, visit, str(phase))
            first = questionnaire.take(policy, str(phase), facts, (), name)
            after = questionnaire.replay(policy, str(phase), facts, first)
    except (NoSuchInterview, NotOffered, NotSigned):
        return None
    return _urgent_codes(turn, after)


def _urgent_codes(turn: Turn, after: Progress) -> tuple[str, ...] | None:
    """The urgent codes that an answer would set, with their tiers; what was told goes with the text."""
    if after.stop != "urgent":
        return None
    policy = turn.house.policy
    found = [f for f in after.findings if policy.row(f.code).outcome is Outcome.URGENT]
    told = next((f.told for f in found if f.told), None)
    if told is not None:
        turn.data["_told"] = told
    return tuple(f"{f.code}:{f.tier.value}" if f.tier else f.code for f in found)
