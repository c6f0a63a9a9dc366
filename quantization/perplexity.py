"""exp of the mean loss of the next token, over windows that do not overlap."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

WINDOW = 512


@torch.inference_mode()
def perplexity(model: Any, ids: torch.Tensor, step: Callable[[], None] = lambda: None) -> float:
    """ids int64 [n], n > 1. The first token of a window is not predicted. `step` is called for each window."""
    total, count = 0.0, 0
    for window in torch.split(ids, WINDOW):
        if len(window) > 1:
            logits = model(window[None], use_cache=False).logits[0, :-1].float()
            total += float(torch.nn.functional.cross_entropy(logits, window[1:], reduction="sum"))
            count += len(window) - 1
        step()
    return math.exp(total / count)
