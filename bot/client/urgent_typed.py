"""Danger in words that a client typed: acted on, asked about, or only kept, as the reading says."""

from __future__ import annotations

from bot.client import urgent_ask, urgent_text
from bot.client.urgent_follow_up import (
    card_data,
    follow_up,
    keep_card,
    next_visit,
    raise_code,
    raise_typed,
    read_to_caller,
    take_off,
    topic_of,
)
from bot.flow import Turn
from scheduling import admission, booking, clinic, holding, reviewing
from scheduling.appointments import HELD, LIVE
from screening.red_flags import Reading


async def typed(turn: Turn, reading: Reading, words: str) -> None:
    """Red-flag words: keep them, hold the visit, tell the staff; or ask, and tell the staff all the same.

    Softer words only set what their codes set.
    """
    if reading.action is None:
        await _softly(turn, reading.raised, words)
    elif reading.action == "ask":
        await urgent_ask.ask(turn, reading.codes, words)
    else:
        await _act(turn, reading.codes, words)


async def _act(turn: Turn, codes: tuple[str, ...], words: str) -> None:
    visit = await next_visit(turn)
    raised = [await raise_code(turn, code, visit, words=words) for code in codes]
    hidden = urgent_text.message(turn.house.policy, codes).hidden
    data = {**card_data(codes, visit, typed=None if hidden else words), "confirm": not hidden}
    await keep_card(turn, data)
    if hidden:
        await take_off(turn, raised[0])
    else:
        await _hold_visits(turn)
    await follow_up(turn, data, raised[0], visit, hidden=hidden, words=words)
    read_to_caller(turn, data)


async def _hold_visits(turn: Turn) -> None:
    """Typed words alone take no visit off: it must not take place until the client or a person has spoken.

    A time that was only held is others' at once.
    """
    rules = await clinic.rules(turn.session)
    for visit in await booking.visits(turn.session, turn.subject_id, turn.now):
        if visit.state == HELD:
            await holding.let_hold_go(turn.session, visit.id, turn.now)
        elif visit.state in LIVE:
            row = await admission.locked(turn.session, visit.id)
            await reviewing.hold_until_release(turn.session, row, "review", rules, turn.now)


async def _softly(turn: Turn, codes: tuple[str, ...], words: str) -> None:
    """A relapse, an illness or a fall told in passing: the worse of words and answers counts (rule 6)."""
    visit = await next_visit(turn)
    decisions = [await raise_typed(turn, code, words, visit) for code in codes]
    if visit is not None:
        data = {"appointment": visit.id, "key": decisions[-1].result, "who_ok": decisions[-1].who_ok}
        turn.open(topic_of(turn), "result.card", data, subject_id=turn.subject_id)
