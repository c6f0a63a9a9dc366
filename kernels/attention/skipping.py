"""Calling sparse attention: what it takes, and thresholds of a model kept in a small file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from konspekt.kernels.attention.recipe import recipe_of
from konspekt.kernels.attention.sparse import reference as sparse_reference
from konspekt.kernels.attention.sparse.recipe import SparseRecipe, Thresholds
from konspekt.kernels.errors import KernelError
from konspekt.kernels.triton.available import runs_on

FORMAT = "konspekt sparse attention 2"  # 1 had another gate


def why_dense(q: torch.Tensor, variant: str, mask: torch.Tensor | None) -> str | None:
    """Why a call cannot skip blocks, in words for a warning, or None."""
    if mask is not None:
        return "sparse attention takes causal and window masks alone, this call brings a mask tensor"
    if runs_on(q.device) and not recipe_of(variant).levels:
        return f"sparse attention on a GPU stands on a quantised variant, this call computes {variant!r}"
    return None


def attend(  # noqa: PLR0917
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    recipe: SparseRecipe,
    variant: str,
    causal: bool,
    top_left: bool,
    scale: float,
    window: int | None,
    with_lse: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """As `ops.dense`, by the operator that skips. Raises: KernelError if they are for another number of heads."""
    from konspekt.kernels.attention import skipping_ops as sparse_ops

    thresholds = (recipe.top is None, recipe.keys == "each", *recipe.rows(q.shape[1]))
    out, lse = sparse_ops.dense(q, k, v, *thresholds, variant, causal, top_left, scale, window, with_lse)
    return out, lse


def attend_packed(  # noqa: PLR0917
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    lengths: tuple[torch.Tensor, torch.Tensor, int, int],
    recipe: SparseRecipe,
    variant: str,
    causal: bool,
    scale: float,
    window: int | None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """As `ops.packed` with its log-sum-exp. lengths: cu_seqlens of q and k, and the longest of each."""
    from konspekt.kernels.attention import skipping_ops as sparse_ops

    thresholds = (recipe.top is None, recipe.keys == "each", *recipe.rows(q.shape[1]))
    out, lse = sparse_ops.packed(q, k, v, *lengths, *thresholds, variant, causal, scale, window, True)
    return out, lse


def computed_share(
    q: torch.Tensor,
    k: torch.Tensor,
    recipe: SparseRecipe,
    *,
    causal: bool = True,
    scale: float | None = None,
    window: int | None = None,
) -> torch.Tensor:
    """The share of the blocks a causal mask leaves that `recipe` computes, by the reference: float64 [batch, heads]."""
    factor = scale if scale is not None else q.shape[-1] ** -0.5
    thresholds = Thresholds.of(recipe, q.shape[1])
    return sparse_reference.choose(q, k, thresholds, causal=causal, scale=factor, window=window).share


@dataclass(frozen=True, slots=True)
class SparsePlan:
    """Thresholds of a model's layers, as `konspekt.kernels.attention.tune` finds them. `notes`: how they were found."""

    layers: Mapping[int, SparseRecipe]
    notes: Mapping[str, Any]

    def of(self, layer: int | None) -> SparseRecipe | None:
        """None for a layer that stays dense."""
        return None if layer is None else self.layers.get(layer)

    def save(self, path: str | Path) -> None:
        """Write JSON: a few kilobytes."""
        layers = {str(layer): {k: v for k, v in asdict(r).items() if v is not None} for layer, r in self.layers.items()}
        text = json.dumps({"format": FORMAT, "notes": dict(self.notes), "layers": layers}, indent=1)
        Path(path).write_text(text + "\n", "utf-8")

    @classmethod
    def load(cls, path: str | Path) -> SparsePlan:
        """Raises: KernelError for a file that is missing or of another kind."""
        try:
            held = json.loads(Path(path).read_text("utf-8"))
            if held["format"] != FORMAT:
                raise KernelError(
                    f"{path}: format {held['format']!r}, want {FORMAT!r}; konspekt.kernels.attention.tune writes one"
                )
            layers = {int(layer): _recipe(values) for layer, values in held["layers"].items()}
            return cls(layers, dict(held["notes"]))
        except OSError as reason:
            raise KernelError(f"{path}: cannot be read: {reason.strerror}") from reason
        except (ValueError, KeyError, TypeError, AttributeError) as reason:
            raise KernelError(
                f"{path}: not a file of thresholds ({type(reason).__name__}: {reason}); "
                "python -m konspekt.kernels.attention.tune writes one"
            ) from reason


def _recipe(values: dict[str, Any]) -> SparseRecipe:
    given: dict[str, Any] = {name: tuple(x) if isinstance(x, list) else x for name, x in values.items()}
    return SparseRecipe(**given)
