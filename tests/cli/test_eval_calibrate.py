"""`konspekt eval answers --calibrate`: what is shown, what is written, and when it says that it cannot tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from konspekt.answering.judging.logistic import load_rule
from konspekt.answering.quality.own_thresholds import load_own
from konspekt.answering.quality.retrieval import Outcome, tabulate
from konspekt.answering.quality.risk import Scored
from konspekt.cli.commands.eval import calibrate as command
from konspekt.cli.main import build_app
from konspekt.indexer.evaluation import Question
from tests.answering.test_risk import overlapping


def run(*arguments: str) -> Any:
    return CliRunner().invoke(build_app(), ["eval", "answers", "my.jsonl", *arguments])


@pytest.fixture
def scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _own_environment: None) -> list[Scored]:
    """What the questions of a file score, without an index: the list may be changed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KONSPEKT_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "my.jsonl").write_text('{"question": "а", "accept": ["б"]}', "utf-8")
    found = overlapping(40)
    monkeypatch.setattr(command, "score_all", lambda settings, questions: (load_rule("refusal_judged"), found, 3))
    return found


def test_it_shows_the_curve_and_changes_nothing_until_told(scored: list[Scored], tmp_path: Path) -> None:
    result = run("--calibrate")
    assert result.exit_code == 0, result.output
    shown = " ".join(result.output.split())
    assert "Risk and coverage" in shown
    assert "80 questions, 40 to be refused, 3 left out" in shown
    assert "nothing is changed" in shown
    assert not (tmp_path / "home" / "calibration.json").exists()


def test_written_thresholds_are_those_that_answers_are_decided_by(scored: list[Scored], tmp_path: Path) -> None:
    report = json.loads(run("--calibrate", "--write", "--json").stdout)
    path = tmp_path / "home" / "calibration.json"
    assert Path(report["written"]).resolve() == path
    rule = load_own(path).of(load_rule("refusal_judged"))
    assert rule.threshold == pytest.approx(report["fitted"]["threshold"])
    assert rule.sure == pytest.approx(report["fitted"]["sure"])
    refused = [one for one in scored if one.answerable and one.probability < rule.threshold]
    assert len(refused) <= 0.05 * 40
    again = json.loads(run("--calibrate", "--json").stdout)
    assert again["now"]["threshold"] == pytest.approx(rule.threshold), "the next run compares with the own one"
    assert set(again["changes"].values()) == {0}


def test_more_wrong_refusals_may_be_put_up_with(scored: list[Scored]) -> None:
    strict = json.loads(run("--calibrate", "--json").stdout)["fitted"]["threshold"]
    loose = json.loads(run("--calibrate", "--json", "--false-refusals", "0.3").stdout)["fitted"]["threshold"]
    assert loose > strict


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [(10, 10, "too few questions"), (60, 2, "nothing tells when to refuse"), (2, 60, "nothing tells when to answer")],
)
def test_too_few_questions_or_one_kind_are_said_and_nothing_is_written(
    scored: list[Scored], tmp_path: Path, good: int, bad: int, said: str
) -> None:
    scored[:] = [Scored("g", 0.7, True)] * good + [Scored("b", 0.3, False)] * bad
    result = run("--calibrate", "--write")
    assert result.exit_code == 1
    assert said in " ".join(result.output.split())
    assert not (tmp_path / "home" / "calibration.json").exists()


@pytest.mark.parametrize("option", [("--write",), ("--false-refusals", "0.1")])
def test_its_options_stand_with_it(scored: list[Scored], option: tuple[str, ...]) -> None:
    result = run(*option)
    assert result.exit_code == 2
    assert "--calibrate" in result.output


def test_retrieval_has_an_interval_for_every_share() -> None:
    ranks = (1, 1, 2, None, 3, 1, 12)
    outcomes = [Outcome(Question("q", ("a",)), rank, rank == 1, 1.0) for rank in ranks]
    (row,) = tabulate("fused", outcomes)
    assert set(row.within) == {"1", "3", "5", "10", "mrr", "in_budget"}
    for depth, share in row.scores.recall.items():
        low, high = row.within[str(depth)]
        assert low <= share <= high
    assert row.within["mrr"][0] <= row.scores.mrr <= row.within["mrr"][1]
