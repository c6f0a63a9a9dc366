"""Compile every listed kernel for the GPUs we know and report the result; needs Triton, no GPU.

Registers, spilled bytes, shared memory, instructions, barriers, and the instructions of each loop around products.

    python -m konspekt.kernels.triton.aot konspekt.kernels.attention.builds
        [--only "int8 d128" --only first] [--architecture 90] [--json]
    python -m konspekt.kernels.triton.aot konspekt.kernels.attention.builds … --record rows.json --minutes 3
        (call again to go on)

A module of builds has `BUILDS() -> list[Build]`. Exit code 1 when a kernel does not compile, spills, takes too much
shared memory or misses its tensor-core instruction; 4 when the minutes were over before the builds.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from konspekt.kernels.triton.available import installed, interpreting
from konspekt.kernels.triton.build import Build, Compiled, compile_for


def selected(modules: list[str], words: list[str]) -> list[Build]:
    """Builds whose name holds all of `words`."""
    builds = [build for name in modules for build in importlib.import_module(name).BUILDS()]
    return [build for build in builds if all(word in build.name for word in words)]


HEAD = f"{'kernel':44} {'sm':>3} {'registers':>9} {'spilled':>7} {'shared':>7} {'code':>6} {'bars':>4}  loops"


def line(c: Compiled) -> str:
    numbers = f"{c.registers:9} {c.spills:7} {c.shared:7} {c.instructions:6} {c.barriers:4}"
    said = [" ".join(map(str, c.loops)), *c.faults]
    return f"{c.name:44} {c.architecture:3} {numbers}  {'; '.join(part for part in said if part)}".rstrip()


class Record:
    """A file of what was compiled, by name and architecture; a row holds for one Triton and one source."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        for row in self.rows.values():  # some are from before the packages had one root
            row["module"] = f"konspekt.{row['module'].removeprefix('konspekt.')}"

    @staticmethod
    def stamp(build: Build) -> dict[str, str]:
        import triton

        return {"triton": triton.__version__, "source": build.fingerprint}

    def has(self, build: Build, architecture: int) -> bool:
        row = self.rows.get(f"{build.name} sm_{architecture}", {})
        return all(row.get(key) == value for key, value in self.stamp(build).items())

    def forget_others(self, modules: list[str]) -> None:
        """Rows of builds that these modules do not list any more."""
        listed = {f"{build.name} sm_{a}" for build in selected(modules, []) for a in build.architectures}
        self.rows = {key: row for key, row in self.rows.items() if row["module"] not in modules or key in listed}

    def add(self, module: str, build: Build, made: Compiled) -> None:
        """module: the one that lists the build."""
        row = {"module": module, **made.as_row(), **self.stamp(build)}
        self.rows[f"{made.name} sm_{made.architecture}"] = row
        self.write()

    def write(self) -> None:
        lines = (f"{json.dumps(key)}: {json.dumps(row)}" for key, row in sorted(self.rows.items()))
        self.path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m konspekt.kernels.triton.aot", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument(
        "modules", nargs="+", help="modules that list builds, such as konspekt.kernels.attention.builds"
    )
    parser.add_argument("--only", action="append", default=[], help="builds whose name holds this; may be repeated")
    parser.add_argument("--architecture", type=int, help="80, 89 or 90 alone")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--record", type=Path, help="keep the rows here, and do not compile again what it holds")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no build after this long")
    asked = parser.parse_args(arguments)
    if not installed() or interpreting():
        print("Compiling needs Triton, and TRITON_INTERPRET must not be set.", file=sys.stderr)
        return 2
    wanted = [
        (module, build, architecture)
        for module in asked.modules
        for build in selected([module], asked.only)
        for architecture in build.architectures
        if asked.architecture in (None, architecture)
    ]
    if not wanted:
        print(f"No build's name holds {' and '.join(asked.only)!r}.", file=sys.stderr)
        return 3
    record = Record(asked.record) if asked.record else None
    if record:
        record.forget_others(asked.modules)
    ends, done, left = time.monotonic() + 60 * asked.minutes, list[Compiled](), 0
    if not asked.json:
        print(HEAD)
    for module, build, architecture in wanted:
        if record and record.has(build, architecture):
            record.rows[f"{build.name} sm_{architecture}"]["module"] = module  # it may have moved
            continue
        if time.monotonic() > ends:
            left += 1
            continue
        done.append(compile_for(build, architecture))
        if record:
            record.add(module, build, done[-1])
        if not asked.json:
            print(line(done[-1]), flush=True)
    if record:
        record.write()
    if asked.json:
        print(json.dumps([c.as_row() for c in done]))
    if left:
        print(f"{left} of {len(wanted)} builds are left: call again.", file=sys.stderr)
    return 1 if any(c.faults for c in done) else 4 if left else 0


if __name__ == "__main__":
    raise SystemExit(main())
