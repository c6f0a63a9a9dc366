"""Several instances of the bot."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from konspekt.storage.models import UtcDateTime

revision = "d41f7c0b83e6"
down_revision = "9d40b7e2c518"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "instances",
        sa.Column("name", sa.String(length=128), primary_key=True),
        sa.Column("run", sa.String(length=32), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "chat_homes",
        sa.Column("chat", sa.String(length=64), primary_key=True),
        sa.Column("instance", sa.String(length=128), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_chat_homes_instance", "chat_homes", ["instance"])
    op.create_index("ix_chat_homes_used_at", "chat_homes", ["used_at"])
    op.create_table(
        "flood_meters",
        sa.Column("bot", sa.String(length=32), primary_key=True),
        sa.Column("chat", sa.String(length=64), primary_key=True),
        sa.Column("due", sa.Double(), nullable=False),
        sa.Column("group_due", sa.Double(), nullable=False),
        sa.Column("blocked_until", sa.Double(), nullable=False),
    )
    op.add_column("updates", sa.Column("handed", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
