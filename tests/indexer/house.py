"""A reindexer over sources that live in a dictionary, and what must hold of its index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import func, select, text

from konspekt.indexer.documents import Document, Problem, Source
from konspekt.indexer.reindexing.reindex import Reindexer
from konspekt.indexer.searching.search import Searcher
from konspekt.indexer.sources.errors import SourceMissingError
from konspekt.storage.database import Database
from konspekt.storage.index.generations import current_generation
from konspekt.storage.models import ChunkRow, DocumentRow, StagedDocumentRow
from konspekt.storage.vectors.faiss_file import open_index
from konspekt.storage.vectors.faiss_store import FaissStore
from konspekt.storage.vectors.protocol import VectorStore
from tests.fakes.hash_embedder import HashEmbedder
from tests.fakes.list_source import ListSource


class House:
    """A reindexer over sources that live in a dictionary: path -> sources."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        embedder: HashEmbedder | None = None,
        vectors: VectorStore | None = None,
    ) -> None:
        self.database = database
        self.index_dir = folder / "index"
        self.embedder = embedder or HashEmbedder()
        self.vectors: VectorStore = vectors or FaissStore(self.index_dir)
        self.paths: dict[str, list[ListSource]] = {}

    def reindexer(self, **options: object) -> Reindexer:
        return Reindexer(
            self.database,
            self.index_dir,
            self.embedder,
            recognise=self.recognise,
            vectors=self.vectors,
            **options,  # type: ignore[arg-type]
        )

    def recognise(self, path: str, known: Mapping[str, str]) -> Sequence[Source]:
        if path not in self.paths:
            raise SourceMissingError(path, "nothing is there", "check the path")
        return self.paths[path]

    def searcher(self) -> Searcher:
        return Searcher(self.database, self.index_dir, self.embedder, vectors=self.vectors)

    def give(
        self, *documents: Document | Problem, path: str = "/a", source: str = "channel", partial: bool = False
    ) -> None:
        self.paths[path] = [ListSource(source, documents, partial, location=path)]

    def check(self, expected: Sequence[Document]) -> None:
        """The rows, the search terms and the vectors hold exactly these documents."""
        with self.database.read() as session:
            stored = dict(session.execute(select(DocumentRow.id, DocumentRow.text)).all())
            chunk_ids = set(session.scalars(select(ChunkRow.id)))
            column = "rowid" if self.database.is_sqlite else "chunk_id"
            terms = session.scalars(text(f"SELECT {column} FROM chunk_terms")).all()
            generation = current_generation(session)
            staged = session.scalar(select(func.count()).select_from(StagedDocumentRow))
        assert stored == {document.id: document.text for document in expected}
        assert sorted(terms) == sorted(chunk_ids)
        assert staged == 0
        assert generation is not None
        in_file = open_index(self.index_dir / generation.filename).ntotal
        assert in_file == generation.vector_count
        assert [path.name for path in self.index_dir.glob("*.faiss")] == [generation.filename]
        searcher = self.searcher()
        for document in expected[:: max(1, len(expected) // 10)]:
            assert searcher.search(document.text, 1, mode="dense")[0].document_id == document.id
            assert searcher.search(document.title, 1, mode="lexical")[0].document_id == document.id
