"""Qwen3.5: a folder and a file give what transformers computes, whole, in pieces and token by token."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch

from konspekt import kernels
from konspekt.kernels import DeltaSizes, PagedBatch, StateUse
from konspekt.serving.engine.drafting.draft import check_vocabulary
from konspekt.serving.engine.drafting.speculate import GUESSED, Proposal
from konspekt.serving.engine.sequence import Sequence
from konspekt.serving.engine.sleep import without_weights
from konspekt.serving.engine.states import States
from konspekt.serving.errors import ModelFileError, NotEnoughMemoryError, UnsupportedModelError
from konspekt.serving.memory import answers_at_once
from konspekt.serving.model.model import Model, load_model
from konspekt.serving.model.pretokenizers import byte_level_rules
from tests.kernels.triton.conftest import Interpreted, interpreted  # noqa: F401 - a fixture
from tests.serving import gpu_served
from tests.serving.conftest import Answers
from tests.serving.test_engine import PROMPTS, plain
from tests.serving.tiny_qwen35 import LAYERS, write_folder, write_gguf

IDS = [1 + (7 * i * i + 3 * i) % 255 for i in range(90)]  # more than a chunk of transformers' and of torch's kernels


def computed(model: Model, cuts: list[int]) -> torch.Tensor:
    """Logits after each of IDS, in pieces that end at `cuts`."""
    cache, state, found = model.new_cache(8, kind="fp16"), model.new_state(), []
    for begin, end in pairwise([0, *cuts]):
        use = StateUse(state if begin else None, ((end - begin, state),))
        batch = PagedBatch.of([end - begin], [end], [[3, 1, 4, 0, 5, 2]], [use])
        found.append(model.forward(IDS[begin:end], cache, batch, range(end - begin)))
    return torch.cat(found)


def apart(got: torch.Tensor, want: torch.Tensor) -> float:
    return float((got - want).abs().max() / want.abs().max())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, torch.Tensor]:
    """(folder, file, what transformers computes)."""
    folder, path = tmp_path_factory.mktemp("folder"), tmp_path_factory.mktemp("file") / "x.gguf"
    write_folder(folder)
    reference = write_gguf(path, ahead=True)
    with torch.no_grad():
        return folder, path, reference(torch.tensor([IDS])).logits[0]


@pytest.mark.parametrize("which", ["folder", "file"])
@pytest.mark.parametrize("backend", ["torch", "cpu"])
def test_it_computes_what_transformers_computes(made: Any, which: str, backend: str) -> None:
    with kernels.use(backend):  # type: ignore[arg-type]
        model = load_model(made[which == "file"], "F16")
        whole = computed(model, [90])
        assert apart(whole, made[2]) < 1e-3  # what is left are the pages in fp16
        if backend == "cpu":
            assert torch.equal(computed(model, [1, 2, 19, 80, 90]), whole)
            assert torch.equal(computed(model, [*range(1, 40), 90]), whole)
        else:
            assert apart(computed(model, [1, 2, 19, 80, 90]), whole) < 1e-3


def test_text_alone_is_read_from_a_multimodal_folder(tmp_path: Path, made: Any) -> None:
    write_folder(tmp_path, multimodal=True)
    model = load_model(tmp_path, "F16")
    assert torch.equal(computed(model, [90]), computed(load_model(made[0], "F16"), [90]))
    assert model.config.layers == LAYERS
    assert model.config.attending == 1


def test_packed_matrices_stay_close(served: Model, made: Any) -> None:
    assert apart(computed(served, [90]), made[2]) < 0.15
    assert apart(computed(load_model(made[0]), [90]), made[2]) < 0.15


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"attn_output_gate": False}, UnsupportedModelError, "attn_output_gate"),
        ({"layer_types": ["linear_attention"] * 4}, UnsupportedModelError, "layer_types"),
        ({"layer_types": ["full_attention", "mamba"] * 2}, ModelFileError, "layer_types"),
        ({"linear_num_key_heads": 3}, ModelFileError, "linear_num_key_heads"),
        ({"linear_key_head_dim": 24}, UnsupportedModelError, "linear_key_head_dim"),
        ({"linear_conv_kernel_dim": 40}, ModelFileError, "linear_conv_kernel_dim"),
        ({"linear_value_head_dim": 32}, ModelFileError, "linear_attn"),
        ({"model_type": "qwen3_5_moe_text"}, UnsupportedModelError, "qwen3_5_moe_text"),
    ],
)
def test_what_is_not_supported_is_refused(
    tmp_path: Path, made: Any, change: dict[str, Any], error: type[Exception], told: str
) -> None:
    for file in made[0].iterdir():
        (tmp_path / file.name).symlink_to(file)
    config = json.loads((made[0] / "config.json").read_text("utf-8"))
    (tmp_path / "config.json").unlink()
    (tmp_path / "config.json").write_text(json.dumps(config | change), "utf-8")
    with pytest.raises(error, match=told):
        load_model(tmp_path)


def test_marks_stay_with_their_letters() -> None:
    _, split = byte_level_rules("qwen35")
    whole = [piece for piece, _ in split.pre_tokenize_str("и\u0306 12 x")]
    assert len(whole) == len(byte_level_rules("qwen2")[1].pre_tokenize_str("и\u0306 12 x")) - 1


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("served") / "x.gguf"
    write_gguf(path, packed=gguf.GGMLQuantizationType.Q8_0)
    return load_model(path)


def kept(it: Answers) -> States:
    states = it.engine.scheduler.states
    assert states is not None
    assert not states._held  # no answer has kept its own
    return states


@pytest.fixture(scope="module")
def want(served: Model) -> list[list[int]]:
    """Answers to PROMPTS, one at a time."""
    return plain(lambda **settings: Answers(served, **settings), max_tokens=20)


def test_it_is_served_alike_alone_in_a_batch_in_pieces_and_preempted(served: Model, want: list[list[int]]) -> None:
    it = Answers(served, context=192, cache_tokens=192, step_tokens=40)
    found = [it.add(prompt, max_tokens=20) for prompt in PROMPTS]
    it.run()
    assert [it.output(one) for one in found] == want
    assert it.engine.scheduler.preemptions > 0
    kept(it)


@pytest.mark.parametrize("cache_tokens", [2048, 192])
def test_drafts_that_are_wrong_leave_no_trace(
    served: Model, want: list[list[int]], monkeypatch: Any, cache_tokens: int
) -> None:
    """Three, two, one and none of a draft are right, beside others and while answers are preempted."""
    settings: dict[str, Any] = {"context": 192, "cache_tokens": cache_tokens, "step_tokens": 40}
    texts = {tuple(served.tokenizer.encode(prompt)): answer for prompt, answer in zip(PROMPTS, want, strict=True)}

    def oracle(sequence: Sequence, budget: int, *, drafter: bool) -> Proposal:
        at = sequence.output_length
        answer = texts[tuple(sequence.tokens[: sequence.prompt_length])]
        right = answer[at : at + at % 4]
        room = min(budget, sequence.params.max_tokens - at - 1)
        return Proposal((*right, 7, 8)[: max(0, room)], GUESSED, 0.99)

    monkeypatch.setattr("konspekt.serving.engine.scheduler.propose", oracle)
    it = Answers(served, **settings)
    found = [it.add(prompt, max_tokens=20) for prompt in PROMPTS]
    it.run()
    assert [it.output(one) for one in found] == want
    drafted, accepted = (
        it.engine.metrics.registry.get_sample_value(f"konspekt_llm_{name}_tokens_total") or 0
        for name in ("draft", "accepted")
    )
    assert 10 < accepted < drafted
    assert (it.engine.scheduler.preemptions > 0) == (cache_tokens == 192)
    kept(it)


def test_the_state_at_the_end_of_a_prompt_is_found_by_the_next_turn(served: Model) -> None:
    it, alone = Answers(served), Answers(served, prefix_cache=False, draft_tokens=0)
    first = "Что сказано о памяти? " * 3
    talks = [first, first + "Ответ. И дальше?", first]
    answers = []
    for talk in talks:  # one after another
        answers.append(it.add(talk, max_tokens=12))
        it.run()
    want = [alone.add(talk, max_tokens=12) for talk in talks]
    alone.run()
    assert [it.output(one) for one in answers] == [alone.output(one) for one in want]
    whole = (answers[0].prompt_length - 1) // 16 * 16
    assert [one.cached_tokens for one in answers] == [0, whole, whole]


def test_a_beginning_that_prompts_share_has_a_state_from_the_second_on(served: Model) -> None:
    it, alone = Answers(served), Answers(served, prefix_cache=False, draft_tokens=0)
    prompts = ["Отвечай коротко и по делу. " * 2 + ending * 9 for ending in ("один ", "два ", "трое ")]
    found = []
    for prompt in prompts:
        found.append(it.add(prompt, max_tokens=8))
        it.run()
    want = [alone.add(prompt, max_tokens=8) for prompt in prompts]
    alone.run()
    assert [it.output(one) for one in found] == [alone.output(one) for one in want]
    shared = len(served.tokenizer.encode("Отвечай коротко и по делу. " * 2)) // 16 * 16
    assert [one.cached_tokens for one in found] == [0, 0, shared]


def test_states_that_were_longest_unused_go_and_their_room_is_used_again(served: Model, monkeypatch: Any) -> None:
    monkeypatch.setattr("konspekt.serving.engine.states.KEPT_BYTES", 0)
    it = Answers(served)
    for letter in "abcd":
        it.add(letter * 40, max_tokens=4)
        it.run()
    states = kept(it)
    assert states.kept == 2
    assert len(states._free) <= 2
    again = [it.add(letter * 40, max_tokens=4) for letter in "da"]
    it.run()
    assert [one.cached_tokens for one in again] == [32, 0]


def test_siblings_go_on_from_the_state_of_the_first(served: Model) -> None:
    it = Answers(served)
    first, second = (it.add("y" * 100, temperature=1.0, seed=seed) for seed in (1, 2))
    second.after = first
    it.run()
    assert (first.cached_tokens, second.cached_tokens) == (0, 96)


def test_a_state_after_some_layers_is_told_and_the_first_steps_are_timed(served: Model) -> None:
    it = Answers(served)
    it.engine.time_steps()
    asked = it.engine.pooler.asked([IDS[:70]], 3, 512) + it.engine.pooler.asked([IDS[:70], IDS[:70]], LAYERS, 512)
    it.engine.pooler.waiting.extend(asked)
    while not it.engine.pooler.idle:
        it.engine.pooler.step(32)
    values = [one.found.result().values for one in asked]
    assert torch.equal(values[1], values[2])
    assert values[0].shape == values[1].shape
    assert not torch.equal(values[0], values[1])


def test_sleep_gives_states_back_and_a_model_with_states_drafts_for_nobody(served: Model) -> None:
    it = Answers(served)
    it.add("z" * 50, max_tokens=4)
    it.run()
    assert kept(it).kept
    it.engine._lay_down(without_weights(served))
    assert it.engine.scheduler.states is None
    with pytest.raises(UnsupportedModelError, match="cannot draft"):
        check_vocabulary(served, served)


def test_no_more_answers_run_than_there_is_room_for_states(served: Model, tiny: Model, monkeypatch: Any) -> None:
    config = replace(served.config, delta=DeltaSizes(16, 32, 128, 128, 4), recurrent=frozenset(range(24)))
    assert config.state_bytes >> 20 == 50  # of the 4B
    for free, count in ((2048, 16), (1024, 15), (512, 5), (310, 1)):
        monkeypatch.setattr("konspekt.serving.memory.available_memory", lambda _, free=free: free << 20)
        assert answers_at_once(config, 16) == count
    monkeypatch.setattr("konspekt.serving.memory.available_memory", lambda _: 300 << 20)
    with pytest.raises(NotEnoughMemoryError, match=r"another 301 MiB .* 300 MiB are free"):
        answers_at_once(config, 16)
    assert answers_at_once(tiny.config, 16) == 16


def test_no_context_slides_over_a_state(served: Model) -> None:
    assert Answers(served, context=256, sinks=16).engine.window is None


@pytest.mark.sweep
def test_the_gpu_kernels_say_what_the_reference_says(tmp_path: Path, interpreted: Interpreted) -> None:  # noqa: F811
    write_gguf(tmp_path / "x.gguf", packed=gguf.GGMLQuantizationType.Q8_0)
    path, prompts = str(tmp_path / "x.gguf"), ["abcabcabcabcab", "Hm"]
    want = gpu_served.outputs(path, "reference", prompts, plain=True)["tokens"]
    got = interpreted(
        "tests.serving.gpu_served", "outputs", path, "triton", prompts, want[0], padding=True, again=False
    )
    assert got["tokens"] == want
