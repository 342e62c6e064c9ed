"""Requests for an accommodation and the decisions on them; a sitting may be at the person's own pace

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accommodation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("request_sealed", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision_sealed", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('open', 'granted', 'declined')", name=op.f("ck_accommodation_known_state")),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at is null) and (decided_at is null) = (decided_by is null)"
            " and (decided_at is null) = (decision_sealed is null)",
            name=op.f("ck_accommodation_decided_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk_accommodation_invitation_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_accommodation_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodation")),
    )
    op.create_index("ix_accommodation_invitation_id", "accommodation", ["invitation_id"])
    op.create_index("ix_accommodation_queue", "accommodation", ["organisation_id", "state", "asked_at"])
    is_open = sa.text("state = 'open'")
    op.create_index(
        "uq_accommodation_one_open",
        "accommodation",
        ["invitation_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.add_column("sitting", sa.Column("own_pace", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("sitting", "own_pace")  # in place, also on SQLite: a copy of the table would have to drop what refers to it
    op.drop_table("accommodation")
