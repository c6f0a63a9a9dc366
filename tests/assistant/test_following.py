"""When messages are due, what a post is compared with, and who takes a due message."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.assistant.following.followings import DEFAULT_OFFSET, FARTHEST, Followings, reschedule
from konspekt.assistant.following.letters import Due, Letters
from konspekt.assistant.following.matching import Passage, Topic, about, mean_of
from konspekt.assistant.following.schedule import DIGEST_HOURS, after_night, is_night, next_at, next_digest
from konspekt.assistant.following.topics import tidy, topic_of
from konspekt.indexer.lexical import terms
from konspekt.storage.assisting.following import Follows
from konspekt.storage.assisting.models_following import FollowRow
from konspekt.storage.database import Database
from konspekt.storage.models import DocumentRow, SourceRow, UpdateRow
from konspekt.storage.updates import Updates
from tests.bot.following import MONDAY, FakeClock

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
OFFSETS = st.integers(-FARTHEST, FARTHEST)


@given(MOMENTS, OFFSETS)
def test_the_night_ends_within_ten_hours_and_day_is_day(moment: datetime, offset: int) -> None:
    morning = after_night(moment, offset)
    assert not is_night(morning, offset)
    assert (morning == moment) != is_night(moment, offset)
    assert morning - moment <= timedelta(hours=10)


@given(MOMENTS, OFFSETS, st.sampled_from(DIGEST_HOURS))
def test_a_digest_is_next_due_at_the_readers_hour(moment: datetime, offset: int, hour: int) -> None:
    for mode, longest in (("daily", 1), ("weekly", 7)):
        at = next_digest(mode, moment, hour, offset)  # type: ignore[arg-type]
        local = at + timedelta(minutes=offset)
        assert timedelta(0) < at - moment <= timedelta(days=longest)
        assert (local.hour, local.minute) == (hour, 0)
        assert mode == "daily" or local.weekday() == 0
        assert not is_night(at, offset)
    assert next_at(moment, hour, offset) == next_digest("daily", moment, hour, offset)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("следи за квантизацией", "квантизацией"),
        ("Следите за темой «flow matching»!", "flow matching"),
        ("пожалуйста, следи за новыми постами о LoRA", "LoRA"),
        ("подпишись на ControlNet", "ControlNet"),
        ("follow news about video generation", "video generation"),
        ("Follow LoRA", "LoRA"),
        ("follow me", None),
        ("follow this link to the post", None),
        ("follow up on that", None),
        ("я слежу за квантизацией", None),
        ("следи за квантизацией и напиши мне длинный обзор всего, что было", None),
        ("за чем следить?", None),
        ("следи за", None),
    ],
)
def test_requests_in_plain_words(text: str, topic: str | None) -> None:
    assert topic_of(text) == topic


@pytest.mark.parametrize("topic", ["по", "о", "новости", "«»", "тема LoRA"])
def test_a_topic_keeps_some_word(topic: str) -> None:
    assert tidy(topic) or not any(char.isalnum() for char in topic)


def test_meaning_matches_above_the_bound_and_only_with_a_mean() -> None:
    rng = np.random.default_rng(1)
    vectors = [vector / np.linalg.norm(vector) for vector in rng.normal(0, 1, (40, 64)).astype(np.float32) + 2]
    mean = mean_of(vectors)
    topic = Topic(frozenset({"никогда"}), vectors[0])
    assert about(topic, [Passage(frozenset(), vectors[0])], mean)
    assert not about(topic, [Passage(frozenset(), vectors[1])], mean)
    assert not about(topic, [Passage(frozenset(), vectors[0])], mean_of(vectors[:5]))
    assert not about(topic, [Passage(frozenset(), None)], mean)


NEAR = [
    ("генерация видео", "Видеодиффузия: куда уходит время"),
    ("дистиллировать модели", "Distillation: how a small network learns from a large one."),
    ("обучение с учителем-моделью", "Дистилляция: как маленькая модель учится у большой."),
]
FAR = ["футбол", "ипотека", "рецепты пирогов", "автомобили", "cooking", "путешествия в Азию"]


def test_other_words_for_a_topic_match_and_strange_topics_do_not(e5: Any, sample_passages: list[str]) -> None:
    vectors = list(e5.embed_passages(sample_passages))
    mean = mean_of(vectors)
    for words, text in NEAR:
        topic = Topic(frozenset(terms(words)), e5.embed_queries([words])[0])
        assert about(topic, [Passage(frozenset(terms(text)), e5.embed_passages([text])[0])], mean), words
    for words in FAR:
        topic = Topic(frozenset(terms(words)), e5.embed_queries([words])[0])
        found = [
            t for t, v in zip(sample_passages, vectors, strict=True) if about(topic, [Passage(frozenset(), v)], mean)
        ]
        assert found == [], words


@pytest.fixture(scope="session")
def sample_passages() -> list[str]:
    """Posts of the sample's channel, as they are exported."""
    import json

    from tests.conftest import ROOT

    messages = json.loads((ROOT / "sample" / "channel" / "result.json").read_text("utf-8"))["messages"]
    texts = []
    for message in messages:
        parts = message.get("text") or ""
        text = parts if isinstance(parts, str) else "".join(p if isinstance(p, str) else p["text"] for p in parts)
        if len(text) > 200:
            texts.append(text[:300])
    assert len(texts) > 50
    return texts[:40]  # to embed them takes seconds


