"""Passages for tests: what a search gives back, without a search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from konspekt.indexer.language import detect_language
from konspekt.indexer.passages import Passage


def passage(rank: int, title: str, text: str, **changes: Any) -> Passage:
    fields: dict[str, Any] = {
        "rank": rank,
        "score": 1.0 / rank,
        "document_id": f"channel/{rank}",
        "chunk_id": rank,
        "title": title,
        "url": f"https://t.me/channel/{rank}",
        "published_at": datetime(2024, 5, rank, tzinfo=UTC),
        "source": "channel",
        "text": text,
        "language": detect_language(text),
        "token_count": len(text) // 3,
        "dense_score": 0.9 - 0.01 * rank,
        "lexical_score": 10.0 - rank,
    }
    return Passage(**{**fields, **changes})


SAMPLERS = passage(
    1,
    "Какой сэмплер выбрать",
    "Для SDXL я беру сэмплер DPM++ 2M Karras и 25 шагов. Euler быстрее на шаг, но ему нужно 40 шагов. "
    "Сэмплер LCM годится для превью: хватает 4 шагов, зато лица плывут.",
)
GUIDANCE = passage(
    2, "Guidance без фанатизма", "Масштаб guidance 7,5 подходит почти всем. Выше 12 цвета перенасыщены, картинка горит."
)
ENGLISH = passage(
    3,
    "KV cache in pages",
    "The KV cache stores keys and values of every past token. Int8 pages halve the cache with no visible loss.",
)


class Shelf:
    """A search that always finds the same passages, and remembers what it was asked."""

    def __init__(self, *found: Passage) -> None:
        self.found = list(found)
        self.queries: list[str] = []
        self.options: list[dict[str, Any]] = []

    def search(
        self,
        query: str,
        k: int = 8,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Sequence[str] | None = None,
    ) -> list[Passage]:
        self.queries.append(query)
        self.options.append({"k": k, "since": since, "until": until, "sources": sources})
        return self.found[:k]
