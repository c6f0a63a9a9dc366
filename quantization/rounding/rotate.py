"""Hadamard rotation of a model before it is quantised: other weights, the same answers (QuaRot, arXiv 2404.00456).

A rotation R of the residual stream goes through the model unseen: embeddings become E·R, what reads the stream W·R,
what writes to it Rᵀ·W. RMSNorm does not mind, once its weights have moved into the matrices that follow. Within each
head V is rotated likewise, and the output matrix rotates it back. Every weight is then a sum of many, so that few
stick out and a coarse grid fits better. Nothing has to be computed when the model runs: it is an ordinary model of its
family.

One thing grows: the last norm's weights move into the head, which is thereby no longer the embedding.
"""

from __future__ import annotations

from typing import Any

import torch

from konspekt.kernels.hadamard import randomised
from konspekt.quantization.errors import WrongRequestError
from konspekt.quantization.messages import say
from konspekt.quantization.source import Source

FAMILIES = ("llama", "mistral", "qwen2", "qwen3")  # Gemma norms what is written to the stream once more
STREAM, HEAD = 1, 2  # seeds


def check(source: Source) -> None:
    """Raises: WrongRequestError for a family whose stream cannot be rotated."""
    kind = source.model.config.model_type
    if kind not in FAMILIES:
        raise WrongRequestError(say("rotate_kind", kind=kind, known=", ".join(FAMILIES)))


@torch.no_grad()
def rotate(source: Source) -> None:
    """Rotate the weights of `source` where they are. Raises: WrongRequestError as `check`."""
    check(source)
    model: Any = source.model
    config, decoder = model.config, model.get_decoder()
    _untie(model)
    _fold(decoder.norm, [model.lm_head])
    for weight in (decoder.embed_tokens.weight, model.lm_head.weight):
        weight.copy_(randomised(weight, STREAM))
    dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    for layer in source.layers:
        attention, mlp = layer.self_attn, layer.mlp
        readers = ([attention.q_proj, attention.k_proj, attention.v_proj], [mlp.gate_proj, mlp.up_proj])
        for norm, some in zip((layer.input_layernorm, layer.post_attention_layernorm), readers, strict=True):
            _fold(norm, some)
            for module in some:
                module.weight.copy_(randomised(module.weight, STREAM))
        for module in (attention.o_proj, mlp.down_proj):
            _turn_outputs(module, module.weight.shape[0], STREAM)
        _turn_outputs(attention.v_proj, dim, HEAD)
        columns = attention.o_proj.weight
        columns.copy_(randomised(columns.reshape(len(columns), -1, dim), HEAD).reshape(columns.shape))
    source.rotated, source.packed = True, None


def _untie(model: Any) -> None:
    if model.config.tie_word_embeddings:
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.clone())
        model.config.tie_word_embeddings = False


def _fold(norm: Any, readers: list[torch.nn.Linear]) -> None:
    """The norm's weights into the columns of what follows it."""
    for module in readers:
        module.weight.mul_(norm.weight)
    norm.weight.fill_(1.0)


def _turn_outputs(module: torch.nn.Linear, size: int, seed: int) -> None:
    """Rotate what a matrix gives, in runs of `size` outputs; its bias too."""
    columns = module.weight.T
    turned = randomised(columns.reshape(len(columns), -1, size), seed).reshape(columns.shape)
    module.weight.copy_(turned.T)
    if module.bias is not None:
        module.bias.copy_(randomised(module.bias.reshape(-1, size), seed).flatten())
