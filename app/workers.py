"""`--workers` in words, as whoever cuts and embeds for a reindex."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from konspekt.app.settings import Settings

if TYPE_CHECKING:
    from konspekt.indexer.embedding.embeddings import Embedder
    from konspekt.indexer.reindexing.workers.protocol import Workers

CLUSTER = "ray://"


@dataclass(frozen=True, slots=True)
class EmbedderThere:
    """Makes the embedder in a worker's process, perhaps on another machine: the model is fetched there if it is not."""

    name: str
    models_dir: str

    def __call__(self) -> Embedder:
        from konspekt import modelhub
        from konspekt.indexer.embedding.choosing import open_embedder

        return open_embedder(self.name, Path(self.models_dir), modelhub.ensure)


@contextmanager
def reindex_workers(settings: Settings, given: str) -> Iterator[Workers | None]:
    """None: this process itself. A cluster is started, or connected to, when there is something to compute.

    Raises WorkersSettingError for what is neither a number nor an address; using them raises WorkersError.
    """
    from konspekt.indexer.embedding.embeddings import DEFAULT_MODEL
    from konspekt.indexer.errors import WorkersSettingError
    from konspekt.indexer.messages import say

    given = given.strip()
    count = int(given) if given.isdecimal() and len(given) <= 4 else None
    if count == 1:
        yield None
        return
    if not count and not (given.startswith(CLUSTER) and len(given) > len(CLUSTER)):
        raise WorkersSettingError(say("bad_workers", given=given))
    from konspekt.indexer.reindexing.chunking import ChunkOptions
    from konspekt.indexer.reindexing.workers.on_ray import OnRay

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody unless it was asked for
    make = EmbedderThere(settings.embedding_model, str(settings.models.resolve()))
    on_gpu = settings.embedding_model != DEFAULT_MODEL  # the embedded one computes on processors
    with OnRay(count or given, make, ChunkOptions(), on_gpu=on_gpu) as workers:
        yield workers
