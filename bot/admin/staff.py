"""People who work here: named, checked, invited by one-time links, and taken away at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.conversation import HOME_TOPIC
from bot.flow import (
    HOME,
    NAV,
    Again,
    Choice,
    Command,
    Go,
    Input,
    Joined,
    Line,
    Notice,
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
from config.clock import to_minutes
from config.database import new_id
from scheduling import absences, clinic, invites, people, promises, tasks
from scheduling.appointments import LIVE, Appointment
from scheduling.booking import NotNow
from scheduling.clinic import Therapist
from scheduling.people import Invite

LONGEST = 40
MOST_AT_ONCE = 20
ROLES = {"astherapist": people.THERAPIST, "asadmin": people.ADMIN, "aslead": people.LEAD}


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


# --- setting up: the names of all at once ---


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


# --- who is here ---


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


class Card(Step):
    name = "people.card"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        lines: list[Line] = [text("people.card")]
        untrained: list[Choice] = []
        for one in await members(turn):
            name = Raw(cut(one.name))
            if one.person_id is not None:
                lines.append(text("people.card.linked", name=name, label=label(one.roles)))
            elif one.open_until is not None:
                until = Until(one.open_until)
                lines.append(text("people.card.open", name=name, label=label(one.roles), when=until))
            else:
                lines.append(text("people.card.unlinked", name=name, label=label(one.roles)))
            if one.therapist is not None and not one.therapist.trained_by:
                first = Raw(cut(one.therapist.first_name, 14))
                untrained.append(Choice(f"check.{one.key}", text("people.untrained.b", name=first)))
        for row in await self._open_links(turn):
            roles = tuple(row.roles.split(","))
            lines.append(
                text(
                    "people.card.open",
                    name=Raw(cut(row.name)),
                    label=label(roles),
                    when=Until(row.expires_at),
                )
            )
        choices = rows(*untrained, Choice("invite"), (Choice("hours"), Choice("off")), Choice("revoke"))
        return Screen(self.name, tuple(lines), choices + NAV)

    async def _open_links(self, turn: Turn) -> list[Invite]:
        return list(
            await turn.session.scalars(
                select(Invite)
                .where(
                    Invite.therapist_id.is_(None),
                    Invite.client_id.is_(None),
                    Invite.used_at.is_(None),
                    Invite.revoked_at.is_(None),
                    Invite.expires_at > turn.now,
                )
                .order_by(Invite.created_at)
            )
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        where = {
            "invite": "people.ask",
            "hours": "hours.ask",
            "off": "off.admin",
            "revoke": "people.revoke_who",
        }
        if isinstance(value, Tap) and value.code in where:
            return Go(where[value.code], {})
        if isinstance(value, Tap) and value.code == "check":
            one = await _member(turn, value.value)
            if one is not None and one.therapist is not None:
                return Go("setup.trained_one", {"names": [one.therapist.name], "known": []})
        return Again(text("old.changed"))


async def _member(turn: Turn, key: str) -> Member | None:
    return next((one for one in await members(turn) if one.key == key and key), None)


# --- inviting ---


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


# --- taking access away ---


class RevokeWho(Step):
    name = "people.revoke_who"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        found = [one for one in await members(turn) if one.person_id != turn.actor.id]
        choices = [
            Choice(f"pick.{one.key}", text("button.pick", name=Raw(cut(one.name, 30)))) for one in found
        ]
        return Screen(self.name, (text("people.revoke_who"),), rows(*choices) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        one = await _member(turn, value.value) if isinstance(value, Tap) and value.code == "pick" else None
        if one is None or one.person_id == turn.actor.id:
            return Again(text("old.changed"))
        if await _last_admin(turn, one):
            return Again(text("people.last_admin", name=Raw(cut(one.name))))
        return Go("people.revoke", {"who": one.key})


async def _last_admin(turn: Turn, one: Member) -> bool:
    return one.person_id is not None and await people.with_role(turn.session, people.ADMIN) == [one.person_id]


async def _visits(turn: Turn, one: Member) -> list[Appointment]:
    if one.therapist is None:
        return []
    return list(
        await turn.session.scalars(
            select(Appointment)
            .where(
                Appointment.therapist_id == one.therapist.id,
                Appointment.state.in_(LIVE),
                Appointment.starts_at > to_minutes(turn.now),
            )
            .order_by(Appointment.starts_at)
        )
    )


class Revoke(Step):
    """Nothing more from the next tap on; their visits need someone."""

    name = "people.revoke"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        one = await _member(turn, turn.data.get("who", ""))
        if one is None:
            return Screen(self.name, (text("old.gone"),), NAV)
        visits = await _visits(turn, one)
        choices = (Choice("reall"), Choice("each"), HOME) if visits else (Choice("revoke"), HOME)
        line = text("people.revoke", name=Raw(cut(one.name)), n=len(visits))
        return Screen(self.name, (line,), rows(*choices))

    async def take(self, turn: Turn, value: Input) -> Result:
        one = await _member(turn, turn.data.get("who", ""))
        if one is None or not isinstance(value, Tap) or value.code not in {"reall", "each", "revoke"}:
            return Again(text("old.changed"))
        if one.person_id == turn.actor.id or await _last_admin(turn, one):
            return Again(text("people.last_admin", name=Raw(cut(one.name))))
        visits = await _visits(turn, one)
        if visits and value.code == "revoke":
            return Again(text("old.changed"))
        await _end(turn, one)
        await _re_home(turn, visits, decide=value.code == "each")
        return Go("people.revoked", {"name": one.name}, forget=True)


async def _end(turn: Turn, one: Member) -> None:
    session = turn.session
    if one.person_id is not None:
        for role in people.STAFF:
            await people.revoke(session, one.person_id, role, turn.now, by=turn.actor.id)
        turn.menus.append(one.person_id)
    if one.therapist is not None:
        await invites.close_invites(session, one.therapist.id, turn.now)
        one.therapist.active = False
        await session.flush()
    audit.record(
        session,
        now=turn.now,
        actor=turn.actor.id,
        subject=one.person_id,
        action="staff.revoked",
        thing=one.therapist.id if one.therapist is not None else None,
    )


async def _re_home(turn: Turn, visits: list[Appointment], *, decide: bool) -> None:
    rules = await clinic.rules(turn.session)
    due = promises.within(rules.opening_hours, rules.tz, turn.now, 8 * 60)
    for visit in visits:
        if decide:
            await tasks.open_task(
                turn.session,
                "reoffer",
                turn.now,
                client_id=visit.client_id,
                appointment_id=visit.id,
                due_at=due,
            )
            continue
        try:
            await absences.reoffer(turn.session, visit.id, turn.now, actor=turn.actor.id)
        except NotNow:
            continue


class Revoked(Step):
    name = "people.revoked"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        name = Raw(cut(str(turn.data.get("name", ""))))
        return Screen(self.name, (text("people.revoked", name=name),), rows(Choice("tasks"), HOME))

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "tasks":
            return Go("tasks.list", {}, forget=True)
        return Again()


STEPS: tuple[Step, ...] = (
    Names(),
    Trained(),
    TrainedOne(),
    Card(),
    Ask(),
    Role(),
    Twice(),
    RevokeWho(),
    Revoke(),
    Revoked(),
)
NOTICES: tuple[Notice, ...] = ()
COMMANDS: tuple[Command, ...] = (Command("people", HOME_TOPIC, "people.card", DESK),)
