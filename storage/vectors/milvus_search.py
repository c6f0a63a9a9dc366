"""Searching a collection of Milvus, so that a filter never costs recall without being noticed.

Filters are expressions over the collection's fields, so the engine leaves out what does not pass while it searches. Its
graph may miss what passes where that is little or far away. So where few pass, or it comes back with fewer than were
asked for, the chunks that pass are compared one by one, from the vectors in the database, which is exact.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from konspekt.storage.errors import GenerationGoneError
from konspekt.storage.index.filters import Conditions, Where
from konspekt.storage.index.stored_vectors import vectors_of_chunks
from konspekt.storage.vectors.protocol import Floats, Hits

BREADTH = 200  # HNSW's ef without a filter
FILTERED_BREADTH = 1_000
FEW = 10_000  # passing chunks that are compared one by one
MOST = 16_384  # that Milvus gives for one search
UNDATED = -(10**17)  # in place of a date that is not known: before the year 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MilvusPart:
    client: Any
    name: str
    total: int
    model: str
    last_chunk_id: int  # newer ones are in the tail
    explained: Callable[[], AbstractContextManager[None]]

    def __len__(self) -> int:
        return self.total

    def search(self, query: Floats, k: int, where: Where) -> Hits:
        k = min(k, MOST, self.total)
        if k <= 0:
            return []
        if where.everywhere:
            return self._asked(query, k, "")
        conditions = where.conditions
        if conditions is None or where.few(FEW) is not None:
            return self._one_by_one(query, k, where)
        hits = self._asked(query, k, expression(conditions))
        return hits if len(hits) == k else self._one_by_one(query, k, where)

    def _asked(self, query: Floats, k: int, passing: str) -> Hits:
        breadth = max(FILTERED_BREADTH if passing else BREADTH, 2 * k)
        with self.explained():
            try:
                (hits,) = self.client.search(
                    self.name,
                    data=[query.tolist()],
                    anns_field="embedding",
                    limit=k,
                    filter=passing,
                    search_params={"metric_type": "IP", "params": {"ef": breadth}},
                    consistency_level="Bounded",  # nothing was added since it was published
                )
            except Exception:
                if not self.client.has_collection(self.name):
                    raise GenerationGoneError(self.name) from None
                raise
        return [(int(hit["chunk_id"]), float(hit["distance"])) for hit in hits]

    def _one_by_one(self, query: Floats, k: int, where: Where) -> Hits:
        allowed = where.allowed
        ids, scores = [], []
        for part, vectors in vectors_of_chunks(
            where.session, self.model, [] if allowed is None else allowed[allowed <= self.last_chunk_id].tolist()
        ):
            ids.append(part)
            scores.append(vectors @ query)
        if not ids:
            return []
        found, cosines = np.concatenate(ids), np.concatenate(scores)
        best = np.argsort(-cosines, kind="stable")[:k]
        return [(int(found[i]), float(cosines[i])) for i in best]


def expression(conditions: Conditions) -> str:
    """The conditions as Milvus reads them; empty: everything passes."""
    return " and ".join(_parts(conditions))


def _parts(conditions: Conditions) -> Iterator[str]:
    if conditions.since is not None:
        yield f"published_at >= {microseconds(conditions.since)}"
    if conditions.until is not None:
        yield f"published_at <= {microseconds(conditions.until)}"
        yield f"published_at > {UNDATED}"
    if conditions.sources is not None:
        named = (("source", conditions.sources), ("author", tuple(filter(None, conditions.authors))))
        yield f"({' or '.join(f'{field} in {_listed(values)}' for field, values in named if values)})"
    if conditions.languages is not None:
        yield f"language in {_listed(conditions.languages)}"


def _listed(values: tuple[str, ...]) -> str:
    return json.dumps(values, ensure_ascii=False)


def microseconds(moment: datetime | None) -> int:
    """Since 1970: exactly as fine as a `datetime`."""
    return UNDATED if moment is None else (moment - EPOCH) // timedelta(microseconds=1)
