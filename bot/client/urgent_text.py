"""The act-now text: which words for which codes, whole at once, made without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.flow import Choice, Joined, Line, Raw, Screen, Text, rows
from bot.house import House
from screening.policy import Policy, Tier

MOST_WORDS = 200
HURT, SELF = "c_hurt", "c_self"
ORDER = {Tier.E: 0, Tier.C: 1, Tier.D: 2}


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
    return Screen(one.text, lines=tuple(lines), rows=buttons(one), durable=True, push=1 if one.hidden else 0)


def screen_of(house: House, data: Mapping[str, Any]) -> Screen:
    """The act-now text as it was sent."""
    return screen(
        house,
        tuple(data["codes"]),
        told=data.get("told"),
        typed=data.get("typed"),
        visit=bool(data.get("visit", True)),
    )


def buttons(one: Message) -> tuple[tuple[Choice, ...], ...]:
    """What the client can do about it."""
    if one.hidden:
        return rows(Choice("callsafe"), Choice("writeonly"), Choice("helpme"))
    return rows(Choice("called"), Choice("helpme"))
