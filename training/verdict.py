"""The reader's verdict alone, trained again on what the rest of it makes of every example.

The rest stays as it is, so that each example is read once: minutes instead of hours, and rounds cost nothing. What was
learnt before is held on to by a pull towards the weights it begins with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from konspekt.answering.judging.late import LateReader
from training.examples import Example
from training.states import States

WEIGHTS: Mapping[str, float] = {"written": 1.0, "posts": 0.9, "xquad": 0.9, "mtrag": 0.2}  # shares of what is drawn
POSITIVE = 0.4  # of what is drawn from each origin
ROUNDS, BATCH, RATE, DROPOUT = 12, 256, 1e-3, 0.1
PULL = 1e-3
READ = 24


@torch.inference_mode()
def views(reader: LateReader, states: States, examples: Sequence[Example]) -> Tensor:
    """What the verdict on each example is formed on, [N, seen]. Lengths alike are read together."""
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].question) + len(examples[i].window.text))
    found: dict[int, Tensor] = {}
    for start in range(0, len(order), READ):
        part = order[start : start + READ]
        questions = [states.question(examples[i].question) for i in part]
        seen, _ = reader.seen(questions, [states.window(examples[i].window.text) for i in part])
        found.update(zip(part, seen, strict=True))
    return torch.stack([found[i] for i in range(len(examples))])


def retrain(reader: LateReader, seen: Tensor, examples: Sequence[Example], seed: int) -> None:
    """Changes `reader.verdict` in place."""
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    wanted = torch.tensor([float(one.answer is not None) for one in examples])
    shares = _shares(examples)
    begun = [weight.detach().clone() for weight in reader.verdict.parameters()]
    optimiser = torch.optim.AdamW(reader.verdict.parameters(), lr=RATE, weight_decay=0.0)
    steps = ROUNDS * len(examples) // BATCH
    for step in range(steps):
        drawn = torch.from_numpy(draw.choice(len(examples), BATCH, p=shares))
        logits = reader.verdict(F.dropout(seen[drawn], DROPOUT)).squeeze(-1)
        loss = F.binary_cross_entropy_with_logits(logits, wanted[drawn])
        for weight, before in zip(reader.verdict.parameters(), begun, strict=True):
            loss = loss + PULL * (weight - before).square().sum()
        for group in optimiser.param_groups:
            group["lr"] = RATE * (1 - step / steps)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()


def _shares(examples: Sequence[Example]) -> np.ndarray:
    kinds = [(one.origin, one.answer is not None) for one in examples]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    share = [WEIGHTS.get(of, 0.0) * (POSITIVE if yes else 1 - POSITIVE) / counts[of, yes] for of, yes in kinds]
    return np.array(share) / sum(share)