# ---------------------------------------------------------------- the schedule in the database


def add_posts(database: Database, *numbers: int) -> None:
    with database.session() as session:
        if session.get(SourceRow, "s") is None:
            session.add(SourceRow(id="s", kind="telegram", title="s", location="s"))
            session.flush()
        for number in numbers:
            name = f"s/{number}"
            row = DocumentRow(id=name, source_id="s", kind="post", title=name, text=name, language="ru",
                              content_hash=name, fold_hash=name, published_at=MONDAY)  # fmt: skip
            session.add(row)


def add_reader(database: Database, user_id: int, mode: str = "now", found: tuple[int, ...] = ()) -> int:
    with database.session() as session:
        follows = Follows(session)
        reader = follows.put_follower(user_id, "ru", 9)
        row = FollowRow(user_id=user_id, topic="т", terms=["т"], mode=mode, created_at=MONDAY)
        follow_id = follows.add(row)
        for number in found:
            follows.found(row, f"s/{number}")
        reschedule(follows, reader, MONDAY)
        return follow_id


def job_of(due: Due) -> dict[str, Any]:
    return {"update_id": -(10**9) - due.id, "job": {"from": {"id": due.user_id}, "message": due.id}}


def test_several_instances_make_each_due_message_once(database: Database) -> None:
    add_posts(database, 1, 2)
    for user_id in range(1, 41):
        add_reader(database, user_id, found=(1, 2))
    instances = [Letters(database, Updates(database, f"i{n}"), FakeClock()) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        claimed = [job for jobs in pool.map(lambda letters: letters.claim(job_of), instances * 3) for job in jobs]
    assert sorted(job.payload["job"]["from"]["id"] for job in claimed) == list(range(1, 41))
    with database.read() as session:
        assert session.query(UpdateRow).count() == 40


def test_a_post_that_two_topics_match_is_told_once(database: Database) -> None:
    add_posts(database, 1, 2)
    first = add_reader(database, 7, "now", (1, 2))
    add_reader(database, 7, "weekly", (1,))
    clock = FakeClock()
    letters = Letters(database, Updates(database, "i"), clock)
    (job,) = letters.claim(job_of)
    letter = letters.letter(job.payload["job"]["message"])
    assert letter is not None
    assert [(section.follow_id, len(section.items)) for section in letter.sections] == [(first, 2)]
    clock.time = MONDAY + timedelta(days=8)
    assert letters.claim(job_of) == []


def test_an_overdue_digest_is_not_moved_by_a_change_of_settings(database: Database) -> None:
    add_posts(database, 1)
    add_reader(database, 7, "daily", (1,))
    clock = FakeClock(MONDAY + timedelta(days=1, hours=1))
    followings = Followings(database, None, None, clock)  # type: ignore[arg-type]
    assert followings.set_clock(7, hour=20)
    (job,) = Letters(database, Updates(database, "i"), clock).claim(job_of)
    assert job.payload["job"]["from"]["id"] == 7


def test_ended_and_forgotten_topics_leave_nothing_to_send(database: Database) -> None:
    add_posts(database, 1)
    clock = FakeClock()
    letters, followings = Letters(database, Updates(database, "i"), clock), Followings(database, None, None, clock)  # type: ignore[arg-type]
    follow_id = add_reader(database, 7, found=(1,))
    (job,) = letters.claim(job_of)
    assert followings.end(8, follow_id) is None
    assert followings.end(7, follow_id) is not None
    assert letters.letter(job.payload["job"]["message"]) is None
    add_reader(database, 7, found=(1,))
    with database.session() as session:
        assert Follows(session).forget(7) == 1
        assert Follows(session).follower(7) is None
    assert letters.claim(job_of) == []


def test_at_night_what_is_due_waits(database: Database) -> None:
    add_posts(database, 1)
    add_reader(database, 7, found=(1,))
    clock = FakeClock(MONDAY.replace(hour=23))
    letters = Letters(database, Updates(database, "i"), clock)
    assert letters.claim(job_of) == []
    clock.time = MONDAY + timedelta(hours=22)  # 8:00 in Moscow
    assert len(letters.claim(job_of)) == 1
    assert DEFAULT_OFFSET["ru"] == 180
