"""Nobody is booked with somebody whose training nobody has checked: all names first, then who is trained."""

from __future__ import annotations

from typing import Any

from bot.admin.members import good_name, link
from bot.flow import (
    NAV,
    Again,
    Choice,
    Go,
    Input,
    Joined,
    Line,
    Raw,
    Result,
    Said,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    Until,
    rows,
    text,
)
from bot.formatting import cut, listed
from bot.staff_cards import DESK
from config import audit
from config.database import new_id
from scheduling import clinic, invites, people
from scheduling.clinic import Therapist

MOST_AT_ONCE = 20


class Names(Step):
    name = "setup.people"
    roles = DESK
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        return Screen(self.name, (text("setup.people"),), NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Said):
            return Again(text("odd.tap"))
        found = [good_name(line) for line in value.text.replace(";", "\n").splitlines() if line.strip()]
        if len(found) == 1 and "," in value.text:
            found = [good_name(part) for part in value.text.split(",")]
        if not found or None in found or len(found) > MOST_AT_ONCE:
            return Again(text("odd.name"))
        known = {one.name.casefold() for one in await clinic.therapists(turn.session)}
        names = [name for name in dict.fromkeys(found) if name and name.casefold() not in known]
        if not names:
            name = next(name for name in found if name)
            return Again(text("people.already", name=Raw(name)))
        return Go("setup.trained", {"names": names})


class Trained(Step):
    """Nobody is booked with somebody whose training nobody has checked."""

    name = "setup.trained"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        firsts = [name.split(" ")[0] for name in turn.data.get("names", [])]
        label = Raw(listed(firsts, turn.actor.language))
        choices = [Choice("trained"), Choice("nottrained")]
        if len(firsts) > 1:
            choices.append(Choice("each1"))
        return Screen(self.name, (text("setup.trained", label=label),), rows(*choices) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        names = list(turn.data.get("names", []))
        if not isinstance(value, Tap) or not names:
            return Again(text("old.changed"))
        if value.code == "each1":
            return Go("setup.trained_one", {"names": names, "known": []})
        if value.code in {"trained", "nottrained"}:
            return await _add_all(turn, [[name, value.code == "trained", False] for name in names])
        return Again(text("old.changed"))


class TrainedOne(Step):
    """One by one: trained for nerve conditions, and then for people with cancer too?"""

    name = "setup.trained_one"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        names, known = turn.data.get("names", []), turn.data.get("known", [])
        if len(known) >= len(names):
            return Screen(self.name, (text("old.gone"),), NAV)
        name = Raw(cut(names[len(known)]))
        key = "setup.oncology_one" if turn.data.get("trained") else "setup.trained_one"
        yes, no = ("yes", "no") if turn.data.get("trained") else ("trained", "nottrained")
        return Screen(key, (Text(key, {"name": name}),), rows(Choice(yes), Choice(no)) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        names, known = list(turn.data.get("names", [])), list(turn.data.get("known", []))
        if not isinstance(value, Tap) or len(known) >= len(names):
            return Again(text("old.changed"))
        name = names[len(known)]
        if turn.data.get("trained"):
            if value.code not in {"yes", "no"}:
                return Again(text("old.changed"))
            known.append([name, True, value.code == "yes"])
        elif value.code == "trained":
            return Go(self.name, {"names": names, "known": known, "trained": True}, forget=True)
        elif value.code == "nottrained":
            known.append([name, False, False])
        else:
            return Again(text("old.changed"))
        if len(known) == len(names):
            return await _add_all(turn, known)
        return Go(self.name, {"names": names, "known": known}, forget=True)


async def _add_all(turn: Turn, found: list[list[Any]]) -> Result:
    lines: list[Line] = []
    there = {one.name.casefold(): one for one in await clinic.therapists(turn.session)}
    for name, trained, oncology in found:
        old = there.get(name.casefold())
        if old is not None:
            if trained:
                certify(turn, old)
                old.oncology = old.oncology or oncology
            continue
        therapist_id = await add_therapist(turn, name, trained=trained, oncology=oncology)
        token = await invites.invite(
            turn.session,
            [people.THERAPIST],
            turn.now,
            by=turn.actor.id,
            name=name,
            therapist_id=therapist_id,
        )
        lines.append(text("setup.links.row", name=Raw(name), url=link(turn, token)))
    if lines:
        head = text("setup.links", n=len(lines), when=Until(turn.now + invites.LASTS))
        turn.say(Joined((head, *lines), "\n"))
    return Go("admin.menu", {}, forget=True)


async def add_therapist(turn: Turn, name: str, *, trained: bool, oncology: bool = False) -> str:
    """A person who treats, bookable before they open their link if somebody checked their training."""
    place = len(await clinic.therapists(turn.session))
    therapist = Therapist(id=new_id(), name=name, oncology=oncology, position=place)
    turn.session.add(therapist)
    if trained:
        certify(turn, therapist)
    await turn.session.flush()
    audit.record(
        turn.session,
        now=turn.now,
        actor=turn.actor.id,
        subject=None,
        action="therapist.added",
        thing=therapist.id,
        detail={"trained": trained, "oncology": oncology},
    )
    return therapist.id


def certify(turn: Turn, therapist: Therapist) -> None:
    """Who checked the training, and when, is kept."""
    therapist.trained_by, therapist.trained_at = (turn.actor.name or turn.actor.id)[:80], turn.now


STEPS: tuple[Step, ...] = (Names(), Trained(), TrainedOne())
