"""Reports to applicants in words, which the database refuses to change, and which of them stands

Revision: 0008, after 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feedback_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("key_version_id", sa.Integer(), nullable=False),
        sa.Column("documents", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("words_hash", sa.String(length=80), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["key_version_id"], ["key_version.id"], name=op.f("fk_feedback_report_key_version_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_feedback_report_organisation_id")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_feedback_report_sitting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_report")),
        sa.UniqueConstraint("sitting_id", "key_version_id", name=op.f("uq_feedback_report_sitting_id_key_version_id")),
    )
    op.create_index("ix_feedback_report_organisation_id", "feedback_report", ["organisation_id"])
    op.create_index("ix_feedback_report_key_version_id", "feedback_report", ["key_version_id"])
    op.create_table(
        "standing_report",
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("feedback_report_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feedback_report_id"],
            ["feedback_report.id"],
            name=op.f("fk_standing_report_feedback_report_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_standing_report_sitting_id")),
        sa.PrimaryKeyConstraint("sitting_id", name=op.f("pk_standing_report")),
    )
    op.create_index("ix_standing_report_feedback_report_id", "standing_report", ["feedback_report_id"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER feedback_report_no_update BEFORE UPDATE ON feedback_report "
            "BEGIN SELECT RAISE(ABORT, 'feedback_report is append-only'); END"
        )
    else:
        op.execute(
            "CREATE TRIGGER feedback_report_no_update BEFORE UPDATE ON feedback_report "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("standing_report")
    op.drop_table("feedback_report")
