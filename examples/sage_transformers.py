"""A transformers model with quantised attention.

    python examples/sage_transformers.py Qwen/Qwen2.5-0.5B-Instruct

Needs a CUDA GPU, torch, Triton and transformers. Without a GPU the same lines run, and PyTorch's attention computes.
"""

from __future__ import annotations

import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

import kernels


def main(name: str) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    attention = kernels.attention.register()  # "konspekt_sage"
    tokenizer = AutoTokenizer.from_pretrained(name)
    model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.bfloat16, attn_implementation=attention).to(device)
    asked = tokenizer("Attention in one sentence:", return_tensors="pt").to(device)
    print(tokenizer.decode(model.generate(**asked, max_new_tokens=40)[0], skip_special_tokens=True))


if __name__ == "__main__":
    main(sys.argv[1])
