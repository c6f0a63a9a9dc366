"""Threads of comments with their posts, and what the bot does in a place only once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e2b6714f93c5"
down_revision = "d17e52c08ab4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comment_threads",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("thread_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "thread_id"),
    )
    op.create_table(
        "done_once",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
