"""Rich answers: who wants them as plain text, and both forms of an answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d41e7ab90c35"
down_revision = "e2b6714f93c5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("reads_plain", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("answers", sa.Column("forms", sa.JSON(), nullable=True))


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
