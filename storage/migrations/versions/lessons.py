"""What an author says instead of what drafts said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from konspekt.storage.models import BigId, UtcDateTime

revision = "d5a80c3b61e7"
down_revision = "d41f7c0b83e6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft_lessons",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("network", sa.String(length=32), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("instead", sa.Text(), nullable=False),
        sa.Column("learnt_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_draft_lessons_user_id", "draft_lessons", ["user_id"])


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
