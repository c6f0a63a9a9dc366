"""Runs of the evaluation, and the arena's pairs of answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b6e2d9147fa3"
down_revision = "f09d53a7c6e8"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "evaluation_runs",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "arena_matches",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("left_name", sa.String(length=255), nullable=False),
        sa.Column("right_name", sa.String(length=255), nullable=False),
        sa.Column("left", sa.JSON(), nullable=False),
        sa.Column("right", sa.JSON(), nullable=False),
        sa.Column("vote", sa.String(length=8), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_arena_matches_user_id", "arena_matches", ["user_id"])
    op.create_index("ix_arena_matches_created_at", "arena_matches", ["created_at"])


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
