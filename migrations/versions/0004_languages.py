"""The language that an applicant chose, and the one in which a questionnaire was begun

Revision: 0004, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invitation", sa.Column("language", sa.String(length=12), nullable=True))
    op.add_column("sitting", sa.Column("language", sa.String(length=12), nullable=True))
    # Until now, what was delivered here was delivered in English; of imported answers nobody knows.
    op.execute("UPDATE sitting SET language = 'en' WHERE state <> 'imported' AND started_at IS NOT NULL")


def downgrade() -> None:
    op.drop_column("sitting", "language")  # in place, also on SQLite: a copy of the table would have to drop what refers to it
    op.drop_column("invitation", "language")
