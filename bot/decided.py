"""A result that no tap of the client brought: decided by a person, or by the program, and told later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from scheduling import notifications
from scheduling.appointments import Appointment


async def tell(
    session: AsyncSession, visit: Appointment, data: dict[str, Any], now: datetime, *, key: str
) -> None:
    """Plan the result card for the client. `data`: what it says; `key`: what was decided, and when."""
    await notifications.plan(
        session,
        visit.client_id,
        "result.decided",
        now,
        appointment=(visit.id, visit.version),
        key=f"{visit.id}:result.decided:{key}:v{visit.version}",
        priority=notifications.NOW,
        data={"appointment": visit.id, **data},
    )
