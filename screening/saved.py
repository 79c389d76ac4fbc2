"""An interview's state in rows: the facts it opened with and its answers, read back at every tap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import new_id
from config.encryption import seal, unseal
from screening import questionnaire, reach, saved_facts, sign_off
from screening.policy import Policy
from screening.questionnaire import Answer, Facts, Progress
from screening.tables import AnswerRecord, Interview

GOES_STALE = timedelta(hours=24)  # half a full check says nothing about today; no answer times out sooner


class NoSuchInterview(Exception):
    """There is no such interview, or its client was erased."""


class Closed(Exception):
    """The interview is over; what is told now belongs to a new one."""


class NotSigned(Exception):
    """No policy is in force, so nobody is asked the safety questions yet."""


@dataclass
class Round:
    """An interview in memory.

    `stale`: a newer policy was signed since, or half a full check lies too long ago, so it must start again.
    """

    row: Interview
    policy: Policy
    facts: Facts
    records: list[AnswerRecord]
    answers: tuple[Answer, ...]
    stale: bool

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.row.zone)

    @property
    def actor(self) -> str:
        """Who taps: the client, or the member of staff who reads out."""
        return self.row.entered_by or self.row.client_id

    def replay(self) -> Progress:
        return questionnaire.replay(self.policy, self.row.phase, self.facts, self.answers)


async def seal_facts(session: AsyncSession, row: Interview, facts: Facts) -> None:
    row.since = facts.since
    row.sealed_facts = await seal(
        session, row.client_id, f"interview.sealed_facts:{row.id}", saved_facts.plain(facts)
    )


def answer_place(record_id: str) -> str:
    return f"answer_record.sealed:{record_id}"


async def load(session: AsyncSession, interview_id: str, now: datetime, *, lock: bool = False) -> Round:
    """A round as it was left; `lock` keeps other workers off its row. Raises: NoSuchInterview, NotSigned."""
    row = await session.get(Interview, interview_id, with_for_update=lock or None)
    if row is None or row.sealed_facts is None:
        raise NoSuchInterview("no such interview")
    in_force = await policy_for(session, row.phase)
    policy = in_force
    if policy.content_hash != row.policy_hash:
        policy = await sign_off.by_hash(session, row.policy_hash) or in_force
    plain = await unseal(session, row.client_id, f"interview.sealed_facts:{row.id}", row.sealed_facts)
    records = list(
        (
            await session.scalars(
                select(AnswerRecord)
                .where(
                    AnswerRecord.interview_id == interview_id,
                    AnswerRecord.policy_hash == row.policy_hash,
                    AnswerRecord.live.is_(True),
                )
                .order_by(AnswerRecord.seq)
            )
        ).all()
    )
    answers = []
    for record in records:
        if record.sealed is None:
            raise NoSuchInterview("no such interview")
        told = await unseal(session, row.client_id, answer_place(record.id), record.sealed)
        answers.append(
            Answer(told["card"], told["about"], tuple(told["chosen"]), record.withdrawn_at is not None)
        )
    last = max((record.at for record in records), default=now)
    too_old = policy.phases[row.phase].full and now - last > GOES_STALE
    stale = row.state == "open" and (too_old or in_force.content_hash != row.policy_hash)
    return Round(row, policy, saved_facts.read(plain), records, tuple(answers), stale)


async def load_open(session: AsyncSession, interview_id: str, now: datetime) -> Round:
    """The round, to write to. Raises: NoSuchInterview, Closed, NotSigned."""
    round_ = await load(session, interview_id, now, lock=True)
    if round_.row.state != "open":
        raise Closed("this round is over")
    return round_


async def policy_for(session: AsyncSession, phase: str) -> Policy:
    """The policy that asks; first contact may be told before any is signed. Raises: NotSigned."""
    policy = await sign_off.in_force(session)
    if policy is not None:
        return policy
    if phase != "contact":
        raise NotSigned("no policy is signed")
    return await sign_off.for_use(session)


async def save_answers(
    session: AsyncSession,
    round_: Round,
    answers: Sequence[Answer],
    *,
    confirmed: bool,
    now: datetime,
    by: str | None,
) -> None:
    """Bring the rows in line with the list: a tick still open is rewritten, a confirmed answer never."""
    row = round_.row
    for seq, answer in enumerate(answers):
        old = round_.records[seq] if seq < len(round_.records) else None
        if old is not None:
            before = round_.answers[seq]
            if before == answer:
                continue
            same = (before.card, before.about, before.chosen) == (answer.card, answer.about, answer.chosen)
            if same and answer.withdrawn:
                old.withdrawn_at = now
                continue
            if not old.confirmed and (before.card, before.about) == (answer.card, answer.about):
                old.sealed = await _seal_answer(session, round_, old.id, answers[: seq + 1])
                old.at, old.by, old.confirmed = now, by, confirmed or seq < len(answers) - 1
                old.withdrawn_at = now if answer.withdrawn else None
                continue
            old.live, old.withdrawn_at = False, old.withdrawn_at or now
        record = AnswerRecord(
            id=new_id(), interview_id=row.id, client_id=row.client_id, seq=seq, at=now, by=by
        )
        record.policy_hash, record.live = row.policy_hash, True
        record.confirmed = confirmed or seq < len(answers) - 1
        record.withdrawn_at = now if answer.withdrawn else None
        record.sealed = await _seal_answer(session, round_, record.id, answers[: seq + 1])
        session.add(record)
    for old in round_.records[len(answers) :]:
        old.live, old.withdrawn_at = False, old.withdrawn_at or now
    for old in round_.records[: max(0, len(answers) - 1)]:
        old.confirmed = True
    await session.flush()


async def _seal_answer(
    session: AsyncSession, round_: Round, record_id: str, answers: Sequence[Answer]
) -> bytes:
    """The last of `answers`, with what was asked, in which wording, and the codes that it gave then."""
    policy, answer = round_.policy, answers[-1]
    before, after = (
        questionnaire.replay(policy, round_.row.phase, round_.facts, told) for told in (answers[:-1], answers)
    )
    shown = before.prompt.lines if before.prompt is not None and before.prompt.card == answer.card else ()
    told = {
        "card": answer.card,
        "about": answer.about,
        "lines": list(shown),
        "chosen": list(answer.chosen),
        "items": {
            item: policy.items[item].wording
            for item in reach.items(policy, answer.card, shown)
            if item in policy.items
        },
        "codes": [finding.code for finding in after.findings if finding not in before.findings],
        "policy": policy.version,
    }
    return await seal(session, round_.row.client_id, answer_place(record_id), told)
