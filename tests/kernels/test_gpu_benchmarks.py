"""`python -m benchmarks.gpu` runs where nobody watches: one broken row must not end the others."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.common.frame import BROKEN, COMPLETE, FAILED, NO_GPU, TIME_OVER, Deadline, Results
from benchmarks.common.paths import ROOT
from benchmarks.gpu import every, jobs, section
from benchmarks.gpu.attention import checks, page_checks, report, sparse, timing
from benchmarks.gpu.attention import main as attention
from benchmarks.gpu.linear import main as linear
from benchmarks.gpu.section import Asked, check, failed
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


def test_checks_are_kept_as_they_come_and_a_failed_one_too(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    todo = [job("well", number=1), job("raises"), job("well", number=2)]
    results = Results(path, stamp={"gpu": "x"}, empty={"checks": []})
    assert not check(results, todo, Deadline(minutes=0))
    assert not results.held["checks"]
    assert check(results, todo, Deadline())
    kept = json.loads(path.read_text("utf-8"))["checks"]
    assert [row["good"] for row in kept] == [True, False, True]
    assert [row["error"] for row in failed(results)] == ["ValueError: no product on cpu"]
    again = Results(path, stamp={"gpu": "x"}, empty={"checks": []})
    assert check(again, todo, Deadline(minutes=0))  # nothing is left to do
    assert again.held["checks"] == kept


@pytest.mark.parametrize(
    ("variant", "error", "own", "good"),
    [
        ("int8", 0.0052, 0.0052, True),
        ("int8", 0.19, 0.0052, False),
        ("sage", 0.0064 + 0.011, 0.0064, False),
        ("int4_fp8", 0.06, 0.06, True),
        ("int4_fp8", 0.19, 0.06, False),
        ("int8_fp8", float("nan"), 0.0052, False),
        ("int8_fp8", float("inf"), 0.0052, False),
    ],
)
def test_the_logarithm_of_a_rows_sum_is_judged(variant: Any, error: float, own: float, good: bool) -> None:
    rows = torch.randn(1, 2, 8, 64)
    assert checks.judged("x", variant, rows, rows.double(), error, own)["good"] is good


def test_rows_that_see_nothing_are_apart_by_nothing_and_a_number_that_is_none_by_all() -> None:
    infinite = torch.tensor([-torch.inf, 1.0])
    assert checks.apart(infinite, torch.tensor([-torch.inf, 1.25])) == 0.25
    assert checks.apart(infinite, torch.tensor([0.0, 1.0])) == float("inf")
    assert not checks.apart(torch.tensor([torch.nan]), torch.tensor([1.0])) <= 1e9


def test_a_peer_that_hangs_costs_no_row_and_is_not_asked_again(tmp_path: Path) -> None:
    asked_for: list[str] = []

    class Timed(jobs.Alone):
        """In the place of a GPU."""

        def run(self, job: jobs.Job, patience: float = jobs.PATIENCE) -> dict[str, Any]:
            _, function, given = job
            asked_for.append(function)
            if function == "others":
                return {"what": "x", "good": False, "error": f"not done after {patience:g} s", "dead": True}
            return {**given.get("case", {}), "tops": {"int8 kernel alone": 900.0}, "gb_s": 4000}

    results = Results(tmp_path / "x.json", empty={part: [] for part in attention.PARTS})
    assert attention.measure(Timed(), results, set(), Asked(quick=True))
    assert asked_for.count("others") == 1
    assert results.held["peers_lost"] == "not done after 45 s"
    assert all(row["tops"] == {"int8 kernel alone": 900.0} for row in results.held["prefill"])


def test_what_matters_most_is_checked_and_timed_before_the_rest_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of a quick pass is among the whole one's, which then does the rest alone; a check that fails ends nothing."""
    said: list[str] = []

    def checked(todo: list[jobs.Job], deadline: Deadline) -> Any:
        for one in todo:
            said.append("check")
            yield {"what": "x", "good": "window" not in one[2]}

    class Timed(jobs.Alone):
        """In the place of a GPU."""

        def run(self, job: jobs.Job, patience: float = jobs.PATIENCE) -> dict[str, Any]:
            said.append(job[1])
            return {**job[2].get("case", {}), "tops": {}, "gb_s": 4000}

    results = Results(tmp_path / "x.json", empty={part: [] for part in ("checks", *attention.PARTS)})
    monkeypatch.setattr(attention, "opened", lambda *_: results)
    monkeypatch.setattr(attention, "warm_up", lambda *_: said.append("warm"))
    monkeypatch.setattr(jobs, "run", checked)
    monkeypatch.setattr(jobs, "Alone", Timed)
    assert attention.run(Asked()) == FAILED
    first, last = said.index("prefill"), len(said) - said[::-1].index("check")
    assert first < last
    assert "check" in said[:first]
    device = torch.device("cpu")
    quick, whole = ({section.key(job) for job in attention.plan(device, Asked(quick=q))} for q in (True, False))
    assert quick < whole
    assert said.count("check") == len(whole)
    assert said.count("prefill") == len(list(timing.prefill_cases(quick=False)))


