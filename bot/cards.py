"""A question of the safety check as a screen: for the client, or for staff who read it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.flow import CHANGE, HOME, Choice, Day, Joined, Line, Raw, Screen, Tap, Text, Value
from screening.questionnaire import Option, Prompt

# What is on every card and means no answer travels under its own name; every answer by its place.
OWN_CODE = frozenset({"person", "change"})
OWN_FOOTER = frozenset({"after.care"})  # says the numbers in its own words
# Cards whose answers say nothing without their question; every other line stands for itself.
ASKED = frozenset(
    {
        *("first.ok", "profile.ok_who", "profile.ok_when", "profile.heat_cold", "profile.relapse"),
        *("profile.stroke", "profile.cause", "profile.tablets", "profile.fits", "profile.pregnant"),
        *("profile.thinner", "profile.hopes", "check.f", "check.k"),
    }
)
# Gates, which have names only where no line of theirs was told: "not sure" to the whole card.
GATES = frozenset({"check.d", "check.e", "check.e2", "profile.p0a", "profile.p0b", "profile.h", "profile.u"})
UNSURE = "button.unsure"
MOVE_OR_CANCEL = Choice("movecancel")
FIRST_ROWS: tuple[tuple[Choice, ...], ...] = ((MOVE_OR_CANCEL, HOME),)
SAFE_ROWS: tuple[tuple[Choice, ...], ...] = ((CHANGE,), (HOME,))


def screen(
    prompt: Prompt,
    *,
    head: Sequence[Line] = (),
    reads_to: str | None = None,
    first_rows: tuple[tuple[Choice, ...], ...] = FIRST_ROWS,
    push: int = 0,
    more: Mapping[str, Value] | None = None,
) -> Screen:
    """The card of a prompt.

    head: lines above it (a reminder's visit facts); `push` of them go out alone when it is sent as a notice.
    reads_to: the client's name when staff read the card out; then nothing of the client's own navigation.
    first_rows: what stands below the first card of a round; later ones have [Change an answer].
    more: values that the caller knows beside those of the prompt (check_time).
    """
    params = {**values_of(prompt), **(more or {})}
    lines: list[Line] = [*head]
    if reads_to is not None:
        lines.append(Text("caller.check", {"name": Raw(reads_to)}))
    lines += [Text(key, params) for key in prompt.above]
    question: Line = Text(prompt.key, params)
    if prompt.number is not None and prompt.total is not None and prompt.total > 1:
        number = Text("check.number", {"m": prompt.number, "k": prompt.total})
        question = Joined((number, question), " ")
    lines.append(question)
    lines += [_item(Text(key, params)) for key in prompt.lines]
    lines += [_item(Text(option.words, params)) for option in prompt.options if option.words]
    if prompt.key not in OWN_FOOTER:
        lines.append(Text("common.footer"))
    later = ((HOME,),) if any(option.name == "change" for option in prompt.options) else SAFE_ROWS
    below = (((CHANGE,), *first_rows) if prompt.begun else first_rows) if prompt.first else later
    if reads_to is not None and prompt.first:
        below = ((HOME,),)
    return Screen(
        prompt.key,
        lines=tuple(lines),
        rows=(*((choice,) for choice in choices(prompt, params)), *below),
        push=push,
    )


def choices(prompt: Prompt, params: Mapping[str, Value] | None = None) -> tuple[Choice, ...]:
    """The buttons: `o1` to `on`, so that no callback data tells an answer; named as the policy names them."""
    told = params if params is not None else values_of(prompt)
    return tuple(
        Choice(
            option.name if option.name in OWN_CODE else f"o{place}",
            _label(option, told),
            None if option.name in OWN_CODE else option.name,
        )
        for place, option in enumerate(prompt.options, 1)
    )


def name_of(prompt: Prompt | None, tap: Tap) -> str | None:
    """The option that a tap stands for, or None if the card has no such place."""
    if prompt is None or not 1 <= tap.place <= len(prompt.options):
        return None
    name = prompt.options[tap.place - 1].name
    return None if name in OWN_CODE else name


def told(keys: Sequence[str], params: Mapping[str, Value] | None = None) -> Line:
    """{told}: the lines as the client gave them, never a name of an illness."""
    return Joined(tuple(told_one(key, params or {}) for key in keys), "; ")


def told_one(key: str, params: Mapping[str, Value]) -> Text:
    """One line as it was given; an answer to a plain question stands after what was asked.

    A key that ends in ".unsure" is a card that was answered with "not sure" and names no line.
    """
    card, _, last = key.rpartition(".")
    if key == UNSURE or last != "unsure":
        line = Text(key, params)
        return Text(f"told.{card}", {"text": line}) if card in ASKED else line
    if card in ASKED | GATES:
        return Text(f"told.{card}", {"text": Text(UNSURE)})
    return Text("told.asked", {"line": Text(card, params), "text": Text(UNSURE)})


def _item(line: Line) -> Line:
    return Text("common.item", {"text": line})


def _label(option: Option, params: Mapping[str, Value]) -> Line:
    label = Text(option.label, params)
    return Text("button.ticked", {"text": label}) if option.chosen else label


def values_of(prompt: Prompt) -> dict[str, Value]:
    """What fills the placeholders of a card's texts."""
    params: dict[str, Value] = {}
    for name, value in prompt.params.items():
        if isinstance(value, date):
            params[name] = Day(value)
    if "told" in prompt.params:
        # only [Still not sure] was tapped: that is what they told us
        keys = tuple(prompt.params["told"]) or (UNSURE,)
        params["told"] = told(keys, dict(params))
    if prompt.about is not None:
        params["line"] = Text(prompt.about, dict(params))
    return params
