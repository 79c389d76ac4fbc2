"""The demo's clock: an offset row that the bot reads, so that a visitor can move to the next morning."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Integer
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base


class DemoClock(Base):
    """One row in a demo's database; none in a real one."""

    __tablename__ = "demo_clock"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    offset_seconds: Mapped[int] = mapped_column(Integer)


async def offset(session: AsyncSession) -> timedelta | None:
    """None where this is no demo."""
    row = await session.get(DemoClock, 1)
    return None if row is None else timedelta(seconds=row.offset_seconds)


async def set_offset(session: AsyncSession, value: timedelta) -> None:
    row = await session.get(DemoClock, 1)
    if row is None:
        session.add(DemoClock(id=1, offset_seconds=int(value.total_seconds())))
    else:
        row.offset_seconds = int(value.total_seconds())
