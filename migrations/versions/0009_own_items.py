"""Items and forms that organisations write themselves; an approved or pinned version never changes

Revision: 0009, after 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None

KEPT = ("id", "own_item_id", "number", "content", "translations", "content_hash", "author", "writers", "created_at")


def upgrade() -> None:
    op.create_table(
        "own_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_own_form_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_form")),
        sa.UniqueConstraint("organisation_id", "code", name=op.f("uq_own_form_organisation_id_code")),
    )
    op.create_index("ix_own_form_organisation_id", "own_form", ["organisation_id"])

    op.create_table(
        "own_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_by", sa.String(length=200), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(retired_at is null) = (retired_by is null)", name=op.f("ck_own_item_retired_by_somebody")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_own_item_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_item")),
        sa.UniqueConstraint("organisation_id", "code", name=op.f("uq_own_item_organisation_id_code")),
    )
    op.create_index("ix_own_item_organisation_id", "own_item", ["organisation_id"])

    op.create_table(
        "own_item_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("own_item_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("translations", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("content_hash", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("writers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(length=200), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=600), nullable=True),
        sa.CheckConstraint(
            "status <> 'approved' or approved_at is not null", name=op.f("ck_own_item_version_approved_by_somebody")
        ),
        sa.CheckConstraint(
            "status in ('draft', 'in_review', 'approved', 'retired')", name=op.f("ck_own_item_version_known_status")
        ),
        sa.ForeignKeyConstraint(["own_item_id"], ["own_item.id"], name=op.f("fk_own_item_version_own_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_item_version")),
        sa.UniqueConstraint("own_item_id", "number", name=op.f("uq_own_item_version_own_item_id_number")),
    )
    op.create_index("ix_own_item_version_own_item_id", "own_item_version", ["own_item_id"])

    op.create_table(
        "accepted_warning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("own_item_version_id", sa.Integer(), nullable=False),
        sa.Column("check_code", sa.String(length=4), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=600), nullable=False),
        sa.Column("accepted_by", sa.String(length=200), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["own_item_version_id"], ["own_item_version.id"], name=op.f("fk_accepted_warning_own_item_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accepted_warning")),
        sa.UniqueConstraint(
            "own_item_version_id", "check_code", "place", name=op.f("uq_accepted_warning_own_item_version_id_check_code_place")
        ),
    )
    op.create_table(
        "item_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("own_item_version_id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=80), nullable=False),
        sa.Column("reader", sa.String(length=200), nullable=False),
        sa.Column("answers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=True),
        sa.Column("verdict", sa.String(length=10), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=True),
        sa.Column("independent", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role in ('agent', 'supervisor', 'psychologist', 'accessibility', 'language', 'desk')",
            name=op.f("ck_item_reading_known_role"),
        ),
        sa.CheckConstraint("verdict in ('keep', 'change', 'drop')", name=op.f("ck_item_reading_known_verdict")),
        sa.CheckConstraint(
            "(verdict is null) = (read_at is null) and (verdict is null) = (role is null)",
            name=op.f("ck_item_reading_judged_or_not"),
        ),
        sa.ForeignKeyConstraint(["own_item_version_id"], ["own_item_version.id"], name=op.f("fk_item_reading_own_item_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_reading")),
        sa.UniqueConstraint(
            "own_item_version_id", "reader", "content_hash", name=op.f("uq_item_reading_own_item_version_id_reader_content_hash")
        ),
    )
    op.create_table(
        "own_item_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("own_item_version_id", sa.Integer(), nullable=False),
        sa.Column("entries", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["own_item_version_id"], ["own_item_version.id"], name=op.f("fk_own_item_key_own_item_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_item_key")),
        sa.UniqueConstraint("own_item_version_id", name=op.f("uq_own_item_key_own_item_version_id")),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    unlike = "IS NOT" if sqlite else "IS DISTINCT FROM"
    words = " OR ".join(f"NEW.{column} {unlike} OLD.{column}" for column in KEPT)
    back = "(OLD.status = 'approved' AND NEW.status NOT IN ('approved', 'retired')) OR (OLD.status = 'retired' AND NEW.status <> 'retired')"
    unpinned = "OLD.pinned_at IS NOT NULL AND NEW.pinned_at IS NULL"
    fixed = "(OLD.status IN ('approved', 'retired') OR OLD.pinned_at IS NOT NULL)"
    _refuse("own_item_version", "UPDATE", f"{fixed} AND ({words} OR {back} OR {unpinned})", sqlite)
    _refuse("own_item_version", "DELETE", fixed, sqlite)
    for verb in ("UPDATE", "DELETE"):
        _refuse("item_reading", verb, "OLD.verdict IS NOT NULL", sqlite)


def _refuse(table: str, verb: str, condition: str, sqlite: bool) -> None:
    name = f"{table}_no_{verb.lower()}"
    if sqlite:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    else:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("own_item_key")
    op.drop_table("item_reading")
    op.drop_table("accepted_warning")
    op.drop_table("own_item_version")
    op.drop_table("own_item")
    op.drop_table("own_form")
