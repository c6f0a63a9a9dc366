"""A generation and the chunks newer than it, searched as one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from konspekt.storage.index.filters import Where
from konspekt.storage.vectors.protocol import Floats, Hits, Ids, Part


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """Safe to share between threads."""

    part: Part
    tail_ids: Ids  # [T]
    tail: Floats  # [T, D]

    @classmethod
    def without_tail(cls, part: Part, dimension: int) -> VectorIndex:
        return cls(part, np.zeros(0, np.int64), np.zeros((0, dimension), np.float32))

    def __len__(self) -> int:
        return len(self.part) + len(self.tail_ids)

    def search(self, query: Floats, k: int, where: Where) -> Hits:
        """(id, cosine) of the nearest to `query` [D], best first; ids of chunks that are gone may be among them."""
        hits = [*self.part.search(query, k, where), *self._search_tail(query, k, where)]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k]

    def _search_tail(self, query: Floats, k: int, where: Where) -> Iterator[tuple[int, float]]:
        if not len(self.tail_ids):
            return
        scores = self.tail @ query  # [T]
        if not where.everywhere:
            fitting = np.fromiter(where.let_through(self.tail_ids.tolist()), np.int64)
            scores = np.where(np.isin(self.tail_ids, fitting), scores, -np.inf)
        best = np.argpartition(-scores, min(k, len(scores)) - 1)[:k]
        yield from ((int(self.tail_ids[i]), float(scores[i])) for i in best if np.isfinite(scores[i]))
