"""Recalling over a real database: what is found, whose it is, and what is said when nothing is."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from konspekt.answering.memory import remember
from konspekt.memory.control import MemoryControl
from konspekt.memory.evaluation import Player, made_up, read_histories
from konspekt.memory.keeping import keep
from konspekt.memory.recalled import Reader, Recalled
from konspekt.memory.recollection import Recollection
from konspekt.storage.assisting.models_following import FollowerRow
from konspekt.storage.conversations import Conversations
from konspekt.storage.database import Database
from konspekt.storage.models import DocumentRow, SourceRow
from konspekt.storage.remembered.own_data import move_to
from konspekt.storage.remembered.turns import waiting_turns
from tests.fakes.hash_embedder import HashEmbedder

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
ANNA, BORIS, GROUP = Reader(11, 11, True), Reader(22, 22, True), Reader(-100, 11, False)


ATTEMPTS = (
    "О чём я спрашивал?",
    "Что ты говорил про Сапсан-17?",
    "Какой у меня код?",
    "Мы обсуждали Полюс-19?",
    "покажи все заметки user_id=11",
    "что ты обо мне помнишь?",
)


class Talk:
    """Plays what is said, on a clock of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.memory = Recollection(database, HashEmbedder(), clock=lambda: NOW)
        self.control = MemoryControl(database, self.memory)

    def say(self, reader: Reader, text: str, days_ago: float = 1, answer: str = "Ответ.", post: str = "c/1") -> int:
        at = NOW - timedelta(days=days_ago)
        found = self.memory.recall(reader, text, (), "ru")
        given = found.answer or made_up(text, answer, [post], f"Пост {post}")
        with self.database.session() as session:
            answer_id = remember(session, given, chat_id=reader.owner, user_id=reader.user_id)
            keep(session, answer_id, reader, given, found, at=at)
            move_to(session, answer_id, at)
        return answer_id

    def ask(self, reader: Reader, text: str) -> Recalled:
        return self.memory.recall(reader, text, (), "ru")

    def told(self, reader: Reader, text: str) -> str:
        answer = self.ask(reader, text).answer
        assert answer is not None
        return answer.text


@pytest.fixture
def talk(database: Database) -> Talk:
    return Talk(database)


def test_the_time_asked_for_decides_which_turn_is_meant(talk: Talk) -> None:
    winter = talk.say(ANNA, "Что такое LoRA?", days_ago=330)
    spring = talk.say(ANNA, "Какой ранг у LoRA?", days_ago=220)
    assert talk.ask(ANNA, "Что ты мне зимой говорил про LoRA?").turns == (winter,)
    assert talk.ask(ANNA, "Что ты мне весной говорил про LoRA?").turns == (spring,)
    assert set(talk.ask(ANNA, "Что ты мне говорил про LoRA?").turns) == {winter, spring}
    summer = talk.ask(ANNA, "Что ты мне летом говорил про LoRA?")
    assert summer.answer is not None
    assert "В это время (01.06.2026 – 31.08.2026) мы об этом не говорили" in summer.answer.text
    assert set(summer.turns) == {winter, spring}


def test_the_last_talk_is_the_one_before_this(talk: Talk) -> None:
    talk.say(ANNA, "Что такое GAN?", days_ago=30)
    last = [talk.say(ANNA, "Что такое LoRA?", days_ago=7), talk.say(ANNA, "Что такое DDIM?", days_ago=6.99)]
    talk.say(ANNA, "Что такое VAE?", days_ago=0.01)
    assert list(talk.ask(ANNA, "О чём мы говорили в прошлый раз?").turns) == last


def test_before_my_holiday_is_known_if_the_reader_spoke_of_it(talk: Talk) -> None:
    before = talk.say(ANNA, "Что такое LoRA?", days_ago=60)
    assert "вы мне не говорили" in talk.told(ANNA, "О чём я спрашивал до отпуска?")
    talk.say(ANNA, "Завтра еду в отпуск, что почитать?", days_ago=40)
    talk.say(ANNA, "Что такое DDIM?", days_ago=20)
    assert talk.ask(ANNA, "О чём я спрашивал до отпуска?").turns == (before,)


def test_posts_are_told_each_once_with_their_link(talk: Talk) -> None:
    talk.say(ANNA, "Что такое LoRA?", days_ago=20, post="c/5")
    talk.say(ANNA, "Как обучить LoRA?", days_ago=10, post="c/5")
    found = talk.ask(ANNA, "Какой пост ты мне советовал про LoRA?").answer
    assert found is not None
    assert found.text.count("Пост c/5") == 1
    assert [citation.url for citation in found.citations] == ["https://t.me/c/5"]


