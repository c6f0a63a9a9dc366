"""How questions fared, and what is indexed: read-only queries for /stats, /sources, /start and `konspekt doctor`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Text, cast, func, or_, select

from konspekt.storage.asked.unanswered import Alike, folded, same_words, unanswered
from konspekt.storage.database import Database
from konspekt.storage.index.popularity import NOTHING_KNOWN, Popularity, popularity_of_sources
from konspekt.storage.models import (
    AnswerRow,
    DocumentRow,
    FeedbackRow,
    SourceRow,
    utc_now,
)

PERCENTILES = (50, 90, 99)
LISTED = 5  # questions in each list
COMPARED = 400  # of the latest unanswered questions: each is compared with the ones before it
TITLE_LENGTH = (12, 70)  # characters of a title that makes a good example


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    questions: int
    refused: int


@dataclass(frozen=True, slots=True)
class Asked:
    question: str
    count: int


@dataclass(frozen=True, slots=True)
class Overview:
    """How the questions of the last days fared. `latency_ms` maps a percentile to milliseconds.

    `failed`: questions that were refused, voted down or asked again (`asked_again`), each counted once; `unanswered`
    are the most frequent of them, those in nearly the same words together, without who asked.
    """

    period_days: int
    questions: int
    users: int
    refused: int
    extractive: int
    votes_up: int
    votes_down: int
    days: tuple[Day, ...]
    latency_ms: dict[int, float] = field(default_factory=dict)
    top: tuple[Asked, ...] = ()
    unanswered: tuple[Asked, ...] = ()
    failed: int = 0
    asked_again: int = 0


@dataclass(frozen=True, slots=True)
class SourceOverview:
    id: str
    title: str
    kind: str
    documents: int
    last_read_at: datetime | None
    last_status: str | None
    counted: int = 0  # of its posts have numbers; the sums of them, None where not known
    views: int | None = None
    reactions: int | None = None


class Statistics:
    """`alike` tells when a question was asked again, see `konspekt.storage.asked.unanswered`."""

    def __init__(self, database: Database, alike: Alike = same_words) -> None:
        self._database, self._alike = database, alike

    def overview(self, days: int) -> Overview:
        since = utc_now() - timedelta(days=days)
        with self._database.read() as session:
            rows = session.execute(
                select(AnswerRow.id, AnswerRow.created_at, AnswerRow.refused, AnswerRow.extractive,
                       AnswerRow.user_id, AnswerRow.timings, AnswerRow.question)
                .where(AnswerRow.created_at >= since)
                .order_by(AnswerRow.created_at, AnswerRow.id)
            ).all()  # fmt: skip
            votes: dict[int, int] = dict(
                session.execute(
                    select(FeedbackRow.value, func.count())
                    .where(FeedbackRow.created_at >= since)
                    .group_by(FeedbackRow.value)
                ).all()
            )
            failed = unanswered(session, since, self._alike)
        latencies = sorted(float(row.timings["total_ms"]) for row in rows if row.timings.get("total_ms") is not None)
        return Overview(
            period_days=days,
            questions=len(rows),
            users=len({row.user_id for row in rows if row.user_id is not None}),
            refused=sum(row.refused for row in rows),
            extractive=sum(row.extractive for row in rows),
            votes_up=votes.get(1, 0),
            votes_down=votes.get(-1, 0),
            days=_by_day([(row.created_at, row.refused) for row in rows], since.date(), utc_now().date()),
            latency_ms={share: percentile(latencies, share) for share in PERCENTILES} if latencies else {},
            top=_most_frequent([row.question for row in rows], at_least=2),
            unanswered=_most_frequent_alike([row.question for row in rows if row.id in failed], self._alike),
            failed=len(failed),
            asked_again=sum("again" in why for why in failed.values()),
        )

    def sources(self) -> list[SourceOverview]:
        with self._database.read() as session:
            counts: dict[str, int] = dict(
                session.execute(select(DocumentRow.source_id, func.count()).group_by(DocumentRow.source_id)).all()
            )
            rows = session.scalars(select(SourceRow).order_by(SourceRow.title)).all()
            numbers = popularity_of_sources(session)
            return [_overview_of(row, counts.get(row.id, 0), *numbers.get(row.id, (0, NOTHING_KNOWN))) for row in rows]

    def cited(self, document_id: str) -> int:
        """In how many answers."""
        named = json.dumps(document_id)  # as the column holds it, in either way of writing letters
        plain = json.dumps(document_id, ensure_ascii=False)
        column = cast(AnswerRow.citations, Text)
        holds = or_(column.contains(named, autoescape=True), column.contains(plain, autoescape=True))
        with self._database.read() as session:
            return session.scalar(select(func.count(AnswerRow.id)).where(holds)) or 0

    def example_titles(self, language: str, count: int) -> list[str]:
        """Titles of recent documents that read well in a question, those in the reader's language first."""
        low, high = TITLE_LENGTH
        with self._database.read() as session:
            length = func.length(DocumentRow.title)
            query = (
                select(DocumentRow.title)
                .where(length.between(low, high))
                .order_by(
                    DocumentRow.language != language, DocumentRow.published_at.desc().nulls_last(), DocumentRow.id
                )
                .limit(count * 10)
            )
            titles = session.scalars(query).all()
        return _distinct([" ".join(title.split()).rstrip(".!:…") for title in titles])[:count]


def _overview_of(row: SourceRow, documents: int, counted: int, sums: Popularity) -> SourceOverview:
    return SourceOverview(
        row.id, row.title, row.kind, documents, row.last_read_at, row.last_status, counted, sums.views, sums.reactions
    )  # fmt: skip


def _by_day(rows: Sequence[tuple[datetime, bool]], first: date, last: date) -> tuple[Day, ...]:
    """Every day of the period, including those without a question."""
    dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    questions, refusals = dict.fromkeys(dates, 0), dict.fromkeys(dates, 0)
    for moment, refused in rows:
        day = moment.date()
        questions[day] = questions.get(day, 0) + 1
        refusals[day] = refusals.get(day, 0) + refused
    return tuple(Day(day, questions[day], refusals[day]) for day in sorted(questions))


def _most_frequent(questions: Sequence[str], at_least: int = 1) -> tuple[Asked, ...]:
    """The same question in another case, or with other white space, counts as the same."""
    counted = [one for one in _counted(questions) if one.count >= at_least]
    return tuple(sorted(counted, key=lambda one: -one.count)[:LISTED])


def _most_frequent_alike(questions: Sequence[str], alike: Alike) -> tuple[Asked, ...]:
    """Questions that are nearly the same count as one, shown as it was asked most often."""
    groups: list[Asked] = []
    for one in sorted(_counted(questions)[-COMPARED:], key=lambda one: -one.count):
        place = next((i for i, group in enumerate(groups) if alike(group.question, one.question)), None)
        if place is None:
            groups.append(one)
        else:
            groups[place] = Asked(groups[place].question, groups[place].count + one.count)
    return tuple(sorted(groups, key=lambda one: -one.count)[:LISTED])


def _counted(questions: Sequence[str]) -> list[Asked]:
    """In the order in which each was last asked."""
    counts: dict[str, Asked] = {}
    for question in questions:
        key = folded(question)
        before = counts.pop(key, None)
        counts[key] = Asked(before.question, before.count + 1) if before else Asked(question, 1)
    return list(counts.values())


def percentile(ordered: Sequence[float], share: int) -> float:
    """Nearest rank: the smallest value that at least `share` per cent are not above."""
    rank = max(1, -(-len(ordered) * share // 100))
    return ordered[rank - 1]


def _distinct(titles: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(titles))
