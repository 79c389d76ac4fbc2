"""Access is taken away at once, and the visits of who is gone find somebody else."""

from __future__ import annotations

from sqlalchemy import select

from bot import promised
from bot.admin.members import Member, member, members
from bot.flow import HOME, NAV, Again, Choice, Go, Input, Raw, Result, Screen, Step, Tap, Turn, rows, text
from bot.formatting import cut
from bot.staff_cards import DESK
from config import audit
from config.clock import to_minutes
from scheduling import absences, invites, people, tasks
from scheduling.appointments import LIVE, Appointment
from scheduling.refusals import NotNow


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
        one = await member(turn, value.value) if isinstance(value, Tap) and value.code == "pick" else None
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
        one = await member(turn, turn.data.get("who", ""))
        if one is None:
            return Screen(self.name, (text("old.gone"),), NAV)
        visits = await _visits(turn, one)
        choices = (Choice("reall"), Choice("each"), HOME) if visits else (Choice("revoke"), HOME)
        line = text("people.revoke", name=Raw(cut(one.name)), n=len(visits))
        return Screen(self.name, (line,), rows(*choices))

    async def take(self, turn: Turn, value: Input) -> Result:
        one = await member(turn, turn.data.get("who", ""))
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
    due = await promised.working_day(turn)
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


STEPS: tuple[Step, ...] = (RevokeWho(), Revoke(), Revoked())