@pytest.mark.parametrize("quick", [True, False])
def test_every_check_names_what_is_not_timed_when_it_fails(quick: bool) -> None:
    device = torch.device("cpu")
    todo = attention.plan(device, Asked(quick=quick))
    about = {checks.subject(section.key(job)) for job in todo}
    variants, pages = set(checks.variants(device)), {f"{kind} pages" for kind in ("int8", "int4", "fp16")}
    assert about == variants | pages | {"sparse int8", "sparse int8_fp8"}
    assert len(todo) == len(checks.plan(device, small=True, quick=quick)) + len(
        page_checks.plan(small=True, quick=quick) + sparse.plan(device, small=True, quick=quick)
    )
    products = linear.plan(device, Asked(quick=quick))
    assert [linear.name_of(section.key(job)) for job in products] == [given["name"] for _, _, given in products]
    assert linear.name_of(section.key(("benchmarks.gpu.linear.checks", "graph", {}))) == linear.GRAPH


def test_what_failed_its_check_is_not_timed_and_all_else_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[tuple[str, Any]] = []

    class Timed(jobs.Alone):
        """In the place of a GPU."""

        def run(self, job: jobs.Job, patience: float = jobs.PATIENCE) -> dict[str, Any]:
            _, function, given = job
            case = given.get("case", {})
            asked_for.append((function, given.get("sound") or case.get("kind") or case.get("variant")))
            if function == "prefill" and case["length"] == 1024:
                return {"what": "x", "good": False, "error": "its process died", "dead": True}
            return {
                "bandwidth": {"gb_s": 4000},
                "prefill": {**case, "tops": {"int8 kernel alone": 900.0}},
                "others": {"FlexAttention": 400.0},
                "decode": {**case, "microseconds": 5.0, "share_of_bandwidth": 0.8},
                "measure": {**case, "milliseconds": {"dense": 1.0}},
            }[function]

    monkeypatch.setattr(report.sparse, "table", lambda rows: [])
    path = tmp_path / "x.json"
    stamp = {"gpu": "x", "torch": "2", "triton": "3"}
    results = Results(path, stamp=stamp, empty={part: [] for part in ("checks", *attention.PARTS)}, table=report.table)
    assert attention.measure(Timed(), results, {"sage", "int4 pages", "sparse int8"}, Asked())
    assert all("sage" not in given for name, given in asked_for if name == "prefill")
    assert ("decode", "int8") in asked_for
    assert ("decode", "int4") not in asked_for
    assert {given for name, given in asked_for if name == "measure"} == {"int8_fp8"}
    held = json.loads(path.read_text("utf-8"))
    assert len(held["prefill"]) == len(list(timing.prefill_cases(quick=False)))
    assert {row["error"] for row in held["prefill"] if row["length"] == 1024} == {"its process died"}
    assert all(row["tops"]["FlexAttention"] == 400.0 for row in held["prefill"] if "error" not in row)
    assert all("wrong, so it is not timed" in row["error"] for row in held["decode"] if row["kind"] == "int4")
    assert "its process died" in path.with_suffix(".md").read_text("utf-8")


