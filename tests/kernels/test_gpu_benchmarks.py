"""`benchmarks/gpu/__main__.py` runs where nobody watches: one broken row must not end the others."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from benchmarks.gpu import jobs
from benchmarks.gpu.serving.models import LEAST, RandomWeights
from konspekt.serving.model.weights import WeightSource

MODULE = "tests.kernels.gpu_jobs"


def job(name: str, **given: Any) -> jobs.Job:
    return MODULE, name, given


@pytest.fixture
def with_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process: those of the jobs find none, and work on the CPU."""
    monkeypatch.setattr(jobs, "here", lambda: torch.device("cuda"))


@pytest.mark.usefixtures("with_a_gpu")
def test_what_a_job_does_to_its_process_is_said_and_the_next_has_another() -> None:
    alone = jobs.Alone()
    try:
        first, raised, dead, hung, last = (
            alone.run(one, patience)
            for one, patience in [
                (job("well", number=1), 300),
                (job("raises"), 300),
                (job("dies"), 300),
                (job("hangs"), 0.2),
                (job("well", number=2), 300),
            ]
        )
    finally:
        alone.end()
    assert (first["number"], last["number"]) == (1, 2)
    assert first["process"] != last["process"]
    assert raised["error"] == "ValueError: no product on cpu"
    assert "dead" not in raised
    assert dead["dead"]
    assert "died" in dead["error"]
    assert hung["dead"]
    assert "0.2 s" in hung["error"]
    assert not any(row["good"] for row in (raised, dead, hung))


@pytest.mark.usefixtures("with_a_gpu")
def test_jobs_at_once_keep_their_order_and_outlive_one_that_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "WORKERS", 2)
    rows = list(jobs.run([job("well", number=1), job("dies"), job("well", number=3)]))
    assert [row.get("number") for row in rows] == [1, None, 3]


def test_the_random_model_is_read_like_a_file() -> None:
    weights = RandomWeights(LEAST)
    wanted = {name for name in vars(WeightSource) if not name.startswith("_")} | set(WeightSource.__annotations__)
    assert all(hasattr(weights, name) for name in wanted)
    assert weights.packed("output.weight").shape == (256, 256)
