"""Red lines that a client was not sure about, and what each means if it is there now."""

from __future__ import annotations

from sqlalchemy import select

from bot.flow import Turn
from screening import saved, sign_off
from screening.policy import Policy
from screening.tables import Interview

# A sign that names no single code of its own, told as "there now".
NOW_CODES = {"check.c.1": "sepsis_signs"}


async def signs(turn: Turn) -> tuple[str, ...]:
    """The red lines that the client was not sure about (keys); all of them if that is not known any more."""
    policy = await sign_off.for_use(turn.session)
    unsure = await _unsure_cards(turn)
    cards = [card for card in policy.cards.values() if card.red and (not unsure or card.id in unsure)]
    keys = [line.key for card in cards for line in card.lines if card.id in ("A", "B", "C", "G")]
    return tuple(key for key in keys if code_now(policy, key) is not None)


async def _unsure_cards(turn: Turn) -> frozenset[str]:
    """The red cards that the client's last round left with [Still not sure]."""
    row = await turn.session.scalar(
        select(Interview)
        .where(Interview.client_id == turn.subject_id, Interview.state == "stopped")
        .order_by(Interview.closed_at.desc())
        .limit(1)
    )
    if row is None:
        return frozenset()
    round_ = await saved.load(turn.session, row.id, turn.now)
    return frozenset(told.card for told in round_.answers if not told.withdrawn and "still" in told.chosen)


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