def test_tiles_are_kept_one_by_one_and_brought_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Timed(jobs.Alone):
        """In the place of a GPU."""

        def run(self, job: jobs.Job, patience: float = jobs.PATIENCE) -> dict[str, Any]:
            if not job[2]["causal"]:
                return {"what": "x", "good": False, "error": "its process died", "dead": True}
            return {"tile": [128, 64, 4, 2], "tried": {"128x64 w4 s2": 500.0}}

    monkeypatch.setattr(attention, "TUNED", tmp_path / "tuned")
    results, asked = Results(tmp_path / "x.json", stamp={"gpu": "x"}), Asked(out=tmp_path / "out", quick=True)
    device = torch.device("cpu")
    late = Asked(quick=True, deadline=Deadline(minutes=0))
    assert not attention.find_tiles(device, Timed(), results, set(), late)
    assert attention.find_tiles(device, Timed(), results, {"int8_fp8"}, asked)
    brought = json.loads((tmp_path / "out" / "tuned_interpreter.json").read_text("utf-8"))
    assert brought == json.loads((tmp_path / "tuned" / "interpreter.json").read_text("utf-8"))
    assert set(brought["tiles"]) == {"int8/128/causal", "int4_fp8/128/causal"}
    again = Results(tmp_path / "x.json", stamp={"gpu": "x"})
    assert again.held["tuning"] == brought
    assert again.held["not_tuned"]["int8/128/full"] == "its process died"
    assert attention.find_tiles(device, Timed(), again, {"int8_fp8"}, late)  # nothing is left to try


def says(**programs: str) -> every.Command:
    def command(part: str, asked: Asked, minutes: float) -> list[str]:
        return [sys.executable, "-c", f"fresh, minutes = {asked.fresh}, {minutes}\n{programs[part]}"]

    return command


def told(folder: Path) -> dict[str, Any]:
    parts: dict[str, Any] = json.loads((folder / "gpu_all.json").read_text("utf-8"))["parts"]
    return parts


def test_all_survives_a_part_that_breaks_or_dies_or_fails_its_checks(tmp_path: Path) -> None:
    parts = says(
        raises="raise RuntimeError('no compiler')", dies="import os; os.kill(os.getpid(), 9)",
        wrong=f"raise SystemExit({FAILED})", well="print('measured')",
    )  # fmt: skip
    shares = dict.fromkeys(("raises", "dies", "wrong", "well"), 1)
    assert every.run(Asked(out=tmp_path, deadline=Deadline(5)), shares=shares, command=parts) == FAILED
    assert [part["exit"] for part in told(tmp_path).values()] == [1, -9, FAILED, COMPLETE]
    assert told(tmp_path)["well"]["tail"] == "measured"
    assert "no compiler" in told(tmp_path)["raises"]["tail"]
    assert "-9" in told(tmp_path)["dies"]["said"]


def test_all_hands_back_few_files_with_every_part_s_table(tmp_path: Path) -> None:
    """Whoever lends a GPU may take eight files from a folder: three parts, what became of them, output and tables."""
    writes = "import pathlib; folder = pathlib.Path({folder!r})\n"
    writes += "for end in ('json', 'md'): (folder / f'gpu_{part}_h200.{{end}}').write_text('{part}, round {round}')\n"
    writes += "print('{part} said this')\n"

    def part(name: str, round: int) -> str:
        return writes.format(folder=str(tmp_path), part=name, round=round)

    first = part("first", 1) + f"raise SystemExit({TIME_OVER})"
    again = part("first", 2)
    rounds = iter((first, part("second", 1), again))

    def command(name: str, asked: Asked, minutes: float) -> list[str]:
        return [sys.executable, "-c", next(rounds)]

    shares = {"first": 1, "second": 1}
    assert every.run(Asked(out=tmp_path, deadline=Deadline(5)), shares=shares, command=command) == COMPLETE
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "gpu_all.json", "gpu_all.log", "gpu_all.md", "gpu_first_h200.json", "gpu_second_h200.json",
    ]  # fmt: skip
    page = (tmp_path / "gpu_all.md").read_text("utf-8")
    assert "first, round 2" in page
    assert "round 1" in page.partition("# gpu_second_h200")[2]
    assert page.count("first") == 2  # its heading and its last table
    assert told(tmp_path)["second"]["tail"] == "second said this"


