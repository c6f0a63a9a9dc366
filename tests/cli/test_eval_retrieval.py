"""`konspekt eval retrieval` as a user runs it: a real index, the real embedding model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from konspekt.cli.main import build_app
from tests.cli.notes_home import at_home, index_notes

pytestmark = pytest.mark.model
NOTES = {
    "samplers.md": "# Какой сэмплер выбрать\n\nДля SDXL я беру DPM++ 2M Karras и 25 шагов.\n",
    "guidance.md": "# Guidance без фанатизма\n\nМасштаб 7,5 подходит почти всем. Выше 12 картинка горит.\n",
    "cache.md": "# KV cache in pages\n\nInt8 pages halve the cache.\n",
}
QUESTIONS = [
    {"question": "сколько шагов для sdxl", "accept": ["25  Шагов"], "split": "tune"},
    {"question": "при каком гайдансе всё горит", "accept": ["Выше 12 картинка горит"], "split": "heldout"},
    {"question": "how much smaller is the int8 cache", "accept": ["this phrase stands nowhere"], "split": "heldout"},
    {"question": "как сварить борщ", "accept": [], "split": "tune"},
]


def run(*arguments: str) -> Any:
    return CliRunner().invoke(build_app(), ["eval", "retrieval", *arguments])


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("eval")
    lines = [json.dumps(question, ensure_ascii=False) for question in QUESTIONS]
    (folder / "questions.jsonl").write_text("\n".join(lines), "utf-8")
    return index_notes(folder, NOTES)


@pytest.fixture(autouse=True)
def _at_home(indexed: Path, monkeypatch: pytest.MonkeyPatch, _own_environment: None) -> None:
    at_home(indexed, monkeypatch)


def test_numbers_are_right_for_a_file_whose_outcome_is_known() -> None:
    report = json.loads(run("questions.jsonl", "--json", "--misses").stdout)
    assert (report["answerable"], report["must_be_refused"]) == (3, 1)
    rows = {(row["mode"], row["split"]): row for row in report["rows"]}
    assert {mode for mode, _ in rows} == {"dense", "lexical", "fused"}
    assert rows["fused", "tune"]["recall"] == {"1": 1.0, "3": 1.0, "5": 1.0, "10": 1.0}
    assert rows["fused", "tune"]["recall_in_budget"] == 1.0
    assert rows["fused", "heldout"]["questions"] == 2
    assert rows["fused", "heldout"]["recall"]["10"] == rows["fused", "heldout"]["recall_in_budget"] == 0.5
    assert rows["fused", "all"]["mrr"] == pytest.approx(2 / 3, abs=1e-4)
    assert [(miss["question"], miss["rank"]) for miss in report["misses"]["fused"]] == [
        (QUESTIONS[2]["question"], None)
    ]


def test_table_names_the_misses_and_counts_refusals_apart() -> None:
    result = run("questions.jsonl", "--misses", "--split", "heldout")
    assert result.exit_code == 0
    assert "fused" in result.stdout
    assert "not found, not in the prompt: how much smaller" in result.stdout
    assert "must be refused" not in result.stdout
    assert "1 questions must be refused" in run("questions.jsonl").stdout


def test_a_smaller_prompt_is_measured_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_CONTEXT_TOKENS", "5")
    report = json.loads(run("questions.jsonl", "--json").stdout)
    assert report["budget_tokens"] == 5
    assert all(row["recall_in_budget"] == 0 for row in report["rows"])


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        ('{"question": 1}', 1, "bad.jsonl:1"),
        ("", 1, "no question in it"),
        ('{"question": "борщ", "accept": []}', 3, "no answerable question"),
    ],
)
def test_a_file_that_measures_nothing_says_so(indexed: Path, content: str, status: int, said: str) -> None:
    (indexed / "bad.jsonl").write_text(content, "utf-8")
    result = run("bad.jsonl")
    assert result.exit_code == status
    assert said in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_unknown_split_missing_file_and_no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no question of split 'x'" in " ".join(run("questions.jsonl", "--split", "x").output.split())
    assert run("nowhere.jsonl").exit_code == 2
    monkeypatch.setenv("KONSPEKT_HOME", str(tmp_path / "fresh"))
    result = run("questions.jsonl")
    assert (result.exit_code, "Traceback" in result.output) == (3, False)
