"""The tool that finds thresholds: its errors are the reference's, and a tuned model stays within the bound."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.attention.quantized_reference import attend as dense
from konspekt.kernels.attention.recipe import RECIPES
from konspekt.kernels.attention.skipping import SparsePlan
from konspekt.kernels.attention.sparse.recipe import SparseRecipe, Thresholds
from konspekt.kernels.attention.sparse.reference import attend, pick, predict
from konspekt.kernels.attention.sparse.search import SKIPS, Parts, Search
from konspekt.kernels.attention.tune import LEAST_TOKENS, main, tune
from tests.kernels.test_sparse import qkv

EXACT = RECIPES["exact"]


def relative_l1(got: torch.Tensor, want: torch.Tensor) -> float:
    return float((got - want).abs().sum() / want.abs().sum())


@pytest.mark.parametrize("skip", [None, -2.0])
def test_the_error_of_a_candidate_is_the_references(skip: float | None) -> None:
    q, k, v = qkv(300, 700, 1, 1)
    q *= 2
    limits = Thresholds.of(SparseRecipe(mass=0.6, spread=4.0, skip=skip), 1)
    parts = Parts.of(q[0, 0], k[0, 0], v[0, 0], 0.125)
    blocks = pick(predict(q, k, each=True, causal=True, scale=0.125), limits)
    kept, whole = (x.repeat_interleave(128, dim=0)[:300] for x in (blocks.kept[0, 0], blocks.whole))
    near = None if skip is None else parts.near_enough(kept, whole, skip)
    want = relative_l1(
        attend(q, k, v, EXACT, limits, causal=True, scale=0.125)[0], dense(q, k, v, EXACT, causal=True, scale=0.125)[0]
    )
    assert want > 0.001
    assert parts.error(kept, near) == pytest.approx(want, rel=1e-3)


def test_what_the_search_finds_keeps_the_bound_and_skips_something() -> None:
    q, k, v = qkv(512, 512)
    search = Search(0.1, 0.15, (0.3, 0.6, 0.9, 1.0), (1e4, 1.4), SKIPS)
    for step in ("first", "second"):
        search.start(step)
        search.look(4, q, k, v, 0.125)
    recipe = search.recipes()[4]
    want, _ = dense(q, k, v, EXACT, causal=True, scale=0.125)
    without = SparseRecipe(mass=recipe.mass, spread=recipe.spread)
    for tuned, bound in ((without, 0.1), (recipe, 0.15)):
        got, _ = attend(q, k, v, EXACT, Thresholds.of(tuned, 4), causal=True, scale=0.125)
        assert all(relative_l1(got[:, head], want[:, head]) <= bound + 1e-4 for head in range(4))
    assert search.share() < 0.9


def test_a_model_is_tuned_and_its_file_is_registered(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=50, hidden_size=128, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=64,
    )  # fmt: skip
    model = transformers.LlamaForCausalLM(config).eval()
    before = model.config._attn_implementation
    ids = torch.randint(0, 50, (2, 400), generator=torch.Generator().manual_seed(0)).tolist()
    said: list[str] = []
    plan = tune(model, ids, bound=0.2, masses=(0.5, 1.0), gates=(1e4, 1.0), progress=said.append)
    assert model.config._attn_implementation == before
    assert sorted(plan.layers) == [0, 1]
    assert len(said) == 2
    assert plan.notes["tokens"] == [400, 400]
    assert 0 < plan.notes["computed_share"] <= 1
    plan.save(tmp_path / "plan.json")
    assert functional.attention.register("konspekt_tuned", sparse=tmp_path / "plan.json") == "konspekt_tuned"
    assert SparsePlan.load(tmp_path / "plan.json").layers == plan.layers
    with pytest.raises(kernels.KernelError, match=f"below {LEAST_TOKENS} nothing can be skipped"):
        tune(model, [[1] * 100])


def test_the_command_line_says_how_and_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "konspekt.kernels.attention.tune", "--help"], capture_output=True, text=True, check=True
    )
    assert "thresholds.json" in done.stdout
    text = tmp_path / "a.txt"
    text.write_text("text")
    with pytest.raises(SystemExit) as left:
        main([str(tmp_path / "nowhere"), str(text)])
    assert left.value.code == 2
    assert "there is no such file" in capsys.readouterr().err
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text(json.dumps({"model_type": "no such kind"}))
    assert main([str(tmp_path / "model"), str(text)]) == 1
    assert "Not tuned" in capsys.readouterr().err
