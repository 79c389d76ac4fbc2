"""One thing that a client told, as those who decide read it: own words, code, rule and version."""

from __future__ import annotations

from datetime import timedelta

from bot import cards
from bot.flow import Day, Line, Raw, Text, Turn, text
from bot.formatting import cut


def said(
    turn: Turn,
    code: str,
    told: str | None,
    words: str | None,
    version: str,
    item: str,
    line: str | None = None,
) -> Line:
    """`told`: catalogue key of the client's line; `words`: as typed. `item`: of the row, or of a red card."""
    unsure = code.endswith("_unsure")
    own: Line = text("button.unsure" if unsure else "review.nothing_said")
    if words:
        own = Raw(cut(words, 200))
    elif told:
        day = turn.today
        own = cards.told_one(told, {"date_72h": Day(day - timedelta(days=3)), "since_date": Day(day)})
    key = f"finding.{code}"
    label: Line = Text(key) if turn.house.catalogue.has(key) else Raw(code)
    return text(
        "review.card.said", text=own, label=label, k=Raw(rule(turn, item, line)), version=Raw(version)
    )


def rule(turn: Turn, item: str, line: str | None) -> str:
    """The row of the reference; of a red card that was not sure about as a whole, the rows of its lines."""
    policy = turn.house.policy
    if item in {row.item for row in policy.findings.values()}:
        return item
    items: list[str] = []
    for card in policy.cards.values():
        for one in card.lines if card.item == item else ():
            if line not in (None, one.key):
                continue
            codes = list(one.effect.gives)
            for name in one.effect.next:
                following = policy.cards.get(name)
                codes += [
                    code for opt in (following.choices if following else ()) for code in opt.effect.gives
                ]
            items += [policy.findings[code].item for code in codes if code in policy.findings]
    red = sorted({one for one in items if one.startswith("R")}, key=lambda one: int(one[1:]))
    return ", ".join(red) or item
