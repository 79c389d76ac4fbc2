"""Nobody is booked until a named lead took responsibility for the policy; the last signed one stays in force.

A signed policy is rows, wording included: it decides by them even when the files of the program are newer.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from screening import files
from screening import policy as rules
from screening.tables import PolicyVersion, PolicyWording, SignOff

SENTENCE = re.compile(
    r"^\s*I,\s*(?P<name>[^,]{2,80}?)\s*,\s*have\s+read\s+version\s+(?P<version>\S+)\s+and\s+sign\s+it\s*\.?\s*$",
    re.IGNORECASE,
)
KINDS = frozenset({"lead", "console", "demo"})

_policies: dict[str, rules.Policy] = {}  # by content hash: a policy never changes under its hash


class UnknownVersion(Exception):
    """That version was never stored, so nobody can have read it."""


@dataclass(frozen=True)
class Signed:
    version: str
    content_hash: str
    by_name: str
    by_person: str | None
    at: datetime
    kind: str


@dataclass(frozen=True)
class Status:
    """`newest` is the version stored last; `waiting` says that it is not the one in force."""

    in_force: Signed | None
    newest: str | None
    waiting: bool
    history: tuple[Signed, ...]


def matches(sentence: str, version: str) -> str | None:
    """The name in "I, NAME, have read version V and sign it."; None for another sentence or version."""
    found = SENTENCE.match(sentence)
    if found is None or found["version"].rstrip(".") != version:
        return None
    name = " ".join(found["name"].split())
    return name if name.casefold() != "name" and any(c.isalpha() for c in name) else None


def _after(last: datetime | None, now: datetime) -> datetime:
    # Which came last decides what is in force, so no two may bear the same instant.
    return now if last is None or last < now else last + timedelta(microseconds=1)


def _wording_hash(wording: Mapping[str, Mapping[str, str]]) -> str:
    plain = {language: dict(words) for language, words in wording.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


async def store(
    session: AsyncSession,
    policy: rules.Policy,
    wording: Mapping[str, Mapping[str, str]],
    now: datetime,
) -> str:
    """Keep a policy and its words (language -> key -> text) as rows; the same ones are kept once.

    Returns the version, which then waits for `sign`.
    """
    words = _wording_hash(wording)
    known = await session.scalar(
        select(PolicyVersion.id).where(
            PolicyVersion.version == policy.version,
            PolicyVersion.content_hash == policy.content_hash,
            PolicyVersion.wording_hash == words,
        )
    )
    if known is None:
        row = PolicyVersion(
            version=policy.version,
            content_hash=policy.content_hash,
            wording_hash=words,
            files=dict(policy.files),
            stored_at=_after(await session.scalar(select(func.max(PolicyVersion.stored_at))), now),
        )
        session.add(row)
        await session.flush()
        for language, texts in wording.items():
            session.add(PolicyWording(policy_id=row.id, language=language, words=dict(texts)))
        await session.flush()
    return policy.version


async def sign(
    session: AsyncSession,
    version: str,
    by_name: str,
    by_person: str | None,
    now: datetime,
    kind: str = "lead",
) -> Signed:
    """Put the newest stored policy of that version in force. That the person may sign is the caller's check.

    Raises: UnknownVersion; ValueError for a kind or name that is none.
    """
    name = " ".join(by_name.split())
    if kind not in KINDS or not name or len(name) > 80:
        raise ValueError("a sign-off needs a name of at most 80 letters and a known kind")
    row = (
        await session.execute(
            select(PolicyVersion.id, PolicyVersion.content_hash)
            .where(PolicyVersion.version == version)
            .order_by(PolicyVersion.stored_at.desc(), PolicyVersion.id.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        raise UnknownVersion(f"policy version {version} is not stored")
    signed = SignOff(
        policy_id=row.id,
        version=version,
        content_hash=row.content_hash,
        by_name=name,
        by_person=by_person,
        at=_after(await session.scalar(select(func.max(SignOff.at))), now),
        kind=kind,
    )
    session.add(signed)
    await session.flush()
    audit.record(
        session,
        now=now,
        actor=by_person,
        subject=None,
        action="policy.signed",
        thing=row.id,
        detail={"version": version, "content_hash": row.content_hash, "kind": kind},
    )
    return _signed(signed)


def _signed(row: SignOff) -> Signed:
    return Signed(row.version, row.content_hash, row.by_name, row.by_person, row.at, row.kind)


async def _last(session: AsyncSession) -> SignOff | None:
    return await session.scalar(select(SignOff).order_by(SignOff.at.desc(), SignOff.id.desc()).limit(1))


async def in_force(session: AsyncSession) -> rules.Policy | None:
    """The policy of the last sign-off, from its rows; None until the first is signed."""
    last = await _last(session)
    return None if last is None else await by_hash(session, last.content_hash)


@functools.cache
def _shipped() -> rules.Policy:
    return rules.load(files.shipped())


async def for_use(session: AsyncSession) -> rules.Policy:
    """The policy in force; before the first sign-off the one that ships, so that what is told early holds."""
    return await in_force(session) or _shipped()


async def by_hash(session: AsyncSession, content_hash: str) -> rules.Policy | None:
    """A stored policy by its content hash, for interviews and answers of earlier versions."""
    if content_hash not in _policies:
        texts = await session.scalar(
            select(PolicyVersion.files).where(PolicyVersion.content_hash == content_hash).limit(1)
        )
        if texts is None:
            return None
        _policies[content_hash] = rules.load(texts)
    return _policies[content_hash]


async def words_in_force(session: AsyncSession, language: str) -> dict[str, str]:
    """The signed words of one language, key -> text; empty before the first sign-off."""
    last = await _last(session)
    if last is None:
        return {}
    words = await session.scalar(
        select(PolicyWording.words).where(
            PolicyWording.policy_id == last.policy_id, PolicyWording.language == language
        )
    )
    return dict(words or {})


async def status(session: AsyncSession) -> Status:
    """Who signed what, newest first, and whether a stored version waits for its signature."""
    rows = (await session.scalars(select(SignOff).order_by(SignOff.at.desc(), SignOff.id.desc()))).all()
    newest = (
        await session.execute(
            select(PolicyVersion.id, PolicyVersion.version)
            .order_by(PolicyVersion.stored_at.desc(), PolicyVersion.id.desc())
            .limit(1)
        )
    ).one_or_none()
    return Status(
        in_force=_signed(rows[0]) if rows else None,
        newest=None if newest is None else newest.version,
        waiting=newest is not None and (not rows or rows[0].policy_id != newest.id),
        history=tuple(_signed(row) for row in rows),
    )
