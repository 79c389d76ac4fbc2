"""Nobody is booked until a named lead took responsibility for the policy; the last signed one stays in force.

A signed policy is rows, wording included: it decides by them even when the files of the program are newer.
What a policy asks less than the one that ships is signed with it, rule by rule: where that differs later, as
files or as the policy that ships, it has to be signed anew.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from config import audit
from screening import files, policy_changes
from screening import policy as rules
from screening.policy_changes import Change
from screening.tables import PolicyVersion, PolicyWording, SignOff

SENTENCE = re.compile(
    r"^\s*I,\s*(?P<name>[^,]{2,80}?)\s*,\s*have\s+read\s+version\s+(?P<version>\S+)"
    r"(?:\s+with\s+(?P<laxer>\d{1,4})\s+laxer\s+rules?)?\s+and\s+sign\s+it\s*\.?\s*$",
    re.IGNORECASE,
)
KINDS = frozenset({"lead", "console", "demo"})

_policies: dict[str, rules.Policy] = {}  # by content hash: a policy never changes under its hash


class UnknownVersion(Exception):
    """That version was never stored, so nobody can have read it."""


class NotAccepted(Exception):
    """The policy asks less than the one that ships, in `changes`, and so many were not accepted."""

    def __init__(self, changes: tuple[Change, ...]) -> None:
        super().__init__(f"{len(changes)} rules are laxer than in the policy that ships")
        self.changes = changes


@dataclass(frozen=True)
class Signed:
    """Who signed what. `laxer`: how many rules that are laxer than in the policy that shipped that day."""

    version: str
    content_hash: str
    by_name: str
    by_person: str | None
    at: datetime
    kind: str
    laxer: int


@dataclass(frozen=True)
class Status:
    """`newest` is the version stored last; `waiting` says that it is not the one in force."""

    in_force: Signed | None
    newest: str | None
    waiting: bool
    history: tuple[Signed, ...]


def matches(sentence: str, version: str, laxer: int = 0) -> str | None:
    """The name in "I, NAME, have read version V and sign it."; None for another sentence or version.

    laxer: the number that the sentence must name as "with N laxer rules"; 0: it names none.
    """
    found = SENTENCE.match(sentence)
    if found is None or found["version"].rstrip(".") != version or int(found["laxer"] or 0) != laxer:
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
    """Keep a policy and its words (language -> key -> text) as rows, unless they are the newest already.

    Returns the version, which then waits for `sign`.
    """
    words = _wording_hash(wording)
    newest = await _newest(session)
    if newest is None or _mark(newest) != (policy.version, policy.content_hash, words):
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
    accepts: int = 0,
) -> Signed:
    """Put the newest stored policy of that version in force. That the person may sign is the caller's check.

    accepts: how many laxer rules (`laxer`) the person was shown and takes upon themselves.
    Raises: UnknownVersion; NotAccepted; ValueError for a kind or name that is none.
    """
    name = " ".join(by_name.split())
    if kind not in KINDS or not name or len(name) > 80:
        raise ValueError("a sign-off needs a name of at most 80 letters and a known kind")
    row = await _newest(session, PolicyVersion.version == version)
    policy = None if row is None else await by_hash(session, row.content_hash)
    if row is None or policy is None:
        raise UnknownVersion(f"policy version {version} is not stored")
    changes = laxer(policy)
    if len(changes) != accepts:
        raise NotAccepted(changes)
    signed = SignOff(
        policy_id=row.id,
        version=version,
        content_hash=row.content_hash,
        by_name=name,
        by_person=by_person,
        at=_after(await session.scalar(select(func.max(SignOff.at))), now),
        kind=kind,
        baseline_hash=_shipped().content_hash,
        laxer=[policy_changes.plain(change) for change in changes],
        laxer_hash=policy_changes.digest(changes),
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
        detail={
            "version": version,
            "content_hash": row.content_hash,
            "kind": kind,
            "laxer": len(changes),
            "laxer_hash": signed.laxer_hash,
        },
    )
    return _signed(signed)


def _signed(row: SignOff) -> Signed:
    return Signed(row.version, row.content_hash, row.by_name, row.by_person, row.at, row.kind, len(row.laxer))


async def _newest(session: AsyncSession, *where: ColumnElement[bool]) -> PolicyVersion | None:
    return await session.scalar(
        select(PolicyVersion)
        .where(*where)
        .options(defer(PolicyVersion.files))  # long, and asked for at each tick
        .order_by(PolicyVersion.stored_at.desc(), PolicyVersion.id.desc())
        .limit(1)
    )


def _mark(row: PolicyVersion) -> tuple[str, str, str]:
    return row.version, row.content_hash, row.wording_hash


async def _last(session: AsyncSession, *where: ColumnElement[bool]) -> SignOff | None:
    return await session.scalar(
        select(SignOff).where(*where).order_by(SignOff.at.desc(), SignOff.id.desc()).limit(1)
    )


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


async def kept(
    session: AsyncSession, version: str | None = None
) -> tuple[rules.Policy, dict[str, dict[str, str]]] | None:
    """What was stored last under a version, or the policy in force, with its words by language and key."""
    if version is None:
        last = await _last(session)
        row = None if last is None else await _newest(session, PolicyVersion.id == last.policy_id)
    else:
        row = await _newest(session, PolicyVersion.version == version)
    policy = None if row is None else await by_hash(session, row.content_hash)
    if row is None or policy is None:
        return None
    words = await session.scalars(select(PolicyWording).where(PolicyWording.policy_id == row.id))
    return policy, {one.language: dict(one.words) for one in words.all()}


def laxer(policy: rules.Policy) -> tuple[Change, ...]:
    """Where a policy asks less than the one that ships, or may do so: each a lead signs by itself."""
    return policy_changes.laxer(_shipped(), policy)


async def accepted(session: AsyncSession, policy: rules.Policy) -> bool:
    """Whether somebody signed this policy with exactly the rules that are laxer than what ships now."""
    changes = laxer(policy)
    if not changes:
        return True
    found = await session.scalar(
        select(SignOff.id)
        .where(
            SignOff.content_hash == policy.content_hash,
            SignOff.laxer_hash == policy_changes.digest(changes),
        )
        .limit(1)
    )
    return found is not None


async def words_in_force(session: AsyncSession, language: str, at: datetime | None = None) -> dict[str, str]:
    """The signed words of one language, key -> text; empty before the first sign-off.

    at: as they were signed then, so that an old answer can be read as it was given.
    """
    last = await _last(session, *([] if at is None else [SignOff.at <= at]))
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
    newest = await _newest(session)
    signed = await _newest(session, PolicyVersion.id == rows[0].policy_id) if rows else None
    return Status(
        in_force=_signed(rows[0]) if rows else None,
        newest=None if newest is None else newest.version,
        waiting=newest is not None and (signed is None or _mark(newest) != _mark(signed)),
        history=tuple(_signed(row) for row in rows),
    )
