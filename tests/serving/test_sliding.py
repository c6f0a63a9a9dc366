"""A talk that outgrows its context goes on with its first tokens and its latest; one that does not is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from konspekt.kernels import Decoder, KVCache, Layer, PagedBatch
from konspekt.kernels.kv_cache import Kind
from konspekt.kernels.rope import Style, rope, rope_frequencies
from konspekt.serving.engine.engine import Engine, EngineConfig
from konspekt.serving.engine.runner import Step
from konspekt.serving.engine.sequence import Sequence
from konspekt.serving.engine.sliding import Window, turn_back
from konspekt.serving.model.model import Model, load_model
from tests.serving.conftest import Answers
from tests.serving.served import Served
from tests.serving.tiny import write_tiny

LONG = {"max_tokens": 220, "ignore_eos": True, "repetition_penalty": 1.0}


@pytest.fixture(scope="module")
def shallow(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Of one layer: its keys and values depend on a token and its place alone, so forgetting is exact."""
    return load_model(write_tiny(tmp_path_factory.mktemp("shallow") / "tiny.gguf", layers=1, context=2048))


def a_layer(inv_freq: torch.Tensor) -> Layer:
    nothing = torch.empty(0)
    matrices = dict.fromkeys(("wq", "wk", "wv", "wo"), nothing)
    return Layer(attn_norm=nothing, ffn_norm=nothing, inv_freq=inv_freq, **matrices)  # type: ignore[arg-type]


@pytest.mark.parametrize("style", ["neox", "norm"])
@pytest.mark.parametrize(("kind", "bound"), [("fp16", 1e-3), ("int8", 0.02), ("int4", 0.3)])
def test_keys_are_turned_to_the_places_where_they_would_have_stood(style: Style, kind: Kind, bound: float) -> None:
    tokens, places = 48, 32
    keys, values = torch.randn(2, tokens, 2, 64, generator=torch.Generator().manual_seed(0))
    inv_freq = rope_frequencies(48, 10_000.0)  # sixteen dimensions are not turned
    pages, batch = [3, 0, 2], PagedBatch.of([tokens], [tokens], [[3, 0, 2]])

    def stored_from(first: int) -> KVCache:
        cache = KVCache(1, 4, 2, 64, kind=kind)
        cache.store(0, rope(keys, torch.arange(first, first + tokens), inv_freq, style), values, batch)
        return cache

    moved, wanted = stored_from(700), stored_from(700 - places)
    untouched = moved.v.clone()
    turn_back(moved, Decoder([a_layer(inv_freq)], 1e-6, rope_style=style), pages, places)
    at = torch.tensor(pages)
    difference = moved.load(0, at, tokens)[0] - wanted.load(0, at, tokens)[0]
    assert float(difference.norm() / wanted.load(0, at, tokens)[0].norm()) < bound
    assert torch.equal(moved.v, untouched)


def test_what_stays_says_what_it_would_say_alone(shallow: Model) -> None:
    """After a hop is forgotten the logits are those after a prompt of what is left."""
    it = Answers(shallow, context=192, sinks=16, kv="fp16", prefix_cache=False, draft_tokens=0)
    sequence = it.add("The quick brown fox. " * 8, **LONG)
    run, slides, last = it.engine.runner.run, list[tuple[list[int], torch.Tensor]](), 0

    def recorded(step: Step) -> torch.Tensor:
        nonlocal last
        logits = run(step)
        if len(sequence.tokens) < last:
            slides.append((list(sequence.tokens), logits[0].clone()))
        last = len(sequence.tokens)
        return logits

    it.engine.runner.run = recorded  # type: ignore[method-assign]
    it.run()
    assert len(slides) >= 4
    for kept, logits in slides:
        assert kept[:16] == slides[0][0][:16]
        alone = shallow.forward(
            kept, shallow.new_cache(12, kind="fp16"), PagedBatch.of([len(kept)], [len(kept)], [list(range(12))]),
            [len(kept) - 1],
        )[0]  # fmt: skip
        assert float((logits - alone).norm() / alone.norm()) < 0.02
    assert (len(sequence.said), sequence.finish) == (LONG["max_tokens"], "length")
    assert sequence.asked_length == 168
    assert it.engine.blocks.used == 0


