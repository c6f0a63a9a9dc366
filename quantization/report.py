"""What a job made and what it cost, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from kernels import QuantizedTensor
from quantization.grids import Packed


@dataclass(frozen=True, slots=True)
class LayerError:
    """error: squared, relative; of the layer's outputs on the calibration text, or of the weights without one."""

    layer: int
    name: str
    error: float


@dataclass(frozen=True, slots=True)
class Report:
    """bits_per_weight counts scales and zero points of the quantised matrices; bytes are of what was written."""

    source: str
    source_sha256: str
    format: str
    method: str
    bits_per_weight: float
    weights: int
    layers: list[LayerError]
    calibrated: bool
    perplexity_before: float | None
    perplexity_after: float | None
    perplexity_tokens: int
    seconds: float
    file: str = ""
    bytes: int = 0
    served: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> str:
        worst = sorted(self.layers, key=lambda e: -e.error)[:3]
        mean = sum(e.error for e in self.layers) / len(self.layers)
        kind = "outputs" if self.calibrated and self.method != "rtn" else "weights"
        lines = [
            f"{self.format} by {self.method}: {self.bits_per_weight:.2f} bits a weight, {self.bytes / 1e6:,.1f} MB",
            f"squared error of {kind}: {mean:.2%} on average; most in "
            + ", ".join(f"layer {e.layer} {e.name} {e.error:.2%}" for e in worst),
        ]
        if self.perplexity_before is None or self.perplexity_after is None:
            lines.append("perplexity: not measured; --text FILE measures it")
        else:
            lines.append(
                f"perplexity: {self.perplexity_before:.2f} before, {self.perplexity_after:.2f} after "
                f"({self.perplexity_tokens} tokens)"
            )
        lines.append(
            f"serve it: konspekt serve --model {self.file}"
            if self.served
            else "konspekt serve cannot run this format yet (docs/quantisation.md)"
        )
        return "\n".join(lines)


def bits_of(packed: Iterable[Packed]) -> float:
    """Mean bits a weight."""
    bits = weights = 0.0
    for p in packed:
        count = p.shape[0] * p.shape[1]
        each = 8 * p.nbytes / count if isinstance(p, QuantizedTensor) else float(p.bits_per_weight)  # type: ignore[attr-defined]
        bits, weights = bits + each * count, weights + count
    return bits / weights
