"""A topic of a chat is a talk of its own, with its own memory."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d17e52c08ab4"
down_revision = "e7b1f0a92c58"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("messages", "turns"):
        op.add_column(table, sa.Column("topic_id", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
