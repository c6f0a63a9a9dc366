"""Tokens of programs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from konspekt.storage.models import BigId, UtcDateTime

revision = "e7b1f0a92c58"
down_revision = "c3d9a1e57f40"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(length=64), nullable=False, unique=True),
        sa.Column("digest", sa.String(length=64), nullable=False, unique=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