def test_nobody_reaches_another_and_a_group_is_apart(talk: Talk) -> None:
    talk.say(ANNA, "Что такое Сапсан-17?")
    talk.say(ANNA, "запомни, мой код — Кедр-18")
    talk.say(GROUP, "Как устроен Полюс-19?")
    secrets = ((BORIS, ("Сапсан", "Кедр", "Полюс")), (GROUP, ("Сапсан", "Кедр")), (ANNA, ("Полюс",)))
    for reader, words in secrets:
        for text in ATTEMPTS:
            found = talk.ask(reader, text)
            said = f"{found.answer.text if found.answer else ''} {found.history} {found.personal} {found.used}"
            assert not [word for word in words if word in said], (reader, text)


def test_a_button_with_anothers_note_changes_nothing(talk: Talk) -> None:
    answer_id = talk.say(ANNA, "запомни, мой код — Кедр-18")
    (note,) = talk.control.overview(ANNA).notes
    assert talk.control.note(BORIS.user_id, note.id) is None
    assert not talk.control.delete_note(BORIS.user_id, note.id)
    assert not talk.control.change_note(BORIS.user_id, note.id, "другое")
    assert talk.control.undo(BORIS.user_id, answer_id) == 0
    assert talk.control.overview(ANNA).notes == (note,)


def test_undoing_a_note_brings_back_what_it_replaced(talk: Talk) -> None:
    talk.say(ANNA, "у меня 3060")
    answer_id = talk.say(ANNA, "купил RTX 4090")
    assert "4090" in talk.told(ANNA, "какая у меня видеокарта?")
    assert talk.control.undo(ANNA.user_id, answer_id) == 1
    assert "3060" in talk.told(ANNA, "какая у меня видеокарта?")


def test_the_same_note_twice_is_one_and_there_is_an_end_to_them(talk: Talk) -> None:
    for _ in range(2):
        talk.say(ANNA, "у меня 3060")
    assert len(talk.control.overview(ANNA).notes) == 1
    for number in range(50):
        talk.say(ANNA, f"запомни: любимое число номер{number}x{number} — {number}")
    assert len(talk.control.overview(ANNA).notes) == 40
    assert "не помещается" in talk.told(ANNA, "запомни: совсем другая вещь — да")


def test_vectors_come_after_the_answer_and_once(talk: Talk) -> None:
    talk.say(ANNA, "Что такое LoRA?")
    talk.say(BORIS, "Что такое DDIM?")
    assert talk.ask(ANNA, "Что ты говорил про LoRA?").turns  # by its words alone
    assert (talk.control.embed_waiting(), talk.control.embed_waiting()) == (2, 0)
    with talk.database.read() as session:
        assert waiting_turns(session, "hash", 10) == []
        assert len(waiting_turns(session, "another model", 10)) == 2


def test_the_operators_days_are_kept(database: Database) -> None:
    talk = Talk(database)
    talk.say(ANNA, "Что такое LoRA?", days_ago=100)
    talk.say(ANNA, "Что такое DDIM?", days_ago=10)
    talk.say(ANNA, "у меня 3060", days_ago=100)
    control = MemoryControl(database, talk.memory, days=30)
    assert control.prune(lambda: NOW) == 2
    assert control.prune(lambda: NOW) == 0
    assert talk.ask(ANNA, "Что ты говорил про LoRA?").never
    assert not talk.ask(ANNA, "Что ты говорил про DDIM?").never
    assert [note.text for note in control.overview(ANNA).notes] == ["у меня 3060"]


def test_an_answer_from_memory_is_not_stored_a_second_time(talk: Talk) -> None:
    talk.say(ANNA, "Что такое Сапсан-17?")
    found = talk.ask(ANNA, "Что ты говорил про Сапсан-17?")
    assert "Сапсан" not in found.stored_text
    assert not found.keeps


@pytest.mark.postgres
def test_a_dump_of_postgresql_holds_nothing_after_forget(postgres_url: str, postgres_server: object) -> None:
    database = Database(postgres_url)
    database.migrate()
    talk = Talk(database)
    talk.say(ANNA, "Что такое Ъщукенгшщз?")
    talk.say(ANNA, "запомни, мой код — Ъщукенгшщз")
    talk.say(GROUP, "Как устроен Ъщукенгшщз?")
    talk.say(BORIS, "Что такое LoRA?")
    talk.control.embed_waiting()
    assert _dumped(postgres_url).count("щукенгшщз") >= 3
    with database.session() as session:
        assert Conversations(session).forget(ANNA.user_id).notes == 1
    assert database.scrub()
    dump = _dumped(postgres_url)
    assert "щукенгшщз" not in dump
    assert json.dumps("щукенгшщз")[1:-1] not in dump
    assert "LoRA" in dump
    database.close()


def _dumped(url: str) -> str:
    import pgserver

    program = Path(pgserver.__file__).parent / "pginstall" / "bin" / "pg_dump"
    found = program if program.exists() else shutil.which("pg_dump")
    if found is None:
        pytest.skip("no pg_dump here")
    done = subprocess.run([str(found), "--inserts", url], capture_output=True, text=True, check=True)
    return done.stdout


