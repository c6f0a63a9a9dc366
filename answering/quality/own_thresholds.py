"""Thresholds fitted to an author's own questions, in a file of their own beside the database.

The shipped rule stays as it is; only from which probability on it answers is the author's. They belong to one rule,
known by its weights: a later version with another rule decides by its own thresholds until it is calibrated again.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from konspekt.answering.judging.logistic import LogisticRule
from konspekt.storage.private import private_file

log = logging.getLogger(__name__)
FILE = "calibration.json"  # in KONSPEKT_HOME


@dataclass(frozen=True, slots=True)
class OwnThresholds:
    """`by_rule`: fingerprint of a rule -> (threshold, sure)."""

    by_rule: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def of(self, rule: LogisticRule) -> LogisticRule:
        """The rule with the author's thresholds, or as it is shipped."""
        own = self.by_rule.get(fingerprint(rule))
        return rule if own is None else replace(rule, threshold=own[0], sure=own[1])


def fingerprint(rule: LogisticRule) -> str:
    """The same for the same probabilities, whatever the thresholds."""
    numbers = [rule.bias, *(sorted(part.items()) for part in (rule.weights, rule.means, rule.scales))]
    return hashlib.sha256(json.dumps(numbers).encode()).hexdigest()[:16]


def load_own(path: Path) -> OwnThresholds:
    """Those of a file; none where there is no file. A damaged one is said in the log and does not count."""
    try:
        raw = json.loads(path.read_text("utf-8"))
        found = {str(key): (float(row["threshold"]), float(row["sure"])) for key, row in raw["rules"].items()}
    except FileNotFoundError:
        return OwnThresholds()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("%s is not read (%s): the shipped thresholds decide", path, type(error).__name__)
        return OwnThresholds()
    if not all(0.0 <= threshold <= sure <= 1.0 for threshold, sure in found.values()):
        log.warning("%s holds thresholds that are no probabilities: the shipped ones decide", path)
        return OwnThresholds()
    return OwnThresholds(found)


def save_own(path: Path, rule: LogisticRule, threshold: float, sure: float, provenance: Mapping[str, Any]) -> None:
    """Writes the thresholds of one rule; those of other rules stay. Raises OSError."""
    rules: dict[str, Any] = {}
    if load_own(path).by_rule:
        rules = json.loads(path.read_text("utf-8"))["rules"]
    rules[fingerprint(rule)] = {"threshold": round(threshold, 4), "sure": round(sure, 4), **provenance}
    beside = path.with_suffix(".new")
    private_file(beside)
    beside.write_text(json.dumps({"rules": rules}, ensure_ascii=False, indent=2) + "\n", "utf-8")
    beside.replace(path)
