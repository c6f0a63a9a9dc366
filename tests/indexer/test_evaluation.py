"""The numbers over question files, and what a question file may hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.indexer.evaluation import (
    DEPTHS,
    QuestionFileError,
    first_rank,
    holds_answer,
    normalise,
    read_questions,
    score,
)

QUESTIONS = Path(__file__).parents[2] / "benchmarks" / "questions"
SEEDS = Path(__file__).parents[3] / "shared" / "seeds"


def test_scores_of_a_small_example_by_hand() -> None:
    scores = score([1, 2, None, 4, 11])
    assert scores.questions == 5
    assert scores.recall == {1: 1 / 5, 3: 2 / 5, 5: 3 / 5, 10: 3 / 5}
    assert scores.mrr == pytest.approx((1 + 1 / 2 + 1 / 4) / 5)


@given(st.lists(st.none() | st.integers(1, 20)))
def test_recall_grows_with_depth_and_bounds_the_reciprocal_rank(ranks: list[int | None]) -> None:
    scores = score(ranks)
    recalls = [scores.recall[depth] for depth in DEPTHS]
    assert recalls == sorted(recalls)
    assert recalls[0] <= scores.mrr <= recalls[-1] <= 1 or not ranks


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Вес ещё  не\nсжат", "вес еще не сжат"),
        ("SDXL — **0.13025**", "sdxl - 0.13025"),
        ("умножьте «это»", 'Умножьте "это"'),
        ("x\u00a0y", "X Y"),
    ],
)
def test_case_spacing_dashes_and_marks_do_not_matter(text: str, phrase: str) -> None:
    assert holds_answer(text, [phrase])
    assert not holds_answer(text, [phrase + " больше"])


@given(st.text(max_size=80))
def test_normalising_is_idempotent(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_rank_is_of_the_first_text_with_any_phrase() -> None:
    assert first_rank(["нет", "есть альфа", "есть бета"], ["бета", "альфа"]) == 2
    assert first_rank(["нет"], ["бета"]) is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not a line of JSON"),
        ("[]", '"question"'),
        ('{"question": " ", "accept": []}', '"question"'),
        ('{"question": "x"}', '"accept"'),
        ('{"question": "x", "accept": "y"}', '"accept"'),
        ('{"question": "x", "accept": [" "]}', '"accept"'),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"question": "x", "accept": []}\n\n' + line, "utf-8")
    with pytest.raises(QuestionFileError, match=reason) as caught:
        read_questions(path)
    assert f"{path}:3" in str(caught.value)


def test_an_empty_file_says_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text("\n")
    with pytest.raises(QuestionFileError, match="no question in it"):
        read_questions(tmp_path / "q.jsonl")


@pytest.mark.parametrize(("name", "answerable", "refused"), [("sample", 60, 25), ("seeds", 40, 12)])
def test_our_question_files_are_large_enough_and_split(name: str, answerable: int, refused: int) -> None:
    questions = read_questions(QUESTIONS / f"{name}.jsonl")
    assert len({question.text for question in questions}) == len(questions)
    assert sum(not question.must_be_refused for question in questions) >= answerable
    assert sum(question.must_be_refused for question in questions) >= refused
    assert {question.split for question in questions} == {"tune", "heldout"}
    assert {question.language for question in questions} == {"ru", "en"}


def test_every_accepted_phrase_of_the_sample_stands_in_it() -> None:
    from konspekt.indexer.documents import Document
    from konspekt.indexer.sources.recognise import SourceOptions, recognise

    sample = QUESTIONS.parents[1] / "sample"
    found = [item for source in recognise(str(sample), SourceOptions()) for item in source.documents()]
    texts = [item.text for item in found if isinstance(item, Document)]
    assert len(texts) > 100
    for question in read_questions(QUESTIONS / "sample.jsonl"):
        for phrase in question.accept:
            assert any(holds_answer(text, [phrase]) for text in texts), phrase


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the dumps are not here")
def test_every_accepted_phrase_of_the_dumps_stands_in_them_and_is_short() -> None:
    body = " ".join(path.read_text("utf-8") for path in SEEDS.glob("*.txt"))
    for question in read_questions(QUESTIONS / "seeds.jsonl"):
        for phrase in question.accept:
            assert holds_answer(body, [phrase]), phrase
            assert len(phrase.split()) <= 7


def test_lines_are_canonical_json() -> None:
    for name in ("sample", "seeds"):
        for line in (QUESTIONS / f"{name}.jsonl").read_text("utf-8").splitlines():
            assert json.dumps(json.loads(line), ensure_ascii=False) == line
