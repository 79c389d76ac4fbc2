"""Who works here gets in by a link that is theirs, works once, and ends the one before."""

from __future__ import annotations

from typing import Any

from bot.admin.members import good_name, label, link, members
from bot.flow import (
    HOME,
    NAV,
    Again,
    Choice,
    Go,
    Input,
    Raw,
    Result,
    Said,
    Screen,
    Step,
    Tap,
    Turn,
    Until,
    rows,
    text,
)
from bot.formatting import cut
from bot.staff_cards import DESK
from scheduling import invites, people
from scheduling.clinic import Therapist

ROLES = {"astherapist": people.THERAPIST, "asadmin": people.ADMIN, "aslead": people.LEAD}


class Ask(Step):
    name = "people.ask"
    roles = DESK
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        return Screen(self.name, (text("people.ask"),), NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        name = good_name(value.text) if isinstance(value, Said) else None
        if name is None:
            return Again(text("odd.name"))
        data = {"name": name, **{k: turn.data[k] for k in ("roles",) if k in turn.data}}
        if turn.data.get("roles"):
            return await _invite(turn, data)
        return Go("people.role", data)


class Role(Step):
    name = "people.role"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        name = Raw(cut(turn.data.get("name", "")))
        return Screen(
            self.name, (text("people.role", name=name),), rows(*(Choice(code) for code in ROLES)) + NAV
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap) or value.code not in ROLES:
            return Again(text("old.changed"))
        return await _invite(turn, {"name": turn.data["name"], "roles": [ROLES[value.code]]})


class Twice(Step):
    """That name is here already: a new link, and the old one ends?"""

    name = "people.twice"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        name = Raw(cut(turn.data.get("name", "")))
        roles = tuple(turn.data.get("has", [people.THERAPIST]))
        return Screen(
            self.name, (text("people.twice", name=name, label=label(roles)),), rows(Choice("invite"), HOME)
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "invite":
            return await _invite(turn, {**turn.data, "again": True})
        return Again(text("old.changed"))


async def _invite(turn: Turn, data: dict[str, Any]) -> Result:
    name, roles = str(data["name"]), list(data["roles"])
    same = next((one for one in await members(turn) if one.name.casefold() == name.casefold()), None)
    if same is not None and not data.get("again"):
        return Go("people.twice", {**data, "has": list(same.roles)})
    therapist_id = None
    if people.THERAPIST in roles:
        if same is not None and same.therapist is not None:
            therapist_id = same.therapist.id
            if same.therapist.person_id is not None:  # a new phone: the new link binds the new account
                await _unbind(turn, same.therapist)
        else:
            return Go("setup.trained", {"names": [name]})
    token = await invites.invite(
        turn.session, roles, turn.now, by=turn.actor.id, name=name, therapist_id=therapist_id
    )
    until = Until(turn.now + invites.LASTS)
    turn.say(
        text("people.invite", name=Raw(name), label=label(tuple(roles)), when=until, url=link(turn, token))
    )
    return Go("people.card", {}, forget=True)


async def _unbind(turn: Turn, therapist: Therapist) -> None:
    if therapist.person_id is not None:
        await people.revoke(turn.session, therapist.person_id, people.THERAPIST, turn.now, by=turn.actor.id)
        turn.menus.append(therapist.person_id)
        therapist.person_id = None
        await turn.session.flush()


STEPS: tuple[Step, ...] = (Ask(), Role(), Twice())
