"""Which embedder a setting names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from konspekt.indexer.embedding.embeddings import DEFAULT_FILE, DEFAULT_MODEL, Embedder, LazyEmbedder


def open_embedder(
    name: str, models_dir: Path, fetch: Callable[[str, Path], Path] | None = None, *, light: bool = False
) -> Embedder:
    """The embedder called `name` (`EMBEDDING_MODEL`); nothing is read or downloaded before its first use.

    `fetch(name, models_dir)` brings the embedded default's weights; without it they must already lie there. `light`:
    for a few queries, ready in a fraction of a second and slow after that.
    """

    def load() -> Embedder:
        if name != DEFAULT_MODEL:
            from konspekt.indexer.embedding.sentence_embedder import SentenceEmbedder

            return SentenceEmbedder(name)
        path = fetch(name, models_dir) if fetch is not None else models_dir / DEFAULT_FILE
        if light:
            from konspekt.indexer.embedding.e5.light import LightE5

            return LightE5(name, path)
        from konspekt.indexer.embedding.e5.embedder import E5Embedder

        return E5Embedder(name, path)

    return LazyEmbedder(name, load)
