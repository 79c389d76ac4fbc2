"""Who works here, on one list: therapists with or without an account, and the others with a role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.flow import Joined, Line, Raw, Turn, text
from scheduling import clinic, invites, people
from scheduling.clinic import Therapist

LONGEST = 40


def good_name(words: str) -> str | None:
    """A name as it is kept; None if it has no letters or is too long."""
    name = " ".join(words.split())
    if (
        not 2 <= len(name) <= LONGEST
        or not any(ch.isalpha() for ch in name)
        or any(c in name for c in "<>/,;")
    ):
        return None
    return name


def link(turn: Turn, token: str) -> Raw:
    return Raw(f"https://t.me/{turn.house.bot_name}?start=i_{token}")


@dataclass(frozen=True)
class Member:
    """Somebody on the card of people. `key` travels in buttons: t-<therapist> or p-<person>."""

    key: str
    name: str
    roles: tuple[str, ...]
    person_id: str | None
    therapist: Therapist | None
    open_until: datetime | None = None


async def members(turn: Turn) -> list[Member]:
    """Therapists in the clinic's order, then the others who work here."""
    session = turn.session
    out: list[Member] = []
    seen: set[str] = set()
    for one in await clinic.therapists(session):
        roles = frozenset({people.THERAPIST})
        if one.person_id is not None:
            roles |= await people.roles_of(session, one.person_id) & people.STAFF
            seen.add(one.person_id)
        until = await invites.open_invite(session, one.id, turn.now)
        out.append(Member(f"t-{one.id[:12]}", one.name, tuple(sorted(roles)), one.person_id, one, until))
    for person_id in await people.with_role(session, *people.STAFF):
        person = await people.get_person(session, person_id)
        if person is None or person_id in seen:
            continue
        roles = await people.roles_of(session, person_id) & people.STAFF
        out.append(Member(f"p-{person_id[:12]}", person.name or "-", tuple(sorted(roles)), person_id, None))
    return out


def label(roles: tuple[str, ...]) -> Line:
    return Joined(tuple(text(f"role.{role}") for role in roles))


async def member(turn: Turn, key: str) -> Member | None:
    return next((one for one in await members(turn) if one.key == key and key), None)
