"""What runs in a worker's process, on whichever machine: it knows no database, and gives back plain values.

The embedder is made once per process and kept: tasks come to processes that have it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from konspekt.bilingual import Bilingual
from konspekt.indexer import lexical
from konspekt.indexer.embedding.embeddings import Embedder, Vectors
from konspekt.indexer.messages import say
from konspekt.indexer.reindexing.chunking import ChunkOptions
from konspekt.indexer.reindexing.workers.here import Here
from konspekt.indexer.reindexing.workers.protocol import Contents, Texts

T = TypeVar("T")
MakeEmbedder = Callable[[], Embedder]  # picklable, and hashable: made of the same parts it is the same embedder


@dataclass(frozen=True, slots=True)
class Job:
    """How to cut and embed. `signature`: of the program that asks; a worker of another version would cut otherwise."""

    make_embedder: MakeEmbedder
    options: ChunkOptions
    signature: str


@dataclass(frozen=True, slots=True)
class Failed:
    """What a worker says instead of a result: an exception of another machine may not be one that is known here."""

    host: str
    reason: str | Bilingual


def signature_of(options: ChunkOptions) -> str:
    return f"{options.signature}+{lexical.VERSION}"


def cut(job: Job, batch: Contents) -> Contents | Failed:
    return _attempt(job, lambda worker: next(worker.cut([batch])))


def embed(job: Job, part: Texts) -> tuple[list[str], Vectors] | Failed:
    return _attempt(job, lambda worker: next(worker.embed([part])))


def _attempt(job: Job, work: Callable[[Here], T]) -> T | Failed:
    own = signature_of(job.options)
    if own != job.signature:
        return Failed(socket.gethostname(), say("worker_version", worker=own, asked=job.signature))
    try:
        return work(_worker(job))
    except Exception as error:  # whatever a model's loader raises, in words that another machine understands
        said = error.args[0] if error.args and isinstance(error.args[0], Bilingual) else None
        return Failed(socket.gethostname(), said or f"{type(error).__name__}: {error}")


@lru_cache(maxsize=1)
def _worker(job: Job) -> Here:
    return Here(job.make_embedder(), job.options)
