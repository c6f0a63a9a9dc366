"""The kernels compile for GPUs that are not here: no register spilled, the tensor-core instruction that was meant.

KONSPEKT_SWEEP=1 compiles every tile on offer and keeps what became of each in benchmarks/results/gpu_builds.json, of
low-bit products in gpu_builds_linear.json: registers, spills, shared memory, missing instructions. What the file holds
of the same source is not compiled again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from konspekt.kernels.triton import aot
from konspekt.kernels.triton.build import Build, Compiled
from konspekt.kernels.triton.sass import Counted, count
from tests.kernels.triton.conftest import SWEEP

ROOT = Path(__file__).parents[3]
LOW_BIT = ("konspekt.kernels.linear.builds", "konspekt.kernels.hadamard.builds", "konspekt.kernels.moe.builds")


def record_of(module: str) -> Path:
    return ROOT / "benchmarks" / "results" / ("gpu_builds_linear.json" if module in LOW_BIT else "gpu_builds.json")


def compiled(module: str, *arguments: str) -> list[dict[str, object]]:
    """In a process of its own, in which Triton does not interpret."""
    environment = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
    recorded = ("--record", str(record_of(module))) if SWEEP else ()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "konspekt.kernels.triton.aot", module, "--json", *arguments, *recorded],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr[-2000:]
    return list(json.loads(done.stdout))


# what a launch takes where nothing was tuned
CHOSEN = ["int8 d128", "int4_fp8 d128"]


def faults(module: str, words: list[str]) -> dict[str, object]:
    rows = compiled(module, *(part for word in words for part in ("--only", word)))
    if SWEEP:
        rows = [row for row in json.loads(record_of(module).read_text("utf-8")).values() if row["module"] == module]
    assert rows
    return {f"{row['name']} sm_{row['architecture']}": row["faults"] for row in rows if row["faults"]}


ATTENTION = [[""]] if SWEEP else [*([name, "first"] for name in CHOSEN), ["quantize_"]]
PAGED = [[""]] if SWEEP else [["int8 d128 decode group 6"], ["int4 d128 decode group 6"]]


@pytest.mark.parametrize("words", ATTENTION, ids=" ".join)
def test_every_attention_build_is_sound(words: list[str]) -> None:
    assert not faults("konspekt.kernels.attention.builds", words)


@pytest.mark.parametrize("words", PAGED, ids=" ".join)
def test_every_build_over_pages_is_sound(words: list[str]) -> None:
    assert not faults("konspekt.kernels.paged_attention.builds", words)


def test_the_page_writer_is_sound() -> None:
    assert not faults("konspekt.kernels.kv_cache.builds", [""] if SWEEP else ["int4 d128 prompt with rope"])


def test_what_is_on_record_of_the_low_bit_products_is_their_source_of_today() -> None:
    rows = json.loads(record_of(LOW_BIT[0]).read_text("utf-8"))
    listed = {
        f"{build.name} sm_{architecture}": build.fingerprint
        for build in aot.selected(list(LOW_BIT), [])
        for architecture in build.architectures
    }
    assert {key: row["source"] for key, row in rows.items()} == listed, "KONSPEKT_SWEEP=1 compiles what has changed"
    assert not [key for key, row in rows.items() if row["faults"]]


LISTING = """
        Function : some_kernel
        /*0000*/                   S2R R35, SR_CTAID.X ;      /* 0x0000000000237919 */
                                                               /* 0x000eae0000002500 */
        /*0010*/               @P0 EXIT ;                      /* 0x000000000000094d */
        /*0020*/                   BAR.SYNC.DEFER_BLOCKING 0x0 ;
        /*0030*/                   FMUL R1, R2, R3 ;
        /*0040*/                   IGMMA.64x64x32.S8.S8 R88, R120, gdesc[UR16], RZ, !UPT ;
        /*0050*/              @!P1 BRA 0x30 ;
        /*0060*/                   IMAD.MOV.U32 R1, RZ, RZ, R2 ;
        /*0070*/               @P3 BRA 0x60 ;
        /*0080*/                   FADD R1, R2, R3 ;
        /*0090*/                   HMMA.16816.F32 R68, R60, R68, RZ ;
        /*00a0*/                   BAR.SYNC.DEFER_BLOCKING 0x0 ;
        /*00b0*/               @P2 BRA 0x80 ;
        /*00c0*/              @!P2 BRA 0x20 ;
        /*00d0*/                   EXIT ;
        /*00e0*/                   BRA 0xe0;
        /*00f0*/                   NOP;
"""


def test_instructions_are_counted_and_those_of_the_loops_around_products() -> None:
    """Not the padding; nor a loop around other loops, nor one without a product."""
    assert count(LISTING) == Counted(instructions=14, barriers=2, loops=(3, 4))


def test_a_fault_is_named() -> None:
    bad = Compiled("k", 90, registers=255, spills=96, stack=96, shared=300_000, missing=("fp8",))
    assert bad.faults == [
        "96 bytes spilled", "300000 bytes of shared memory, 232448 are there", "no fp8 tensor-core instruction",
    ]  # fmt: skip


def test_a_record_is_gone_on_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the file holds of the same source is not compiled again; what no module lists any more goes."""
    asked: list[str] = []

    def pretend(build: Build, architecture: int) -> Compiled:
        asked.append(f"{build.name} sm_{architecture}")
        return Compiled(build.name, architecture, registers=48, spills=0, stack=0, shared=0, missing=())

    monkeypatch.setattr(aot, "compile_for", pretend)
    file = tmp_path / "rows.json"
    arguments = ["konspekt.kernels.attention.builds", "--only", "balance", "--json", "--record", str(file)]
    assert aot.main(arguments) == 0
    assert asked == ["balance d128 sm_80", "balance d128 sm_89", "balance d128 sm_90"]
    rows = json.loads(file.read_text("utf-8"))
    rows["balance d128 sm_89"]["source"] = "older"
    rows["gone sm_80"] = rows["balance d128 sm_80"]
    rows["gone long ago sm_80"] = {**rows["balance d128 sm_80"], "module": "kernels.attention.builds"}
    file.write_text(json.dumps(rows), "utf-8")
    assert aot.main(arguments) == 0
    assert asked[3:] == ["balance d128 sm_89"]
    assert sorted(json.loads(file.read_text("utf-8"))) == sorted(set(asked))
    assert aot.main([*arguments, "--minutes", "-1", "--architecture", "80"]) == 0
    file.unlink()
    assert aot.main([*arguments, "--minutes", "-1"]) == 4


def test_a_name_that_no_build_has_is_said() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "konspekt.kernels.triton.aot"),
            *("konspekt.kernels.attention.builds", "--only", "nothing"),
        ],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "nothing" in done.stderr
