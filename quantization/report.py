"""What a job made and what it cost, for people and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from konspekt.bilingual import Bilingual, joined
from konspekt.kernels import QuantizedTensor
from konspekt.kernels.packed import Packed
from konspekt.quantization.messages import say


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
    rotated: bool
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
    stored: dict[str, int] = field(default_factory=dict)  # how many matrices in each GGUF type
    kept: int = 0  # matrices that the source held in this very form
    without_head: bool = False  # the source's prediction head was left out
    served_as: str = ""  # the GGUF type that `konspekt serve` runs it as

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> Bilingual:
        worst = sorted(self.layers, key=lambda e: -e.error)[:3]
        mean = sum(e.error for e in self.layers) / len(self.layers)
        named = joined(", ", [say("worst", layer=e.layer, name=e.name, error=percent(e.error)) for e in worst])
        kind = "outputs" if self.calibrated and self.method != "rtn" else "weights"
        values = {"format": self.format, "method": self.method, "megabytes": self.bytes / 1e6}
        lines = [say("made", bits=self.bits_per_weight, **values)]
        if self.rotated:
            lines.append(say("rotated"))
        others = [(count, name) for name, count in self.stored.items() if name != self.format.removesuffix("_M")]
        lines += [say("others", count=count, name=name, of=len(self.layers)) for count, name in others]
        if self.kept:
            lines.append(say("kept", count=self.kept, of=len(self.layers)))
        if self.without_head:
            lines.append(say("without_head"))
        lines.append(say(f"errors_of_{kind}", mean=percent(mean), worst=named) if mean else say("no_error"))
        if self.perplexity_before is None or self.perplexity_after is None:
            lines.append(say("no_perplexity"))
        else:
            before, after = self.perplexity_before, self.perplexity_after
            lines.append(say("perplexity", before=before, after=after, tokens=self.perplexity_tokens))
        itself = self.served_as in {self.format, *self.stored}
        lines.append(say("serve_it" if itself else "served_as", path=self.file, name=self.served_as))
        return joined("\n", lines)


def percent(share: float) -> str:
    """Two places, or one digit of what would vanish in them."""
    return f"{share:.2%}" if share >= 0.0005 else f"{100 * share:.1g}%"


def stored(packed: Iterable[Packed]) -> dict[str, int]:
    """How many matrices are in each GGUF type; empty for other formats."""
    return dict(Counter(p.type_name for p in packed if isinstance(p, QuantizedTensor)).most_common())


def bits_of(packed: Iterable[Packed]) -> float:
    """Mean bits per weight."""
    bits = weights = 0.0
    for p in packed:
        count = p.shape[0] * p.shape[1]
        each = 8 * p.nbytes / count if isinstance(p, QuantizedTensor) else float(p.bits_per_weight)  # type: ignore[attr-defined]
        bits, weights = bits + each * count, weights + count
    return bits / weights
