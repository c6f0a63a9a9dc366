"""New posts compared with what readers follow, each once, however it came into the index.

A post is taken in the transaction that notes what it is news for: of several instances one takes it, and a crash leaves
it untaken. So its edits, its forwards and a second reading of the channel tell nobody again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from konspekt.assistant.following.clock import Clock
from konspekt.assistant.following.followings import offset_of
from konspekt.assistant.following.matching import Passage, Topic, about, mean_of
from konspekt.assistant.following.schedule import after_night
from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.indexer.lexical import terms
from konspekt.indexer.searching.ranking import is_left_out
from konspekt.storage.assisting.following import Follows
from konspekt.storage.database import Database
from konspekt.storage.index.chunks import sampled
from konspekt.storage.models import DocumentRow

SAMPLE = 2000  # passages that the mean is taken from


class News:
    """Calls block. `exclude`: phrases of posts that are never told of, as adverts are not."""

    def __init__(self, database: Database, embedder: Embedder, clock: Clock, *, exclude: Sequence[str] = ()) -> None:
        self._database, self._embedder, self._clock = database, embedder, clock
        self._exclude = tuple(phrase.casefold() for phrase in exclude)

    def look(self) -> int:
        """Compares posts that are new since the last look; how many there were."""
        with self._database.read() as session:  # mostly there are none: then nothing is locked
            since = _since(Follows(session))
            if since is None or not Follows(session).unseen(since):
                return 0
        self._renew_vectors()
        with self._database.session() as session:
            follows, now = Follows(session), self._clock.now()
            since = _since(follows)
            posts = follows.take(follows.unseen(since), now) if since is not None else []
            if not posts:
                return 0
            mean = mean_of([vector for _, vector in sampled(session, self._embedder.name, SAMPLE)])
            followed = [
                (row, reader, Topic(frozenset(row.terms), _vector(row.vector))) for row, reader in follows.active()
            ]
            for post in posts:
                if is_left_out(post, self._exclude):
                    continue
                passages = self._passages(follows, post)
                for row, reader, topic in followed:
                    if _is_newer(post, row.created_at) and about(topic, passages, mean):
                        follows.found(row, post.id)
                        if row.mode == "now":
                            follows.put_due(row.user_id, "now", after_night(now, offset_of(reader)))
            return len(posts)

    def _passages(self, follows: Follows, post: DocumentRow) -> list[Passage]:
        title = terms(post.title)
        chunks = follows.chunks_of(post.id, self._embedder.name)
        return [Passage(frozenset([*title, *terms(text)]), _vector(vector)) for text, vector in chunks]

    def _renew_vectors(self) -> None:
        """After a change of the embedding model."""
        with self._database.read() as session:
            old = {row.id: row.topic for row in Follows(session).of_other_models(self._embedder.name)}
        if not old:
            return
        vectors = dict(zip(old, self._embedder.embed_queries(list(old.values())), strict=True))
        with self._database.session() as session:
            for row in Follows(session).of_other_models(self._embedder.name):
                if row.id in vectors:
                    row.vector = np.asarray(vectors[row.id], "<f4").tobytes()
                    row.model = self._embedder.name


def _since(follows: Follows) -> datetime | None:
    """When the oldest follow began."""
    begun = [row.created_at for row, _ in follows.active()]
    return min(begun).replace(microsecond=0) if begun else None


def _is_newer(post: DocumentRow, begun: datetime) -> bool:
    """Telegram's dates have whole seconds."""
    return post.published_at is not None and post.published_at >= begun.replace(microsecond=0)


def _vector(data: bytes | None) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None:
    return np.frombuffer(data, "<f4") if data is not None else None
