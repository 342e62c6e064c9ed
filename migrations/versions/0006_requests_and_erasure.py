"""Requests of applicants about their data and result; erasures, and scores that only an erasure may delete

Revision: 0006, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0003"
branch_labels = None
depends_on = None

BEING_ERASED = "SELECT 1 FROM erasure JOIN applicant ON applicant.subject = erasure.subject WHERE applicant.id = OLD.applicant_id"


def upgrade() -> None:
    _create_requests()
    op.create_table(
        "erasure",
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("erased_by", sa.String(length=200), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_erasure_organisation_id")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_erasure")),
    )
    op.create_index("ix_erasure_organisation_id", "erasure", ["organisation_id"])
    _protect(sqlite=op.get_bind().dialect.name == "sqlite")


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, name in (("score", "score_no_delete"), ("erasure", "erasure_no_delete"), ("erasure", "erasure_no_update")):
        op.execute(f"DROP TRIGGER {name}" if sqlite else f"DROP TRIGGER {name} ON {table}")
    if not sqlite:
        op.execute("DROP FUNCTION refuse_delete_unless_erasing()")
    op.drop_table("erasure")
    op.drop_table("subject_request")


def _protect(sqlite: bool) -> None:
    for verb in ("UPDATE", "DELETE"):
        action = "BEGIN SELECT RAISE(ABORT, 'erasure is append-only'); END" if sqlite else _calling("refuse_change()")
        op.execute(f"CREATE TRIGGER erasure_no_{verb.lower()} BEFORE {verb} ON erasure {action}")
    if sqlite:
        op.execute(
            f"CREATE TRIGGER score_no_delete BEFORE DELETE ON score WHEN NOT EXISTS ({BEING_ERASED}) "
            "BEGIN SELECT RAISE(ABORT, 'score is append-only'); END"
        )
    else:
        op.execute(
            "CREATE FUNCTION refuse_delete_unless_erasing() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF NOT EXISTS ({BEING_ERASED}) THEN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END IF; "
            "RETURN OLD; END $$"
        )
        op.execute(f"CREATE TRIGGER score_no_delete BEFORE DELETE ON score {_calling('refuse_delete_unless_erasing()')}")


def _calling(function: str) -> str:
    return f"FOR EACH ROW EXECUTE FUNCTION {function}"


def _create_requests() -> None:
    op.create_table(
        "subject_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("words_sealed", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("reply_sealed", sa.String(), nullable=True),
        sa.Column("answered_by", sa.String(length=200), nullable=True),
        sa.Column("by_first_decider", sa.Boolean(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('correct', 'erase', 'contest', 'review')", name=op.f("ck_subject_request_known_kind")),
        sa.CheckConstraint("state in ('open', 'answered', 'taken_back')", name=op.f("ck_subject_request_known_state")),
        sa.CheckConstraint(
            "outcome in ('done', 'noted', 'changed', 'upheld', 'declined')", name=op.f("ck_subject_request_known_outcome")
        ),
        sa.CheckConstraint("(state = 'open') = (ended_at is null)", name=op.f("ck_subject_request_ended_when_closed")),
        sa.CheckConstraint(
            "(state = 'answered') = (answered_by is not null) and (answered_by is null) = (reply_sealed is null)"
            " and (answered_by is null) = (outcome is null)",
            name=op.f("ck_subject_request_answered_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk_subject_request_invitation_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_subject_request_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_request")),
    )
    op.create_index("ix_subject_request_invitation_id", "subject_request", ["invitation_id"])
    op.create_index("ix_subject_request_queue", "subject_request", ["organisation_id", "state", "due_at"])
    is_open = sa.text("state = 'open'")
    op.create_index(
        "uq_subject_request_one_open",
        "subject_request",
        ["invitation_id", "kind"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
