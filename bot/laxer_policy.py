"""A clinic's own policy, against the one that ships: what may not start before a named person signed it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from screening import sign_off
from screening.policy import Policy


def unsigned(policy: Policy, folder: Path | None) -> str:
    """The sentence for a policy that is laxer than what ships, and that nobody signed as such."""
    number, where = len(sign_off.laxer(policy)), folder or "what is installed"
    places = "one place" if number == 1 else f"{number} places"
    return (
        f"The policy in {where} is laxer than the one that ships, or may be, in {places}, and nobody"
        f" signed exactly these. Read them: gentlehours policy diff shipped {where}. Then a lead signs:"
        f' gentlehours policy sign-off --by "FIRST LAST" --accept-laxer {number}. Or change the files, or'
        " unset GENTLEHOURS_POLICY."
    )


async def faults(session: AsyncSession, policy: Policy, folder: Path | None) -> list[str]:
    """What stands against running by this policy; empty = it may wait for its signature, or is signed."""
    return [] if await sign_off.accepted(session, policy) else [unsigned(policy, folder)]
