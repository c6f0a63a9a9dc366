"""How a backend is chosen, built and refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.cpu import build, use_isa
from tests.kernels.helpers import random_rows, random_weight

ROOT = Path(__file__).parents[2]


def in_a_new_process(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ["reference", "torch", "cpu"])
def test_the_environment_forces_a_backend(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONSPEKT_KERNELS", name)
    assert kernels.backend() == name


def test_backends_agree() -> None:
    w, x = random_weight("Q4_K", 32, 256), random_rows(3, 256)
    results = []
    for name in ("reference", "torch", "cpu"):
        with kernels.use(name):  # type: ignore[arg-type]
            results.append(functional.linear(x, w))
    assert torch.allclose(results[1], results[0], rtol=1e-3, atol=1e-3)
    assert not torch.equal(results[2], results[0])  # 8-bit activations: it was another backend indeed
    assert torch.nn.functional.cosine_similarity(results[2], results[0]).min() > 0.999


def test_triton_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONSPEKT_KERNELS", "triton")
    with pytest.raises(kernels.BackendUnavailable, match=r"Triton|CUDA"):
        functional.linear(torch.ones(1, 256), random_weight("Q4_K", 16, 256))


def test_an_unknown_backend_names_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONSPEKT_KERNELS", "cuda")
    with pytest.raises(kernels.KernelError, match=r"'cuda'.*reference, torch, cpu, triton"):
        kernels.backend()


def test_an_unknown_instruction_set_is_refused() -> None:
    with pytest.raises(kernels.BackendUnavailable, match="amx"), use_isa("amx"):
        pass


def test_without_a_compiler_torch_computes_and_says_why(tmp_path: Path) -> None:
    program = """
import sys, torch, konspekt.kernels.cpu
from konspekt import kernels
from konspekt.kernels import functional
from pathlib import Path
library = sys.modules["konspekt.kernels.cpu.loading"]
library.HERE, library._cache_dir = Path("nowhere"), lambda: Path("nowhere")
from tests.kernels.helpers import random_weight
print(functional.linear(torch.ones(1, 256), random_weight("Q4_K", 16, 256)).shape, kernels.backend())
"""
    done = in_a_new_process(program, PATH=str(tmp_path), CXX="")
    assert done.returncode == 0, done.stderr
    assert "torch.Size([1, 16]) torch" in done.stdout
    assert "no C++ compiler found" in done.stderr
    forced = in_a_new_process(program, PATH=str(tmp_path), CXX="", KONSPEKT_KERNELS="cpu")
    assert forced.returncode != 0
    assert "BackendUnavailable: no C++ compiler found" in forced.stderr


def test_a_refused_source_shows_what_the_compiler_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.cpp"
    broken.write_text("int main( {")
    monkeypatch.setattr(build, "sources", lambda: [broken])
    with pytest.raises(build.CompileError, match=r"broken\.cpp"):
        build.compile_library(tmp_path / "out.so")
    assert not (tmp_path / "out.so").exists()


def test_another_version_of_the_sources_has_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.built_name()
    (tmp_path / "api.cpp").write_text("// changed")
    monkeypatch.setattr(build, "HERE", tmp_path)
    assert build.built_name() != before


def test_the_build_needs_no_torch() -> None:
    program = "import sys, runpy; runpy.run_path('kernels/cpu/build.py'); assert 'torch' not in sys.modules"
    assert in_a_new_process(program).returncode == 0


def test_a_forked_child_computes_too() -> None:
    program = """
import os, torch
from konspekt import kernels
from konspekt.kernels import functional
from tests.kernels.helpers import random_rows, random_weight
kernels.set_threads(2)
w, x = random_weight("Q4_K", 512, 256), random_rows(20, 256)
want = functional.linear(x, w)
child = os.fork()
if child == 0:
    os._exit(0 if torch.equal(functional.linear(x, w), want) else 3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    done = in_a_new_process(program)
    assert done.returncode == 0, done.stderr


def test_threads_below_one_are_refused() -> None:
    with pytest.raises(kernels.KernelError, match="at least 1"):
        kernels.set_threads(0)


def test_weights_go_to_a_gpu_only_where_one_is() -> None:
    w = random_weight("Q8_0", 16, 32)
    assert kernels.prepare(w, device=torch.device("cpu")) is w
    if torch.cuda.is_available():
        pytest.skip("a GPU is here")
    with pytest.raises(kernels.BackendUnavailable, match="Triton"):
        kernels.prepare(w, device=torch.device("cuda"))
