"""Question and window read together by the embedder's last layers, with a low-rank adapter and two heads.

The first layers read each by itself, as they do for search, so that a window's states can be kept; from `depth` on the
two stand in one sequence. What is trained is small: the adapter (LoRA, https://arxiv.org/abs/2106.09685), an offset
that tells question from window, and the heads. Splitting a cross-encoder like this: https://arxiv.org/abs/2005.00697.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from konspekt.indexer.embedding.e5.network import E5Network

ALPHA = 2.0  # the adapter's product counts so much


class JointReader(nn.Module):
    """`depth` layers of the network stay as they are, the others are adapted with matrices of rank `rank`."""

    def __init__(self, network: E5Network, depth: int, rank: int) -> None:
        super().__init__()
        self._network = [network]  # in a list: its weights are not ours to save
        self.depth, self.rank = depth, rank
        hidden, up = network.hidden, network.layers[0].up_w.shape[0]
        sizes = {"qkv": (hidden, 3 * hidden), "out": (hidden, hidden), "up": (hidden, up), "down": (up, hidden)}
        self.adapters = nn.ParameterDict()
        for number in range(depth, len(network.layers)):
            for name, (wide_in, wide_out) in sizes.items():
                self.adapters[f"{number}_{name}_a"] = nn.Parameter(torch.randn(rank, wide_in) / wide_in**0.5)
                self.adapters[f"{number}_{name}_b"] = nn.Parameter(torch.zeros(wide_out, rank))
        self.sides = nn.Parameter(torch.zeros(2, hidden))
        self.answer = nn.Linear(hidden, 1)
        self.place = nn.Linear(hidden, 2)

    def forward(self, questions: Sequence[Tensor], windows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """States of each at `depth`, [tokens, hidden] -> logit of "answers" [B]; start and end logits [B, S, 2].

        The logits of place are of the joint sequence, question first, and minus infinity outside the window.
        """
        network = self._network[0]
        lengths = [(len(q), len(w)) for q, w in zip(questions, windows, strict=True)]
        longest = max(q + w for q, w in lengths)
        x = torch.zeros(len(lengths), longest, network.hidden)
        seen = torch.zeros(len(lengths), 1, 1, longest, dtype=torch.bool)
        within = torch.zeros(len(lengths), longest, dtype=torch.bool)
        for i, (q, w) in enumerate(lengths):
            x[i, :q], x[i, q : q + w] = questions[i], windows[i]
            seen[i, ..., : q + w] = True
            within[i, q : q + w] = True
        x = x + self.sides[within.long()]
        x = x.to(network.dtype)
        for number in range(self.depth, len(network.layers)):
            x = network.through(network.layers[number], x, seen, partial(self._add, number))
        x = x.float()
        place = self.place(x).masked_fill(~within[..., None], float("-inf"))
        return self.answer(x[:, 0]).squeeze(-1), place

    def _add(self, number: int, name: str, x: Tensor) -> Tensor:
        a, b = self.adapters[f"{number}_{name}_a"], self.adapters[f"{number}_{name}_b"]
        return ALPHA * F.linear(F.linear(x, a.to(x.dtype)), b.to(x.dtype))

    def load(self, weights: Mapping[str, Tensor]) -> JointReader:
        self.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
        return self.eval()
