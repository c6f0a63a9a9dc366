"""Corrections are found at the cost of what is new, and are those that comparing everything with everything finds."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from konspekt.indexer.documents import Document
from konspekt.indexer.reindexing.announcements import NEXT_TERM, announced
from konspekt.indexer.reindexing.corrections import OLDEST, Corrections
from konspekt.indexer.reindexing.likeness import Likeness
from konspekt.storage.index.corrections import corrections_of
from konspekt.storage.index.full_text import search_terms
from konspekt.storage.index.term_counts import count_chunks, count_chunks_with
from konspekt.storage.models import ChunkRow, CorrectionRow, DocumentRow
from tests.indexer.house import House

VOCABULARY = (
    "окуляр труба зеркало фокус галактика туманность штатив призма апертура горизонт рассвет балкон планета "
    "комета метеор созвездие телескоп фильтр камера снимок выдержка печь глина глазурь кувшин обжиг полка"
)
WORDS = VOCABULARY.split()
START = datetime(2023, 1, 1, tzinfo=UTC)


def made_up(count: int, seed: int = 7) -> list[Document]:
    """Posts of few words, so that many are alike; some correct, some hint at a change, two channels in turn."""
    rng = random.Random(seed)
    found = []
    for number in range(count):
        words = rng.choices(WORDS, weights=range(len(WORDS), 0, -1), k=rng.randint(6, 14))
        mark = rng.choice(["", "", "", "Поправка: ", "UPD: ", "Теперь не так, а "])
        text = (
            f"{mark}{' '.join(words[:4])}\n\n{' '.join(words[4:])} {rng.randint(2, 9)} {rng.choice(['кг', 'минут'])}."
        )
        channel = ("channel", "second")[number % 2]
        found.append(
            Document(
                id=f"{channel}/{number}",
                source_id=channel,
                kind="post",
                title=text.split("\n", 1)[0],
                text=text,
                published_at=START + timedelta(days=9 * number),
            )
        )
    return found


def most_alike(session: Session, words: Sequence[str], document: Document) -> list[tuple[int, str, set[str]]]:
    """The three best of all chunks of the channel's last 400 days, by the database's own search and nothing else."""
    assert document.published_at is not None
    rows = session.execute(
        select(ChunkRow.id, ChunkRow.document_id)
        .join(DocumentRow)
        .where(DocumentRow.source_id == document.source_id)
        .where(DocumentRow.published_at >= document.published_at - OLDEST)
        .where(DocumentRow.published_at < document.published_at)
    )
    earlier = {row[0]: row[1] for row in rows}
    hits = [chunk for chunk, _ in search_terms(session, words, 3, list(earlier))]
    return [
        (chunk, earlier[chunk], {word for word in words if search_terms(session, [word], 1, [chunk])}) for chunk in hits
    ]


def test_the_most_alike_are_those_that_a_search_through_all_finds(house: House) -> None:
    documents = made_up(80)
    house.paths = {}
    for source in ("channel", "second"):
        house.give(*(d for d in documents if d.source_id == source), path=f"/{source}", source=source)
    house.reindexer().run(["/channel", "/second"])
    asked = found = 0
    with house.database.read() as session:
        likeness = Likeness(session)
        total = count_chunks(session)
        for document in documents[::3]:
            words = list(dict.fromkeys(w for w in document.text.lower().split() if w in WORDS))
            assert document.published_at is not None
            began = document.published_at - OLDEST
            best = likeness.best(words, document.source_id, began, document.published_at, 3)
            assert [(b.chunk_id, b.document_id, set(b.held)) for b in best] == most_alike(session, words, document)
            asked, found = asked + 1, found + len(best)
            counts = count_chunks_with(session, words)
            rarity = likeness.rarity(words)
            assert rarity == {word: pytest.approx(math.log(1 + total / (1 + counts[word]))) for word in words}
    assert asked > 20
    assert found > 60


def test_a_word_of_very_many_chunks_finds_nothing_but_counts(house: House) -> None:
    documents = made_up(60)
    house.give(*(d for d in documents if d.source_id == "channel"))
    house.reindexer().run(["/a"])
    with house.database.read() as session:
        last = documents[58]
        assert last.published_at is not None
        common, rare = WORDS[0], WORDS[-1]
        counts = count_chunks_with(session, [common, rare])
        assert counts[common] > counts[rare] > 0
        span = (last.source_id, START, last.published_at + timedelta(days=1))
        few = Likeness(session, held_at_most=counts[rare])
        assert few.best([common], *span, 3) == []
        assert len(few.best([common, rare], *span, 100)) == counts[rare]
        both = Likeness(session).best([common, rare], *span, 100)
        of_rare = [like for like in both if rare in like.held]
        assert few.best([common, rare], *span, 100) == of_rare  # in the same order: the common word still weighs


def test_only_so_many_are_scored_and_they_are_the_most_promising(house: House) -> None:
    house.give(*(d for d in made_up(80) if d.source_id == "channel"))
    house.reindexer().run(["/a"])
    with house.database.read() as session:
        words = WORDS[5:12]
        best = Likeness(session, scored_at_most=4).best(words, "channel", START, START + timedelta(days=999), 10)
        assert len(best) == 4
        held = [len(like.held) for like in best]
        assert min(held) >= 2


# ---------------------------------------------------------------- announcements


def notice(number: int, day: datetime, title: str = "Расписание занятий на неделю") -> Document:
    text = f"{title} {number}\n\nСлово{number} и ещё метка{number}."
    return Document(f"channel/{number}", "channel", "post", f"{title} {number}", text, published_at=day)


def replaced_by(house: House, documents: Sequence[Document]) -> dict[str, str]:
    with house.database.read() as session:
        return corrections_of(session, [document.id for document in documents])


def by_comparing_all(documents: Sequence[Document]) -> dict[str, str]:
    """Document -> the newest of the same name that is a term later: every one held against every other."""
    found: dict[str, tuple[datetime, str]] = {}
    for old in documents:
        for new in documents:
            assert old.published_at is not None
            assert new.published_at is not None
            if announced(old.title) == announced(new.title) and old.published_at <= new.published_at - NEXT_TERM:
                found[old.id] = max(found.get(old.id, (START, "")), (new.published_at, new.id))
    return {name: by for name, (_, by) in found.items()}


def pairs(house: House) -> int:
    with house.database.read() as session:
        return session.scalar(select(func.count()).select_from(CorrectionRow)) or 0


def test_a_weekly_timetable_costs_a_pair_for_each_week(house: House) -> None:
    weeks = [notice(n, START + timedelta(weeks=n)) for n in range(70)]
    house.give(*weeks)
    house.reindexer().run(["/a"])
    expected = by_comparing_all(weeks)
    assert replaced_by(house, weeks) == expected
    assert pairs(house) == len(expected) == 55


def test_another_week_one_less_and_a_changed_title_leave_what_comparing_all_finds(house: House) -> None:
    weeks = [notice(n, START + timedelta(weeks=n)) for n in range(40)]
    house.give(*weeks[:-1])
    house.reindexer().run(["/a"])
    house.give(*weeks)
    house.reindexer().run(["/a"])
    assert replaced_by(house, weeks) == by_comparing_all(weeks)
    assert pairs(house) == len(by_comparing_all(weeks))
    house.give(*weeks[:-1])  # the newest is deleted: the one before it takes its place
    house.reindexer().run(["/a"])
    assert replaced_by(house, weeks) == by_comparing_all(weeks[:-1])
    other = replace(weeks[-2], title="Цены на дрова", text="Цены на дрова\n\nПро другое.")
    house.give(*weeks[:-2], other)  # the newest is now about something else
    house.reindexer().run(["/a"])
    assert replaced_by(house, weeks) == by_comparing_all([*weeks[:-2], other])
    assert pairs(house) == len(by_comparing_all(weeks[:-2]))


def test_an_announcement_that_also_answers_keeps_what_it_corrects(house: House) -> None:
    first = notice(1, START)
    says = replace(notice(2, START + timedelta(days=3)), reply_to="channel/1", text="Поправка: занятия с девяти.")
    house.give(first, says)
    house.reindexer().run(["/a"])
    assert replaced_by(house, [first, says]) == {"channel/1": "channel/2"}
    later = notice(3, START + timedelta(days=200))
    house.give(first, says, later)
    house.reindexer().run(["/a"])
    assert replaced_by(house, [first, says]) == {"channel/1": "channel/3", "channel/2": "channel/3"}
    house.give(first, says)
    house.reindexer().run(["/a"])
    assert replaced_by(house, [first, says]) == {"channel/1": "channel/2"}  # it was never taken out


def test_an_own_link_is_followed_to_the_first_that_is_earlier(house: House) -> None:
    urls = ["https://t.me/channel/1", "https://t.me/channel/2", "https://t.me/channel/9"]
    old = [replace(notice(n, START + timedelta(days=n), "Заметка про кота"), url=urls[n - 1]) for n in (1, 2)]
    text = f"Поправка к {urls[2]} и {urls[1]}, а также {urls[0]}"
    new = replace(notice(9, START + timedelta(days=9), "Поправка"), text=text, url=urls[2])
    house.give(*old, new)
    house.reindexer().run(["/a"])
    assert replaced_by(house, old) == {"channel/2": "channel/9"}
    with house.database.read() as session:
        assert Corrections(session).find([new]) == {("channel/2", "channel/9")}
