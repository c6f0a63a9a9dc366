"""`konspekt eval make` and `konspekt eval review` as a user runs them. No model is needed for either."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from konspekt.cli.commands.eval import review as review_module
from konspekt.cli.main import build_app
from konspekt.indexer.evaluation import read_questions
from konspekt.storage.database import Database
from konspekt.storage.models import DocumentRow, SourceRow
from tests.fakes.openai_server import FakeOpenAIServer, Reply


def run(*arguments: str, typed: str = "") -> Any:
    return CliRunner().invoke(build_app(), ["eval", *arguments], input=typed)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _own_environment: None) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KONSPEKT_HOME", str(tmp_path / "home"))
    database = Database(f"sqlite:///{tmp_path / 'home' / 'konspekt.db'}")
    database.migrate()
    with database.session() as session:
        for source in ("a", "b"):
            session.add(SourceRow(id=source, kind="telegram", title=f"Канал {source}", location="x"))
        session.flush()
        for number in range(1, 13):
            text = (
                f"Quant{number} — {number + 3} уровней на каждый вес матрицы. "
                "Память сегодня дорога всем, потому что кристаллов мало. " + "Да. " * 50
            )
            session.add(
                DocumentRow(id=f"{'ab'[number % 2]}/{number}", source_id="ab"[number % 2], kind="post",
                            title=f"Пост {number}", text=text, url=f"https://t.me/x/{number}", language="ru",
                            content_hash="h", fold_hash=str(number))
            )  # fmt: skip
    database.close()
    return tmp_path


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_questions_are_written_unchecked_and_count_after_the_review(home: Path) -> None:
    result = run("make", "--count", "10", "--out", "my.jsonl", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["questions"] == 10
    assert report["kinds"]["near"] == 4
    assert not [row for row in rows_of(home / "my.jsonl") if row["checked"]]
    unchecked = run("answers", "my.jsonl", "--no-llm")
    assert unchecked.exit_code == 1
    assert "konspekt eval review my.jsonl" in " ".join(unchecked.output.split())
    assert run("review", "my.jsonl", typed="y\n" * 10).exit_code == 0
    assert len(read_questions(home / "my.jsonl")) == 10


def test_a_source_can_be_named_and_an_unknown_one_is_said(home: Path) -> None:
    assert run("make", "--sources", "Канал a", "--count", "8", "--out", "a.jsonl").exit_code == 0
    assert {row["document"][0] for row in rows_of(home / "a.jsonl") if "document" in row} == {"a"}
    wrong = run("make", "--sources", "нет такого", "--out", "b.jsonl")
    assert (wrong.exit_code, (home / "b.jsonl").exists()) == (3, False)
    assert run("make", "--out", "a.jsonl").exit_code == 2, "an existing file is not overwritten"
    assert [json.loads(line) for line in run("make", "--count", "3", "--out", "-").stdout.splitlines()]


@pytest.mark.usefixtures("_own_environment")
def test_nothing_indexed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONSPEKT_HOME", str(tmp_path / "fresh"))
    result = run("make", "--out", str(tmp_path / "q.jsonl"))
    assert (result.exit_code, "Traceback" in result.output) == (3, False)


def test_a_model_writes_what_it_can_bear_out_and_the_rules_fill_up(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeOpenAIServer() as server:
        server.answer = lambda body: Reply(
            json.dumps(
                {
                    "question": f"скажи, чего мало нынче? {len(server.requests)}",
                    "answer": "кристаллов мало",
                    "near": f"кто делает кристаллы? {len(server.requests)}",
                },
                ensure_ascii=False,
            )
        )
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        assert run("make", "--count", "10", "--out", "my.jsonl").exit_code == 0
        assert {row["by"] for row in rows_of(home / "my.jsonl")} == {"model"}
        server.answer = lambda body: Reply("не знаю")
        assert run("make", "--count", "10", "--out", "rule.jsonl").exit_code == 0
        assert {row["by"] for row in rows_of(home / "rule.jsonl")} == {"rule"}
        asked = len(server.requests)
        monkeypatch.setenv("LLM_COPIES", "true")
        assert run("make", "--count", "10", "--out", "small.jsonl").exit_code == 0
        assert len(server.requests) == asked, "a small model is not asked"


def test_a_model_that_fails_leaves_the_rules(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    result = run("make", "--count", "5", "--out", "my.jsonl")
    assert result.exit_code == 0, result.output
    assert {row["by"] for row in rows_of(home / "my.jsonl")} == {"rule"}


MADE = [
    {
        "question": "раз?",
        "accept": ["один"],
        "document": "a/2",
        "kind": "answerable",
        "checked": False,
        "from": "Один.",
    },
    {"question": "два?", "accept": ["два"], "kind": "answerable", "checked": False},
    {"question": "три?", "accept": [], "kind": "near", "checked": False},
    {"question": "была?", "accept": ["да"], "checked": True},
]


@pytest.fixture
def made(home: Path) -> Path:
    path = home / "made.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in MADE), "utf-8")
    return path


def test_yes_no_and_edit_are_in_the_file_and_quitting_is_resumed(made: Path) -> None:
    first = run("review", "made.jsonl", typed="что\ny\nq\n")
    assert first.exit_code == 0
    assert "[1/3] раз?" in first.stdout
    assert "Один." in first.stdout
    assert [row["checked"] for row in rows_of(made)] == [True, False, False, True]
    second = run("review", "made.jsonl", typed="n\ne\nтри чего?\nтри штуки | три кота\ny\n")
    assert "[1/2] два?" in second.stdout
    rows = rows_of(made)
    assert rows[1]["dropped"] is True
    assert (rows[2]["question"], rows[2]["accept"], rows[2]["kind"]) == (
        "три чего?",
        ["три штуки", "три кота"],
        "answerable",
    )
    assert [question.text for question in read_questions(made)] == ["раз?", "три чего?", "была?"]
    third = json.loads(run("review", "made.jsonl", "--json").stdout)
    assert third == {"file": "made.jsonl", "kept": 3, "dropped": 1, "left": 0}


def test_an_answer_can_be_taken_away_and_an_empty_line_changes_nothing(made: Path) -> None:
    run("review", "made.jsonl", typed="e\n\n-\ny\nн\nт\n")
    rows = rows_of(made)
    assert (rows[0]["question"], rows[0]["accept"], rows[0]["kind"]) == ("раз?", [], "near")
    assert "document" not in rows[0]
    assert (rows[1]["checked"], rows[1].get("dropped"), rows[2]["dropped"]) == (True, None, True)


def test_ctrl_c_and_a_closed_terminal_keep_what_was_decided(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter(["y"])

    def interrupted() -> str:
        try:
            return next(said)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(review_module, "read_line", interrupted)
    result = run("review", "made.jsonl")
    assert result.exit_code == 130
    assert [row["checked"] for row in rows_of(made)] == [True, False, False, True]
    monkeypatch.undo()
    assert run("review", str(made), typed="").exit_code == 0
    assert [row["checked"] for row in rows_of(made)] == [True, False, False, True]


def test_a_bad_file_is_named(home: Path) -> None:
    (home / "bad.jsonl").write_text('{"question": "а", "accept": []}\n{', "utf-8")
    result = run("review", "bad.jsonl")
    assert result.exit_code == 1
    assert "bad.jsonl:2" in result.output
