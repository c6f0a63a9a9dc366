"""The example of docs/kernels.md, as a user calls it."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from tests.serving.tiny_folder import write_folder

EXAMPLE = Path(__file__).parents[2] / "examples" / "sage_transformers.py"


@pytest.mark.filterwarnings("ignore:kernels.sdpa leaves this to PyTorch")
def test_a_transformers_model_writes_the_same_with_our_attention(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a GPU PyTorch computes, so that not a token may differ."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    write_folder(tmp_path, "llama")
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), str(tmp_path), "abc", "--tokens", "8"])
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    tokenizer = AutoTokenizer.from_pretrained(str(tmp_path))
    model = AutoModelForCausalLM.from_pretrained(str(tmp_path), dtype=torch.bfloat16, attn_implementation="sdpa")
    ids = model.generate(**tokenizer("abc", return_tensors="pt"), max_new_tokens=8, do_sample=False)[0]
    assert len(ids) == 11
    assert capsys.readouterr().out == tokenizer.decode(ids, skip_special_tokens=True) + "\n"