def test_all_kills_a_part_that_hangs_with_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(every, "GRACE", -292.0)  # of 300 seconds
    worker = f"import time, pathlib; time.sleep(60); pathlib.Path({str(tmp_path / 'survived')!r}).touch()"
    hang = f"""
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", {worker!r}]).pid, flush=True)
time.sleep(600)
"""
    assert every.run(Asked(out=tmp_path, deadline=Deadline(5)), shares={"hangs": 1}, command=says(hangs=hang)) == FAILED
    part = told(tmp_path)["hangs"]
    assert part["exit"] == BROKEN
    assert "killed" in part["said"]
    while _runs(int(part["tail"])):
        time.sleep(0.05)
    assert not (tmp_path / "survived").exists()


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_all_gives_what_is_spared_to_the_others_and_goes_on_without_forgetting(tmp_path: Path) -> None:
    """The first comes to its end in its second round: it must not be told again to begin afresh."""
    first = f"""
import pathlib
there = pathlib.Path({str(tmp_path / "rounds")!r})
there.open("a").write(f"{{fresh}} {{minutes:.0f}} ")
raise SystemExit({TIME_OVER} if fresh else {COMPLETE})
"""
    second = f"import pathlib; pathlib.Path({str(tmp_path / 'second')!r}).write_text(f'{{fresh}} {{minutes:.0f}}')"
    asked = Asked(out=tmp_path, fresh=True, deadline=Deadline(100))
    shares = {"first": 3, "second": 1}
    assert every.run(asked, shares=shares, command=says(first=first, second=second)) == COMPLETE
    assert (tmp_path / "rounds").read_text() == "True 75 False 100 "
    assert (tmp_path / "second").read_text() == "True 100"


def test_all_says_what_it_had_no_time_for_and_what_cannot_run_here(tmp_path: Path) -> None:
    never = says(x="raise SystemExit('begun')")
    assert every.run(Asked(out=tmp_path, deadline=Deadline(0)), shares={"x": 1}, command=never) == TIME_OVER
    assert "not begun" in told(tmp_path)["x"]["said"]
    assert every.verdict([NO_GPU, NO_GPU]) == NO_GPU
    assert every.verdict([COMPLETE, NO_GPU]) == NO_GPU
    assert every.verdict([TIME_OVER, BROKEN, COMPLETE]) == FAILED
    assert every.verdict([COMPLETE, TIME_OVER]) == TIME_OVER
    assert every.verdict([COMPLETE, COMPLETE]) == COMPLETE


@pytest.mark.sweep
def test_all_is_rehearsed_from_a_bare_copy_of_the_tree(tmp_path: Path) -> None:
    """No installed project, no repository around it: what the machine with the GPU has."""
    tree, out = tmp_path / "tree", tmp_path / "out"
    unneeded = shutil.ignore_patterns("__pycache__", "results", "*.pyc")
    for folder in ("benchmarks", "kernels", "serving", "bilingual", "src"):
        shutil.copytree(ROOT / folder, tree / folder, symlinks=True, ignore=unneeded)
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.gpu", "all", "--check-only", "--quick"]
    environment = {**os.environ, "TRITON_INTERPRET": "1", "PYTHONPATH": "src"}
    done = subprocess.run(
        [*command, "--out", str(out), "--minutes", "60"], cwd=tree, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == COMPLETE, done.stdout + done.stderr
    assert {name: part["exit"] for name, part in told(out).items()} == dict.fromkeys(every.SHARES, COMPLETE)
    for name in every.SHARES:
        held = json.loads((out / f"gpu_{name}_interpreter.json").read_text("utf-8"))
        assert held["checks"], name
        assert all(row["good"] for row in held["checks"]), name
    assert not (tree / "benchmarks" / "results").exists()
