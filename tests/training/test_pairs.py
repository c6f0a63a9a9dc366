"""Questions in pairs over one post: how they are read, and that their labels are what the posts say."""

from __future__ import annotations

import pytest

from konspekt.answering.judging.windows import windows
from konspekt.indexer.evaluation import Question
from training.corpus import Document, stems
from training.pairs import PAIRS, about_nothing_here, pair_examples, read_pairs, written_examples

WRITTEN = ("written.txt", *(f"written_{number}.txt" for number in range(2, 6)))


@pytest.mark.parametrize("name", [*WRITTEN, "seeds.txt", "sample.txt"])
def test_every_post_is_asked_both_kinds_of_question(name: str) -> None:
    for post in read_pairs(PAIRS / name):
        assert post.head, post
        assert post.questions, post
    asked = [question for post in read_pairs(PAIRS / name) for question in post.questions]
    told, untold = sum(bool(one.accept) for one in asked), sum(not one.accept for one in asked)
    assert told > 100
    assert untold > told
    assert len({one.text for one in asked}) > 0.98 * len(asked)


def test_of_other_peoples_posts_no_more_than_five_words_are_kept() -> None:
    for post in read_pairs(PAIRS / "seeds.txt"):
        assert len(post.head.split()) <= 5
        assert not post.text
        for question in post.questions:
            assert all(len(words.split()) <= 5 for words in question.accept), question


def test_an_answer_of_a_written_post_lies_where_the_example_says() -> None:
    examples = list(written_examples(7))
    assert len(examples) == len(list(written_examples(7)))
    elsewhere = {question.text for question in about_nothing_here()}
    by_question = {
        (post.head, question.text): question
        for name in WRITTEN
        for post in read_pairs(PAIRS / name)
        for question in post.questions
    }
    for one in examples:
        if one.question in elsewhere:
            assert one.answer is None
            assert one.origin == "elsewhere"
            continue
        question: Question = by_question[one.group, one.question]
        if one.answer is not None:
            start, end = one.answer
            assert question.accept[0].lower() in one.window.text.lower()
            assert start >= one.window.spans[0][0]
            assert end <= len(one.window.text)
    assert sum(one.answer is not None for one in examples) > 2000


def test_over_an_index_a_near_miss_meets_the_post_that_it_nearly_asks_of(tmp_path, monkeypatch) -> None:
    (tmp_path / "made.txt").write_text(
        "= квас на хлебе\n+ сколько бродит | бродит сутки\n- сколько стоит квас\n", encoding="utf-8"
    )
    (tmp_path / "elsewhere.txt").write_text("# далеко\n- какая погода\n", encoding="utf-8")
    monkeypatch.setattr("training.pairs.PAIRS", tmp_path)
    texts = {"a": "Ставлю квас на хлебе. Он бродит сутки.", "b": "Погода испортилась, дача отменяется."}
    documents = [Document(name, text, tuple(windows(name, text))) for name, text in texts.items()]
    examples = list(pair_examples(documents, "made", 7))
    told = [one for one in examples if one.question == "сколько бродит" and one.answer]
    assert [one.window.text[slice(*one.answer)] for one in told if one.answer] == ["бродит сутки"]
    near = [one for one in examples if one.question == "сколько стоит квас"]
    assert any("квас на хлебе" in one.window.text for one in near)
    assert all(one.answer is None for one in near)
    assert any(one.question == "какая погода" and one.group == "b" for one in examples)
    assert len({one.group for one in told}) == 1


def test_a_pointer_that_finds_no_post_is_told(tmp_path, monkeypatch) -> None:
    (tmp_path / "made.txt").write_text("= нет такого\n- что это\n", encoding="utf-8")
    (tmp_path / "elsewhere.txt").write_text("- где\n", encoding="utf-8")
    monkeypatch.setattr("training.pairs.PAIRS", tmp_path)
    with pytest.raises(ValueError, match="нет такого"):
        list(pair_examples([Document("a", "Текст.", tuple(windows("a", "Текст.")))], "made", 7))


def test_stems_of_inflected_words_are_the_same() -> None:
    assert stems("заквасками кормила") & stems("Закваску кормили") == {"заква", "корми"}
