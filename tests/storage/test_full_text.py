"""Full-text search over prepared terms is the same in SQLite and PostgreSQL."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from konspekt.storage.database import Database
from konspekt.storage.index.full_text import (
    TermsRow,
    delete_terms,
    put_terms,
    search_terms,
)

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
