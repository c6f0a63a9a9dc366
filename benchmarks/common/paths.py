"""Where benchmarks find the repository, the models and the results."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
MODEL_FILES = ROOT / "data" / "models"
