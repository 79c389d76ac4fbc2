"""People and what they may do: clients, helpers, therapists, admins and leads."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    delete,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from config import audit
from config.append_only import Protection, protect
from config.database import Base, UtcDateTime, new_id
from config.encryption import seal, unseal

CLIENT, CARER, THERAPIST, ADMIN, LEAD = ROLES = ("client", "carer", "therapist", "admin", "lead")
STAFF = frozenset({THERAPIST, ADMIN, LEAD})


class Person(Base):
    """Somebody the clinic knows, in the chat or by phone only. An erased person's row stays, empty."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    telegram_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    name: Mapped[str] = mapped_column(String(80), default="")
    name_key: Mapped[str] = mapped_column(String(80), default="", index=True)  # casefolded, for finding
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    no_phone: Mapped[bool] = mapped_column(Boolean, default=False)
    language: Mapped[str] = mapped_column(String(12), default="en")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    unreachable_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    best_time: Mapped[str | None] = mapped_column(String(12))  # morning | midday | afternoon | varies
    muted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # check-ins only
    hide_questions: Mapped[bool] = mapped_column(Boolean, default=False)
    quiet_starts: Mapped[int | None] = mapped_column(Integer)  # wall minutes; None: the clinic's
    quiet_ends: Mapped[int | None] = mapped_column(Integer)
    campaign: Mapped[str | None] = mapped_column(String(60))
    from_therapist_id: Mapped[str | None] = mapped_column(String(32))  # the link they came by
    first_contact_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RoleGrant(Base):
    """A role that somebody gave. A revoked one stays as a record; a carer's names whom they help."""

    __tablename__ = "role_grant"
    __table_args__ = (Index("ix_role_grant_person_id_revoked_at", "person_id", "revoked_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(12))
    client_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    granted_by: Mapped[str | None] = mapped_column(String(32))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_by: Mapped[str | None] = mapped_column(String(32))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Invite(Base):
    """A one-time link to a role. Only the hash of its token is kept."""

    __tablename__ = "invite"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    roles: Mapped[str] = mapped_column(String(60))  # comma separated
    therapist_id: Mapped[str | None] = mapped_column(String(32), index=True)
    client_id: Mapped[str | None] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(80), default="")
    created_by: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_by: Mapped[str | None] = mapped_column(String(32))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Consent(Base):
    """What somebody agreed to, in which wording, until taken back."""

    __tablename__ = "consent"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(30))
    version: Mapped[str] = mapped_column(String(20))
    campaign: Mapped[str | None] = mapped_column(String(60))
    taken_by: Mapped[str | None] = mapped_column(String(32))  # staff, for a caller on the phone
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


protect(
    Consent.__table__,
    Protection(
        columns=("person_id", "purpose", "version", "campaign", "taken_by", "given_at"),
        once=("withdrawn_at",),
    ),
)


async def get_person(session: AsyncSession, person_id: str) -> Person | None:
    return await session.get(Person, person_id)


async def by_telegram_id(session: AsyncSession, telegram_id: int) -> Person | None:
    return (await session.scalars(select(Person).where(Person.telegram_id == telegram_id))).one_or_none()


async def ensure_person(
    session: AsyncSession, telegram_id: int, now: datetime, *, name: str = "", language: str = "en"
) -> Person:
    """The person of a Telegram account, made on first sight. A known person's name and language stay."""
    person = await by_telegram_id(session, telegram_id)
    if person is None:
        person = Person(telegram_id=telegram_id, language=language, created_at=now)
        rename(person, name)
        session.add(person)
        await session.flush()
    return person


async def add_person(
    session: AsyncSession, name: str, now: datetime, *, actor: str | None, phone: str | None = None
) -> Person:
    """Somebody who is not in the chat: a caller on the phone."""
    person = Person(created_at=now, no_phone=phone is None)
    rename(person, name)
    session.add(person)
    await session.flush()
    if phone is not None:
        await set_phone(session, person.id, phone)
    audit.record(session, now=now, actor=actor, subject=person.id, action="person.added")
    return person


# Marks that turn the rest of a line around, so that one name could pass for another on a card of staff.
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def rename(person: Person, name: str) -> None:
    plain = "".join(" " if unicodedata.category(ch) == "Cc" else ch for ch in name if ch not in TURNING)
    person.name = " ".join(plain.split())[:80]
    person.name_key = person.name.casefold()[:80]


async def set_phone(session: AsyncSession, person_id: str, phone: str | None) -> None:
    """Keep a number (E.164), sealed; None means that the person said "no phone"."""
    sealed = None
    if phone is not None:
        sealed = await seal(session, person_id, f"person.phone:{person_id}", phone)
    await session.execute(
        update(Person).where(Person.id == person_id).values(phone_sealed=sealed, no_phone=phone is None)
    )


async def phone_of(session: AsyncSession, person_id: str) -> str | None:
    """The number, or None: not asked yet, or "no phone" (then `Person.no_phone` is true)."""
    sealed = await session.scalar(select(Person.phone_sealed).where(Person.id == person_id))
    if sealed is None:
        return None
    return str(await unseal(session, person_id, f"person.phone:{person_id}", sealed))


async def find(session: AsyncSession, text: str, limit: int = 5) -> list[Person]:
    """Clients whose name has a word that starts so, or whose number ends with the digits of `text`."""
    key = text.casefold().strip()
    live = select(Person).where(Person.erased_at.is_(None)).order_by(Person.name_key)
    digits = "".join(ch for ch in key if ch.isdigit())
    if len(digits) >= 4:
        found = []
        for person in await session.scalars(live.where(Person.phone_sealed.is_not(None))):
            number = await phone_of(session, person.id)
            if number is not None and "".join(ch for ch in number if ch.isdigit()).endswith(
                digits.lstrip("0")
            ):
                found.append(person)
        return found[:limit]
    if not key:
        return []
    clients = select(RoleGrant.person_id).where(RoleGrant.role == CLIENT, RoleGrant.revoked_at.is_(None))
    named = live.where(
        Person.id.in_(clients),
        Person.name_key.startswith(key, autoescape=True)
        | Person.name_key.contains(f" {key}", autoescape=True),
    )
    return list(await session.scalars(named.limit(limit)))


