"""`konspekt ask`, `chat` and `eval answers` as a user runs them: a real index, the real embedding model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from konspekt.cli.main import build_app
from tests.cli.notes_home import at_home, index_notes
from tests.fakes.openai_server import FakeOpenAIServer, Reply

pytestmark = pytest.mark.model
QUESTION = "Сколько шагов нужно сэмплеру Euler?"
NOTES = {
    "samplers.md": (
        "# Какой сэмплер выбрать\n\nДля SDXL я беру сэмплер DPM++ 2M Karras и 25 шагов. Сэмплер Euler быстрее "
        "на шаг, но ему нужно 40 шагов, чтобы картинка стала чистой. LCM годится только для превью.\n"
    ),
    "guidance.md": "# Guidance без фанатизма\n\nМасштаб guidance 7,5 подходит почти всем. Выше 12 картинка горит.\n",
    "cache.md": "# KV cache in pages\n\nThe KV cache stores keys and values. Int8 pages halve the cache.\n",
}


def run(*arguments: str, text: str | None = None) -> Any:
    return CliRunner().invoke(build_app(), list(arguments), input=text)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three notes indexed once for all tests here; none of them changes the index."""
    return index_notes(tmp_path_factory.mktemp("ask"), NOTES)


@pytest.fixture(autouse=True)
def _at_home(indexed: Path, monkeypatch: pytest.MonkeyPatch, _own_environment: None) -> None:
    at_home(indexed, monkeypatch)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAIServer]:
    with FakeOpenAIServer() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.base_url)
        yield running


def test_json_has_the_promised_fields(server: FakeOpenAIServer) -> None:
    server.script(Reply("Сэмплеру Euler нужно 40 шагов [1]."))
    result = run("ask", QUESTION, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["question"] == QUESTION
    assert answer["answer"] == "Сэмплеру Euler нужно 40 шагов [1]."
    assert answer["refused"] is False
    assert answer["model"] == "fake-model"
    assert answer["citations"][0]["title"] == "Какой сэмплер выбрать"
    assert "40 шагов" in answer["citations"][0]["quote"]
    assert answer["passages"][0]["rank"] == 1
    assert set(answer["timings"]) == {"retrieve_ms", "first_token_ms", "total_ms"}


def test_a_person_reads_the_answer_and_its_sources_without_colour_codes_in_a_pipe(server: FakeOpenAIServer) -> None:
    server.script(Reply("Сэмплеру Euler нужно 40 шагов [1]."))
    result = run("ask", QUESTION)
    assert result.exit_code == 0
    assert "40 шагов [1]" in result.stdout
    assert "[1] Какой сэмплер выбрать" in result.stdout
    assert "\x1b" not in result.stdout


def test_without_a_model_the_notes_are_quoted_and_it_says_so(server: FakeOpenAIServer) -> None:
    result = run("ask", QUESTION, "--no-llm", "--json")
    answer = json.loads(result.stdout)
    assert answer["extractive"] is True
    assert answer["model"] is None
    assert "дословные" in answer["notice"]
    assert "ему нужно 40 шагов" in answer["answer"]
    assert server.requests == []


def test_an_unreachable_model_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    result = run("ask", QUESTION, "--json")
    assert result.exit_code == 0
    assert "недоступна" in json.loads(result.stdout)["notice"]


def test_questions_from_standard_input_get_one_line_each() -> None:
    result = run("ask", "-", "--no-llm", text=f"{QUESTION}\n\nКакая лицензия у SDXL?\n")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [line["refused"] for line in lines] == [False, True]
    assert lines[1]["citations"], "a refusal names the closest posts"


def test_an_english_question_gets_english_words_of_the_program() -> None:
    answer = json.loads(run("ask", "How do int8 pages change the KV cache?", "--no-llm", "--json").stdout)
    assert answer["language"] == "en"
    assert answer["citations"][0]["title"] == "KV cache in pages"
    assert "word for word" in answer["notice"]


def test_a_piped_chat_answers_each_line_remembers_and_exits_zero() -> None:
    result = run("chat", "--no-llm", text=f"привет\n{QUESTION}\n/sources\n/reset\n/nonsense\n")
    assert result.exit_code == 0, result.output
    assert "• Какой сэмплер выбрать?" in result.stdout  # offered as an example by the greeting
    assert result.stdout.count("ему нужно 40 шагов") >= 2  # the answer, and /sources
    assert "Начинаем заново" in result.stdout
    assert "нет" in result.stdout


def test_chat_answers_are_stored_for_evaluation(indexed: Path) -> None:
    run("chat", "--no-llm", text=f"{QUESTION}\n")
    from sqlalchemy import select

    from konspekt.storage.database import Database
    from konspekt.storage.models import AnswerRow

    database = Database(f"sqlite:///{indexed / 'home' / 'konspekt.db'}")
    with database.read() as session:
        row = session.scalars(select(AnswerRow).order_by(AnswerRow.id.desc())).first()
        assert row is not None
        assert (row.question, row.channel, row.user_id) == (QUESTION, "terminal", None)
        assert row.passages[0]["text"]
    database.close()


@pytest.mark.parametrize(("arguments", "status"), [(("ask", " "), 2), (("ask", "что?", "--since", "вчера"), 2)])
def test_wrong_usage_is_status_two(arguments: tuple[str, ...], status: int) -> None:
    assert run(*arguments).exit_code == status


@pytest.mark.parametrize("arguments", [("ask", QUESTION, "--no-llm"), ("chat", "--no-llm")])
def test_nothing_indexed_is_status_three_and_says_what_to_do(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONSPEKT_HOME", str(tmp_path / "empty"))
    result = run(*arguments, text=f"{QUESTION}\n")
    assert result.exit_code == 3
    assert "reindex" in result.output
    assert "Traceback" not in result.output


def test_eval_answers_counts_by_split(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    rows = [
        {"question": QUESTION, "accept": ["40 шагов"], "split": "tune"},
        {"question": "Кто выиграл чемпионат мира по футболу в 1998 году?", "accept": [], "split": "heldout"},
    ]
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    result = run("eval", "answers", str(file), "--no-llm", "--json", "--misses")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["splits"]["tune"]["citation_recall"] == 1.0
    assert report["splits"]["heldout"]["refusal_recall"] == 1.0
    assert report["misses"] == []
    assert "refusal recall" in run("eval", "answers", str(file), "--no-llm").stdout
