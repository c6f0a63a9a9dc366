"""The models that are timed: random weights in a real model's shape, and a real file where one was carried along.

Only torch, Triton and numpy: the machine with the GPU has nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from benchmarks.common.paths import MODEL_FILES
from konspekt.kernels import QuantizedTensor
from konspekt.kernels.formats import layout_of
from konspekt.serving.model.architectures import ModelConfig, RopeConfig, config_from_gguf
from konspekt.serving.model.assemble import assemble
from konspekt.serving.model.checking.tensors import Stored
from konspekt.serving.model.files.gguf_file import GGUFFile
from konspekt.serving.model.transformer import Transformer
from konspekt.serving.model.weights import GGUFWeights

FILES = MODEL_FILES
REAL = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
POOL = 1 << 16  # random blocks, laid one after another until a matrix is full


def shape(name: str, head_dim: int, **sizes: Any) -> ModelConfig:
    return ModelConfig(
        architecture="qwen3", name=name, context_length=32_768, norm_eps=1e-6, rope=RopeConfig(1e6, head_dim),
        attention_scale=head_dim**-0.5, head_dim=head_dim, **sizes,
    )  # fmt: skip


TINY = shape("tiny", hidden_size=256, layers=2, heads=4, kv_heads=2, head_dim=64, intermediate_size=512, vocab_size=512)
LEAST = shape(  # what the interpreter has the patience for
    "least", hidden_size=256, layers=1, heads=4, kv_heads=1, head_dim=64, intermediate_size=256, vocab_size=256
)  # fmt: skip
SEVEN = shape(  # Qwen2.5-7B's
    "random 7B Q4_K", hidden_size=3584, layers=28, heads=28, kv_heads=4, head_dim=128, intermediate_size=18_944,
    vocab_size=152_064,
)  # fmt: skip


@dataclass
class RandomWeights:
    """Random codes with scales that keep a product's size; the output matrix is Q6_K, all others Q4_K."""

    config: ModelConfig
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(0)
        self._pools: dict[str, np.ndarray] = {}
        c = self.config
        qkv = {"attn_q": c.heads * c.head_dim, "attn_k": c.kv_heads * c.head_dim, "attn_v": c.kv_heads * c.head_dim}
        self._shapes = {f"{name}.weight": (size, c.hidden_size) for name, size in qkv.items()} | {
            "attn_output.weight": (c.hidden_size, c.heads * c.head_dim),
            "ffn_gate.weight": (c.intermediate_size, c.hidden_size),
            "ffn_up.weight": (c.intermediate_size, c.hidden_size),
            "ffn_down.weight": (c.hidden_size, c.intermediate_size),
        }
        layer = (*self._shapes, "attn_norm.weight", "ffn_norm.weight", "attn_q_norm.weight", "attn_k_norm.weight")
        self.names = {f"blk.{i}.{name}" for i in range(c.layers) for name in layer}
        self.names |= {"token_embd.weight", "output.weight", "output_norm.weight"}

    def named(self, name: str) -> str:
        return name

    def stored(self, name: str) -> Stored:
        if name.endswith("norm.weight"):
            return Stored((len(self.vector(name)),), "F32")
        return Stored(self._shape(name), "Q6_K" if name == "output.weight" else "Q4_K")

    def _shape(self, name: str) -> tuple[int, int]:
        return self._shapes.get(name.split(".", 2)[-1], (self.config.vocab_size, self.config.hidden_size))

    def matrix(self, name: str) -> QuantizedTensor:
        rows, columns = self._shape(name)
        kind = self.stored(name).type_name
        layout = layout_of(kind)
        size = rows * (columns // layout.block_size) * layout.block_bytes
        scaled = self._pool(kind, columns)
        return QuantizedTensor.from_gguf(np.resize(scaled, size), kind, (rows, columns))

    packed = matrix

    def _pool(self, kind: str, columns: int) -> np.ndarray:
        key = f"{kind} {columns}"
        if key not in self._pools:
            layout = layout_of(kind)
            raw = dict(layout.split(self._random.integers(0, 256, (POOL, layout.block_bytes), dtype=np.uint8)))
            d = columns**-0.5 / (200 if kind == "Q4_K" else 1400)  # brings the product to about the size of x
            raw["d"] = np.full_like(raw["d"], d)
            if "dmin" in raw:
                raw["dmin"] = np.full_like(raw["dmin"], 7.5 * d)  # mins and codes cancel on average
            self._pools[key] = layout.join(raw).reshape(-1)
        return self._pools[key]

    def vector(self, name: str) -> torch.Tensor:
        of_head = name.endswith(("attn_q_norm.weight", "attn_k_norm.weight"))
        return torch.ones(self.config.head_dim if of_head else self.config.hidden_size)

    def experts(self, name: str) -> tuple[QuantizedTensor, ...]:
        raise ValueError(f"{name}: this model has no experts")

    def release(self, name: str) -> None:
        """Nothing to do: the bytes belong to whoever asked for them."""


def random_model(config: ModelConfig, device: torch.device) -> Transformer:
    return assemble(config, RandomWeights(config), device)


def real_model(device: torch.device) -> Transformer | None:
    """Qwen2.5-Coder-1.5B, where its file lies in data/models."""
    if not (FILES / REAL).is_file():
        return None
    file = GGUFFile(FILES / REAL)
    config = config_from_gguf(file.metadata, file.tensors["token_embd.weight"].shape[0])
    return assemble(config, GGUFWeights(file), device)
