"""Which blocks of keys sparse attention skips: thresholds, one for all heads or one per head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import torch

from konspekt.kernels.attention.recipe import SMOOTH_BLOCK
from konspekt.kernels.errors import KernelError

Q_BLOCK = SMOOTH_BLOCK  # rows of q that share a list of key blocks
K_BLOCK = 64
SPREAD = 2.5  # defaults: how they were found is in benchmarks/NOTES.md
SIMILARITY = 0.7
PerHead = float | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SparseRecipe:
    """Thresholds of SpargeAttention (arXiv 2502.18137); each a number, or a tuple with one for every query head.

    keys        how a block's weight is predicted: from the mean query and each key, whose products smoothing Q needs
                anyway, or, as in the paper, from the mean query and the `mean` of the block's keys
    mass        tau of section 3.2: of the blocks of 64 keys that 128 rows see, those of largest predicted weight are
                computed until they hold this share of it. 1 computes all
    top         instead of `mass`: this share of the blocks, those of largest predicted weight
    spread      with `each`: a block of rows whose scores lie further than this from those of their mean cannot be
                predicted from it, and all it sees is computed. A standard deviation in the exponent of the softmax
                (`sparse_reference`). inf trusts every block, 0 none; by default 2.5
    similarity  with `mean`, theta of section 3.2: a block of rows or of keys whose mean cosine with each other is below
                it cannot be predicted from its mean, and is computed. -1 trusts every block, 2 none; by default 0.7
    skip        lambda of section 3.4, a natural logarithm below 0: P·V of a block is left out when no score in it
                comes this near to the row's largest so far; None computes it always
    """

    mass: PerHead = 0.998
    top: PerHead | None = None
    spread: PerHead | None = None
    similarity: PerHead | None = None
    skip: PerHead | None = None
    keys: Literal["each", "mean"] = "each"

    def __post_init__(self) -> None:
        for name, value, fits, wanted in (
            ("mass", self.mass, lambda x: 0 < x <= 1, "above 0 and at most 1"),
            ("top", self.top, lambda x: 0 < x <= 1, "above 0 and at most 1"),
            ("spread", self.spread, lambda x: x >= 0, "0 or more"),
            ("similarity", self.similarity, lambda x: -1 <= x <= 2, "from -1 to 2"),
            ("skip", self.skip, lambda x: x < 0, "below 0"),
        ):
            _check(name, value, fits, wanted)
        if self.keys not in ("each", "mean"):
            raise KernelError(f"sparse attention predicts from `each` key or from their `mean`, not {self.keys!r}")
        if (self.similarity if self.keys == "each" else self.spread) is not None:
            wrong, right = ("similarity", "spread") if self.keys == "each" else ("spread", "similarity")
            raise KernelError(f"sparse attention: with keys={self.keys!r} the gate is `{right}`, not `{wrong}`")
        given = {len(x) for x in (self.mass, self.top, self.gate, self.skip) if isinstance(x, tuple)}
        if len(given) > 1:
            raise KernelError(f"thresholds for {' and '.join(map(str, sorted(given)))} heads in one recipe")

    @property
    def gate(self) -> PerHead:
        """Which blocks of rows are trusted: `spread` or `similarity`, whichever these keys go by."""
        given, default = (self.spread, SPREAD) if self.keys == "each" else (self.similarity, SIMILARITY)
        return default if given is None else given

    def rows(self, heads: int) -> tuple[list[float], list[float], list[float]]:
        """What to keep (tau, or the share of blocks), the gate and lambda (empty when unused), one number per head.

        Raises: KernelError when a tuple is for another number of heads.
        """
        keep = self.mass if self.top is None else self.top
        skip = [] if self.skip is None else _spread("skip", self.skip, heads)
        return _spread("mass or top", keep, heads), _spread("spread or similarity", self.gate, heads), skip


def _check(name: str, value: PerHead | None, fits: Callable[[float], bool], wanted: str) -> None:
    for one in () if value is None else value if isinstance(value, tuple) else (value,):
        if not fits(one):
            raise KernelError(f"sparse attention: {name} must be {wanted}, got {one}")


def _spread(name: str, value: PerHead, heads: int) -> list[float]:
    if not isinstance(value, tuple):
        return [float(value)] * heads
    if len(value) != heads:
        raise KernelError(f"sparse attention: {name} has thresholds for {len(value)} heads, this call has {heads}")
    return [float(x) for x in value]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A recipe as an operator carries it: lists, one number per head; `skip` is empty when nothing is skipped twice."""

    by_mass: bool
    each: bool
    keep: tuple[float, ...]
    gate: tuple[float, ...]
    skip: tuple[float, ...]

    @classmethod
    def of(cls, recipe: SparseRecipe, heads: int) -> Thresholds:
        keep, gate, skip = recipe.rows(heads)
        return cls(recipe.top is None, recipe.keys == "each", tuple(keep), tuple(gate), tuple(skip))

    def on(self, device: torch.device) -> torch.Tensor:
        """float32 [3, heads] on the device, copied there once: a CUDA graph that is captured later finds it there."""
        return _on(self, device)


@cache
def _on(thresholds: Thresholds, device: torch.device) -> torch.Tensor:
    skip = thresholds.skip or (0.0,) * len(thresholds.keep)
    return torch.tensor([thresholds.keep, thresholds.gate, skip], dtype=torch.float32, device=device)
