"""Who came before the clinic could take bookings, and the word they get on the day it opens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation import HOME_TOPIC
from bot.flow import Notice, Opening, Turn
from scheduling import notifications
from scheduling.notifications import PENDING, Notification
from screening import sign_off

KIND = "opened"
UNKNOWN = timedelta(days=3650)  # the day is not known yet; `tell` brings it forward


async def remember(session: AsyncSession, person_id: str, now: datetime) -> None:
    """Keep that this person wants to hear of the day we open. Safe to repeat."""
    await notifications.plan(session, person_id, KIND, now + UNKNOWN, key=f"{KIND}:{person_id}")


async def tell(session: AsyncSession, now: datetime) -> int:
    """To be called where a policy is signed, and hourly: write to all who wait. Returns how many."""
    if await sign_off.in_force(session) is None:
        return 0
    waiting = select(Notification.id).where(
        Notification.kind == KIND, Notification.state == PENDING, Notification.due_at > now
    )
    ids = list(await session.scalars(waiting))
    await session.execute(
        update(Notification)
        .where(Notification.id.in_(ids))
        .values(due_at=now, next_attempt_at=now)
        .execution_options(synchronize_session=False)
    )
    return len(ids)


async def _send(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    if await sign_off.in_force(turn.session) is None:
        return None
    return Opening(HOME_TOPIC, "book.opened", {})


NOTICES = (Notice(KIND, _send),)
