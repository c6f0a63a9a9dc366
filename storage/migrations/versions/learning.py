"""Learning: when a question is to be asked again, and the polls that were sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from konspekt.storage.models import BigId, UtcDateTime

revision = "c3d9a1e57f40"
down_revision = "8f0d3b6a4c21"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learn_cards",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("question", sa.String(length=32), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("due", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "question"),
    )
    op.create_index("ix_learn_cards_due", "learn_cards", ["user_id", "due"])
    op.create_table(
        "quiz_polls",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("poll_id", sa.String(length=64), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("right", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_quiz_polls_poll_id", "quiz_polls", ["poll_id"])
    op.create_index("ix_quiz_polls_user_id", "quiz_polls", ["user_id"])


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
