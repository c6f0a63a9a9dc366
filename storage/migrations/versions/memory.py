"""Readers' memory: turns, notes, what was read, the author's corrections, switches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from konspekt.storage.models import BigId, UtcDateTime

revision = "a4d20c7be913"
down_revision = "a41c7be0d9f3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("answer_id", BigId, sa.ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("owner", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("question_terms", sa.Text(), nullable=False),
        sa.Column("answer_terms", sa.Text(), nullable=False),
        sa.Column("model", sa.String(length=255), nullable=True),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
    )
    op.create_index("ix_turns_owner", "turns", ["owner", "created_at"])
    op.create_index("ix_turns_model", "turns", ["model"])
    op.create_table(
        "notes",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("answer_id", BigId, sa.ForeignKey("answers.id", ondelete="SET NULL"), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("valid_to", UtcDateTime(), nullable=True),
        sa.Column("replaced_by", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_notes_user", "notes", ["user_id", "valid_to"])
    op.create_index("ix_notes_answer_id", "notes", ["answer_id"])
    op.create_table(
        "reads",
        sa.Column("owner", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("document_id", sa.String(length=512), primary_key=True),
        sa.Column("last_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "author_words",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_author_words_asked_by", "author_words", ["asked_by"])
    op.create_table(
        "memory_switches",
        sa.Column("user_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("off", sa.Boolean(), nullable=False),
        sa.Column("talk_off_since", UtcDateTime(), nullable=True),
    )


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
