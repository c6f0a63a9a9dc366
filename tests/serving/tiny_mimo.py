"""A tiny model in the layout of MiMo-7B, one prediction head included, and that head in plain float64 torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from tests.serving.tiny_folder import write_folder

HIDDEN, HEADS, DIM, WIDTH = 64, 2, 32, 96
AT = "model.mtp_layers.0."
Weights = dict[str, torch.Tensor]


def write_mimo(folder: Path, *, depends_on_context: float) -> tuple[Any, Weights]:
    """Write the folder -> the transformers model (float32) and all weights (float64), the head's included.

    depends_on_context: what attention and feed-forward add to a token's own embedding, in the model and in its head. 1:
    a random model, and a head that never agrees with it. Little: the next token follows from the last one, mostly, and
    the head, which joins nothing but that token's embedding, is right mostly.
    """
    sizes = {"hidden_size": HIDDEN, "intermediate_size": WIDTH, "num_hidden_layers": 2}
    model = write_folder(folder, "qwen2", **sizes)
    stored = load_file(folder / "model.safetensors")
    generator = torch.Generator().manual_seed(1)

    def random(*shape: int, mean: float = 0.0, scale: float = 0.3) -> torch.Tensor:
        return (mean + scale * torch.randn(*shape, generator=generator)).to(torch.bfloat16)

    for part, shape in {
        "self_attn.q_proj": (HEADS * DIM, HIDDEN), "self_attn.k_proj": (DIM, HIDDEN),
        "self_attn.v_proj": (DIM, HIDDEN), "self_attn.o_proj": (HIDDEN, HEADS * DIM),
        "mlp.gate_proj": (WIDTH, HIDDEN), "mlp.up_proj": (WIDTH, HIDDEN), "mlp.down_proj": (HIDDEN, WIDTH),
    }.items():  # fmt: skip
        stored[f"{AT}{part}.weight"] = random(*shape)
        if part[10:] in ("q_proj", "k_proj", "v_proj"):
            stored[f"{AT}{part}.bias"] = random(shape[0])
    joined = random(HIDDEN, 2 * HIDDEN, scale=0.02)
    joined[:, HIDDEN:] += torch.eye(HIDDEN, dtype=torch.bfloat16)
    stored[f"{AT}input_proj.weight"] = random(HIDDEN, 2 * HIDDEN) if depends_on_context == 1 else joined
    even = 0.2 if depends_on_context == 1 else 0.0
    for part in ("token", "hidden", "input", "post_attention", "final"):
        stored[f"{AT}{part}_layernorm.weight"] = random(HIDDEN, mean=1.0, scale=even)
    stored[f"{AT}final_layernorm.weight"] = random(HIDDEN, mean=1.0, scale=even)
    for name in stored:
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            stored[name] = stored[name] * depends_on_context
    stored["model.embed_tokens.weight"] = stored["model.embed_tokens.weight"] * 20
    save_file(stored, folder / "model.safetensors", {"format": "pt"})
    model.load_state_dict({k: v.float() for k, v in stored.items() if not k.startswith(AT)})
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config |= {"model_type": "mimo", "architectures": ["MiMoForCausalLM"], "num_nextn_predict_layers": 1}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return model, {name: value.double() for name, value in stored.items()}


def hidden_states(model: Any, ids: list[int]) -> torch.Tensor:
    """float64 [tokens, hidden]: what the last layer gives, before the final norm."""
    found: list[torch.Tensor] = []
    hook = model.model.layers[-1].register_forward_hook(lambda _, __, out: found.append(out))
    with torch.no_grad():
        model(torch.tensor([ids]))
    hook.remove()
    return found[0].reshape(-1, HIDDEN).double()


def head(w: Weights, known: torch.Tensor, following: list[int], base: float = 10_000.0) -> torch.Tensor:
    """known [tokens, hidden], the token that follows each -> [tokens, hidden], after the head's last norm."""

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * w[f"{AT}{name}_layernorm.weight"]

    def linear(x: torch.Tensor, name: str) -> torch.Tensor:
        return x @ w[f"{AT}{name}.weight"].T + w.get(f"{AT}{name}.bias", torch.zeros(()))

    tokens = len(known)
    embedded = w["model.embed_tokens.weight"][following]
    x = linear(torch.cat([norm(known, "hidden"), norm(embedded, "token")], dim=-1), "input_proj")
    normed = norm(x, "input")
    q, k, v = (linear(normed, f"self_attn.{name}_proj").view(tokens, -1, DIM) for name in "qkv")
    angles = torch.arange(tokens)[:, None] * base ** (-torch.arange(0, DIM, 2, dtype=torch.float64) / DIM)
    cos, sin = angles.cos()[:, None], angles.sin()[:, None]

    def turned(y: torch.Tensor) -> torch.Tensor:
        first, second = y.chunk(2, dim=-1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)

    scores = torch.einsum("thd,sd->hts", turned(q), turned(k)[:, 0]) / DIM**0.5
    scores = scores.masked_fill(torch.ones(tokens, tokens).triu(1).bool(), -torch.inf)
    attended = torch.einsum("hts,sd->thd", scores.softmax(-1), v[:, 0]).flatten(1)
    x = x + linear(attended, "self_attn.o_proj")
    normed = norm(x, "post_attention")
    gate, up = linear(normed, "mlp.gate_proj"), linear(normed, "mlp.up_proj")
    return norm(x + linear(torch.nn.functional.silu(gate) * up, "mlp.down_proj"), "final")


def guesses(model: Any, w: Weights, ids: list[int], count: int) -> list[int]:
    """What the head says of the `count` tokens after `ids`, from nothing but the ids."""
    known, following = hidden_states(model, ids[:-1]), list(ids[1:])
    for _ in range(count):
        last = head(w, known, following)[-1:]
        following.append(int((last @ w["lm_head.weight"].T).argmax()))
        known = torch.cat([known, last])
    return following[len(ids) - 1 :]
