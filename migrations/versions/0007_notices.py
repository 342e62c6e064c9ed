"""The words of notices that were agreed to are kept; a consent knows its language and what it meant

Revision: 0007, after 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None

VERBS = ("UPDATE", "DELETE")


def upgrade() -> None:
    op.create_table(
        "notice_text",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=80), nullable=False),
        sa.Column("jurisdiction", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("version", sa.String(length=60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("sections", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_notice_text_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "hash", name=op.f("pk_notice_text")),
    )
    op.add_column("consent", sa.Column("language", sa.String(length=10), server_default="en", nullable=False))
    op.add_column("consent", sa.Column("substance", sa.String(length=80), nullable=True))
    sqlite = op.get_bind().dialect.name == "sqlite"
    for verb in VERBS:
        refuse = "BEGIN SELECT RAISE(ABORT, 'notice_text is append-only'); END"
        each = refuse if sqlite else "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        op.execute(f"CREATE TRIGGER notice_text_no_{verb.lower()} BEFORE {verb} ON notice_text {each}")


def downgrade() -> None:
    op.drop_column("consent", "substance")
    op.drop_column("consent", "language")
    op.drop_table("notice_text")
