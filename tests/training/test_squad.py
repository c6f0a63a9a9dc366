"""SQuAD 2.0 as examples: what people wrote to be nearly answered, and which articles are left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from training.public import is_tested
from training.squad import FILE, as_asked, squad_examples

TEXT = "The harbour was dug in 1911 by convicts. It froze every winter until the breakwater was built. " + "Later " * 60
MORE = "The lighthouse stands on granite and is painted red. " + "Ships passed it on their way north. " * 6

TRAINED = [title for title in (f"Town {i}" for i in range(60)) if not is_tested(title)]
TESTED = [title for title in (f"Town {i}" for i in range(60)) if is_tested(title)]
KNOWN, UNKNOWN = TRAINED[3:5]


def article(title: str, people: int = 1) -> dict[str, Any]:
    return {
        "title": title,
        "paragraphs": [
            {
                "context": TEXT,
                "qas": [
                    {
                        "question": "Who dug the harbour?",
                        "answers": [{"text": "convicts", "answer_start": 34}] * people,
                        "is_impossible": False,
                    },
                    {
                        "question": "Who built the lighthouse of the harbour?",
                        "answers": [],
                        "plausible_answers": [{"text": "convicts", "answer_start": 34}],
                        "is_impossible": True,
                    },
                ],
            },
            {"context": MORE, "qas": []},
        ],
    }


def put(folder: Path, *articles: dict[str, Any]) -> None:
    (folder / FILE).write_text(json.dumps({"data": articles}), "utf-8")
    known = {"title": KNOWN, "paragraphs": [{"context": TEXT, "qas": [article("")["paragraphs"][0]["qas"][0]]}]}
    (folder / "xquad.en.json").write_text(json.dumps({"data": [known]}), "utf-8")


def test_a_question_nearly_answered_meets_the_words_that_are_taken_for_an_answer(tmp_path: Path) -> None:
    put(tmp_path, article(TRAINED[0]))
    examples = list(squad_examples(tmp_path, 7))
    nearly = [one for one in examples if "lighthouse of" in one.question]
    assert [one.answer for one in nearly] == [None]
    assert "convicts" in nearly[0].window.text


def test_an_answer_lies_where_the_example_says(tmp_path: Path) -> None:
    put(tmp_path, *(article(title) for title in TRAINED[:3]))
    examples = list(squad_examples(tmp_path, 7))
    answered = [one for one in examples if one.answer is not None]
    assert len(answered) == 3
    assert all(one.window.text[slice(*one.answer)] == "convicts" for one in answered if one.answer)
    missed = [one for one in examples if one.answer is None and "dug" in one.question]
    assert all("convicts" not in one.window.text for one in missed)
    assert examples == list(squad_examples(tmp_path, 7))


def test_articles_that_are_kept_for_tests_are_not_trained_on(tmp_path: Path) -> None:
    put(tmp_path, *(article(title) for title in TESTED[:3]))
    assert list(squad_examples(tmp_path, 7)) == []


@pytest.mark.parametrize(("title", "used"), [(UNKNOWN, False), (KNOWN, True)])
def test_of_the_development_split_only_what_xquad_here_has_is_trained_on(
    tmp_path: Path, title: str, used: bool
) -> None:
    put(tmp_path, article(title, people=3))
    assert bool(list(squad_examples(tmp_path, 7))) == used


def test_without_the_file_there_are_none(tmp_path: Path) -> None:
    assert list(squad_examples(tmp_path, 7)) == []


def test_half_of_the_questions_are_put_as_readers_put_them() -> None:
    import random

    draw = random.Random(1)
    put_so = {as_asked("Who dug the Suez canal?", draw) for _ in range(60)}
    assert put_so == {"Who dug the Suez canal?", "who dug the Suez canal", "who dug the suez canal"}
