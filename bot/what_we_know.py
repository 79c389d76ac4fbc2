"""What people of the clinic were told of a client and no card asks: noted by name, and taken back."""

from __future__ import annotations

from bot import staff_cards
from bot.flow import (
    NAV,
    Again,
    Choice,
    Day,
    Go,
    Input,
    Line,
    Raw,
    Result,
    Said,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    Value,
    rows,
    text,
)
from bot.formatting import cut
from bot.staff_cards import STAFF
from scheduling import people
from screening import noted
from screening.holds import NotAllowed
from screening.noted import FACTS, LEAD, Noted

CARD, WHY = "facts.card", "facts.why"


async def _client(turn: Turn) -> str | None:
    """The client of the card, if they are there and the person may deal with them."""
    client_id = str(turn.data.get("client", ""))
    person = await people.get_person(turn.session, client_id)
    if person is None or person.erased_at is not None or not await staff_cards.may_see(turn, client_id):
        return None
    return client_id


def _may(turn: Turn, fact: str) -> bool:
    return FACTS[fact].by != LEAD or LEAD in turn.roles


class Card(Step):
    """How each fact stands, who noted it and why; a lead's own is a lead's to change."""

    name = CARD
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        client_id = await _client(turn)
        if client_id is None:
            return Screen(CARD, (text("old.gone"),), NAV, durable=True)
        name = await staff_cards.full(turn.session, client_id)
        stands = await noted.state(turn.session, client_id)
        lines: list[Line] = [text(CARD, name=name)]
        choices = []
        for fact in await noted.fitting(turn.session, client_id):
            now = stands.get(fact)
            lines.append(await self._line(turn, fact, now))
            if _may(turn, fact):
                label = text(f"fact.{fact}.b")
                given = now is not None and now.given
                choices.append(Choice(f"fact.{fact}", text("facts.back", text=label) if given else label))
        return Screen(CARD, tuple(lines), rows(*choices) + NAV, durable=True)

    async def _line(self, turn: Turn, fact: str, now: Noted | None) -> Line:
        if now is None or not now.given:
            return text("facts.card.no", text=Text(f"fact.{fact}"))
        params: dict[str, Value] = {
            "text": Text(f"fact.{fact}"),
            "date": Day(now.at.astimezone(turn.house.zone).date(), full=True),
        }
        if now.by is None:
            return Text("facts.card.by_client", params)
        return Text(
            "facts.card.yes",
            {**params, "who": await staff_cards.who(turn.session, now.by), "why": Raw(cut(now.why, 120))},
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        client_id = await _client(turn)
        if client_id is None:
            return Again(text("odd.no_role"))
        fact = value.value if isinstance(value, Tap) and value.code == "fact" else ""
        if fact not in await noted.fitting(turn.session, client_id):
            return Again(text("old.changed"))
        if not _may(turn, fact):
            return Again(text("review.not_you", label=text("role.lead")))
        now = (await noted.state(turn.session, client_id)).get(fact)
        return Go(WHY, {"client": client_id, "fact": fact, "given": not (now is not None and now.given)})


class Why(Step):
    """Who said so and when: without it nothing is noted."""

    name = WHY
    roles = STAFF
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        fact = str(turn.data.get("fact"))
        if fact not in FACTS:
            return Screen(WHY, (text("old.gone"),), NAV)
        key = WHY if turn.data.get("given") else "facts.why_back"
        return Screen(WHY, (text(key, text=Text(f"fact.{fact}")),), NAV, bold=False)

    async def take(self, turn: Turn, value: Input) -> Result:
        client_id, fact = await _client(turn), str(turn.data.get("fact"))
        if client_id is None:
            return Again(text("odd.no_role"))
        if fact not in FACTS or not isinstance(value, Said) or not value.text.strip():
            return Again(text("odd.tap"))
        try:
            changed = await noted.note(
                turn.session,
                client_id,
                fact,
                given=bool(turn.data.get("given")),
                why=value.text,
                by=turn.actor.id,
                roles=turn.roles,
                now=turn.now,
            )
        except NotAllowed:
            return Again(text("review.not_you", label=text("role.lead")))
        toast = text("common.saved" if changed else "old.changed")
        return Go(CARD, {"client": client_id}, toast=toast, forget=True)


STEPS: tuple[Step, ...] = (Card(), Why())
