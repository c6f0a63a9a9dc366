"""PostgreSQL finds chunks by how much a term weighs in them, and keeps count of terms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from konspekt.storage.index.full_text_postgres import count_everything_anew

revision = "9d40b7e2c518"
down_revision = "3e81c6d09b52"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        return  # FTS5 keeps both by itself
    connection.execute(sa.text("ALTER TABLE chunk_terms ADD COLUMN impacts text[] NOT NULL DEFAULT '{}'"))
    connection.execute(
        sa.text(
            "CREATE TABLE chunk_terms_counts (term text NOT NULL, class smallint NOT NULL, chunks bigint NOT NULL, "
            "PRIMARY KEY (term, class))"
        )
    )
    connection.execute(
        sa.text(
            "CREATE TABLE chunk_terms_totals (id smallint PRIMARY KEY, chunks bigint NOT NULL, length bigint NOT NULL)"
        )
    )
    count_everything_anew(connection)
    connection.execute(sa.text("CREATE INDEX ix_chunk_terms_impacts ON chunk_terms USING gin (impacts)"))


def downgrade() -> None:
    raise RuntimeError("a database does not go back: restore the backup of the older version")
