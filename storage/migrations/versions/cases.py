"""What an admin said about answers that failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a41c7be0d9f3"
down_revision = "5c1f0e7b2a94"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("answer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("document_id", sa.String(length=512), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("accept", sa.JSON(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("answer_id"),
    )
    op.create_index("ix_cases_verdict", "cases", ["verdict"])


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
