"""Which document corrects which; the unused options of sources go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "5c1f0e7b2a94"
down_revision = "892fee6e96d9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("document_id", sa.String(length=512), nullable=False),
        sa.Column("corrected_by", sa.String(length=512), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "corrected_by"),
    )
    op.create_index("ix_corrections_corrected_by", "corrections", ["corrected_by"])
    op.drop_column("sources", "options")


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
