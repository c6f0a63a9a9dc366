"""What authors changed: the newest holds, taking a change back forgets it, each author has his own."""

from __future__ import annotations

from pathlib import Path

import pytest

from konspekt.storage.authoring.lessons import Lessons
from konspekt.storage.database import Database


@pytest.fixture
def lessons(tmp_path: Path) -> Lessons:
    database = Database(f"sqlite:///{tmp_path / 'konspekt.db'}")
    database.migrate()
    return Lessons(database)


def learn(lessons: Lessons, user: int | None, said: str, instead: str, kind: str = "term") -> int | None:
    return lessons.learn(user, kind=kind, language="en", network="", said=said, instead=instead)


def known(lessons: Lessons, user: int | None) -> list[tuple[str, str]]:
    return [(row.said, row.instead) for row in lessons.known(user)]


def test_lessons_of_an_author(lessons: Lessons) -> None:
    learn(lessons, 1, "card", "GPU")
    learn(lessons, 1, "card", "graphics card")
    second = learn(lessons, 2, "box", "machine")
    shared = learn(lessons, None, "net", "network")
    assert known(lessons, 1) == [("net", "network"), ("card", "graphics card")]
    assert known(lessons, 2) == [("net", "network"), ("box", "machine")]
    assert len(known(lessons, None)) == 3  # the machine's owner sees all
    assert learn(lessons, 1, "graphics card", "card") is None
    assert known(lessons, 1) == [("net", "network")]
    assert second is not None
    assert shared is not None
    assert not lessons.forget(second, 1)
    assert lessons.forget(second, 2)
    assert not lessons.forget(second, 2)
    assert lessons.forget(shared, None)
    assert known(lessons, None) == []


def test_a_new_opening_takes_the_place_of_the_old_one(lessons: Lessons) -> None:
    learn(lessons, 1, "", "Hello.", "opening")
    learn(lessons, 1, "", "Good morning.", "opening")
    learn(lessons, 1, "", "Bye.", "sign-off")
    assert known(lessons, 1) == [("", "Bye."), ("", "Good morning.")]
