"""Questions in pairs over one post: how they are read, and that their labels are what the posts say."""

from __future__ import annotations

import pytest
import torch

from konspekt.answering.judging.late import LateReader
from konspekt.answering.judging.windows import windows
from konspekt.indexer.evaluation import Question
from training.corpus import Document, stems
from training.examples import Example
from training.pairs import PAIRS, pair_examples, read_pairs, written_examples
from training.verdict import _shares, retrain


@pytest.mark.parametrize("name", ["written.txt", "written_2.txt", "seeds.txt", "sample.txt"])
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
    elsewhere = {question.text for question in read_pairs(PAIRS / "elsewhere.txt")[0].questions}
    by_question = {
        (post.head, question.text): question
        for name in ("written.txt", "written_2.txt")
        for post in read_pairs(PAIRS / name)
        for question in post.questions
    }
    for one in examples:
        if one.question in elsewhere:
            assert one.answer is None
            continue
        question: Question = by_question[one.group, one.question]
        if one.answer is not None:
            start, end = one.answer
            assert question.accept[0].lower() in one.window.text.lower()
            assert start >= one.window.spans[0][0]
            assert end <= len(one.window.text)
    assert sum(one.answer is not None for one in examples) > 500


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


def test_only_the_verdict_learns_and_it_learns() -> None:
    torch.manual_seed(1)
    reader = LateReader(32).eval()
    before = {name: value.clone() for name, value in reader.state_dict().items()}
    window = windows("т", "Один. Два.")[0]
    examples = [Example(f"{i}", window, (2, 6) if i % 2 else None, "written", "g") for i in range(4000)]
    seen = torch.randn(4000, reader.verdict[0].in_features)
    seen[:, 0] = torch.tensor([3.0 if one.answer else -3.0 for one in examples])
    retrain(reader, seen, examples, 7)
    changed = {name for name, value in reader.state_dict().items() if not torch.equal(value, before[name])}
    assert changed
    assert all(name.startswith("verdict.") for name in changed)
    reader.eval()
    right = (reader.verdict(seen).squeeze(-1) > 0) == torch.tensor([one.answer is not None for one in examples])
    assert right.float().mean() > 0.9


def test_origins_are_drawn_by_weight_whatever_their_number() -> None:
    window = windows("т", "Один. Два.")[0]
    examples = [Example("q", window, None, "posts", "g")] * 90 + [Example("q", window, (2, 6), "written", "g")] * 10
    shares = _shares(examples)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[-1] > shares[0]


def test_stems_of_inflected_words_are_the_same() -> None:
    assert stems("заквасками кормила") & stems("Закваску кормили") == {"заква", "корми"}
