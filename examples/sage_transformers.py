"""A transformers model with quantised attention.

    python examples/sage_transformers.py Qwen/Qwen2.5-0.5B-Instruct
    python examples/sage_transformers.py data/models/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf "Say hello in Russian:"

Needs torch and transformers; a CUDA GPU and Triton to gain anything. Without a GPU the same lines run, PyTorch's own
attention computes, and a warning says so once.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `kernels` needs no installation

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from konspekt.kernels import functional


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", help="org/name on the hub, a folder, or a GGUF file")
    parser.add_argument("prompt", nargs="?", default="Attention in one sentence:")
    parser.add_argument("--tokens", type=int, default=40, help="how many to write")
    asked = parser.parse_args()
    path = Path(asked.model)
    name, gguf = (str(path.parent), {"gguf_file": path.name}) if path.is_file() else (asked.model, {})
    device = "cuda" if torch.cuda.is_available() else "cpu"

    attention = functional.attention.register()  # "konspekt_sage": the first of the two lines that matter
    tokenizer = AutoTokenizer.from_pretrained(name, **gguf)
    model = AutoModelForCausalLM.from_pretrained(
        name,
        dtype=torch.bfloat16,
        attn_implementation=attention,
        **gguf,  # and the second
    ).to(device)

    prompt = tokenizer(asked.prompt, return_tensors="pt").to(device)
    written = model.generate(**prompt, max_new_tokens=asked.tokens, do_sample=False)
    print(tokenizer.decode(written[0], skip_special_tokens=True))


if __name__ == "__main__":
    main()
