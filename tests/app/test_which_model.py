"""Which local model is taken, what it is found fit for, and that commands act on it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from konspekt import modelhub
from konspekt.app.local_model import choosing
from konspekt.app.local_model.at_hand import model_at_hand
from konspekt.app.local_model.checking import check
from konspekt.app.local_model.choosing import Candidate, best, chosen_model, examined
from konspekt.app.local_model.running import Running, announce
from konspekt.app.local_model.suite import SKILLS, TASKS, Skill, Task, purpose_of, shares_of
from konspekt.app.local_model.verdicts import FILE, Verdict, record, verdict_on
from konspekt.app.settings import Settings
from konspekt.cli.main import build_app
from konspekt.llm_client import ChatModel
from konspekt.modelhub.ladder import BOT, BY_NAME, LADDER, Rung, source_of
from tests.fakes.openai_server import FakeOpenAIServer, Reply

GB = 10**9
SMALL = {"qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b"}


def chosen(free: float | None, here: set[str] = frozenset(), reached: set[str] | None = None) -> str:  # type: ignore[assignment]
    """The name taken with so many GB free. `reached` None: everything can be had."""
    found = examined(
        LADDER,
        None if free is None else int(free * GB),
        lambda rung: rung.name in here,
        lambda rung: reached is None or rung.name in reached,
    )
    return best(found).name


@pytest.mark.parametrize(
    ("free", "name"),
    [
        (30, "t-lite-2.1"),
        (14, "t-lite-2.1"),
        (7, "qwen3-4b"),
        (5, "qwen3-1.7b"),
        (3.5, "qwen2.5-coder-1.5b"),
        (2.5, "qwen2.5-coder-0.5b"),
        (None, "t-lite-2.1"),
    ],
)
def test_the_best_that_fits_is_taken(free: float | None, name: str) -> None:
    assert chosen(free) == name


def test_without_a_hub_the_package_index_has_a_model() -> None:
    assert chosen(30, reached=SMALL) == "qwen2.5-coder-1.5b"
    assert chosen(2.5, reached=SMALL) == "qwen2.5-coder-0.5b"


def test_a_model_that_is_here_and_fits_is_kept_though_a_better_one_can_be_had() -> None:
    assert chosen(30, here={"qwen2.5-coder-1.5b"}) == "qwen2.5-coder-1.5b"
    assert chosen(30, here={"qwen2.5-coder-1.5b", "qwen3-4b"}) == "qwen3-4b"


def test_what_is_here_but_does_not_fit_is_not_taken() -> None:
    assert chosen(3.5, here={"t-lite-2.1"}) == "qwen2.5-coder-1.5b"


def test_where_nothing_fits_the_smallest_is_tried_and_says_itself_what_it_lacks() -> None:
    assert chosen(0.3) == "qwen2.5-coder-0.5b"


def test_nobody_is_asked_about_what_is_here_or_too_large() -> None:
    asked: list[str] = []

    def ask(rung: Rung) -> bool:
        asked.append(rung.name)
        return True

    list(examined(LADDER, 5 * GB, lambda rung: rung.name == "qwen2.5-coder-1.5b", ask))
    assert asked == ["qwen3-1.7b", "qwen2.5-coder-0.5b"]


def test_a_silent_hub_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def silent(repository: str) -> bool:
        asked.append(repository)
        raise modelhub.FetchError("no route")

    monkeypatch.setattr(modelhub, "hub_has", silent)
    reachable = choosing._Asking()
    assert [reachable(rung) for rung in LADDER] == [rung.repository is None for rung in LADDER]
    assert len(asked) == 1


def test_a_model_that_nobody_ran_is_known_by_name_and_not_chosen_by_itself() -> None:
    assert not {rung.name for rung in BY_NAME} & {rung.name for rung in LADDER}
    for rung in BY_NAME:
        assert source_of(rung.name) == rung.source
        assert modelhub.is_name(rung.name)
        assert rung.size < rung.memory < 16 * GB - BOT


def test_the_ladder_goes_down_and_every_rung_has_a_place() -> None:
    assert [rung.size for rung in LADDER] == sorted((rung.size for rung in LADDER), reverse=True)
    for rung in LADDER:
        assert modelhub.is_name(rung.name)
        assert modelhub.is_name(rung.source)
        known = modelhub.by_name(rung.name)
        assert known is None or known.size == rung.size
        assert rung.memory > rung.size
        assert rung.memory + BOT < 16 * GB


def test_auto_takes_what_is_here_without_asking_a_hub(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: str) -> bool:
        raise AssertionError("the hub was asked")

    monkeypatch.setattr(modelhub, "hub_has", never)
    folder = home / "unsloth--Qwen3-4B-Instruct-2507-GGUF"
    folder.mkdir()
    (folder / "Qwen3-4B-Instruct-2507-Q4_K_M.gguf").write_bytes(b"GGUF")
    monkeypatch.setattr(choosing, "free_memory", lambda: 8 * GB)
    monkeypatch.setenv("MODELS_DIR", str(home))
    assert chosen_model(Settings(local_model="auto")) == "qwen3-4b"
    assert chosen_model(Settings(local_model="AUTO"), network=False) == "qwen3-4b"
    assert chosen_model(Settings(local_model="my.gguf")) == "my.gguf"
    assert modelhub.find("qwen3-4b", home) == folder / "Qwen3-4B-Instruct-2507-Q4_K_M.gguf"


# ---------------------------------------------------------------- the suite

RIGHT: dict[str, str] = {
    "столица Франции": "Париж.",
    "двадцать семь": "27",
    "три фрукта": "- яблоко\n- груша\n- слива",
    "только JSON": '{"город": "Казань", "год": 1005}',
    "Курс начнётся 12 марта, запись": "The course starts on 12 March, enrolment is open until Friday.",
    "вдвое быстрее": "This model is twice as fast but takes up more memory.",
    "lecture was cancelled": "Лекцию отменили, потому что преподаватель болен.",
    "keys in eight bits": "Мы храним ключи в восьми битах и почти ничего не теряем.",
    "видеопамяти": "Нет ответа.",
    "Сколько стоит курс": "нет ответа",
    "Кто придумал": "нет ответа",
    "нужно Euler?": "Euler нужно 40 шагов.",
    "день недели": "Лекции идут по вторникам.",
    "каком формате": "Ключи хранятся в int8.",
    "Какой сэмплер берёт": "Автор берёт сэмплер DPM++ 2M Karras.",
    "Когда начнётся курс": "Курс начнётся 12 марта.",
    "Когда появятся записи": "Записи выкладывают на следующий день.",
    "Во сколько раз": "Кэш занимает вдвое меньше памяти.",
    "стартует": "1",
    "пропустил": "2",
    "Кто смотрит": "3",
    "получить зачёт": "4",
    "Куда писать": "5",
    "На какой видеокарте": "5",
    "слишком яркие": "4",
}


def right_answer(task: Task) -> str:
    if task.prompt.startswith("Повтори"):
        return task.prompt.split("\n", 1)[1]
    if task.prompt == "Сколько шагов нужно Euler?":
        return "3, 1"
    (found,) = [answer for key, answer in RIGHT.items() if key in task.prompt]
    return found


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.prompt[-40:])
def test_a_right_answer_is_right_and_a_wrong_one_is_not(task: Task) -> None:
    assert task.right(right_answer(task))
    for wrong in ("", "Не знаю.", "我不知道", "Sure! Here is what you asked for.", "7", "\u0627\u0644"):
        assert not task.right(wrong), wrong


@pytest.mark.parametrize("answer", ["Нет ответа. Euler нужно 40 шагов.", "Euler needs 40 steps.", "Euler нужно 25."])
def test_a_refusal_beside_an_answer_or_another_language_does_not_count(answer: str) -> None:
    (task,) = [task for task in TASKS if "Сколько шагов нужно Euler" in task.prompt and not task.sentences]
    assert task.right("Euler нужно 40 шагов.")
    assert not task.right(answer)


def shares(**given: float) -> dict[Skill, float]:
    return {skill: given.get(skill, 1.0) for skill in SKILLS}


def test_what_a_model_is_fit_for() -> None:
    assert purpose_of(shares()) == "words"
    assert purpose_of(shares(points=0.0)) == "words"
    assert purpose_of(shares(follows=0.75, translates=0.75)) == "words"
    for skill, share in (("follows", 0.5), ("translates", 0.5), ("copies", 0.75), ("refuses", 5 / 6), ("words", 0.75)):
        assert purpose_of(shares(**{skill: share})) == "points"
        assert purpose_of(shares(**{skill: share, "points": 0.5})) == "neither"
    judged: list[tuple[Skill, bool]] = [("follows", False), *((skill, True) for skill in SKILLS)]
    assert shares_of(judged) == shares(follows=0.5)


@pytest.fixture
def endpoint() -> Iterator[FakeOpenAIServer]:
    with FakeOpenAIServer() as running:
        yield running


def test_a_served_model_is_checked_task_by_task(endpoint: FakeOpenAIServer) -> None:
    endpoint.script(Reply("слово"), Reply("слова"), *(Reply(right_answer(task)) for task in TASKS))
    seen: list[bool] = []
    client = ChatModel(endpoint.base_url, "key", "fake-model")
    verdict = asyncio.run(check(client, None, lambda _, __, right: seen.append(right)))
    assert verdict.purpose == "words"
    assert seen == [True] * len(TASKS)
    assert verdict.memory == 0
    pointed = [chat.body for chat in endpoint.chats if "guided_regex" in chat.body]
    assert len(pointed) == sum(bool(task.sentences) for task in TASKS) == 8


# ---------------------------------------------------------------- acting on it

VERDICT = Verdict("words", dict.fromkeys(SKILLS, 1.0), 60.0, 12.0, 2 * GB, "2026-11-30")


def test_a_verdict_is_kept_under_all_names_beside_others(home: Path) -> None:
    record(home, ["a", "b"], VERDICT)
    record(home, ["c"], replace(VERDICT, purpose="neither"))
    assert verdict_on(home, "a") == verdict_on(home, "b") == VERDICT
    assert verdict_on(home, "d") is None
    found = verdict_on(home, "c")
    assert found is not None
    assert found.purpose == "neither"


@pytest.mark.parametrize("text", ["", "[]", '{"m": 1}', '{"m": {"purpose": "everything"}}', '{"m": {}}'])
def test_a_damaged_note_is_no_verdict(home: Path, text: str) -> None:
    (home / FILE).write_text(text, "utf-8")
    assert verdict_on(home, "m") is None


@pytest.mark.parametrize(
    ("purpose", "asked_to_copy", "copies"),
    [(None, False, True), ("points", False, True), ("words", False, False), ("words", True, True)],
)
def test_a_model_is_used_for_what_it_is_fit_for(
    home: Path, endpoint: FakeOpenAIServer, purpose: str | None, asked_to_copy: bool, copies: bool
) -> None:
    announce(home, Running(endpoint.base_url, "key", "fake-model", 1, lasting=True))
    if purpose is not None:
        record(home, ["fake-model"], replace(VERDICT, purpose=purpose))  # type: ignore[arg-type]
    with model_at_hand(Settings(local_model="auto", llm_copies=asked_to_copy), lambda _: None) as (settings, _):
        assert settings.openai_base_url == endpoint.base_url
        assert settings.llm_copies == copies


def test_a_model_that_is_fit_for_neither_is_left_alone_and_that_is_said(home: Path, endpoint: FakeOpenAIServer) -> None:
    announce(home, Running(endpoint.base_url, "key", "fake-model", 1, lasting=True))
    record(home, ["fake-model"], replace(VERDICT, purpose="neither"))
    said: list[str] = []
    with model_at_hand(Settings(local_model="auto"), said.append) as (settings, _):
        assert settings.openai_base_url is None
        assert settings.judge_base_url == endpoint.base_url  # what it makes of a text is read all the same
    assert "unfit" in said[-1]


def test_recommend_explains_the_ladder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELS_DIR", str(home))
    monkeypatch.setattr(choosing, "free_memory", lambda: 5 * GB)
    monkeypatch.setattr(modelhub, "hub_has", lambda repository: "1.7B" in repository)
    record(home, ["qwen3-1.7b"], VERDICT)
    found = json.loads(CliRunner().invoke(build_app(), ["models", "recommend", "--json"]).stdout)
    assert found["chosen"] == "qwen3-1.7b"
    states = {row["name"]: row["state"] for row in found["models"]}
    assert states == {
        "t-lite-2.1": "too_large",
        "qwen3-4b": "too_large",
        "qwen3-1.7b": "reachable",
        "qwen2.5-coder-1.5b": "reachable",
        "qwen2.5-coder-0.5b": "reachable",
    }
    assert found["models"][2]["check"]["purpose"] == "words"
    monkeypatch.setenv("LANGUAGE", "ru")
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(build_app(), ["models", "recommend"])
    assert shown.exit_code == 0
    assert "формулирует ответы" in shown.output
    assert "LOCAL_MODEL=auto возьмёт qwen3-1.7b" in shown.output


def test_a_candidate_that_fits_better_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELS_DIR", str(home))
    found = [Candidate(LADDER[1], "reachable", False), Candidate(LADDER[3], "here", True)]
    monkeypatch.setattr(choosing, "look_around", lambda _: found)
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(build_app(), ["models", "recommend"])
    assert "konspekt models fetch qwen3-4b" in shown.output
    assert "LOCAL_MODEL=auto takes qwen2.5-coder-1.5b" in shown.output
