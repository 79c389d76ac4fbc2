"""One-time links to a role: made by somebody who may, used once, and only while they last."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from scheduling.clinic import Therapist
from scheduling.people import ADMIN, LEAD, Invite, grant, roles_of

LASTS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """result: ok | used | late | known | unknown. `roles` are those of the link."""

    result: str
    roles: tuple[str, ...] = ()
    therapist_id: str | None = None
    invited_by: str | None = None
    name: str = ""


async def invite(
    session: AsyncSession,
    roles: Iterable[str],
    now: datetime,
    *,
    by: str | None,
    name: str = "",
    therapist_id: str | None = None,
    lasts: timedelta = LASTS,
) -> str:
    """The token of a new link, shown once: 22 letters for `?start=i_<token>`.

    A therapist's older open links end: only the newest works.
    """
    token = secrets.token_urlsafe(16)
    if therapist_id is not None:
        await close_invites(session, therapist_id, now)
    row = Invite(
        token_hash=_hash(token),
        roles=",".join(roles),
        therapist_id=therapist_id,
        name=name,
        created_by=by,
        created_at=now,
        expires_at=now + lasts,
    )
    session.add(row)
    await session.flush()
    audit.record(
        session,
        now=now,
        actor=by,
        subject=None,
        action="invite.made",
        thing=row.id,
        detail={"roles": row.roles},
    )
    return token


async def close_invites(session: AsyncSession, therapist_id: str, now: datetime) -> None:
    await session.execute(
        update(Invite)
        .where(Invite.therapist_id == therapist_id, Invite.used_at.is_(None), Invite.revoked_at.is_(None))
        .values(revoked_at=now)
    )


async def open_invite(session: AsyncSession, therapist_id: str, now: datetime) -> datetime | None:
    """Until when a therapist's link can still be used, or None."""
    return await session.scalar(
        select(Invite.expires_at)
        .where(
            Invite.therapist_id == therapist_id,
            Invite.used_at.is_(None),
            Invite.revoked_at.is_(None),
            Invite.expires_at > now,
        )
        .limit(1)
    )


async def redeem(session: AsyncSession, token: str, person_id: str, now: datetime) -> Redeemed:
    """Use a link: bind its roles to the person, and the therapist's row to them. Works once."""
    row = (
        await session.scalars(select(Invite).where(Invite.token_hash == _hash(token)).with_for_update())
    ).one_or_none()
    if row is None:
        return Redeemed("unknown")
    roles = tuple(row.roles.split(","))

    def told(result: str) -> Redeemed:
        return Redeemed(result, roles, row.therapist_id, row.created_by, row.name)

    if row.used_by == person_id:
        return told("known")
    if row.used_at is not None:
        return Redeemed("used")
    if row.revoked_at is not None or row.expires_at <= now or not await _still_may(session, row.created_by):
        return Redeemed("late")
    if set(roles) <= await roles_of(session, person_id) and row.therapist_id is None:
        return told("known")
    if row.therapist_id is not None and not await _bind(session, row.therapist_id, person_id):
        return told("known")
    row.used_at, row.used_by = now, person_id
    for role in roles:
        await grant(session, person_id, role, now, by=row.created_by, client_id=row.client_id)
    audit.record(session, now=now, actor=person_id, subject=person_id, action="invite.used", thing=row.id)
    return told("ok")


async def _still_may(session: AsyncSession, created_by: str | None) -> bool:
    """A link ends with the role of who made it. Nobody made those of the console."""
    return created_by is None or bool(await roles_of(session, created_by) & {ADMIN, LEAD})


async def _bind(session: AsyncSession, therapist_id: str, person_id: str) -> bool:
    """Tie a therapist's row to a person; False if the person is another therapist already."""
    other = await session.scalar(
        select(Therapist.id).where(Therapist.person_id == person_id, Therapist.id != therapist_id)
    )
    if other is not None:
        return False
    await session.execute(update(Therapist).where(Therapist.id == therapist_id).values(person_id=person_id))
    return True


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
