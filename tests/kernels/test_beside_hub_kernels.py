"""Konspekt's kernels beside the package called `kernels` that transformers imports where it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSION = "0.17.2"
PROGRAM = """
import kernels, transformers.integrations.hub_kernels as hub
from importlib.metadata import version
import torch
from transformers import AutoModelForCausalLM, LlamaConfig
from konspekt.kernels import functional

assert version("kernels") == {version!r} and "konspekt" not in kernels.__file__
name = functional.attention.register()
shape = dict(hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2)
config = LlamaConfig(vocab_size=128, head_dim=16, **shape)
ids = torch.arange(20)[None]
logits = []
for attention in ("eager", name):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config, attn_implementation=attention).eval()
    with torch.no_grad():
        logits.append(model(ids).logits)
print(float((logits[0] - logits[1]).abs().max()))
"""


@pytest.fixture(scope="module")
def hub_kernels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real package, from the package index, in a folder of its own."""
    folder = tmp_path_factory.mktemp("hub")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
    done = subprocess.run([*command, f"kernels=={VERSION}"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the package index has no kernels {VERSION} for us: {done.stderr.strip()[-200:]}")
    return folder


def test_transformers_runs_our_attention_with_both_installed(hub_kernels: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{hub_kernels}:{ROOT / 'src'}"}
    command = [sys.executable, "-c", PROGRAM.replace("{version!r}", repr(VERSION))]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert float(done.stdout) < 1e-4
