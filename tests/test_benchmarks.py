"""The frame that all benchmarks share: what is wrong is not timed, what was measured is not measured again."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.common import frame
from benchmarks.common.frame import Deadline, Results, WrongResultError, checked, fingerprint, median_seconds
from benchmarks.common.machine_probe import Machine
from benchmarks.common.paths import RESULTS, ROOT
from benchmarks.kernels import cpu_kernels
from benchmarks.serving import accuracy, vs_llamacpp
from konspekt.kernels.backends import backend

Row = dict[str, Any]
CASES: list[Row] = [{"size": size} for size in (1, 2, 3)]
OVER = Deadline(minutes=0)


def doubled(case: Row) -> Row:
    return {"seconds": 2 * case["size"]}


def never(case: Row) -> Row:
    raise AssertionError(f"{case} was measured again")


def on_disk(path: Path) -> Row:
    held: Row = json.loads(path.read_text("utf-8"))
    return held


def test_what_is_wrong_is_not_timed() -> None:
    checked("a product", True, cosine=1.0)
    with pytest.raises(WrongResultError, match=r"a product: wrong, so it is not timed \(cosine 0\.25\)"):
        checked("a product", False, cosine=0.25)


def test_the_first_calls_are_not_counted_and_an_outlier_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, costs, waits = [0.0], iter([50.0, 70.0, 1.0, 30.0, 3.0, 2.0, 2.0]), list[int]()
    monkeypatch.setattr(frame.time, "perf_counter", lambda: clock[0])

    def call() -> None:
        clock[0] += next(costs)

    def wait() -> None:
        waits.append(1)
        clock[0] += 1000.0

    assert median_seconds(call, repeats=5, warm_up=2, before=wait) == 2.0
    assert len(waits) == 5


def test_a_row_is_on_the_disk_before_the_next_begins_and_says_where_it_was_measured(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.json"
    results, seen = Results(path, stamp={"code": "a"}, table=lambda held: f"{len(held['rows'])} rows"), list[int]()

    def run(case: Row) -> Row:
        seen.append(len(on_disk(path)["rows"]) if path.exists() else 0)
        return doubled(case)

    assert results.measure("rows", CASES, run, Deadline())
    assert seen == [0, 1, 2]
    held = on_disk(path)
    assert held["rows"][2] == {"size": 3, "seconds": 6}
    assert held["hardware"]["load_before"] >= 0
    assert held["date"].startswith("20")
    assert path.with_suffix(".md").read_text("utf-8") == "3 rows\n"
    assert not list(path.parent.glob("*.part"))


def test_time_that_is_over_begins_nothing_and_the_next_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    assert not Results(path, stamp={"code": "a"}).measure("rows", CASES, never, OVER)
    assert Results(path, stamp={"code": "a"}).measure("rows", CASES[:2], doubled, Deadline())
    assert not Results(path, stamp={"code": "a"}).measure("rows", CASES, doubled, OVER)
    again = Results(path, stamp={"code": "a"})
    assert again.measure("rows", CASES[:2], never, OVER)  # all there: no time is needed
    assert again.measure("rows", CASES, lambda case: doubled(case) if case["size"] == 3 else never(case), Deadline())
    assert [row["size"] for row in on_disk(path)["rows"]] == [1, 2, 3]


@pytest.mark.parametrize(
    "open_again",
    [
        lambda path: Results(path, stamp={"code": "b", "machine": "m"}),
        lambda path: Results(path, stamp={"code": "a", "machine": "another"}),
        lambda path: Results(path, stamp={"code": "a", "machine": "m", "torch": "2.13"}),
        lambda path: Results(path, stamp={"code": "a", "machine": "m"}, fresh=True),
    ],
    ids=["other code", "another machine", "a version that was not noted", "fresh"],
)
def test_rows_of_another_stamp_are_not_gone_on_from(tmp_path: Path, open_again: Callable[[Path], Results]) -> None:
    path = tmp_path / "x.json"
    Results(path, stamp={"code": "a", "machine": "m"}).measure("rows", CASES, doubled, Deadline())
    assert open_again(path).misses("rows", {"size": 1})
    assert not Results(path, stamp={"code": "a", "machine": "m"}).misses("rows", {"size": 1})


def test_a_failure_is_a_row_and_the_next_case_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "x.json"

    def run(case: Row) -> Row:
        if case["size"] == 2:
            raise RuntimeError("out of\nmemory")
        checked("size 3", case["size"] != 3)
        return doubled(case)

    assert Results(path, stamp={"code": "a"}).measure("rows", CASES, run, Deadline())
    rows = on_disk(path)["rows"]
    assert rows[0] == {"size": 1, "seconds": 2}
    assert rows[1] == {"size": 2, "error": "RuntimeError: out of memory"}
    assert rows[2]["error"].startswith("WrongResultError: size 3")
    assert Results(path, stamp={"code": "a"}).measure("rows", CASES, never, Deadline())


def test_half_a_file_is_measured_again_only_where_all_of_it_can_be(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"code": "a", "rows": [', "utf-8")
    assert Results(path, stamp={"code": "a"}, empty={"rows": []}).held == {"code": "a", "rows": []}
    with pytest.raises(json.JSONDecodeError):
        Results(path)
    assert "rows" in path.read_text("utf-8")


def test_a_fingerprint_changes_with_code_its_place_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "ROOT", tmp_path)
    (tmp_path / "part" / "room").mkdir(parents=True)
    (tmp_path / "part" / "room" / "a.py").write_text("1")
    first = fingerprint("part")
    (tmp_path / "part" / "tuned.json").write_text("{}")
    assert fingerprint("part") == first
    (tmp_path / "part" / "b.cpp").write_text("2")
    second = fingerprint("part")
    (tmp_path / "part" / "room" / "a.py").rename(tmp_path / "part" / "a.py")
    third = fingerprint("part")
    assert len({first, second, third, fingerprint("part/a.py")}) == 4


def test_the_frame_needs_nothing_that_the_machine_with_a_gpu_has_not() -> None:
    code = """
