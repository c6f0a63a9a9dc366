"""`konspekt eval cases`: judged answers as a question file that the other evaluations read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from konspekt.cli.main import build_app
from konspekt.indexer.evaluation import QuestionFileError, read_questions
from konspekt.storage.asked.cases import Cases
from konspekt.storage.conversations import Conversations
from konspekt.storage.database import Database
from tests.storage.test_conversations import ANNA, record


def run(*arguments: str) -> Any:
    return CliRunner().invoke(build_app(), ["eval", *arguments])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _own_environment: None) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KONSPEKT_HOME", str(tmp_path / "home"))
    return tmp_path


def judged(home: Path) -> None:
    database = Database(f"sqlite:///{home / 'home' / 'konspekt.db'}")
    database.migrate()
    with database.session() as session:
        talk = Conversations(session)
        for question in ("сколько шагов ставить?", "What is a KV cache?", "рецепт борща", "мусор"):
            record(talk, ANNA, ANNA, question, refused=True)
    cases = Cases(database)
    cases.decide(1, "post", document_id="c/7", url="https://t.me/c/7", accept=["25 шагов"])
    cases.decide(2, "post", document_id="c/9", url="https://t.me/c/9")
    cases.decide(3, "absent")
    cases.decide(4, "dropped")
    database.close()


def test_kept_cases_become_questions_that_the_evaluations_read(home: Path) -> None:
    judged(home)
    result = run("cases", "--out", "cases.jsonl")
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in (home / "cases.jsonl").read_text("utf-8").splitlines()]
    assert rows == [
        {
            "question": "сколько шагов ставить?",
            "accept": ["25 шагов"],
            "document": "c/7",
            "split": "cases",
            "lang": "ru",
        },
        {"question": "What is a KV cache?", "accept": [], "document": "c/9", "split": "cases", "lang": "en"},
        {"question": "рецепт борща", "accept": [], "split": "cases", "lang": "ru"},
    ]
    questions = read_questions(home / "cases.jsonl", "cases")
    assert [question.must_be_refused for question in questions] == [False, False, True]
    assert str(ANNA) not in (home / "cases.jsonl").read_text("utf-8")


def test_without_a_file_they_go_to_standard_output_and_json_counts_them(home: Path) -> None:
    judged(home)
    assert next(json.loads(line)["question"] for line in run("cases").stdout.splitlines()) == "сколько шагов ставить?"
    report = json.loads(run("cases", "--json").stdout)
    assert (report["questions"], report["must_be_refused"], len(report["rows"])) == (3, 1, 3)


def test_a_file_is_overwritten_only_when_told_and_nothing_kept_is_said(home: Path) -> None:
    result = run("cases", "--out", "cases.jsonl")
    assert result.exit_code == 3
    assert "/cases" in result.output
    judged(home)
    (home / "cases.jsonl").write_text("mine")
    result = run("cases", "--out", "cases.jsonl")
    assert (result.exit_code, (home / "cases.jsonl").read_text()) == (2, "mine")
    assert run("cases", "--out", "cases.jsonl", "--force").exit_code == 0
    assert "борща" in (home / "cases.jsonl").read_text("utf-8")


def test_a_question_with_only_a_document_is_answered_by_any_passage_of_it(home: Path) -> None:
    judged(home)
    run("cases", "--out", "cases.jsonl")
    _, cache, _ = read_questions(home / "cases.jsonl")
    assert cache.answered_by("любой текст", "c/9")
    assert not cache.answered_by("любой текст", "c/7", "https://t.me/c/7")


def test_unchecked_questions_measure_nothing(home: Path) -> None:
    path = home / "made.jsonl"
    rows = [{"question": "а", "accept": ["б"], "checked": False}, {"question": "в", "accept": [], "checked": False}]
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    with pytest.raises(QuestionFileError, match="none of its 2 questions is checked"):
        read_questions(path)
    rows += [{"question": "г", "accept": ["д"], "checked": True}, {"question": "е", "accept": ["ж"], "dropped": True}]
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    assert [question.text for question in read_questions(path)] == ["г"]
