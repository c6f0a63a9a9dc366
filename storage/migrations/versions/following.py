"""Following: who follows what, the schedule, what was found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from konspekt.storage.models import BigId, UtcDateTime

revision = "8f0d3b6a4c21"
down_revision = "a4d20c7be913"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "followers",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("offset_minutes", sa.Integer(), nullable=True),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "follows",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.Column("model", sa.String(length=255), nullable=True),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["followers.user_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_follows_user_id", "follows", ["user_id"])
    op.create_table(
        "follow_due",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("next_due", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["followers.user_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "mode"),
    )
    op.create_index("ix_follow_due_next_due", "follow_due", ["next_due"])
    op.create_table(
        "follow_matches",
        sa.Column("follow_id", BigId, nullable=False),
        sa.Column("document_id", sa.String(length=512), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["follow_id"], ["follows.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("follow_id", "document_id"),
    )
    op.create_index("ix_follow_matches_user_id", "follow_matches", ["user_id"])
    op.create_index("ix_follow_matches_message_id", "follow_matches", ["message_id"])
    op.create_table(
        "follow_messages",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_follow_messages_user_id", "follow_messages", ["user_id"])
    op.create_table(
        "followed_posts",
        sa.Column("document_id", sa.String(length=512), nullable=False),
        sa.Column("fold_hash", sa.String(length=64), nullable=False),
        sa.Column("looked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("document_id"),
    )
    op.create_index("ix_followed_posts_fold_hash", "followed_posts", ["fold_hash"])


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
