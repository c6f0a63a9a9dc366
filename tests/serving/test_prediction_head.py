"""A prediction head guesses what its formula says, and changes how fast an answer comes and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from konspekt import kernels
from konspekt.serving.engine.drafting import speculate
from konspekt.serving.engine.drafting.prediction_head import HeadDrafter
from konspekt.serving.engine.scheduler import Work
from konspekt.serving.errors import UnsupportedModelError
from konspekt.serving.model.model import Model, load_model
from tests.kernels.triton.conftest import Interpreted, interpreted  # noqa: F401 - a fixture
from tests.serving import gpu_served
from tests.serving.conftest import Answers
from tests.serving.test_draft import counted
from tests.serving.test_engine import PROMPTS, check
from tests.serving.tiny_mimo import guesses, write_mimo


@pytest.fixture
def no_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speculate, "look_up", lambda sequence, most: ((), 0))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A head that is right mostly."""
    folder = tmp_path_factory.mktemp("mimo")
    write_mimo(folder, depends_on_context=0.01)
    return folder


@pytest.fixture(scope="module")
def mimo(path: Path) -> Model:
    return load_model(path)


@pytest.mark.usefixtures("no_lookup")
@pytest.mark.parametrize("depends_on_context", [1.0, 0.05])
def test_every_draft_is_what_the_head_says_of_the_tokens_before_it(tmp_path: Path, depends_on_context: float) -> None:
    """Prompts in pieces, several answers a step, drafts refused and taken: the head's cache is right after each."""
    reference, weights = write_mimo(tmp_path, depends_on_context=depends_on_context)
    with kernels.use("torch"):  # float activations, unquantised weights and cache: what is left is rounding
        it = Answers(load_model(tmp_path, "BF16"), context=128, step_tokens=11, busy_tokens=7, kv="fp16")
        drafter, seen = it.engine._drafter, list[tuple[list[int], tuple[int, ...]]]()
        assert drafter is not None
        propose = drafter.propose

        def record(work: list[Work]) -> list[Work]:
            made = propose(work)
            seen.extend((list(item.sequence.tokens), item.drafts) for item in made if item.drafts)
            return made

        drafter.propose = record  # type: ignore[method-assign]
        for prompt in ("Почему?", "abcabcabcabcabcabcabcab", "1"):
            it.add(prompt, max_tokens=12, repetition_penalty=1.0, ignore_eos=True)
        it.run()
    assert len(seen) > 8
    assert any(len(drafts) > 1 for _, drafts in seen)
    for tokens, drafts in seen:
        assert list(drafts) == guesses(reference, weights, tokens, len(drafts))


@pytest.mark.usefixtures("no_lookup")
def test_a_head_changes_no_token_and_is_right_now_and_then(mimo: Model) -> None:
    it = Answers(mimo, prefix_cache=False)
    check(it, lambda **settings: Answers(mimo, **settings), repetition_penalty=1.0, max_tokens=30, ignore_eos=True)
    assert 0.3 * counted(it, "draft") < counted(it, "accepted") < counted(it, "draft")


def test_nor_beside_lookup_with_pages_taken_away_prompts_in_pieces_and_prefixes_cached(mimo: Model) -> None:
    it = Answers(mimo, context=208, cache_tokens=208, step_tokens=40, busy_tokens=7)
    check(it, lambda **settings: Answers(mimo, **settings))
    assert it.engine.scheduler.preemptions > 0


@pytest.mark.usefixtures("no_lookup")
def test_what_is_drawn_is_guessed_by_the_same_draw(mimo: Model) -> None:
    it = Answers(mimo, prefix_cache=False)
    params = {"temperature": 0.2, "top_p": 0.95, "seed": 7, "repetition_penalty": 1.0}
    check(it, lambda **settings: Answers(mimo, **settings), **params)
    assert counted(it, "accepted") > 0.1 * counted(it, "draft") > 0


@pytest.mark.usefixtures("no_lookup")
def test_the_head_knows_what_the_prefix_cache_shares(mimo: Model) -> None:
    it, found = Answers(mimo), list[tuple[list[int], float]]()
    for _ in range(2):
        before = counted(it, "accepted")
        sequence = it.add(PROMPTS[3], repetition_penalty=1.0, ignore_eos=True)
        it.run()
        found.append((it.output(sequence), counted(it, "accepted") - before))
    assert sequence.cached_tokens
    assert found[0] == found[1]


def test_warming_up_touches_the_first_page_alone(mimo: Model) -> None:
    drafter = Answers(mimo).engine._drafter
    assert isinstance(drafter, HeadDrafter)
    drafter.warm_up(3)
    assert drafter._cache.k[:, 0].any()
    assert not drafter._cache.k[:, 1:].any()


def test_without_speculation_the_head_is_not_asked(mimo: Model) -> None:
    assert Answers(mimo, draft_tokens=0).engine._drafter is None


@pytest.mark.sweep
def test_over_the_gpu_kernels_a_head_says_what_the_reference_says(path: Path, interpreted: Interpreted) -> None:  # noqa: F811
    prompts = ["abcabcabcabcab", "Hm"]
    want = gpu_served.outputs(str(path), "reference", prompts, plain=True)["tokens"]
    got = interpreted(
        "tests.serving.gpu_served", "outputs", str(path), "triton", prompts, padding=True, again=False, no_lookup=True
    )
    assert got["tokens"] == want
    assert got["accepted"]


def test_a_second_head_is_refused_by_name(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    write_mimo(tmp_path, depends_on_context=1.0)
    file = tmp_path / "model.safetensors"
    tensors = load_file(file)
    save_file(
        tensors | {"model.mtp_layers.1.input_proj.weight": tensors["model.mtp_layers.0.input_proj.weight"].clone()},
        file,
    )
    with pytest.raises(UnsupportedModelError, match=r"mtp_layers\.1\.input_proj"):
        load_model(tmp_path)


def test_the_same_folder_without_its_head_is_served_without_drafts(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    write_mimo(tmp_path, depends_on_context=1.0)
    file = tmp_path / "model.safetensors"
    save_file({name: value for name, value in load_file(file).items() if "mtp" not in name}, file)
    assert json.loads((tmp_path / "config.json").read_text("utf-8"))["num_nextn_predict_layers"] == 1
    assert load_model(tmp_path).head is None
