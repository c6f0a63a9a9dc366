"""How much an index holds, in every place that must agree: nothing lost, nothing doubled, nothing left lying about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from konspekt.storage.database import Database
from konspekt.storage.index.generations import current_generation
from konspekt.storage.models import (
    ChunkRow,
    DocumentRow,
    JobRow,
    StagedDocumentRow,
    VectorRow,
)
from konspekt.storage.vectors.faiss_file import open_index


def index_counts(database: Database, index_dir: Path) -> dict[str, int]:
    with database.read() as session:
        generation = current_generation(session)
        assert generation is not None
        column = "rowid" if database.is_sqlite else "chunk_id"

        def count(table: Any, *conditions: Any) -> int:
            return int(session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0)

        return {
            "documents": count(DocumentRow),
            "chunks": count(ChunkRow),
            "terms": len(set(session.scalars(text(f"SELECT {column} FROM chunk_terms")))),
            "vectors": count(VectorRow),
            "staged": count(StagedDocumentRow),
            "running": count(JobRow, JobRow.status == "running"),
            "in file": open_index(index_dir / generation.filename).ntotal,
            "files": len(list(index_dir.glob("*.faiss*"))) + len(list(index_dir.glob("*.tmp"))),
        }


def whole(documents: int) -> dict[str, int]:
    """What a finished index of so many one-passage documents counts."""
    everywhere = dict.fromkeys(("documents", "chunks", "terms", "vectors", "in file"), documents)
    return everywhere | {"staged": 0, "running": 0, "files": 1}
