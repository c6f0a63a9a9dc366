"""Searching a table of vectors by pgvector, so that a filter never costs recall without being noticed.

HNSW finds the nearest of all, and a filter is applied to what it found. If `k` of them pass, they are the nearest that
pass; if fewer do, nothing can be said, and the rows that pass are compared one by one, which is exact. pgvector 0.8
goes on along the graph before that happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from konspekt.storage.errors import GenerationGoneError
from konspekt.storage.index.filters import Conditions, Where
from konspekt.storage.vectors.protocol import Floats, Hits

BREADTH = 200  # hnsw.ef_search without a filter
BROADEST = 1_000  # the most that pgvector takes; with a filter at once, for most of what is found may not pass
GOES_ON = (0, 8)  # from this version on a scan is continued when too few pass


@dataclass(frozen=True, slots=True)
class PgvectorPart:
    """A table; each search runs in the session that asks, and sees the rows of its snapshot."""

    name: str
    total: int
    indexed: bool
    version: tuple[int, ...]

    def __len__(self) -> int:
        return self.total

    def search(self, query: Floats, k: int, where: Where) -> Hits:
        conditions, values = self._filter(where)
        values |= {"query": "[" + ",".join(map(repr, query.tolist())) + "]", "k": k}
        try:
            if self.indexed and "ids" not in values and k < BROADEST:
                hits = self._along_the_graph(where, conditions, values)
                if len(hits) == k:
                    return hits
            return self._one_by_one(where, conditions, values)
        except ProgrammingError as error:
            if type(error.orig).__name__ == "UndefinedTable":
                raise GenerationGoneError(self.name) from error
            raise

    def _along_the_graph(self, where: Where, conditions: str, values: dict[str, Any]) -> Hits:
        for setting in scan_settings(self.version, values["k"], filtered=bool(conditions)):
            where.session.execute(text(f"SET LOCAL {setting}"))
        return self._run(
            where,
            f"SELECT chunk_id, -(embedding <#> CAST(:query AS vector)) FROM {self.name}{conditions} "  # noqa: S608 — ours
            "ORDER BY embedding <#> CAST(:query AS vector) LIMIT :k",
            values,
        )

    def _one_by_one(self, where: Where, conditions: str, values: dict[str, Any]) -> Hits:
        """OFFSET 0 keeps the planner from ordering by the graph."""
        return self._run(
            where,
            f"SELECT chunk_id, score FROM (SELECT chunk_id, -(embedding <#> CAST(:query AS vector)) AS score "  # noqa: S608 — ours
            f"FROM {self.name}{conditions} OFFSET 0) AS passing ORDER BY score DESC, chunk_id LIMIT :k",
            values,
        )

    @staticmethod
    def _run(where: Where, statement: str, values: dict[str, Any]) -> Hits:
        return [(int(row[0]), float(row[1])) for row in where.session.execute(text(statement), values)]

    @staticmethod
    def _filter(where: Where) -> tuple[str, dict[str, Any]]:
        if where.everywhere:
            return "", {}
        conditions = where.conditions
        if conditions is None:
            allowed = where.allowed
            return " WHERE chunk_id = ANY(:ids)", {"ids": [] if allowed is None else allowed.astype(np.int64).tolist()}
        parts = list(_parts(conditions))
        return " WHERE " + " AND ".join(part for part, _ in parts), {n: v for _, vs in parts for n, v in vs.items()}


def _parts(conditions: Conditions) -> Iterator[tuple[str, dict[str, Any]]]:
    if conditions.since is not None:
        yield "published_at >= :since", {"since": conditions.since}
    if conditions.until is not None:
        yield "published_at <= :until", {"until": conditions.until}
    if conditions.sources is not None:
        values = {"sources": list(conditions.sources), "authors": list(conditions.authors)}
        yield "(source = ANY(:sources) OR author = ANY(:authors))", values
    if conditions.languages is not None:
        yield "language = ANY(:languages)", {"languages": list(conditions.languages)}


def scan_settings(version: tuple[int, ...], k: int, *, filtered: bool) -> list[str]:
    """What is set for one search along the graph."""
    breadth = BROADEST if filtered else min(BROADEST, max(BREADTH, 2 * k))
    if filtered and version >= GOES_ON:
        return [f"hnsw.ef_search = {max(BREADTH, 2 * k)}", "hnsw.iterative_scan = strict_order"]
    return [f"hnsw.ef_search = {breadth}"]
