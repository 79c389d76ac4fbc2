"""Rows of the safety screening: what a client told, what it means, and what holds until whom.

A client is an id here. What says something about health is sealed under the client's key; ranks, dates and
states stand in clear so that deadlines can be found without opening anything.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from config.append_only import Protection, protect
from config.database import Base, UtcDateTime, new_id


class ClientHealth(Base):
    """What is known of one client between interviews. Sealed: conditions, the OK as told, best time."""

    __tablename__ = "client_health"

    client_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    profile_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # P0 and the profile answered in full
    full_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # last full check confirmed
    last_session_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    profile_due: Mapped[bool] = mapped_column(Boolean, default=True)


class Interview(Base):
    """One run of questions, sealed with the facts it started from, so that it reads the same at each card.

    state: open | complete | stopped (urgent, or red cards unsure) | expired. A new policy starts it again in
    place: the answers of the old one stay, under its hash.
    """

    __tablename__ = "interview"
    __table_args__ = (Index("ix_interview_client_phase", "client_id", "phase", "state"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(String(32), index=True)
    phase: Mapped[str] = mapped_column(String(40))
    appointment_id: Mapped[str | None] = mapped_column(String(32), index=True)
    session_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    zone: Mapped[str] = mapped_column(String(64))
    policy_version: Mapped[str] = mapped_column(String(20))
    policy_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12), default="open")
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the last confirmed answer
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by: Mapped[str] = mapped_column(String(10))  # client | helper
    entered_by: Mapped[str | None] = mapped_column(String(32))  # person id, when not the client's own taps
    since: Mapped[date] = mapped_column(Date)
    hurried: Mapped[bool] = mapped_column(Boolean, default=False)  # under 2 s on a red card
    outcome: Mapped[int | None] = mapped_column(Integer)
    sealed_facts: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_result: Mapped[bytes | None] = mapped_column(LargeBinary)


class AnswerRecord(Base):
    """One answer, not rewritten once its card is confirmed: a change withdraws it and adds another."""

    __tablename__ = "answer_record"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    interview_id: Mapped[str] = mapped_column(ForeignKey("interview.id"), index=True)
    client_id: Mapped[str] = mapped_column(String(32), index=True)
    policy_hash: Mapped[str] = mapped_column(String(64))
    seq: Mapped[int] = mapped_column(Integer)
    live: Mapped[bool] = mapped_column(Boolean, default=True)  # False: another record took its place
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str | None] = mapped_column(String(32))
    confirmed: Mapped[bool] = mapped_column(Boolean)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FindingRecord(Base):
    """What an answer, a word or a look meant under the policy of its day.

    Sealed: code, line told, own words, tier. source: card | text | staff | door | aftercare | system.
    """

    __tablename__ = "finding_record"
    __table_args__ = (Index("ix_finding_record_client_open", "client_id", "settled_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(String(32), index=True)
    interview_id: Mapped[str | None] = mapped_column(ForeignKey("interview.id"), index=True)
    appointment_id: Mapped[str | None] = mapped_column(String(32), index=True)
    policy_version: Mapped[str] = mapped_column(String(20))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    outcome: Mapped[int] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(String(10))
    standing: Mapped[bool] = mapped_column(Boolean)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Hold(Base):
    """Why a session must not take place, and what ends that. Sealed: code, line told, own words; the lift.

    `not_before` and its day in the clinic's zone; None means that no date ends it. `slot` and `lift_by` are
    codes of rule 16.
    """

    __tablename__ = "hold"
    __table_args__ = (Index("ix_hold_client_open", "client_id", "lifted_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(String(32), index=True)
    appointment_id: Mapped[str | None] = mapped_column(String(32), index=True)
    interview_id: Mapped[str | None] = mapped_column(String(32), index=True)
    policy_version: Mapped[str] = mapped_column(String(20))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    outcome: Mapped[int] = mapped_column(Integer)
    slot: Mapped[str] = mapped_column(String(12))
    lift_by: Mapped[str] = mapped_column(String(12))
    needs_ok: Mapped[bool] = mapped_column(Boolean)
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    earliest: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(10))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    renewed_at: Mapped[datetime] = mapped_column(UtcDateTime)  # last time that something set it again
    contact_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # a person spoke with them
    contact_by: Mapped[str | None] = mapped_column(String(32))
    decision: Mapped[str | None] = mapped_column(String(10))  # review: go | adapt | postpone
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(32))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    lifted_by: Mapped[str | None] = mapped_column(String(32))  # person id; None: the client's own full check
    sealed_lift: Mapped[bytes | None] = mapped_column(LargeBinary)


class HoldEvent(Base):
    """One thing that happened to a hold: the row above is as things stand, these are how they came so.

    act: set | renewed | contact | go | adapt | postpone | lifted. `detail`: ranks, dates and ids of then.
    Sealed: what the hold said then, or why a person decided and what was seen.
    """

    __tablename__ = "hold_event"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    hold_id: Mapped[str] = mapped_column(ForeignKey("hold.id"), index=True)
    client_id: Mapped[str] = mapped_column(String(32), index=True)
    seq: Mapped[int] = mapped_column(Integer)  # of this hold: two may share an instant
    act: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str | None] = mapped_column(String(32))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class Steady(Base):
    """A client's own dated answer after a relapse: steady since, and when it ended. Sealed: both days."""

    __tablename__ = "steady"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(String(32), index=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str | None] = mapped_column(String(32))


