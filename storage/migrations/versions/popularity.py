"""How often posts were seen and reacted to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "f09d53a7c6e8"
down_revision = "d41e7ab90c35"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "popularity",
        sa.Column("document_id", sa.String(length=512), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("reactions", sa.BigInteger(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("document_id"),
    )


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
