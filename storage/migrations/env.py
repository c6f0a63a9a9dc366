"""Alembic's entry: runs the migrations on the connection that `konspekt.storage.migrations.upgrade` brings."""

from __future__ import annotations

from alembic import context

from konspekt.storage.asked import rows  # noqa: F401 - its table belongs to the schema
from konspekt.storage.assisting import models_following, models_learning  # noqa: F401 - their tables belong to the schema
from konspekt.storage.authoring import models_lessons  # noqa: F401 - its table belongs to the schema
from konspekt.storage.index import popularity  # noqa: F401 - its table belongs to the schema
from konspekt.storage.instances import models_instances  # noqa: F401 - its tables belong to the schema
from konspekt.storage.judging import models as judging  # noqa: F401 - its tables belong to the schema
from konspekt.storage.models import Base
from konspekt.storage.places import models as places  # noqa: F401 - its tables belong to the schema
from konspekt.storage.programs import models_tokens  # noqa: F401 - its table belongs to the schema
from konspekt.storage.remembered import models as remembered  # noqa: F401 - its tables belong to the schema
from konspekt.storage.vectors import milvus_collections  # noqa: F401 - its table belongs to the schema


def is_ours(name: str | None, kind: str) -> bool:
    """Not SQLAlchemy models: FTS5's several tables beside `chunk_terms`, and pgvector's one for each generation."""
    return not (kind == "table" and (name or "").startswith(("chunk_terms", "konspekt_vectors_")))


def include_name(name: str | None, kind: str, parents: object) -> bool:
    return is_ours(name, kind)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_name=include_name,
    transactional_ddl=True,  # SQLite too: a migration happens whole or not at all
)
context.run_migrations()
