"""Answers as plain data: for `--json`, for storage, for evaluation."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from konspekt.answering.answer import Answer, Citation, Part, Timings
from konspekt.indexer.passages import Passage


def answer_fields(answer: Answer) -> dict[str, Any]:
    """What `konspekt ask --json` prints."""
    return {
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "answer": answer.text,
        "parts": [part_fields(part) for part in answer.parts],
        "language": answer.language,
        "refused": answer.refused,
        "extractive": answer.extractive,
        "notice": answer.notice,
        "citations": [citation_fields(citation) for citation in answer.citations],
        "passages": [passage_fields(passage) for passage in answer.passages],
        "model": answer.model,
        "timings": timing_fields(answer.timings),
    }


def part_fields(part: Part) -> dict[str, Any]:
    """A sentence of the answer with its citations' numbers; `kind` is `text`, `authored`, `code` or `markdown`."""
    fields: dict[str, Any] = {"text": part.text, "citations": list(part.marks), "kind": part.kind}
    return {**fields, "before": part.before, **({"language": part.language} if part.language else {})}


def citation_fields(citation: Citation) -> dict[str, Any]:
    return {
        "n": citation.n,
        "title": citation.title,
        "url": citation.url,
        "published_at": _date(citation.published_at),
        "quote": citation.quote,
        "document_id": citation.document_id,
    }


def passage_fields(passage: Passage) -> dict[str, Any]:
    """As an item of `konspekt search --json`."""
    return {
        "rank": passage.rank,
        "score": round(passage.score, 6),
        "document_id": passage.document_id,
        "title": passage.title,
        "url": passage.url,
        "published_at": _date(passage.published_at),
        "source": passage.source,
        "text": passage.text,
        "corrected_by": passage.corrected_by,
    }


def timing_fields(timings: Timings) -> dict[str, Any]:
    return {name: None if value is None else round(value, 1) for name, value in asdict(timings).items()}


def _date(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
