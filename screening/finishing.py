"""The end of a round: one decision, and all that follows from it, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.encryption import seal, unseal
from screening import clearance, health, holds, noted, on_file, reach, recording, saved
from screening import decision as rules
from screening.decision import Decision
from screening.policy import Outcome, Policy
from screening.questionnaire import Finding, Progress
from screening.saved import Round
from screening.tables import AnswerRecord, FindingRecord, Interview

PROFILE = frozenset({"profile", "first", "first_full"})
# Facts of one round only; the others are kept for the client.
ROUND_FACTS = frozenset({"ok_needed", "red_line", "at_once", "asked_again", "ok_said"})
AFTER = "AC1"


class NotFinished(Exception):
    """A card is still open, so there is no result yet."""


async def decision_of(
    session: AsyncSession,
    interview_id: str,
    progress: Progress,
    now: datetime,
    *,
    clinic_days: Mapping[str, int] = rules.NO_SETTINGS,
) -> Decision:
    """The decision that this progress would end in, nothing written. Raises: NoSuchInterview."""
    round_ = await saved.load(session, interview_id, now)
    return await _decide(session, round_, progress, progress.findings, now, clinic_days)


async def finish(
    session: AsyncSession,
    interview_id: str,
    now: datetime,
    *,
    clinic_days: Mapping[str, int] = rules.NO_SETTINGS,
) -> Decision:
    """Decide, and write all that follows. The caller gives the decision to the appointment.

    `clinic_days`: day counts of the clinic's own settings ("contagious_days"), which lengthen a hold.
    Raises: NoSuchInterview, Closed, NotFinished.
    """
    round_ = await saved.load_open(session, interview_id, now)
    if round_.stale:
        raise NotFinished("the round starts again")
    after, row = round_.replay(), round_.row
    if after.prompt is not None or (after.stop is None and not after.complete):
        raise NotFinished("a card is still open")
    findings = list(after.findings)
    if await _clashes(session, round_, after):
        findings.append(Finding(code="answers_conflict", item=round_.policy.row("answers_conflict").item))
    decision = await _decide(session, round_, after, findings, now, clinic_days)
    await recording.record(
        session,
        row.client_id,
        round_.policy,
        findings,
        decision,
        source=_source(row.phase),
        now=now,
        interview_id=row.id,
        appointment_id=row.appointment_id,
        by=round_.actor,
    )
    if after.complete and row.answered_by != "helper":
        await _settle(session, round_, after, findings, now)
    await _learn(session, round_, after, findings, now)
    row.sealed_result = await seal(
        session, row.client_id, f"interview.sealed_result:{row.id}", recording.plain(decision)
    )
    row.state = "complete" if after.complete else "stopped"
    row.confirmed_at = row.confirmed_at or now
    row.closed_at, row.outcome = now, int(decision.outcome)
    await session.flush()
    return decision


def _source(phase: str) -> str:
    if phase.startswith("aftercare"):
        return "aftercare"
    return "door" if phase.startswith("door") else "card"


async def _decide(
    session: AsyncSession,
    round_: Round,
    after: Progress,
    findings: Sequence[Finding],
    now: datetime,
    clinic_days: Mapping[str, int],
) -> Decision:
    row = round_.row
    history = await on_file.history(session, row.client_id, zone=round_.zone, but=row.id)
    if after.conditions is not None:
        history = replace(history, conditions=after.conditions)
    history = replace(history, noted=history.noted | after.learned)
    return rules.decide(
        round_.policy,
        findings,
        history,
        at=now.astimezone(round_.zone),
        phase=row.phase,
        session_at=None if row.session_at is None else row.session_at.astimezone(round_.zone),
        complete=after.complete,
        stop=after.stop,
        helper=row.answered_by == "helper",
        clinic_days=clinic_days,
    )


async def _clashes(session: AsyncSession, round_: Round, after: Progress) -> bool:
    # A "no" in a tick-list does not cancel what the typed words say (rule 6), nor a red line left unfinished.
    phase = round_.policy.phases[round_.row.phase]
    if "A" in phase.cards:
        tapped = {name for said in after.answers for name in said.chosen}
        if await _red_lines_left(session, round_) - tapped:
            return True
    if not phase.full:
        return False
    told = {finding.code for finding in after.findings}
    typed = await on_file.findings(
        session,
        round_.row.client_id,
        FindingRecord.source == "text",
        FindingRecord.settled_at.is_(None),
        FindingRecord.outcome >= int(Outcome.DEFER),
    )
    since = round_.facts.since
    return any(
        found.code not in told and found.found_at.astimezone(round_.zone).date() >= since for found in typed
    )


async def _red_lines_left(session: AsyncSession, round_: Round) -> frozenset[str]:
    """Keys of red lines that were tapped in a round which never came to its end: begun anew, or run out.

    Only since the last round with red cards that ended, as that one was decided with them.
    """
    row, policy = round_.row, round_.policy
    ended = await session.scalar(
        select(func.max(Interview.closed_at)).where(
            Interview.client_id == row.client_id,
            Interview.state.in_(("complete", "stopped")),
            Interview.phase.in_([name for name, phase in policy.phases.items() if "A" in phase.cards]),
        )
    )
    query = (
        select(AnswerRecord)
        .join(Interview, Interview.id == AnswerRecord.interview_id)
        .where(
            AnswerRecord.client_id == row.client_id,
            Interview.state.in_(("open", "expired")),
            or_(AnswerRecord.interview_id != row.id, AnswerRecord.live.is_(False)),
        )
    )
    if ended is not None:
        query = query.where(AnswerRecord.at > ended)
    red = {line.key for line in policy.lines.values() if policy.cards[line.card].red}
    left: set[str] = set()
    for record in (await session.scalars(query)).all():
        if record.sealed is not None:
            told = await unseal(session, row.client_id, saved.answer_place(record.id), record.sealed)
            left |= red.intersection(told["chosen"])
    return frozenset(left)


async def _settle(
    session: AsyncSession, round_: Round, after: Progress, findings: Sequence[Finding], now: datetime
) -> None:
    """Codes of earlier rounds stay until answered again or lifted (rule 7)."""
    row, policy = round_.row, round_.policy
    answered = {said.card for said in after.answers}
    told = {finding.code for finding in findings}
    if row.phase in PROFILE:
        again = reach.codes(policy, answered & set(policy.phases["profile"].cards))
        await on_file.end_notes(session, row.client_id, again - told, now)
    elif policy.phases[row.phase].full:
        again = reach.codes(policy, answered)
    elif _source(row.phase) == "aftercare":
        again = frozenset(code for code in reach.codes(policy, answered) if policy.row(code).item == AFTER)
    else:  # a bad night is asked about on the day alone: the next "none" on the day is the answer to it
        full = {card for phase in policy.phases.values() if phase.full for card in phase.cards}
        again = reach.codes(policy, answered) - reach.codes(policy, full)
    held = {hold.code for hold in await holds.open_holds(session, row.client_id)}
    for found in await on_file.findings(
        session, row.client_id, FindingRecord.settled_at.is_(None), FindingRecord.standing.is_(False)
    ):
        if _still_so(policy, row, found, now):
            continue
        if found.code in again - told - held and found.interview_id != row.id:
            await session.execute(
                update(FindingRecord).where(FindingRecord.id == found.id).values(settled_at=now)
            )


def _still_so(policy: Policy, row: Interview, found: on_file.FindingView, now: datetime) -> bool:
    """Whether a "none" of this round tells nothing about a finding of an earlier one."""
    if row.phase in PROFILE:
        return False
    if _source(row.phase) == "aftercare":  # well the next day: the next session is gentler all the same
        return found.appointment_id is not None and found.appointment_id == row.appointment_id
    # the gates ask "since ..."; a port, an old clot or a pregnancy is older than that and still there
    return now - found.found_at < timedelta(days=policy.row(found.code).lasts_days or 0)


async def _learn(
    session: AsyncSession, round_: Round, after: Progress, findings: Sequence[Finding], now: datetime
) -> None:
    row, policy = round_.row, round_.policy
    known = await health.load(session, row.client_id)
    conditions = frozenset(policy.conditions)
    codes = {f"code:{finding.code}" for finding in findings}
    follows = {rule.gives for rule in policy.implied if codes & set(rule.given)}
    told = (after.learned | follows) - conditions - ROUND_FACTS
    if row.phase in PROFILE and after.complete:
        known.noted &= frozenset(noted.FACTS)  # told to a person: a new profile does not take them away
    if "not_pregnant" in told:
        known.noted -= {"pregnant"}
    elif "pregnant" in told:
        known.noted -= {"not_pregnant"}
    known.noted |= told
    if row.phase == "contact":
        known.named |= after.learned & conditions
        known.ok_said = "ok_said" in after.learned
        known.best_time = next((fact for fact in sorted(told) if fact.startswith("time_")), None)
    elif after.conditions is not None:
        known.conditions = after.conditions
    else:
        known.named |= after.learned & conditions
        if "code:conditions_unsure" in codes:  # every row applies, and what was named stays named
            known.named |= known.conditions or frozenset()
            known.conditions = None
    if row.phase in PROFILE and after.complete:
        known.profile_at = row.confirmed_at or now
        known.profile_due = any(policy.row(found.code).outcome is Outcome.URGENT for found in findings)
    if policy.phases[row.phase].full and after.complete:
        known.full_at = row.confirmed_at or now
    await health.save(session, known, now)
    if any(found.code == "doctor_ok_valid" for found in findings):
        who = next((fact for fact in ("ok_family_doctor", "ok_specialist") if fact in after.learned), "")
        await clearance.self_report(
            session, row.client_id, who=who, now=now, zone=round_.zone, by=row.entered_by
        )
