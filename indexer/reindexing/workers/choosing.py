"""`--workers` in words, as whoever cuts and embeds for a reindex."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from konspekt.indexer.embedding.choosing import open_embedder
from konspekt.indexer.embedding.embeddings import DEFAULT_MODEL, Embedder
from konspekt.indexer.errors import WorkersSettingError
from konspekt.indexer.messages import say
from konspekt.indexer.reindexing.chunking import ChunkOptions
from konspekt.indexer.reindexing.workers.protocol import Workers

CLUSTER = "ray://"


@dataclass(frozen=True, slots=True)
class EmbedderThere:
    """Makes the embedder in a worker's process, perhaps on another machine: the model is fetched there if it is not."""

    name: str
    models_dir: str

    def __call__(self) -> Embedder:
        from konspekt import modelhub

        return open_embedder(self.name, Path(self.models_dir), modelhub.ensure)


@contextmanager
def reindex_workers(given: str, model: str, models_dir: Path) -> Iterator[Workers | None]:
    """None: this process itself. A cluster is started, or connected to, when there is something to compute.

    Raises WorkersSettingError for what is neither a number nor an address; using them raises WorkersError.
    """
    given = given.strip()
    count = int(given) if given.isdecimal() and len(given) <= 4 else None
    if count == 1:
        yield None
        return
    if not count and not (given.startswith(CLUSTER) and len(given) > len(CLUSTER)):
        raise WorkersSettingError(say("bad_workers", given=given))
    from konspekt.indexer.reindexing.workers.on_ray import OnRay

    make = EmbedderThere(model, str(models_dir.resolve()))
    with OnRay(count or given, make, ChunkOptions(), on_gpu=model != DEFAULT_MODEL) as workers:  # ours needs none
        yield workers
