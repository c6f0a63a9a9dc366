"""Fitting a small logistic rule and writing it down with where it came from. Shared by the calibration scripts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmarks.common.paths import ROOT
from konspekt.answering.judging.logistic import LogisticRule


class Bounds(Protocol):
    @property
    def doubted(self) -> float: ...
    @property
    def nearly(self) -> float: ...


FOLDER = ROOT / "answering" / "calibration"


def fit(
    rows: Sequence[Mapping[str, float]],
    labels: Sequence[bool],
    *,
    signs: Mapping[str, int],
    sample_weights: Sequence[float] | None = None,
    l2: float = 1.0,
    steps: int = 4000,
) -> LogisticRule:
    """Logistic regression on standardised features, L2-regularised, by projected gradient descent.

    `signs` names the features and the direction each may push (+1 or -1): with a few hundred examples a feature whose
    fitted sign contradicts what it means is noise, and stays at zero. The threshold is 0.5 until it is chosen.
    """
    names = list(signs)
    raw = np.array([[row[name] for name in names] for row in rows], dtype=np.float64)  # [N, F]
    means, scales = raw.mean(axis=0), raw.std(axis=0)
    scales[scales < 1e-9] = 1.0
    x = (raw - means) / scales
    y = np.array(labels, dtype=np.float64)
    weight = np.ones(len(y)) if sample_weights is None else np.array(sample_weights, dtype=np.float64)
    weight /= weight.mean()
    direction = np.array([signs[name] for name in names], dtype=np.float64)
    w, b = np.zeros(len(names)), 0.0
    rate = 4.0 / (len(names) + 1)
    for _ in range(steps):
        p = 1.0 / (1.0 + np.exp(-(x @ w + b)))
        error = weight * (p - y)
        w -= rate * (x.T @ error / len(y) + l2 * w / len(y))
        w = np.where(w * direction < 0, 0.0, w)
        b -= rate * float(error.mean())
    rounded = [
        {name: round(float(v), 5) for name, v in zip(names, values, strict=True)} for values in (w, means, scales)
    ]
    return LogisticRule(round(b, 5), 0.5, rounded[0], rounded[1], rounded[2], {})


def fit_evenly(
    rows: Sequence[Mapping[str, float]], labels: Sequence[bool], *, signs: Mapping[str, int], l2: float
) -> LogisticRule:
    """`fit` as if there were as many positive examples as negative ones."""
    share = sum(labels) / len(labels)
    weights = [0.5 / share if label else 0.5 / (1 - share) for label in labels]
    return fit(rows, labels, signs=signs, sample_weights=weights, l2=l2)


def out_of_fold(
    rows: Sequence[Mapping[str, float]],
    labels: Sequence[bool],
    groups: Sequence[Hashable],
    *,
    signs: Mapping[str, int],
    l2: float,
    folds: int = 10,
    repeats: int = 3,
) -> list[float]:
    """Probability of each example by rules that were fitted without it, the mean over `repeats` divisions.

    Every fold holds each group's share of positives and negatives. The divisions are drawn from a fixed seed.
    """
    total = np.zeros(len(rows))
    for repeat in range(repeats):
        fold = _folds(labels, groups, folds, repeat)
        for held in range(folds):
            inside = [i for i in range(len(rows)) if fold[i] != held]
            rule = fit_evenly([rows[i] for i in inside], [labels[i] for i in inside], signs=signs, l2=l2)
            for i, row in enumerate(rows):
                if fold[i] == held:
                    total[i] += rule.probability(row)
    return [float(p) for p in total / repeats]


def _folds(labels: Sequence[bool], groups: Sequence[Hashable], folds: int, seed: int) -> np.ndarray[Any, np.dtype[Any]]:
    members: dict[Hashable, list[int]] = defaultdict(list)
    for i, key in enumerate(zip(groups, labels, strict=True)):
        members[key].append(i)
    random = np.random.default_rng(seed)
    fold = np.zeros(len(labels), dtype=np.int64)
    dealt = 0
    for indices in members.values():
        for i in random.permutation(indices):
            fold[i] = dealt % folds
            dealt += 1
    return fold


def area_under_curve(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Share of pairs of a positive and a negative that the scores order correctly; a tie counts as half."""
    good = np.array([s for s, label in zip(scores, labels, strict=True) if label])
    bad = np.array([s for s, label in zip(scores, labels, strict=True) if not label])
    if not len(good) or not len(bad):
        return float("nan")
    return float(((good[:, None] > bad).sum() + 0.5 * (good[:, None] == bad).sum()) / (len(good) * len(bad)))


def area(good: Sequence[float], bad: Sequence[float]) -> float:
    """`area_under_curve` of the scores of positive and of negative examples."""
    return area_under_curve([*good, *bad], [True] * len(good) + [False] * len(bad))


def precision_recall(said: Sequence[bool], true: Sequence[bool]) -> tuple[float, float]:
    """Of a yes; 1.0 where there was nothing to say or to find."""
    hits = sum(s and t for s, t in zip(said, true, strict=True))
    return hits / max(1, sum(said)) if any(said) else 1.0, hits / max(1, sum(true)) if any(true) else 1.0


def write(
    name: str,
    rule: LogisticRule,
    threshold: float,
    provenance: Mapping[str, Any],
    sure: float | None = None,
    *,
    bounds: Bounds | None = None,
) -> Path:
    """`bounds`: of doubts and of what is near, where they were chosen."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    content = {
        "bias": rule.bias,
        "threshold": round(threshold, 4),
        **({} if sure is None else {"sure": round(sure, 4)}),
        **({} if bounds is None else {"doubted": round(bounds.doubted, 4), "nearly": round(bounds.nearly, 4)}),
        "weights": rule.weights,
        "means": rule.means,
        "scales": rule.scales,
        "provenance": {"date": datetime.now(UTC).date().isoformat(), **provenance},
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return path
