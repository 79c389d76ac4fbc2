"""Where the wrapped keys of people live."""

from __future__ import annotations

import os

from sqlalchemy import LargeBinary, String, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base
from config.encryption import Keyring, Unreadable, unwrap, wrap


class PersonKey(Base):
    """The data key of one person (or of the clinic), wrapped by the keyring key named here."""

    __tablename__ = "person_key"

    owner: Mapped[str] = mapped_column(String(32), primary_key=True)
    keyring_key: Mapped[str] = mapped_column(String(20))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


async def load_or_create(session: AsyncSession, owner: str, *, create: bool) -> bytes:
    keyring: Keyring = session.info["keyring"]
    row = (
        await session.execute(
            select(PersonKey.keyring_key, PersonKey.wrapped).where(PersonKey.owner == owner)
        )
    ).one_or_none()
    if row is not None:
        return unwrap(keyring, owner, row.keyring_key, row.wrapped)
    if not create:
        raise Unreadable("the key of this person is gone")
    data_key = os.urandom(32)
    name, wrapped = wrap(keyring, owner, data_key)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = await session.execute(
        insert(PersonKey)
        .values(owner=owner, keyring_key=name, wrapped=wrapped)
        .on_conflict_do_nothing(index_elements=["owner"])
        .returning(PersonKey.owner)
    )
    if made.first() is None:  # another transaction made it a moment ago: theirs counts
        return await load_or_create(session, owner, create=False)
    return data_key


async def missing(session: AsyncSession) -> list[str]:
    """Names of the keyring's keys that people's keys are wrapped by, and that this keyring cannot open."""
    keyring: Keyring = session.info["keyring"]
    lacks = []
    for name in (await session.scalars(select(PersonKey.keyring_key).distinct())).all():
        row = (await session.scalars(select(PersonKey).where(PersonKey.keyring_key == name).limit(1))).one()
        try:
            unwrap(keyring, row.owner, name, row.wrapped)
        except Unreadable:
            lacks.append(name)
    return lacks


async def destroy(session: AsyncSession, owner: str) -> None:
    await session.execute(delete(PersonKey).where(PersonKey.owner == owner))


async def rewrap(session: AsyncSession) -> int:
    """Wrap every key again under the newest keyring key. Returns how many changed."""
    keyring: Keyring = session.info["keyring"]
    newest = keyring.sealing[0]
    rows = (await session.scalars(select(PersonKey).where(PersonKey.keyring_key != newest))).all()
    for row in rows:
        data_key = unwrap(keyring, row.owner, row.keyring_key, row.wrapped)
        row.keyring_key, row.wrapped = wrap(keyring, row.owner, data_key)
    return len(rows)
