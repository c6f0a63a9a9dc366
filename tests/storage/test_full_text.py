"""Full-text search over prepared terms is the same in SQLite and PostgreSQL."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from konspekt.storage.database import Database
from konspekt.storage.index.filters import Filters, Labels, Where
from konspekt.storage.index.full_text import (
    TermsRow,
    delete_terms,
    put_terms,
    search_terms,
)
from konspekt.storage.index.full_text_postgres import count_everything_anew
from konspekt.storage.index.impacts import bm25, impact_classes, most_of
from konspekt.storage.index.term_counts import count_chunks, count_chunks_with
from konspekt.storage.index.vocabulary import term_counts
from tests.storage.vectors.shelf import Shelf, clustered

ROWS = [
    TermsRow(1, "кот", "кот спать диван"),
    TermsRow(2, "собака", "кот собака двор лаять лаять"),
    TermsRow(3, "квантизация", "fp16 int8 gpt4 c++ qwen2.5-coder"),
    TermsRow(4, "", "двор двор двор"),
]


def put(database: Database, rows: list[TermsRow]) -> None:
    with database.session() as session:
        put_terms(session, rows)


def find(database: Database, *terms: str, limit: int = 10, among: list[int] | None = None) -> list[int]:
    with database.read() as session:
        return [chunk_id for chunk_id, _ in search_terms(session, terms, limit, among)]


def test_chunks_that_hold_a_term_are_found_best_first(database: Database) -> None:
    put(database, ROWS)
    assert find(database, "кот")[0] == 1  # its title says so too
    assert find(database, "лаять", "собака") == [2]
    assert set(find(database, "двор")) == {2, 4}
    assert find(database, "пароход") == []


def test_terms_with_marks_are_found_whole(database: Database) -> None:
    put(database, ROWS)
    for term in ("c++", "fp16", "qwen2.5-coder"):
        assert find(database, term) == [3]


@pytest.mark.parametrize("term", ['"', "'", "a OR b", "NEAR(", "*", "\\", "кот*", ":t0", "%", "{a}"])
def test_a_term_is_never_read_as_syntax(database: Database, term: str) -> None:
    put(database, ROWS)
    assert find(database, term) in ([], [1, 2])  # `кот*` may lose its star, and no more
    assert find(database, term, "собака")[0] in {1, 2}


def test_deleted_chunks_are_not_found(database: Database) -> None:
    put(database, ROWS)
    with database.session() as session:
        delete_terms(session, [2, 99])
    assert find(database, "двор") == [4]


def test_a_search_can_be_restricted_to_some_chunks(database: Database) -> None:
    put(database, ROWS)
    assert find(database, "двор", among=[1, 4]) == [4]
    assert find(database, "двор", among=[]) == []
    assert find(database, "двор", limit=1, among=[2, 4]) == find(database, "двор", limit=1)


@pytest.mark.postgres
def test_both_databases_give_the_same_scores(tmp_path: Path, postgres_url: str) -> None:
    rng = random.Random(7)
    words = [f"w{n}" for n in range(40)]
    rows = [
        TermsRow(n + 1, " ".join(rng.choices(words, k=3)), " ".join(rng.choices(words, k=rng.randrange(1, 60))))
        for n in range(200)
    ]
    found = []
    for url in (f"sqlite:///{tmp_path / 'a.db'}", postgres_url):
        database = Database(url)
        database.migrate()
        put(database, rows)
        with database.read() as session:
            found.append([search_terms(session, query, 20) for query in (["w1"], ["w2", "w3"], ["w4", "w5", "w6"])])
        database.close()
    for one, other in zip(*found, strict=True):
        assert one
        assert dict(one) == pytest.approx(dict(other), rel=1e-5)


def zipf(count: int, seed: int = 3) -> list[TermsRow]:
    """Texts as people write them: "w0" stands in nearly every chunk, the last words in one or two; lengths differ."""
    rng = random.Random(seed)
    words = [f"w{n}" for n in range(2000)]
    weights = [1 / (n + 1.5) for n in range(2000)]
    return [
        TermsRow(
            n + 1,
            " ".join(rng.choices(words, weights, k=rng.randrange(6))),
            " ".join(rng.choices(words, weights, k=rng.choice((5, 20, 40, 60, 110, 180)))),
        )
        for n in range(count)
    ]


QUERIES = (
    ["w0"], ["w1"], ["w5"], ["w0", "w1"], ["w2", "w3", "w4"], ["w0", "w900"], ["w40", "w41", "w6"], ["w1999", "w1"],
    ["w0", "w1", "w2", "w3", "w10", "w30", "w100", "w300"], ["w700", "w800"], ["nowhere", "w12"],
)  # fmt: skip


@pytest.mark.postgres
def test_frequent_words_find_the_same_without_reading_half_of_the_table(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = zipf(2500)
    read: list[int] = []

    def counting(*arguments: Any) -> float:
        read[-1] += 1
        return bm25(*arguments)

    monkeypatch.setattr("konspekt.storage.index.full_text_postgres.bm25", counting)
    both = [Database(url) for url in (f"sqlite:///{tmp_path / 'a.db'}", postgres_url)]
    for database in both:
        database.migrate()
        put(database, rows)
    for gone in ([], list(range(1, 2500, 3))):
        for database in both:
            with database.session() as session:
                delete_terms(session, gone)
        some = [n for n in range(1, 2501) if n % 7 < 3]
        for terms in QUERIES:
            for among in (None, some[:50], some):
                monkeypatch.setattr("konspekt.storage.index.full_text_postgres.FEW", 1000)
                read.append(0)
                found = []
                for database in both:
                    with database.read() as session:
                        found.append(dict(search_terms(session, terms, 20, among)))
                        counted = count_chunks_with(session, terms), count_chunks(session)
                        found.append(counted)  # type: ignore[arg-type]
                assert found[1] == found[3], terms
                assert list(found[2].values()) == pytest.approx(list(found[0].values()), rel=1e-5), terms
                best = min(found[0].values(), default=0)  # equals at the end may be cut anywhere
                assert {i for i, s in found[2].items() if s > best * 1.0001} <= found[0].keys(), terms
                if among is None and len(terms) == 1:
                    assert read[-1] < 2500 / 4, (terms, read[-1])
    assert sum(read) < len(read) * 2500 / 4  # the more chunks there are, the smaller the part
    with both[0].read() as one, both[1].read() as other:
        assert term_counts(one) == term_counts(other)
    for database in both:
        database.close()


@pytest.mark.postgres
def test_a_database_of_an_earlier_version_is_counted_once(postgres_url: str) -> None:
    database = Database(postgres_url)
    database.migrate()
    rows = zipf(300)
    put(database, rows)
    with database.read() as session:
        before = term_counts(session), search_terms(session, ["w1", "w7"], 10)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE chunk_terms SET impacts = '{}'"))
        connection.execute(text("TRUNCATE chunk_terms_counts, chunk_terms_totals"))
        count_everything_anew(connection)
    with database.read() as session:
        assert (term_counts(session), search_terms(session, ["w1", "w7"], 10)) == before
    database.close()


@pytest.mark.parametrize("mean_length", [4.0, 60.0, 95.0, 400.0])
def test_a_class_bounds_what_its_words_add(mean_length: float) -> None:
    for row in zipf(150, seed=int(mean_length)):
        relative = (len(row.title.split()) + len(row.body.split())) / mean_length
        for term, found in impact_classes(row.title, row.body).items():
            assert bm25({term: 1.7}, row.title, row.body, relative) <= most_of(found, 1.7, mean_length) * (1 + 1e-9)


@pytest.mark.parametrize("few", [0, 5_000])
def test_filters_are_part_of_the_statement(database: Database, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """The same is found whether the chunks that pass are listed or described."""
    monkeypatch.setattr("konspekt.storage.index.full_text.FEW", few)
    labels = [Labels("even" if n % 2 else "odd", None, None, "ru" if n % 3 else "en") for n in range(120)]
    shelf = Shelf(database, clustered(120), labels)
    put(database, [TermsRow(int(i), "", row.body) for i, row in zip(shelf.ids, zipf(120), strict=True)])
    with database.read() as session:
        for filters in (
            Filters(sources=["even"]),
            Filters(languages=["en"], sources=["odd"]),
            Filters(sources=["none"]),
        ):
            where = Where(session, filters)
            listed = Where(session, filters).allowed
            assert listed is not None
            expected = search_terms(session, ["w1", "w4"], 10, listed.tolist())
            found = search_terms(session, ["w1", "w4"], 10, where=where)
            assert dict(found) == pytest.approx(dict(expected))
            assert len(expected) == (0 if filters.sources == ["none"] else 10)
