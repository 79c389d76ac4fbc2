"""First."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TRIGGERS = {
    "sqlite": [
        "CREATE TRIGGER audit_record_no_update BEFORE UPDATE ON audit_record FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'audit_record is append-only'); END",
        "CREATE TRIGGER audit_record_no_delete BEFORE DELETE ON audit_record FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'audit_record is append-only'); END",
        "CREATE TRIGGER clearance_no_update BEFORE UPDATE ON clearance FOR EACH ROW WHEN (NEW.client_id IS NOT OLD.client_id OR NEW.kind IS NOT OLD.kind OR NEW.submitted_at IS NOT OLD.submitted_at OR NEW.submitted_by IS NOT OLD.submitted_by OR (OLD.decided_at IS NOT NULL AND (NEW.decided_at IS NOT OLD.decided_at OR NEW.decided_by IS NOT OLD.decided_by OR NEW.reason IS NOT OLD.reason OR (OLD.voided_at IS NOT NULL AND NEW.voided_at IS NOT OLD.voided_at) OR (NEW.sealed IS NOT NULL AND NEW.sealed IS NOT OLD.sealed) OR (NEW.given_on IS NOT NULL AND NEW.given_on IS NOT OLD.given_on) OR (NEW.until IS NOT NULL AND NEW.until IS NOT OLD.until)))) BEGIN SELECT RAISE(ABORT, 'clearance is append-only'); END",
        "CREATE TRIGGER clearance_no_delete BEFORE DELETE ON clearance FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'clearance is append-only'); END",
        "CREATE TRIGGER hold_no_update BEFORE UPDATE ON hold FOR EACH ROW WHEN (NEW.client_id IS NOT OLD.client_id OR NEW.policy_version IS NOT OLD.policy_version OR NEW.source IS NOT OLD.source OR NEW.set_at IS NOT OLD.set_at OR (OLD.lifted_at IS NOT NULL AND (NEW.appointment_id IS NOT OLD.appointment_id OR NEW.interview_id IS NOT OLD.interview_id OR NEW.outcome IS NOT OLD.outcome OR NEW.slot IS NOT OLD.slot OR NEW.lift_by IS NOT OLD.lift_by OR NEW.needs_ok IS NOT OLD.needs_ok OR NEW.not_before IS NOT OLD.not_before OR NEW.earliest IS NOT OLD.earliest OR NEW.renewed_at IS NOT OLD.renewed_at OR NEW.contact_at IS NOT OLD.contact_at OR NEW.contact_by IS NOT OLD.contact_by OR NEW.decision IS NOT OLD.decision OR NEW.decided_at IS NOT OLD.decided_at OR NEW.decided_by IS NOT OLD.decided_by OR NEW.lifted_at IS NOT OLD.lifted_at OR NEW.lifted_by IS NOT OLD.lifted_by OR (NEW.sealed IS NOT NULL AND NEW.sealed IS NOT OLD.sealed) OR (NEW.sealed_lift IS NOT NULL AND NEW.sealed_lift IS NOT OLD.sealed_lift)))) BEGIN SELECT RAISE(ABORT, 'hold is append-only'); END",
        "CREATE TRIGGER hold_no_delete BEFORE DELETE ON hold FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'hold is append-only'); END",
        "CREATE TRIGGER interview_no_update BEFORE UPDATE ON interview FOR EACH ROW WHEN (NEW.client_id IS NOT OLD.client_id OR NEW.zone IS NOT OLD.zone OR (OLD.closed_at IS NOT NULL AND (NEW.phase IS NOT OLD.phase OR NEW.appointment_id IS NOT OLD.appointment_id OR NEW.session_at IS NOT OLD.session_at OR NEW.policy_version IS NOT OLD.policy_version OR NEW.policy_hash IS NOT OLD.policy_hash OR NEW.state IS NOT OLD.state OR NEW.opened_at IS NOT OLD.opened_at OR NEW.confirmed_at IS NOT OLD.confirmed_at OR NEW.closed_at IS NOT OLD.closed_at OR NEW.answered_by IS NOT OLD.answered_by OR NEW.entered_by IS NOT OLD.entered_by OR NEW.since IS NOT OLD.since OR NEW.hurried IS NOT OLD.hurried OR NEW.outcome IS NOT OLD.outcome OR (NEW.sealed_facts IS NOT NULL AND NEW.sealed_facts IS NOT OLD.sealed_facts) OR (NEW.sealed_result IS NOT NULL AND NEW.sealed_result IS NOT OLD.sealed_result)))) BEGIN SELECT RAISE(ABORT, 'interview is append-only'); END",
        "CREATE TRIGGER interview_no_delete BEFORE DELETE ON interview FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'interview is append-only'); END",
        "CREATE TRIGGER noted_fact_no_update BEFORE UPDATE ON noted_fact FOR EACH ROW WHEN (NEW.client_id IS NOT OLD.client_id OR NEW.seq IS NOT OLD.seq OR NEW.given IS NOT OLD.given OR NEW.at IS NOT OLD.at OR NEW.by IS NOT OLD.by OR (NEW.sealed IS NOT NULL AND NEW.sealed IS NOT OLD.sealed)) BEGIN SELECT RAISE(ABORT, 'noted_fact is append-only'); END",
        "CREATE TRIGGER noted_fact_no_delete BEFORE DELETE ON noted_fact FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'noted_fact is append-only'); END",
        "CREATE TRIGGER policy_version_no_update BEFORE UPDATE ON policy_version FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'policy_version is append-only'); END",
        "CREATE TRIGGER policy_version_no_delete BEFORE DELETE ON policy_version FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'policy_version is append-only'); END",
        "CREATE TRIGGER standing_note_no_update BEFORE UPDATE ON standing_note FOR EACH ROW WHEN (NEW.client_id IS NOT OLD.client_id OR NEW.since IS NOT OLD.since OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NOT OLD.ended_at)) BEGIN SELECT RAISE(ABORT, 'standing_note is append-only'); END",
        "CREATE TRIGGER standing_note_no_delete BEFORE DELETE ON standing_note FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'standing_note is append-only'); END",
        "CREATE TRIGGER steady_no_update BEFORE UPDATE ON steady FOR EACH ROW WHEN (NEW.client_id IS NOT OLD.client_id OR NEW.at IS NOT OLD.at OR NEW.by IS NOT OLD.by OR (NEW.sealed IS NOT NULL AND NEW.sealed IS NOT OLD.sealed)) BEGIN SELECT RAISE(ABORT, 'steady is append-only'); END",
        "CREATE TRIGGER steady_no_delete BEFORE DELETE ON steady FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'steady is append-only'); END",
        "CREATE TRIGGER answer_record_no_update BEFORE UPDATE ON answer_record FOR EACH ROW WHEN (NEW.interview_id IS NOT OLD.interview_id OR NEW.client_id IS NOT OLD.client_id OR NEW.policy_hash IS NOT OLD.policy_hash OR NEW.seq IS NOT OLD.seq OR (OLD.confirmed AND (NEW.at IS NOT OLD.at OR NEW.by IS NOT OLD.by OR NEW.confirmed IS NOT OLD.confirmed OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NOT OLD.withdrawn_at) OR (NEW.sealed IS NOT NULL AND NEW.sealed IS NOT OLD.sealed)))) BEGIN SELECT RAISE(ABORT, 'answer_record is append-only'); END",
        "CREATE TRIGGER answer_record_no_delete BEFORE DELETE ON answer_record FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'answer_record is append-only'); END",
        "CREATE TRIGGER consent_no_update BEFORE UPDATE ON consent FOR EACH ROW WHEN (NEW.person_id IS NOT OLD.person_id OR NEW.purpose IS NOT OLD.purpose OR NEW.version IS NOT OLD.version OR NEW.campaign IS NOT OLD.campaign OR NEW.taken_by IS NOT OLD.taken_by OR NEW.given_at IS NOT OLD.given_at OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NOT OLD.withdrawn_at)) BEGIN SELECT RAISE(ABORT, 'consent is append-only'); END",
        "CREATE TRIGGER consent_no_delete BEFORE DELETE ON consent FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'consent is append-only'); END",
        "CREATE TRIGGER finding_record_no_update BEFORE UPDATE ON finding_record FOR EACH ROW WHEN (NEW.client_id IS NOT OLD.client_id OR NEW.interview_id IS NOT OLD.interview_id OR NEW.appointment_id IS NOT OLD.appointment_id OR NEW.policy_version IS NOT OLD.policy_version OR NEW.outcome IS NOT OLD.outcome OR NEW.source IS NOT OLD.source OR NEW.standing IS NOT OLD.standing OR NEW.found_at IS NOT OLD.found_at OR (OLD.settled_at IS NOT NULL AND NEW.settled_at IS NOT OLD.settled_at) OR (NEW.sealed IS NOT NULL AND NEW.sealed IS NOT OLD.sealed)) BEGIN SELECT RAISE(ABORT, 'finding_record is append-only'); END",
        "CREATE TRIGGER finding_record_no_delete BEFORE DELETE ON finding_record FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'finding_record is append-only'); END",
        "CREATE TRIGGER hold_event_no_update BEFORE UPDATE ON hold_event FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'hold_event is append-only'); END",
        "CREATE TRIGGER hold_event_no_delete BEFORE DELETE ON hold_event FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'hold_event is append-only'); END",
        "CREATE TRIGGER letter_file_no_update BEFORE UPDATE ON letter_file FOR EACH ROW WHEN (NEW.client_id IS NOT OLD.client_id OR NEW.clearance_id IS NOT OLD.clearance_id OR NEW.number IS NOT OLD.number OR NEW.media IS NOT OLD.media OR NEW.size IS NOT OLD.size OR NEW.stored_at IS NOT OLD.stored_at OR NEW.stored_by IS NOT OLD.stored_by OR (OLD.destroyed_at IS NOT NULL AND NEW.destroyed_at IS NOT OLD.destroyed_at) OR (NEW.content IS NOT NULL AND NEW.content IS NOT OLD.content) OR (NEW.words IS NOT NULL AND NEW.words IS NOT OLD.words)) BEGIN SELECT RAISE(ABORT, 'letter_file is append-only'); END",
        "CREATE TRIGGER letter_file_no_delete BEFORE DELETE ON letter_file FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'letter_file is append-only'); END",
        "CREATE TRIGGER policy_wording_no_update BEFORE UPDATE ON policy_wording FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'policy_wording is append-only'); END",
        "CREATE TRIGGER policy_wording_no_delete BEFORE DELETE ON policy_wording FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'policy_wording is append-only'); END",
        "CREATE TRIGGER sign_off_no_update BEFORE UPDATE ON sign_off FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'sign_off is append-only'); END",
        "CREATE TRIGGER sign_off_no_delete BEFORE DELETE ON sign_off FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'sign_off is append-only'); END",
        "CREATE TRIGGER appointment_move_no_update BEFORE UPDATE ON appointment_move FOR EACH ROW WHEN (NEW.appointment_id IS NOT OLD.appointment_id OR NEW.version IS NOT OLD.version OR NEW.from_therapist_id IS NOT OLD.from_therapist_id OR NEW.from_starts_at IS NOT OLD.from_starts_at OR NEW.reason IS NOT OLD.reason OR NEW.at IS NOT OLD.at OR NEW.by IS NOT OLD.by OR (OLD.undone_at IS NOT NULL AND NEW.undone_at IS NOT OLD.undone_at)) BEGIN SELECT RAISE(ABORT, 'appointment_move is append-only'); END",
        "CREATE TRIGGER appointment_move_no_delete BEFORE DELETE ON appointment_move FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'appointment_move is append-only'); END",
        "CREATE TRIGGER notification_no_update BEFORE UPDATE ON notification FOR EACH ROW WHEN (NEW.key IS NOT OLD.key OR NEW.person_id IS NOT OLD.person_id OR NEW.kind IS NOT OLD.kind OR NEW.appointment_id IS NOT OLD.appointment_id OR NEW.version IS NOT OLD.version OR (OLD.sent_at IS NOT NULL AND NEW.sent_at IS NOT OLD.sent_at) OR (OLD.telegram_message_id IS NOT NULL AND NEW.telegram_message_id IS NOT OLD.telegram_message_id)) BEGIN SELECT RAISE(ABORT, 'notification is append-only'); END",
        "CREATE TRIGGER notification_no_delete BEFORE DELETE ON notification FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'notification is append-only'); END",
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $body$",
        "CREATE TRIGGER audit_record_no_update BEFORE UPDATE ON audit_record FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER audit_record_no_delete BEFORE DELETE ON audit_record FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER audit_record_no_truncate BEFORE TRUNCATE ON audit_record FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER clearance_no_update BEFORE UPDATE ON clearance FOR EACH ROW WHEN (NEW.client_id IS DISTINCT FROM OLD.client_id OR NEW.kind IS DISTINCT FROM OLD.kind OR NEW.submitted_at IS DISTINCT FROM OLD.submitted_at OR NEW.submitted_by IS DISTINCT FROM OLD.submitted_by OR (OLD.decided_at IS NOT NULL AND (NEW.decided_at IS DISTINCT FROM OLD.decided_at OR NEW.decided_by IS DISTINCT FROM OLD.decided_by OR NEW.reason IS DISTINCT FROM OLD.reason OR (OLD.voided_at IS NOT NULL AND NEW.voided_at IS DISTINCT FROM OLD.voided_at) OR (NEW.sealed IS NOT NULL AND NEW.sealed IS DISTINCT FROM OLD.sealed) OR (NEW.given_on IS NOT NULL AND NEW.given_on IS DISTINCT FROM OLD.given_on) OR (NEW.until IS NOT NULL AND NEW.until IS DISTINCT FROM OLD.until)))) EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER clearance_no_delete BEFORE DELETE ON clearance FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER clearance_no_truncate BEFORE TRUNCATE ON clearance FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER hold_no_update BEFORE UPDATE ON hold FOR EACH ROW WHEN (NEW.client_id IS DISTINCT FROM OLD.client_id OR NEW.policy_version IS DISTINCT FROM OLD.policy_version OR NEW.source IS DISTINCT FROM OLD.source OR NEW.set_at IS DISTINCT FROM OLD.set_at OR (OLD.lifted_at IS NOT NULL AND (NEW.appointment_id IS DISTINCT FROM OLD.appointment_id OR NEW.interview_id IS DISTINCT FROM OLD.interview_id OR NEW.outcome IS DISTINCT FROM OLD.outcome OR NEW.slot IS DISTINCT FROM OLD.slot OR NEW.lift_by IS DISTINCT FROM OLD.lift_by OR NEW.needs_ok IS DISTINCT FROM OLD.needs_ok OR NEW.not_before IS DISTINCT FROM OLD.not_before OR NEW.earliest IS DISTINCT FROM OLD.earliest OR NEW.renewed_at IS DISTINCT FROM OLD.renewed_at OR NEW.contact_at IS DISTINCT FROM OLD.contact_at OR NEW.contact_by IS DISTINCT FROM OLD.contact_by OR NEW.decision IS DISTINCT FROM OLD.decision OR NEW.decided_at IS DISTINCT FROM OLD.decided_at OR NEW.decided_by IS DISTINCT FROM OLD.decided_by OR NEW.lifted_at IS DISTINCT FROM OLD.lifted_at OR NEW.lifted_by IS DISTINCT FROM OLD.lifted_by OR (NEW.sealed IS NOT NULL AND NEW.sealed IS DISTINCT FROM OLD.sealed) OR (NEW.sealed_lift IS NOT NULL AND NEW.sealed_lift IS DISTINCT FROM OLD.sealed_lift)))) EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER hold_no_delete BEFORE DELETE ON hold FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER hold_no_truncate BEFORE TRUNCATE ON hold FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER interview_no_update BEFORE UPDATE ON interview FOR EACH ROW WHEN (NEW.client_id IS DISTINCT FROM OLD.client_id OR NEW.zone IS DISTINCT FROM OLD.zone OR (OLD.closed_at IS NOT NULL AND (NEW.phase IS DISTINCT FROM OLD.phase OR NEW.appointment_id IS DISTINCT FROM OLD.appointment_id OR NEW.session_at IS DISTINCT FROM OLD.session_at OR NEW.policy_version IS DISTINCT FROM OLD.policy_version OR NEW.policy_hash IS DISTINCT FROM OLD.policy_hash OR NEW.state IS DISTINCT FROM OLD.state OR NEW.opened_at IS DISTINCT FROM OLD.opened_at OR NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at OR NEW.closed_at IS DISTINCT FROM OLD.closed_at OR NEW.answered_by IS DISTINCT FROM OLD.answered_by OR NEW.entered_by IS DISTINCT FROM OLD.entered_by OR NEW.since IS DISTINCT FROM OLD.since OR NEW.hurried IS DISTINCT FROM OLD.hurried OR NEW.outcome IS DISTINCT FROM OLD.outcome OR (NEW.sealed_facts IS NOT NULL AND NEW.sealed_facts IS DISTINCT FROM OLD.sealed_facts) OR (NEW.sealed_result IS NOT NULL AND NEW.sealed_result IS DISTINCT FROM OLD.sealed_result)))) EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER interview_no_delete BEFORE DELETE ON interview FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER interview_no_truncate BEFORE TRUNCATE ON interview FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER noted_fact_no_update BEFORE UPDATE ON noted_fact FOR EACH ROW WHEN (NEW.client_id IS DISTINCT FROM OLD.client_id OR NEW.seq IS DISTINCT FROM OLD.seq OR NEW.given IS DISTINCT FROM OLD.given OR NEW.at IS DISTINCT FROM OLD.at OR NEW.by IS DISTINCT FROM OLD.by OR (NEW.sealed IS NOT NULL AND NEW.sealed IS DISTINCT FROM OLD.sealed)) EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER noted_fact_no_delete BEFORE DELETE ON noted_fact FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER noted_fact_no_truncate BEFORE TRUNCATE ON noted_fact FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER policy_version_no_update BEFORE UPDATE ON policy_version FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER policy_version_no_delete BEFORE DELETE ON policy_version FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER policy_version_no_truncate BEFORE TRUNCATE ON policy_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER standing_note_no_update BEFORE UPDATE ON standing_note FOR EACH ROW WHEN (NEW.client_id IS DISTINCT FROM OLD.client_id OR NEW.since IS DISTINCT FROM OLD.since OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)) EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER standing_note_no_delete BEFORE DELETE ON standing_note FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER standing_note_no_truncate BEFORE TRUNCATE ON standing_note FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER steady_no_update BEFORE UPDATE ON steady FOR EACH ROW WHEN (NEW.client_id IS DISTINCT FROM OLD.client_id OR NEW.at IS DISTINCT FROM OLD.at OR NEW.by IS DISTINCT FROM OLD.by OR (NEW.sealed IS NOT NULL AND NEW.sealed IS DISTINCT FROM OLD.sealed)) EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER steady_no_delete BEFORE DELETE ON steady FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER steady_no_truncate BEFORE TRUNCATE ON steady FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER answer_record_no_update BEFORE UPDATE ON answer_record FOR EACH ROW WHEN (NEW.interview_id IS DISTINCT FROM OLD.interview_id OR NEW.client_id IS DISTINCT FROM OLD.client_id OR NEW.policy_hash IS DISTINCT FROM OLD.policy_hash OR NEW.seq IS DISTINCT FROM OLD.seq OR (OLD.confirmed AND (NEW.at IS DISTINCT FROM OLD.at OR NEW.by IS DISTINCT FROM OLD.by OR NEW.confirmed IS DISTINCT FROM OLD.confirmed OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at) OR (NEW.sealed IS NOT NULL AND NEW.sealed IS DISTINCT FROM OLD.sealed)))) EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER answer_record_no_delete BEFORE DELETE ON answer_record FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER answer_record_no_truncate BEFORE TRUNCATE ON answer_record FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER consent_no_update BEFORE UPDATE ON consent FOR EACH ROW WHEN (NEW.person_id IS DISTINCT FROM OLD.person_id OR NEW.purpose IS DISTINCT FROM OLD.purpose OR NEW.version IS DISTINCT FROM OLD.version OR NEW.campaign IS DISTINCT FROM OLD.campaign OR NEW.taken_by IS DISTINCT FROM OLD.taken_by OR NEW.given_at IS DISTINCT FROM OLD.given_at OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)) EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER consent_no_delete BEFORE DELETE ON consent FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER consent_no_truncate BEFORE TRUNCATE ON consent FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER finding_record_no_update BEFORE UPDATE ON finding_record FOR EACH ROW WHEN (NEW.client_id IS DISTINCT FROM OLD.client_id OR NEW.interview_id IS DISTINCT FROM OLD.interview_id OR NEW.appointment_id IS DISTINCT FROM OLD.appointment_id OR NEW.policy_version IS DISTINCT FROM OLD.policy_version OR NEW.outcome IS DISTINCT FROM OLD.outcome OR NEW.source IS DISTINCT FROM OLD.source OR NEW.standing IS DISTINCT FROM OLD.standing OR NEW.found_at IS DISTINCT FROM OLD.found_at OR (OLD.settled_at IS NOT NULL AND NEW.settled_at IS DISTINCT FROM OLD.settled_at) OR (NEW.sealed IS NOT NULL AND NEW.sealed IS DISTINCT FROM OLD.sealed)) EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER finding_record_no_delete BEFORE DELETE ON finding_record FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER finding_record_no_truncate BEFORE TRUNCATE ON finding_record FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER hold_event_no_update BEFORE UPDATE ON hold_event FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER hold_event_no_delete BEFORE DELETE ON hold_event FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER hold_event_no_truncate BEFORE TRUNCATE ON hold_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER letter_file_no_update BEFORE UPDATE ON letter_file FOR EACH ROW WHEN (NEW.client_id IS DISTINCT FROM OLD.client_id OR NEW.clearance_id IS DISTINCT FROM OLD.clearance_id OR NEW.number IS DISTINCT FROM OLD.number OR NEW.media IS DISTINCT FROM OLD.media OR NEW.size IS DISTINCT FROM OLD.size OR NEW.stored_at IS DISTINCT FROM OLD.stored_at OR NEW.stored_by IS DISTINCT FROM OLD.stored_by OR (OLD.destroyed_at IS NOT NULL AND NEW.destroyed_at IS DISTINCT FROM OLD.destroyed_at) OR (NEW.content IS NOT NULL AND NEW.content IS DISTINCT FROM OLD.content) OR (NEW.words IS NOT NULL AND NEW.words IS DISTINCT FROM OLD.words)) EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER letter_file_no_delete BEFORE DELETE ON letter_file FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER letter_file_no_truncate BEFORE TRUNCATE ON letter_file FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER policy_wording_no_update BEFORE UPDATE ON policy_wording FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER policy_wording_no_delete BEFORE DELETE ON policy_wording FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER policy_wording_no_truncate BEFORE TRUNCATE ON policy_wording FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER sign_off_no_update BEFORE UPDATE ON sign_off FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER sign_off_no_delete BEFORE DELETE ON sign_off FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER sign_off_no_truncate BEFORE TRUNCATE ON sign_off FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER appointment_move_no_update BEFORE UPDATE ON appointment_move FOR EACH ROW WHEN (NEW.appointment_id IS DISTINCT FROM OLD.appointment_id OR NEW.version IS DISTINCT FROM OLD.version OR NEW.from_therapist_id IS DISTINCT FROM OLD.from_therapist_id OR NEW.from_starts_at IS DISTINCT FROM OLD.from_starts_at OR NEW.reason IS DISTINCT FROM OLD.reason OR NEW.at IS DISTINCT FROM OLD.at OR NEW.by IS DISTINCT FROM OLD.by OR (OLD.undone_at IS NOT NULL AND NEW.undone_at IS DISTINCT FROM OLD.undone_at)) EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER appointment_move_no_delete BEFORE DELETE ON appointment_move FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER appointment_move_no_truncate BEFORE TRUNCATE ON appointment_move FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER notification_no_update BEFORE UPDATE ON notification FOR EACH ROW WHEN (NEW.key IS DISTINCT FROM OLD.key OR NEW.person_id IS DISTINCT FROM OLD.person_id OR NEW.kind IS DISTINCT FROM OLD.kind OR NEW.appointment_id IS DISTINCT FROM OLD.appointment_id OR NEW.version IS DISTINCT FROM OLD.version OR (OLD.sent_at IS NOT NULL AND NEW.sent_at IS DISTINCT FROM OLD.sent_at) OR (OLD.telegram_message_id IS NOT NULL AND NEW.telegram_message_id IS DISTINCT FROM OLD.telegram_message_id)) EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER notification_no_delete BEFORE DELETE ON notification FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER notification_no_truncate BEFORE TRUNCATE ON notification FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ],
}


def upgrade() -> None:
    op.create_table(
        "audit_record",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=True),
        sa.Column("subject", sa.String(length=32), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("thing", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_record")),
    )
    with op.batch_alter_table("audit_record") as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_record_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_record_subject"), ["subject"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_record_thing"), ["thing"], unique=False)

    op.create_table(
        "booking_rules",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grid_minutes", sa.Integer(), nullable=False),
        sa.Column("notice_hours", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("book_without_ok", sa.Boolean(), nullable=False),
        sa.Column("lead_days_without_ok", sa.Integer(), nullable=False),
        sa.Column("weekly_limit", sa.Integer(), nullable=False),
        sa.Column("free_until_hours", sa.Integer(), nullable=False),
        sa.Column("late_rule", sa.String(length=80), nullable=False),
        sa.Column("morning_starts", sa.Integer(), nullable=False),
        sa.Column("morning_ends", sa.Integer(), nullable=False),
        sa.Column("quiet_starts", sa.Integer(), nullable=False),
        sa.Column("quiet_ends", sa.Integer(), nullable=False),
        sa.Column("hold_minutes", sa.Integer(), nullable=False),
        sa.Column("check_hours", sa.Integer(), nullable=False),
        sa.Column("cutoff_hours", sa.Integer(), nullable=False),
        sa.Column("release_hours", sa.Integer(), nullable=False),
        sa.Column("recheck_hours", sa.Integer(), nullable=False),
        sa.Column("keep_hours", sa.Integer(), nullable=False),
        sa.Column("contagious_days", sa.Integer(), nullable=False),
        sa.Column("arrive_early_minutes", sa.Integer(), nullable=False),
        sa.Column("opening", sa.JSON(), nullable=False),
        sa.Column("emergency_minutes", sa.Integer(), nullable=False),
        sa.Column("urgent_minutes", sa.Integer(), nullable=False),
        sa.Column("retention_years", sa.Integer(), nullable=False),
        sa.Column("update_ids_days", sa.Integer(), nullable=False),
        sa.Column("by_law", sa.String(length=120), nullable=False),
        sa.Column("by_law_years", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_rules")),
    )
    op.create_table(
        "card_message",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name=op.f("pk_card_message")),
    )
    op.create_table(
        "chat",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_chat")),
    )
    with op.batch_alter_table("chat") as batch_op:
        batch_op.create_index(batch_op.f("ix_chat_person_id"), ["person_id"], unique=False)

    op.create_table(
        "clearance",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("given_on", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=8), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearance")),
    )
    with op.batch_alter_table("clearance") as batch_op:
        batch_op.create_index(batch_op.f("ix_clearance_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_clearance_state_until", ["state", "until"], unique=False)

    op.create_table(
        "client_health",
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("profile_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_session_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("profile_due", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client_health")),
    )
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=60), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("durable", sa.Boolean(), nullable=False),
        sa.Column("token", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("focus", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("took_revision", sa.Integer(), nullable=False),
        sa.Column("took_code", sa.String(length=64), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draw_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("draw_tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("chat_id", "topic", name=op.f("uq_conversation_chat_id_topic")),
        sa.UniqueConstraint("token", name=op.f("uq_conversation_token")),
    )
    with op.batch_alter_table("conversation") as batch_op:
        batch_op.create_index(batch_op.f("ix_conversation_chat_id"), ["chat_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conversation_draw_after"), ["draw_after"], unique=False)

    op.create_table(
        "demo_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offset_seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_clock")),
    )
    op.create_table(
        "file_fetch",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("sent_by", sa.String(length=32), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_fetch")),
    )
    with op.batch_alter_table("file_fetch") as batch_op:
        batch_op.create_index(batch_op.f("ix_file_fetch_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_fetch_next_at"), ["next_at"], unique=False)

    op.create_table(
        "hold",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("appointment_id", sa.String(length=32), nullable=True),
        sa.Column("interview_id", sa.String(length=32), nullable=True),
        sa.Column("policy_version", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("outcome", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(length=12), nullable=False),
        sa.Column("lift_by", sa.String(length=12), nullable=False),
        sa.Column("needs_ok", sa.Boolean(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("earliest", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contact_by", sa.String(length=32), nullable=True),
        sa.Column("decision", sa.String(length=10), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=32), nullable=True),
        sa.Column("sealed_lift", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    with op.batch_alter_table("hold") as batch_op:
        batch_op.create_index(batch_op.f("ix_hold_appointment_id"), ["appointment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_hold_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_hold_client_open", ["client_id", "lifted_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_hold_interview_id"), ["interview_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_hold_lifted_at"), ["lifted_at"], unique=False)

    op.create_table(
        "hours_change",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("therapist_ids", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_change")),
    )
    with op.batch_alter_table("hours_change") as batch_op:
        batch_op.create_index(batch_op.f("ix_hours_change_at"), ["at"], unique=False)

    op.create_table(
        "inbox_update",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("callback_id", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_inbox_update")),
    )
    with op.batch_alter_table("inbox_update") as batch_op:
        batch_op.create_index("ix_inbox_update_open", ["state", "chat_id", "update_id"], unique=False)

    op.create_table(
        "interview",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("appointment_id", sa.String(length=32), nullable=True),
        sa.Column("session_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.String(length=20), nullable=False),
        sa.Column("policy_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=10), nullable=False),
        sa.Column("entered_by", sa.String(length=32), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("hurried", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Integer(), nullable=True),
        sa.Column("sealed_facts", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_result", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interview")),
    )
    with op.batch_alter_table("interview") as batch_op:
        batch_op.create_index(batch_op.f("ix_interview_appointment_id"), ["appointment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_interview_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_interview_client_phase", ["client_id", "phase", "state"], unique=False)

    op.create_table(
        "invite",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("roles", sa.String(length=60), nullable=False),
        sa.Column("therapist_id", sa.String(length=32), nullable=True),
        sa.Column("client_id", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_by", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.String(length=32), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invite")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invite_token_hash")),
    )
    with op.batch_alter_table("invite") as batch_op:
        batch_op.create_index(batch_op.f("ix_invite_therapist_id"), ["therapist_id"], unique=False)

    op.create_table(
        "message_removal",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_removal")),
    )
    with op.batch_alter_table("message_removal") as batch_op:
        batch_op.create_index(batch_op.f("ix_message_removal_due_at"), ["due_at"], unique=False)

    op.create_table(
        "noted_fact",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_noted_fact")),
    )
    with op.batch_alter_table("noted_fact") as batch_op:
        batch_op.create_index(batch_op.f("ix_noted_fact_client_id"), ["client_id"], unique=False)

    op.create_table(
        "occupied_cell",
        sa.Column("resource", sa.String(length=34), nullable=False),
        sa.Column("cell", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("appointment_id", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("resource", "cell", name=op.f("pk_occupied_cell")),
    )
    with op.batch_alter_table("occupied_cell") as batch_op:
        batch_op.create_index("ix_occupied_cell_appointment_id", ["appointment_id"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_key", sa.String(length=80), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("no_phone", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unreachable_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("best_time", sa.String(length=12), nullable=True),
        sa.Column("muted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hide_questions", sa.Boolean(), nullable=False),
        sa.Column("quiet_starts", sa.Integer(), nullable=True),
        sa.Column("quiet_ends", sa.Integer(), nullable=True),
        sa.Column("campaign", sa.String(length=60), nullable=True),
        sa.Column("from_therapist_id", sa.String(length=32), nullable=True),
        sa.Column("first_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("telegram_id", name=op.f("uq_person_telegram_id")),
    )
    with op.batch_alter_table("person") as batch_op:
        batch_op.create_index(batch_op.f("ix_person_name_key"), ["name_key"], unique=False)

    op.create_table(
        "person_key",
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("keyring_key", sa.String(length=20), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_person_key")),
    )
    op.create_table(
        "policy_version",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("wording_hash", sa.String(length=64), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
    )
    with op.batch_alter_table("policy_version") as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_version_version"), ["version"], unique=False)

    op.create_table(
        "room",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("cool", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
    )
    op.create_table(
        "standing_note",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_note")),
    )
    with op.batch_alter_table("standing_note") as batch_op:
        batch_op.create_index(batch_op.f("ix_standing_note_client_id"), ["client_id"], unique=False)

    op.create_table(
        "steady",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steady")),
    )
    with op.batch_alter_table("steady") as batch_op:
        batch_op.create_index(batch_op.f("ix_steady_client_id"), ["client_id"], unique=False)

    op.create_table(
        "treatment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_minutes", sa.Integer(), nullable=False),
        sa.Column("price", sa.String(length=20), nullable=False),
        sa.Column("first_visit", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "buffer_minutes BETWEEN 0 AND 60 AND buffer_minutes % 5 = 0", name=op.f("ck_treatment_buffer")
        ),
        sa.CheckConstraint(
            "minutes BETWEEN 5 AND 180 AND minutes % 5 = 0", name=op.f("ck_treatment_minutes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment")),
        sa.UniqueConstraint("code", name=op.f("uq_treatment_code")),
    )
    op.create_table(
        "answer_record",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("interview_id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("policy_hash", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interview.id"], name=op.f("fk_answer_record_interview_id_interview")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_record")),
    )
    with op.batch_alter_table("answer_record") as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_record_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_record_interview_id"), ["interview_id"], unique=False)

    op.create_table(
        "consent",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=30), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("campaign", sa.String(length=60), nullable=True),
        sa.Column("taken_by", sa.String(length=32), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent") as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_person_id"), ["person_id"], unique=False)

    op.create_table(
        "finding_record",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("interview_id", sa.String(length=32), nullable=True),
        sa.Column("appointment_id", sa.String(length=32), nullable=True),
        sa.Column("policy_version", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("outcome", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interview.id"], name=op.f("fk_finding_record_interview_id_interview")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_record")),
    )
    with op.batch_alter_table("finding_record") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_finding_record_appointment_id"), ["appointment_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_finding_record_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_finding_record_client_open", ["client_id", "settled_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_finding_record_interview_id"), ["interview_id"], unique=False)

    op.create_table(
        "hold_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("hold_id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name=op.f("fk_hold_event_hold_id_hold")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold_event")),
    )
    with op.batch_alter_table("hold_event") as batch_op:
        batch_op.create_index(batch_op.f("ix_hold_event_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_hold_event_hold_id"), ["hold_id"], unique=False)

    op.create_table(
        "letter_file",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("clearance_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("media", sa.String(length=8), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_by", sa.String(length=32), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clearance_id"], ["clearance.id"], name=op.f("fk_letter_file_clearance_id_clearance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_file")),
    )
    with op.batch_alter_table("letter_file") as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_file_clearance_id"), ["clearance_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_file_client_id"), ["client_id"], unique=False)

    op.create_table(
        "policy_wording",
        sa.Column("policy_id", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policy_version.id"], name=op.f("fk_policy_wording_policy_id_policy_version")
        ),
        sa.PrimaryKeyConstraint("policy_id", "language", name=op.f("pk_policy_wording")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=True),
        sa.Column("granted_by", sa.String(length=32), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.String(length=32), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["person.id"], name=op.f("fk_role_grant_client_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    with op.batch_alter_table("role_grant") as batch_op:
        batch_op.create_index("ix_role_grant_person_id_revoked_at", ["person_id", "revoked_at"], unique=False)

    op.create_table(
        "sign_off",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("policy_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.Column("by_person", sa.String(length=32), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("baseline_hash", sa.String(length=64), nullable=False),
        sa.Column("laxer", sa.JSON(), nullable=False),
        sa.Column("laxer_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policy_version.id"], name=op.f("fk_sign_off_policy_id_policy_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
    )
    with op.batch_alter_table("sign_off") as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_off_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_off_policy_id"), ["policy_id"], unique=False)

    op.create_table(
        "therapist",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("trained_by", sa.String(length=80), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("oncology", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_therapist_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_therapist")),
        sa.UniqueConstraint("person_id", name=op.f("uq_therapist_person_id")),
    )
    op.create_table(
        "appointment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("therapist_id", sa.String(length=32), nullable=False),
        sa.Column("room_id", sa.String(length=32), nullable=False),
        sa.Column("treatment_id", sa.String(length=32), nullable=False),
        sa.Column("starts_at", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.Integer(), nullable=False),
        sa.Column("busy_until", sa.Integer(), nullable=False),
        sa.Column("keeps", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hold_reason", sa.String(length=12), nullable=True),
        sa.Column("ended_because", sa.String(length=12), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("hidden_hold", sa.Boolean(), nullable=False),
        sa.Column("first_visit", sa.Boolean(), nullable=False),
        sa.Column("week_check", sa.Boolean(), nullable=False),
        sa.Column("new_caution", sa.Boolean(), nullable=False),
        sa.Column("check_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ok_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("earliest", sa.Date(), nullable=True),
        sa.Column("ask_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Integer(), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rechecked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("booked_by", sa.String(length=32), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late_minutes", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("busy_until - starts_at <= 240", name=op.f("ck_appointment_longest")),
        sa.CheckConstraint(
            "ends_at > starts_at AND busy_until >= ends_at", name=op.f("ck_appointment_order")
        ),
        sa.CheckConstraint(
            "starts_at % 5 = 0 AND ends_at % 5 = 0 AND busy_until % 5 = 0", name=op.f("ck_appointment_grid")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["person.id"], name=op.f("fk_appointment_client_id_person")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_appointment_room_id_room")),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["therapist.id"], name=op.f("fk_appointment_therapist_id_therapist")
        ),
        sa.ForeignKeyConstraint(
            ["treatment_id"], ["treatment.id"], name=op.f("fk_appointment_treatment_id_treatment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
    )
    with op.batch_alter_table("appointment") as batch_op:
        batch_op.create_index("ix_appointment_client", ["client_id", "starts_at"], unique=False)
        batch_op.create_index(
            "ix_appointment_room_busy", ["room_id", "starts_at", "busy_until", "keeps"], unique=False
        )
        batch_op.create_index("ix_appointment_state", ["state", "starts_at"], unique=False)
        batch_op.create_index(
            "ix_appointment_therapist_busy",
            ["therapist_id", "starts_at", "busy_until", "keeps"],
            unique=False,
        )

    op.create_table(
        "day_hours",
        sa.Column("therapist_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ranges", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["therapist.id"], name=op.f("fk_day_hours_therapist_id_therapist")
        ),
        sa.PrimaryKeyConstraint("therapist_id", "day", name=op.f("pk_day_hours")),
    )
    op.create_table(
        "time_off",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("therapist_id", sa.String(length=32), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=True),
        sa.Column("ends", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["therapist.id"], name=op.f("fk_time_off_therapist_id_therapist")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_off")),
    )
    with op.batch_alter_table("time_off") as batch_op:
        batch_op.create_index("ix_time_off_last_day", ["last_day"], unique=False)
        batch_op.create_index(batch_op.f("ix_time_off_therapist_id"), ["therapist_id"], unique=False)

    op.create_table(
        "working_hours",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("therapist_id", sa.String(length=32), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("made_by", sa.String(length=32), nullable=True),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.Column("until_before", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "starts >= 0 AND starts < 1440 AND ends > starts AND ends <= 2880",
            name=op.f("ck_working_hours_range"),
        ),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["therapist.id"], name=op.f("fk_working_hours_therapist_id_therapist")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_hours")),
    )
    with op.batch_alter_table("working_hours") as batch_op:
        batch_op.create_index(
            "ix_working_hours_therapist_id_weekday", ["therapist_id", "weekday"], unique=False
        )

    op.create_table(
        "appointment_move",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("appointment_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_therapist_id", sa.String(length=32), nullable=False),
        sa.Column("from_room_id", sa.String(length=32), nullable=False),
        sa.Column("from_starts_at", sa.Integer(), nullable=False),
        sa.Column("from_ends_at", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("to_starts_at", sa.Integer(), nullable=True),
        sa.Column("to_therapist_id", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=True),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_appointment_move_appointment_id_appointment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_move")),
    )
    with op.batch_alter_table("appointment_move") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_appointment_move_appointment_id"), ["appointment_id"], unique=False
        )
        batch_op.create_index(
            "ix_appointment_move_from", ["from_therapist_id", "from_starts_at"], unique=False
        )

    op.create_table(
        "kept_time",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("appointment_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("therapist_id", sa.String(length=32), nullable=False),
        sa.Column("room_id", sa.String(length=32), nullable=False),
        sa.Column("treatment_id", sa.String(length=32), nullable=False),
        sa.Column("starts_at", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.Integer(), nullable=False),
        sa.Column("busy_until", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_kept_time_appointment_id_appointment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_time")),
    )
    with op.batch_alter_table("kept_time") as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_time_appointment_id"), ["appointment_id"], unique=False)
        batch_op.create_index(
            "ix_kept_time_room_busy", ["room_id", "starts_at", "busy_until", "until"], unique=False
        )
        batch_op.create_index(
            "ix_kept_time_therapist_busy", ["therapist_id", "starts_at", "busy_until", "until"], unique=False
        )

    op.create_table(
        "notification",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=140), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("appointment_id", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("at_least_once", sa.Boolean(), nullable=False),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("telegram_message_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending','leased','sending','sent','uncertain','blocked','expired','void','dead')",
            name=op.f("ck_notification_state"),
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_notification_appointment_id_appointment")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notification_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("key", name=op.f("uq_notification_key")),
    )
    with op.batch_alter_table("notification") as batch_op:
        batch_op.create_index("ix_notification_appointment_id", ["appointment_id", "state"], unique=False)
        batch_op.create_index(
            "ix_notification_leased",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("state IN ('leased', 'sending')"),
            postgresql_where=sa.text("state IN ('leased', 'sending')"),
        )
        batch_op.create_index("ix_notification_person_id", ["person_id", "state"], unique=False)
        batch_op.create_index(
            "ix_notification_ready",
            ["next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )

    op.create_table(
        "task",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=True),
        sa.Column("appointment_id", sa.String(length=32), nullable=True),
        sa.Column("therapist_id", sa.String(length=32), nullable=True),
        sa.Column("hold_id", sa.String(length=32), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=30), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_task_appointment_id_appointment")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["person.id"], name=op.f("fk_task_client_id_person")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_task_owner_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    with op.batch_alter_table("task") as batch_op:
        batch_op.create_index(batch_op.f("ix_task_appointment_id"), ["appointment_id"], unique=False)
        batch_op.create_index("ix_task_client_id", ["client_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_hold_id"), ["hold_id"], unique=False)
        batch_op.create_index("ix_task_state_due_at", ["state", "due_at"], unique=False)
        batch_op.create_index(
            "uq_task_key_open",
            ["key"],
            unique=True,
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        )

    op.create_table(
        "visit_note",
        sa.Column("appointment_id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_visit_note_appointment_id_appointment")
        ),
        sa.PrimaryKeyConstraint("appointment_id", name=op.f("pk_visit_note")),
    )
    with op.batch_alter_table("visit_note") as batch_op:
        batch_op.create_index("ix_visit_note_client_id", ["client_id", "at"], unique=False)

    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    raise NotImplementedError("there is no way back but the backup: see docs/operations.md")