class NotedFact(Base):
    """A fact that staff, or the client, noted or took back (`given`). Sealed: which, and why."""

    __tablename__ = "noted_fact"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(String(32), index=True)
    seq: Mapped[int] = mapped_column(Integer)
    given: Mapped[bool] = mapped_column(Boolean)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str | None] = mapped_column(String(32))


class Clearance(Base):
    """A doctor's OK. Sealed: who, limits, what it names.

    kind: self | letter; state: pending | accepted | refused | void. `until` is the last day it counts.
    """

    __tablename__ = "clearance"
    __table_args__ = (Index("ix_clearance_state_until", "state", "until"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(String(32), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    given_on: Mapped[date | None] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_by: Mapped[str | None] = mapped_column(String(32))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[str | None] = mapped_column(String(8))
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StandingNote(Base):
    """A long-standing fact, told to the therapist each time (rule 8). Sealed: code, line told, words."""

    __tablename__ = "standing_note"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(String(32), index=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PolicyVersion(Base):
    """A policy as it was read: the files, word for word, so that a later program still decides by it."""

    __tablename__ = "policy_version"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    version: Mapped[str] = mapped_column(String(20), index=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    wording_hash: Mapped[str] = mapped_column(String(64))
    files: Mapped[dict[str, Any]] = mapped_column(JSON)
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PolicyWording(Base):
    """The words of a policy version in one language: catalogue key -> text."""

    __tablename__ = "policy_wording"

    policy_id: Mapped[str] = mapped_column(ForeignKey("policy_version.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    words: Mapped[dict[str, Any]] = mapped_column(JSON)


class SignOff(Base):
    """A named person took responsibility for a policy version. kind: lead | console | demo.

    `laxer`: the rules that ask less than the policy that shipped then, whose hash is `baseline_hash`.
    """

    __tablename__ = "sign_off"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    policy_id: Mapped[str] = mapped_column(ForeignKey("policy_version.id"), index=True)
    version: Mapped[str] = mapped_column(String(20))
    content_hash: Mapped[str] = mapped_column(String(64))
    by_name: Mapped[str] = mapped_column(String(80))
    by_person: Mapped[str | None] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    kind: Mapped[str] = mapped_column(String(8))
    baseline_hash: Mapped[str] = mapped_column(String(64))
    laxer: Mapped[list[Any]] = mapped_column(JSON)
    laxer_hash: Mapped[str] = mapped_column(String(64))


# The trail. What is over stays as it was written; a person's key destroyed, it is a skeleton without words.
for _model in (PolicyVersion, PolicyWording, SignOff, HoldEvent):
    protect(_model.__table__)
protect(
    Interview.__table__,
    Protection(
        always=("client_id", "zone"),
        columns=(
            *("phase", "appointment_id", "session_at", "policy_version", "policy_hash", "state", "opened_at"),
            *("confirmed_at", "closed_at", "answered_by", "entered_by", "since", "hurried", "outcome"),
        ),
        erasable=("sealed_facts", "sealed_result"),
        since="OLD.closed_at IS NOT NULL",
    ),
)
protect(
    AnswerRecord.__table__,
    Protection(
        always=("interview_id", "client_id", "policy_hash", "seq"),
        columns=("at", "by", "confirmed"),
        once=("withdrawn_at",),
        erasable=("sealed",),
        since="OLD.confirmed",
    ),
)
protect(
    FindingRecord.__table__,
    Protection(
        columns=(
            *("client_id", "interview_id", "appointment_id", "policy_version", "outcome", "source"),
            *("standing", "found_at"),
        ),
        once=("settled_at",),
        erasable=("sealed",),
    ),
)
protect(
    Hold.__table__,
    Protection(
        always=("client_id", "policy_version", "source", "set_at"),
        columns=(
            *("appointment_id", "interview_id", "outcome", "slot", "lift_by", "needs_ok", "not_before"),
            *("earliest", "renewed_at", "contact_at", "contact_by", "decision", "decided_at", "decided_by"),
            *("lifted_at", "lifted_by"),
        ),
        erasable=("sealed", "sealed_lift"),
        since="OLD.lifted_at IS NOT NULL",
    ),
)
protect(Steady.__table__, Protection(columns=("client_id", "at", "by"), erasable=("sealed",)))
protect(
    NotedFact.__table__,
    Protection(columns=("client_id", "seq", "given", "at", "by"), erasable=("sealed",)),
)
protect(
    Clearance.__table__,
    Protection(
        always=("client_id", "kind", "submitted_at", "submitted_by"),
        columns=("decided_at", "decided_by", "reason"),
        once=("voided_at",),
        erasable=("sealed", "given_on", "until"),
        since="OLD.decided_at IS NOT NULL",
    ),
)
protect(StandingNote.__table__, Protection(columns=("client_id", "since"), once=("ended_at",)))