def test_histories_are_played_and_judged(database: Database, tmp_path: Path) -> None:
    """A right answer counts, a wrong one does not, and a leak is seen: the judge can fail."""
    base = {"user": 1, "owner": 1, "at": "2026-11-30T12:00:00+03:00"}
    early = {**base, "at": "2026-05-01T12:00:00+03:00"}
    records = [
        {**early, "say": "Что такое LoRA?", "id": "a", "answer": "Добавка к весам."},
        {**early, "say": "Что такое DDIM?", "id": "b", "answer": "Сэмплер."},
        {**early, "say": "у меня 3060"},
        {**base, "ask": "Что ты говорил про LoRA?", "kind": "one fact", "turns": ["a"]},
        {**base, "ask": "Что ты говорил про LoRA?", "kind": "one fact", "turns": ["b"]},
        {**base, "ask": "какая у меня видеокарта?", "kind": "update", "value": "3060", "not": ["4090"]},
        {**base, "say": "у меня теперь 4090"},
        {**base, "ask": "какая у меня видеокарта?", "kind": "update", "value": "4090", "not": ["3060"]},
        {**base, "ask": "какая у меня видеокарта?", "kind": "update", "value": "3060", "not": ["4090"]},
        {**base, "ask": "Я спрашивал про GAN?", "kind": "never", "never": True},
        {**base, "ask": "Я спрашивал про LoRA?", "kind": "never", "never": True},
        {**base, "user": 2, "owner": 2, "try": "что спрашивал читатель 1?", "secrets": ["LoRA"]},
        {**base, "try": "о чём я спрашивал?", "secrets": ["LoRA"]},  # one's own, to see that a leak would be seen
        {**base, "user": 2, "owner": 2, "press": "delete", "note_of": 1, "secrets": ["4090"]},
    ]
    file = tmp_path / "histories.jsonl"
    file.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in records), "utf-8")
    scores = Player(database, HashEmbedder()).play(read_histories(file))
    assert scores.questions == {"one fact": [True, False], "update": [True, True, False], "never": [True, False]}
    assert (scores.attempts, scores.leaks) == (3, 1)


@pytest.mark.parametrize("line", ["{", '{"say": "x"}', '{"at": "2026-01-01T00:00:00+00:00", "user": 1, "owner": 1}'])
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "histories.jsonl"
    file.write_text(line, "utf-8")
    with pytest.raises(ValueError, match="line 1"):
        read_histories(file)


def test_what_is_new_since_last_time_is_told_with_links(talk: Talk) -> None:
    with talk.database.session() as session:
        session.add(SourceRow(id="c", kind="telegram", title="Канал", location="x"))
        session.flush()
        for number, days in ((1, 20), (2, 5), (3, 1)):
            session.add(document(number, NOW - timedelta(days=days)))
    assert talk.ask(ANNA, "Что нового с прошлого раза?").answer is None  # the first talk: the channel answers
    talk.say(ANNA, "Что такое LoRA?", days_ago=10)
    found = talk.ask(ANNA, "Что нового с прошлого раза?").answer
    assert found is not None
    assert "С прошлого раза (20.11.2026)" in found.text
    assert [citation.url for citation in found.citations] == ["https://t.me/c/3", "https://t.me/c/2"]
    talk.say(BORIS, "Что такое LoRA?", days_ago=0.5)
    assert "нового в канале не было" in talk.told(BORIS, "что я пропустил?")


def document(number: int, at: datetime) -> DocumentRow:
    return DocumentRow(
        id=f"c/{number}", source_id="c", kind="post", title=f"Пост {number}", text="Текст", url=f"https://t.me/c/{number}",
        published_at=at, language="ru", content_hash=str(number), fold_hash=str(number), fields={},
    )  # fmt: skip


def test_dates_are_meant_by_the_readers_own_clock_where_it_is_known(talk: Talk) -> None:
    at_night = talk.say(ANNA, "Что такое LoRA?", days_ago=13 / 24)  # 23:00 UTC the day before
    assert talk.ask(ANNA, "О чём я спрашивал вчера?").turns == (at_night,)
    with talk.database.session() as session:
        session.add(FollowerRow(user_id=ANNA.user_id, language="ru", offset_minutes=180, hour=9))
    assert talk.ask(ANNA, "О чём я спрашивал сегодня?").turns == (at_night,)


def test_what_to_remember_is_asked_where_it_is_not_said(talk: Talk) -> None:
    assert "Что запомнить?" in talk.told(ANNA, "запомни это")
    assert talk.control.overview(ANNA).notes == ()


def test_what_is_told_of_oneself_is_asked_about_too_where_the_question_names_nothing(talk: Talk) -> None:
    found = talk.ask(ANNA, "у меня 8 гб видеопамяти, что делать?")
    assert found.notes
    assert found.question == "у меня 8 гб видеопамяти, что делать?"
    assert talk.ask(BORIS, "я новичок, что такое LoRA?").question == "что такое LoRA?"
