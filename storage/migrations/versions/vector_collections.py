"""Which collections of a vector engine are ours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "3e81c6d09b52"
down_revision = "b6e2d9147fa3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vector_collections",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("place", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
