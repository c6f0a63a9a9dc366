"""A small calibrated rule: features in, probability out. Its constants are data, written by a calibration script."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class LogisticRule:
    """`probability` = sigmoid(bias + Σ weight · (value − mean) / scale).

    It says yes from `threshold` on, surely from `sure` on, and with a doubt below `doubted`. A no from `nearly` on is
    about something near to an answer. `provenance` says what it was calibrated on, when, and what it reached there.
    """

    bias: float
    threshold: float
    weights: Mapping[str, float]
    means: Mapping[str, float]
    scales: Mapping[str, float]
    provenance: Mapping[str, Any]
    sure: float = 0.0
    doubted: float = 0.0
    nearly: float = 1.0  # never

    def log_odds(self, features: Mapping[str, float]) -> float:
        return self.bias + sum(
            weight * (features[name] - self.means[name]) / self.scales[name] for name, weight in self.weights.items()
        )

    def probability(self, features: Mapping[str, float]) -> float:
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, self.log_odds(features)))))

    def says_yes(self, features: Mapping[str, float]) -> bool:
        return self.probability(features) >= self.threshold


@cache
def load_rule(name: str) -> LogisticRule:
    """The rule in `answering/calibration/<name>.json`."""
    raw = json.loads(resources.files("konspekt.answering").joinpath("calibration", f"{name}.json").read_text("utf-8"))
    return LogisticRule(
        raw["bias"],
        raw["threshold"],
        raw["weights"],
        raw["means"],
        raw["scales"],
        raw.get("provenance", {}),
        raw.get("sure", 0.0),
        raw.get("doubted", raw.get("sure", 0.0)),
        raw.get("nearly", 1.0),
    )