async def roles_of(session: AsyncSession, person_id: str) -> frozenset[str]:
    """The roles in force now; a carer's only says that they help somebody (see `helps`)."""
    rows = await session.scalars(
        select(RoleGrant.role).where(RoleGrant.person_id == person_id, RoleGrant.revoked_at.is_(None))
    )
    return frozenset(rows)


async def with_role(session: AsyncSession, *roles: str) -> list[str]:
    """Ids of all who have one of the roles now."""
    rows = await session.scalars(
        select(RoleGrant.person_id)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.role.in_(roles), RoleGrant.revoked_at.is_(None), Person.erased_at.is_(None))
        .order_by(RoleGrant.granted_at, RoleGrant.id)
    )
    return list(dict.fromkeys(rows))


async def grant(
    session: AsyncSession,
    person_id: str,
    role: str,
    now: datetime,
    *,
    by: str | None,
    client_id: str | None = None,
) -> bool:
    """Give a role. False if it was there already."""
    there = select(RoleGrant.id).where(
        RoleGrant.person_id == person_id, RoleGrant.role == role, RoleGrant.revoked_at.is_(None)
    )
    if client_id is not None:
        there = there.where(RoleGrant.client_id == client_id)
    if (await session.execute(there.limit(1))).first() is not None:
        return False
    session.add(RoleGrant(person_id=person_id, role=role, client_id=client_id, granted_by=by, granted_at=now))
    audit.record(session, now=now, actor=by, subject=person_id, action="role.granted", detail={"role": role})
    return True


async def revoke(session: AsyncSession, person_id: str, role: str, now: datetime, *, by: str | None) -> bool:
    """Take a role away from the next tap on, and close its links. False if there was none."""
    done = await session.scalars(
        update(RoleGrant)
        .where(RoleGrant.person_id == person_id, RoleGrant.role == role, RoleGrant.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=by)
        .returning(RoleGrant.id)
    )
    if not done.all():
        return False
    audit.record(session, now=now, actor=by, subject=person_id, action="role.revoked", detail={"role": role})
    return True


async def forget_old_invites(session: AsyncSession, now: datetime) -> None:
    """Drop links that ended a month ago; what was done with them stands in the audit."""
    await session.execute(delete(Invite).where(Invite.expires_at < now - timedelta(days=30)))


async def consent(
    session: AsyncSession,
    person_id: str,
    purpose: str,
    version: str,
    now: datetime,
    *,
    campaign: str | None = None,
    taken_by: str | None = None,
) -> str:
    """Note an agreement; the same purpose and version is noted once."""
    known = await session.scalar(
        select(Consent.id).where(
            Consent.person_id == person_id,
            Consent.purpose == purpose,
            Consent.version == version,
            Consent.withdrawn_at.is_(None),
        )
    )
    if known is not None:
        return known
    row = Consent(
        person_id=person_id,
        purpose=purpose,
        version=version,
        campaign=campaign,
        taken_by=taken_by,
        given_at=now,
    )
    session.add(row)
    await session.flush()
    detail: dict[str, Any] = {"purpose": purpose, "version": version, "campaign": campaign}
    audit.record(
        session,
        now=now,
        actor=taken_by or person_id,
        subject=person_id,
        action="consent.given",
        thing=row.id,
        detail=detail,
    )
    return row.id


async def consented(session: AsyncSession, person_id: str, purpose: str) -> datetime | None:
    """Since when the person agrees, or None."""
    return await session.scalar(
        select(Consent.given_at)
        .where(Consent.person_id == person_id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None))
        .order_by(Consent.given_at.desc())
        .limit(1)
    )


async def withdraw_consent(session: AsyncSession, person_id: str, now: datetime) -> None:
    await session.execute(
        update(Consent)
        .where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    audit.record(session, now=now, actor=person_id, subject=person_id, action="consent.withdrawn")


async def mark_unreachable(session: AsyncSession, person_id: str, now: datetime) -> bool:
    """The bot was blocked. True if that is news."""
    changed = await session.scalars(
        update(Person)
        .where(Person.id == person_id, Person.unreachable_since.is_(None))
        .values(unreachable_since=now)
        .returning(Person.id)
    )
    return bool(changed.all())


async def mark_reachable(session: AsyncSession, person_id: str) -> datetime | None:
    """They are back. Since when they could not be reached, or None if nothing was amiss."""
    since = await session.scalar(select(Person.unreachable_since).where(Person.id == person_id))
    if since is not None:
        await session.execute(update(Person).where(Person.id == person_id).values(unreachable_since=None))
    return since


async def erase(session: AsyncSession, person_id: str, now: datetime, *, actor: str | None) -> None:
    """Empty the person's row and end all roles. The key (`config.encryption.destroy_key`) is the caller's."""
    await session.execute(
        update(Person)
        .where(Person.id == person_id)
        .values(
            telegram_id=None,
            name="",
            name_key="",
            phone_sealed=None,
            no_phone=False,
            best_time=None,
            campaign=None,
            from_therapist_id=None,
            erased_at=now,
        )
    )
    await session.execute(
        update(RoleGrant)
        .where(RoleGrant.person_id == person_id, RoleGrant.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=actor)
    )
    audit.record(session, now=now, actor=actor, subject=person_id, action="person.erased")
