"""The engine over the Triton kernels, which the interpreter runs here: the same tokens as the float64 reference."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import gguf
import pytest
import torch

from konspekt.serving.device import device_of
from konspekt.serving.engine.runner import (
    LEAST_WIDTH,
    LONGEST,
    MOST_TOKENS,
    Runner,
    Shape,
    Step,
    padded,
)
from konspekt.serving.errors import UnavailableDeviceError
from konspekt.serving.model.model import Model
from tests.kernels.triton.conftest import SWEEP, Interpreted, interpreted  # noqa: F401 - a fixture
from tests.serving import gpu_served
from tests.serving.test_engine import Make, check
from tests.serving.tiny import write_tiny

ROOT = Path(__file__).parents[2]
PROMPTS = ["abcabcabcabcabcabcabc", "Почему?", "abcabcabcabcabcabcabcde"]
SMALL = {"hidden": 64, "heads": 2, "kv_heads": 1, "head_dim": 32, "feed_forward": 96}
FAMILIES = ["llama", "qwen2", "qwen3", "gemma3"] if SWEEP else ["qwen2"]


def small(folder: Path, family: str) -> str:
    window = 16 if family == "gemma3" else None
    extra = {"gemma3.attention.sliding_window_pattern": 2} if window else None
    return str(write_tiny(folder / f"{family}.gguf", family, window=window, extra=extra, **SMALL))  # type: ignore[arg-type]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_served_model_says_what_the_reference_says(tmp_path: Path, interpreted: Interpreted, family: str) -> None:  # noqa: F811
    """Prompts in pieces, answers in one batch, drafts checked, shapes padded as a CUDA graph wants them, then again
    from the prefix cache."""
    path = small(tmp_path, family)
    want = gpu_served.outputs(path, "reference", PROMPTS, plain=True)["tokens"]
    again = SWEEP or family == "qwen2"
    got = interpreted(
        "tests.serving.gpu_served", "outputs", path, "triton", PROMPTS, want[0], padding=True, again=again,
        step_tokens=20, busy_tokens=9,
    )  # fmt: skip
    assert got["tokens"] == (want * 2 if again else want)
    assert got["cached"] or not again
    assert got["accepted"]
    assert got["shapes"] > 1


def test_bfloat16_products_stay_close_to_the_reference(tmp_path: Path, interpreted: Interpreted) -> None:  # noqa: F811
    """What a GPU multiplies in, here over unquantised weights."""
    path = str(write_tiny(tmp_path / "x.gguf", "qwen3", weight_type=gguf.GGMLQuantizationType.F16, **SMALL))  # type: ignore[arg-type]
    ids = [1 + (7 * i * i + 3 * i) % 255 for i in range(20)]
    want = gpu_served.logits(path, "reference", ids, "float32")
    for products, bound in (("float32", 0.9999), ("bfloat16", 0.995)):
        got = interpreted("tests.serving.gpu_served", "logits", path, "triton", ids, products)
        assert float(torch.nn.functional.cosine_similarity(got, want).min()) > bound


def step(counts: list[int], pages: int = 3) -> Step:
    ids = list(range(100, 100 + sum(counts)))
    tables = [[7 * i + n for n in range(pages)] for i in range(len(counts))]
    return Step(ids, counts, [40 + count for count in counts], tables, list(range(len(ids))))


@pytest.mark.parametrize("counts", [[1], [1] * 5, [1, 4, 1], [11], [2] * 16, [1] * MOST_TOKENS, [16] * 4])
def test_a_padded_step_keeps_its_own_and_adds_to_the_spare_page_alone(counts: list[int]) -> None:
    plain = step(counts)
    shape = Shape.of(plain)
    assert shape is not None
    full = padded(plain, shape, spare=999)
    assert (len(full.ids), len(full.counts)) == (shape.tokens, shape.sequences)
    assert sum(full.counts) == shape.tokens
    assert max(full.counts) <= shape.longest
    assert full.ids[: len(plain.ids)] == plain.ids
    assert full.counts[: len(counts)] == counts
    assert full.lengths[: len(counts)] == plain.lengths
    for n, table in enumerate(full.tables):
        assert len(table) == shape.width == LEAST_WIDTH
        assert table[:3] == plain.tables[n] if n < len(counts) else set(table) == {999}
    assert full.lengths[len(counts) :] == full.counts[len(counts) :]  # they see themselves alone, on one page
    assert all(count <= 16 for count in full.counts[len(counts) :])


def test_padding_changes_no_token_on_any_backend(answers: Make) -> None:
    it = answers(prefix_cache=False, step_tokens=20, busy_tokens=9)
    it.engine.runner = Runner(it.model, it.engine.blocks.pages, padding=True)
    check(it, answers)
    assert len({shape.longest for shape in it.engine.runner.captured}) == 2


def test_warming_up_writes_to_no_page_that_an_answer_may_have(tiny: Model) -> None:
    runner = Runner(tiny, 8, padding=True)
    runner.warm_up(5)
    assert sorted(shape.tokens for shape in runner.captured) == [1, 2, 4, 8]
    assert not runner.cache.k[:, :8].any()
    assert runner.cache.k[:, 8].any()


def test_long_steps_are_not_padded() -> None:
    assert Shape.of(step([LONGEST + 1])) is None
    assert Shape.of(step([1] * (MOST_TOKENS + 1))) is None
    assert Shape.of(step([1, 1], pages=LEAST_WIDTH + 1)).width == 2 * LEAST_WIDTH  # type: ignore[union-attr]


def test_the_benchmark_needs_torch_triton_and_numpy_alone() -> None:
    """Whatever else the project installs is not on the machine with the GPU."""
    code = """
import sys, importlib.metadata
import torch, numpy, triton
fine = {name.partition(".")[0] for name in sys.modules} | {"benchmarks", "konspekt"}
import benchmarks.gpu.__main__, benchmarks.gpu.every, benchmarks.gpu.attention.main, benchmarks.gpu.linear.main
import benchmarks.gpu.serving.main
new = {name.partition(".")[0] for name in sys.modules} - fine
print(sorted(new & set(importlib.metadata.packages_distributions())))
"""
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_gpu_is_said_before_the_model_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_of("auto") == torch.device("cpu") == device_of("cpu")
    monkeypatch.setattr(torch.version, "cuda", None)
    with pytest.raises(UnavailableDeviceError, match=r"without CUDA.*--device cpu"):
        device_of("cuda")
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    with pytest.raises(UnavailableDeviceError, match=r"no CUDA device.*nvidia-smi"):
        device_of("cuda")


def test_a_gpu_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "Tesla T4")
    for capability, fine in (((7, 5), False), ((8, 6), True)):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _, found=capability: found)
        if fine:
            assert device_of("cuda") == torch.device("cuda", 0)
        else:
            with pytest.raises(UnavailableDeviceError, match=r"Tesla T4 has compute capability 7\.5.*--device cpu"):
                device_of("cuda")


def test_a_gpu_without_triton_and_a_forced_cpu_backend_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setenv("KONSPEKT_KERNELS", "reference")
    with pytest.raises(UnavailableDeviceError, match="KONSPEKT_KERNELS=reference"):
        device_of("cuda")
    monkeypatch.setattr("konspekt.serving.device.installed", lambda: False)
    assert device_of("auto") == torch.device("cpu")
    with pytest.raises(UnavailableDeviceError, match="needs Triton"):
        device_of("cuda")
