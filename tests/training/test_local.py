"""States of many questions about one window at a time, of a real (tiny) model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from konspekt.answering.judging.probe import prompt
from konspekt.kernels import PagedBatch
from konspekt.serving.model.model import Model, load_model
from tests.serving.tiny import write_tiny
from training.local import PAGE, LocalStates
from training.probe import KeptStates, areas, by_window, written_pairs

WINDOW = "Курс\nПройти курс можно за восемь недель, он бесплатный."
QUESTIONS = ("сколько стоит курс?", "Сколько недель идёт курс?", "what is the price", "кто ведёт?")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_model(write_tiny(tmp_path_factory.mktemp("tiny") / "tiny.gguf", context=2048))


def alone(model: Model, text: tuple[str, ...]) -> torch.Tensor:
    """The last token's state of a whole text, computed by itself."""
    ids = [token for piece in text for token in model.tokenizer.encode(piece)]
    pages = -(-len(ids) // PAGE)
    batch = PagedBatch.of([len(ids)], [len(ids)], [list(range(pages))])
    return model.hidden(ids, model.new_cache(pages, PAGE), batch)[-1]


@pytest.mark.parametrize("window", [WINDOW, "Да."])
def test_states_side_by_side_are_those_of_each_text_alone(model: Model, window: str) -> None:
    texts = [prompt(question, window) for question in QUESTIONS]
    found = torch.tensor(LocalStates(model, model.config.layers).states(texts, model.config.layers))
    wanted = torch.stack([alone(model, text) for text in texts])
    assert torch.nn.functional.cosine_similarity(found, wanted, dim=1).min() > 0.999
    assert not torch.allclose(found[0], found[1], atol=1e-3)


def test_a_text_that_begins_like_no_other_is_read_whole(model: Model) -> None:
    local, layers = LocalStates(model, model.config.layers), model.config.layers
    texts = [("один", " два"), ("три",)]
    found = torch.tensor(local.states(texts, layers))
    for state, text in zip(found, texts, strict=True):
        assert torch.nn.functional.cosine_similarity(state, alone(model, text), dim=0) > 0.999


def test_too_much_and_another_layer_are_named(model: Model) -> None:
    local = LocalStates(model, 1)
    with pytest.raises(ValueError, match="room"):
        local.states([("слово " * 20_000, "что?")], 1)
    with pytest.raises(ValueError, match="after 1 layers"):
        local.states([("а", "б")], 2)


def test_what_is_kept_is_not_asked_for_again(tmp_path: Path, model: Model) -> None:
    kept = KeptStates(LocalStates(model, 1), 1, tmp_path)
    kept.prepare(QUESTIONS, WINDOW)
    again = KeptStates(None, 1, tmp_path)
    states = [again.of(question, WINDOW) for question in QUESTIONS]
    assert torch.equal(states[1], kept.of(QUESTIONS[1], WINDOW))
    with pytest.raises(RuntimeError, match="no model"):
        again.of("новый вопрос", WINDOW)


def test_windows_come_with_all_their_questions_in_one_order() -> None:
    pairs = written_pairs()
    windows = by_window(pairs)
    assert sum(len(of) for _, of in windows) == len(pairs)
    assert len({window for window, _ in windows}) == len(windows)
    assert windows == by_window(written_pairs())
    assert all({one.answers for one in of} == {True, False} for _, of in windows)
    assert {one.answers for one in pairs if one.stray} == {False}


def test_what_is_nearly_answered_is_told_apart_by_itself_and_not_hidden_behind_strays() -> None:
    wanted, stray = torch.tensor([1.0, 1, 0, 0, 0, 0]), torch.tensor([False] * 4 + [True] * 2)
    scores = torch.tensor([2.0, 1.0, 1.5, 0.5, -3.0, -4.0])
    assert areas(scores, wanted, stray) == {"nearly_answered": 0.75, "stray": 1.0}