def test_without_sinks_an_answer_ends_where_the_context_ends(tiny: Model) -> None:
    said = {}
    for sinks in (0, 16):
        it = Answers(tiny, context=192, sinks=sinks)
        sequence = it.add("z" * 60, **LONG)
        it.run()
        said[sinks] = sequence.said
    assert len(said[0]) == 192 - 60
    assert len(said[16]) == 220
    assert said[16][: 192 - 60 - 16] == said[0][: 192 - 60 - 16]


def test_answers_that_share_pages_slide_alone(tiny: Model) -> None:
    """Two samples of one prompt, and a third request from the prefix cache: each as if it were alone."""

    def ask(it: Answers, seed: int, after: Sequence | None = None) -> Sequence:
        made = it.add("y" * 100, temperature=1.0, seed=seed, **LONG | {"max_tokens": 130})
        made.after = after
        return made

    settings = {"context": 192, "cache_tokens": 1024, "sinks": 16}
    alone = []
    for seed in (1, 2):
        it = Answers(tiny, **settings)
        alone.append(ask(it, seed))
        it.run()
    it = Answers(tiny, **settings)
    first = ask(it, 1)
    together = [first, ask(it, 2, after=first)]
    it.run()
    assert together[1].cached_tokens == 96
    assert [s.said for s in together] == [s.said for s in alone]
    again = ask(it, 2)
    it.run()
    assert again.cached_tokens == 64  # the pages behind were turned back for the others
    assert again.said == alone[1].said


def test_no_room_to_copy_ends_the_answer_there(tiny: Model) -> None:
    it = Answers(tiny, context=192, cache_tokens=192, sinks=16)
    first = it.add("y" * 150, **LONG)
    it.run(steps=2)
    it.engine.blocks.is_shared = lambda page: True  # type: ignore[method-assign]
    it.run()
    assert first.finish == "length"
    assert len(first.said) == 42
    assert it.engine.blocks.used == 0


def test_a_prompt_is_fitted_in_whole_hops() -> None:
    window = Window.of(192, 10, 16)
    assert window == Window(192, 16, 48)
    assert Window.of(192, 0, 16) is None
    assert Window.of(64, 16, 16) is None  # no room
    talk = list(range(1000))
    for length in range(1, 1000):
        kept = window.fitted(talk[:length])
        assert kept == talk[:length] if length < 192 else 96 < len(kept) <= 144
        assert kept[: min(length, 16)] == talk[: min(length, 16)]
        assert kept[-1] == talk[length - 1]
    starts = [window.fitted(talk[:length])[16] for length in range(192, 1000)]
    assert len(set(starts)) < 20  # a growing talk begins alike for a whole hop


def test_neither_a_draft_model_nor_a_small_context_slides(tiny: Model, tmp_path: Path) -> None:
    draft = load_model(write_tiny(tmp_path / "draft.gguf", seed=3))
    assert Engine(tiny, EngineConfig(context=192, sinks=16), draft).window is None
    assert Engine(tiny, EngineConfig(context=64, sinks=16)).window is None


@pytest.fixture(scope="module")
def served(tiny: Model) -> Iterator[Served]:
    it = Served(tiny, sinks=16, context=512)
    yield it
    it.settle()
    it.close()


def test_a_long_chat_is_answered_and_its_beginning_known_next_time(served: Served) -> None:
    talk = [{"role": "system", "content": "Отвечай."}, {"role": "user", "content": "слово " * 72}]
    first = served.chat(messages=talk).json()
    assert first["usage"]["prompt_tokens"] < 512
    talk += [{"role": "assistant", "content": "a"}, {"role": "user", "content": "?"}]
    second = served.chat(messages=talk).json()
    assert second["usage"]["prompt_tokens_details"]["cached_tokens"] > 300
    assert len(served.chat(max_tokens=600, ignore_eos=True).json()["choices"][0]["message"]["content"]) > 300
    assert served.complete(prompt="x" * 600).status_code == 400  # no chat: whoever sends it means all of it
