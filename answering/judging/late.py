"""Late interaction: the embedder's frozen token vectors of question and window, and a small network that compares them.

Each token is told how well the other side matches it and by what (soft alignment, as in https://arxiv.org/abs/1609.06038);
two small layers over the window then find the place, and a pooled view of both sides says whether it answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH, HEADS = 128, 4
_FAR = -1e4  # instead of minus infinity where a row may have nothing else


class LateReader(nn.Module):
    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden)
        self.project = nn.Linear(hidden, WIDTH, bias=False)
        nn.init.orthogonal_(self.project.weight)
        self.sharpness = nn.Parameter(torch.full((HEADS,), 8.0))
        self.compare_window = nn.Linear(4 * WIDTH + HEADS, WIDTH)
        self.compare_question = nn.Linear(4 * WIDTH + HEADS, WIDTH)
        self.importance = nn.Linear(2 * WIDTH, 1)
        self.asked = nn.Linear(WIDTH, WIDTH)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                WIDTH, HEADS, 2 * WIDTH, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
            )
            for _ in range(2)
        )
        self.place = nn.Linear(WIDTH, 2)
        self.verdict = nn.Sequential(nn.Linear(3 * WIDTH + 2 * HEADS + 1, WIDTH), nn.GELU(), nn.Linear(WIDTH, 1))

    def forward(self, questions: Sequence[Tensor], windows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """States of each, [tokens, hidden] -> logit of "answers" [B]; start and end logits [B, Q + W, 2].

        The logits of place are of the question's tokens (minus infinity) and then the window's, as they follow each
        other without padding between, so that every reader speaks of the same positions.
        """
        return self.of_projected(list(map(self.projected, questions)), list(map(self.projected, windows)))

    def projected(self, states: Tensor) -> Tensor:
        """All that is read of a text's states: [tokens, hidden] -> [tokens, width]."""
        found: Tensor = self.project(self.norm(states))
        return found

    def of_projected(self, questions: Sequence[Tensor], windows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """`forward` of what `projected` gave for each."""
        seen, place = self._seen(questions, windows)
        return self.verdict(seen).squeeze(-1), place

    def _seen(self, questions: Sequence[Tensor], windows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """What the verdict is formed on, [B, 3 · width + 2 · heads + 1], and the logits of place, as in `forward`."""
        q, q_seen = _padded(questions)  # [B, Q, width]
        w, w_seen = _padded(windows)  # [B, W, width]
        likeness = torch.einsum("bqhd,bwhd->bhqw", _heads(q), _heads(w))  # cosines, [B, heads, Q, W]
        both = q_seen[:, None, :, None] & w_seen[:, None, None, :]
        likeness = likeness.masked_fill(~both, _FAR)
        sharp = likeness * self.sharpness[:, None, None]
        for_w = _aligned(sharp.softmax(dim=2), q, "bhqw,bqhd->bwhd")
        for_q = _aligned(sharp.softmax(dim=3), w, "bhqw,bwhd->bqhd")
        best_w = likeness.amax(2).transpose(1, 2).clamp(min=-1.0)  # [B, W, heads]
        best_q = likeness.amax(3).transpose(1, 2).clamp(min=-1.0)

        compared_q = F.gelu(self.compare_question(_compared(q, for_q, best_q)))
        weight = self.importance(torch.cat([q, compared_q], -1)).squeeze(-1).masked_fill(~q_seen, _FAR).softmax(-1)
        covered = (weight[..., None] * compared_q).sum(1)  # [B, width]
        coverage = (weight[..., None] * best_q).sum(1)  # [B, heads]
        least = best_q.masked_fill(~q_seen[..., None], 1.0).amin(1)
        meant = (weight[..., None] * q).sum(1)

        x = F.gelu(self.compare_window(_compared(w, for_w, best_w))) + self.asked(meant)[:, None]
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=~w_seen)
        place = self.place(x)  # [B, W, 2]
        start = place[..., 0].masked_fill(~w_seen, _FAR)
        pooled = (start.softmax(-1)[..., None] * x).sum(1)
        seen = torch.cat([pooled, covered, meant, coverage, least, start.amax(-1, keepdim=True)], -1)
        return seen, _joined(place, [len(one) for one in questions], [len(one) for one in windows])

    def load(self, weights: Mapping[str, Tensor]) -> LateReader:
        self.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
        return self.eval()


def _padded(states: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    padded = nn.utils.rnn.pad_sequence(list(states), batch_first=True)
    lengths = torch.tensor([len(one) for one in states])
    return padded, torch.arange(padded.shape[1])[None] < lengths[:, None]


def _heads(x: Tensor) -> Tensor:
    return F.normalize(_split(x), dim=-1)


def _split(x: Tensor) -> Tensor:
    """[B, S, width] -> [B, S, heads, width / heads]"""
    return x.reshape(*x.shape[:-1], HEADS, -1)


def _aligned(weights: Tensor, other: Tensor, how: str) -> Tensor:
    return torch.einsum(how, weights, _split(other)).flatten(-2)


def _compared(own: Tensor, other: Tensor, best: Tensor) -> Tensor:
    return torch.cat([own, other, own * other, (own - other).abs(), best], -1)


def _joined(place: Tensor, questions: Sequence[int], windows: Sequence[int]) -> Tensor:
    longest = max(q + w for q, w in zip(questions, windows, strict=True))
    joined = place.new_full((len(questions), longest, 2), float("-inf"))
    for i, (q, w) in enumerate(zip(questions, windows, strict=True)):
        joined[i, q : q + w] = place[i, :w]
    return joined
