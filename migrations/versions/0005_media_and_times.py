"""The files that a published form shows, which never change; and how long its pages take

Revision: 0005, after 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0006"
branch_labels = None
depends_on = None

VERBS = ("UPDATE", "DELETE")


def upgrade() -> None:
    op.create_table(
        "media_file",
        sa.Column("sha256", sa.String(length=71), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_media_file")),
    )
    for verb in VERBS:
        name = f"media_file_no_{verb.lower()}"
        if op.get_bind().dialect.name == "sqlite":
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON media_file BEGIN SELECT RAISE(ABORT, 'media_file is append-only'); END"
            )
        else:
            op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON media_file FOR EACH ROW EXECUTE FUNCTION refuse_change()")
    op.create_table(
        "form_timing",
        sa.Column("form_version_id", sa.Integer(), nullable=False),
        sa.Column("n_sittings", sa.Integer(), nullable=False),
        sa.Column("last_sitting_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Double(), nullable=False),
        sa.Column("pages", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("learnt_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["form_version_id"], ["form_version.id"], name=op.f("fk_form_timing_form_version_id")),
        sa.PrimaryKeyConstraint("form_version_id", name=op.f("pk_form_timing")),
    )


def downgrade() -> None:
    op.drop_table("form_timing")
    op.drop_table("media_file")