import sys
from benchmarks.common import frame
frame.stamp("benchmarks/common")
print(sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "numpy", "konspekt", "pydantic", "typer"}))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ("benchmarks.kernels.attention_report", "attention_accuracy"),
        ("benchmarks.kernels.sparse_perplexity", "sparse_perplexity"),
        ("benchmarks.serving.accuracy", "serving_accuracy"),
        ("benchmarks.serving.table", "serving_vs_llamacpp"),
        ("benchmarks.serving.table", "serving_vs_llamacpp_avx2_1"),
        ("benchmarks.kernels.cpu_kernels", "cpu_kernels"),
    ],
)
def test_results_that_are_there_are_gone_on_from_and_give_the_table_beside_them(
    tmp_path: Path, script: str, name: str
) -> None:
    for end in (".json", ".md"):
        (tmp_path / name).with_suffix(end).write_bytes((RESULTS / name).with_suffix(end).read_bytes())
    written = (tmp_path / f"{name}.md").read_text("utf-8")
    results = Results(tmp_path / f"{name}.json", table=importlib.import_module(script).table)
    before = dict(results.held)
    results.write()
    assert on_disk(tmp_path / f"{name}.json") == before
    assert (tmp_path / f"{name}.md").read_text("utf-8").rstrip() == written.rstrip()


def test_when_and_where_a_model_was_measured_is_no_engine_of_the_table() -> None:
    held = on_disk(RESULTS / "serving_accuracy.json")
    told = {name: {**engines, "of": {"code": "a"}, **frame.measured()} for name, engines in held.items()}
    assert accuracy.table(told) == accuracy.table(held)


def test_sections_of_the_same_kernels_are_not_measured_against_llama_cpp_again(monkeypatch: pytest.MonkeyPatch) -> None:
    held = on_disk(RESULTS / "serving_vs_llamacpp.json")
    name, sections = next((name, model["sections"]) for name, model in held["models"].items())
    section, result = next(iter(sections.items()))
    monkeypatch.setattr(vs_llamacpp, "fingerprint", lambda: result["kernels"])
    assert vs_llamacpp.missing(held, name, [section, "new"], result["repeats"]) == ["new"]
    assert vs_llamacpp.missing(held, name, [section], result["repeats"] + 1) == [section]
    monkeypatch.setattr(vs_llamacpp, "fingerprint", lambda: "other")
    assert vs_llamacpp.missing(held, name, [section], 1) == [section]


def test_a_kernel_that_is_wrong_is_a_failure_and_has_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(int8_ops=1e11, memory_bytes=1e10)
    monkeypatch.setattr(cpu_kernels, "ROWS", (1,))
    right = cpu_kernels.products("Q8_0", (64, 256), machine, 1)
    assert [row.rows for row in right] == [1]
    real = cpu_kernels.functional.linear
    monkeypatch.setattr(
        cpu_kernels.functional, "linear", lambda x, w: real(x, w) * (1 if backend() == "reference" else -1)
    )
    with pytest.raises(WrongResultError, match=r"Q8_0 \(64, 256\): wrong.*cosine -"):
        cpu_kernels.products("Q8_0", (64, 256), machine, 1)
