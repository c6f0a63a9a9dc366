"""Compile every listed kernel for the GPUs we know and say what became of it; needs Triton, no GPU.

    python -m kernels.triton.aot kernels.attention.builds [--only "int8 d128" --only first] [--architecture 90] [--json]

A module of builds has `BUILDS() -> list[Build]`. Exit code 1 when a kernel spills, takes too much shared memory or
misses its tensor-core instruction.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys

from kernels.triton.available import installed, interpreting
from kernels.triton.build import Build, Compiled, compile_for


def selected(modules: list[str], words: list[str]) -> list[Build]:
    """Builds whose name holds all of `words`."""
    builds = [build for name in modules for build in importlib.import_module(name).BUILDS()]
    return [build for build in builds if all(word in build.name for word in words)]


HEAD = f"{'kernel':44} {'sm':>3} {'registers':>9} {'spilled':>7} {'shared':>7}  faults"


def line(c: Compiled) -> str:
    faults = "; ".join(c.faults)
    return f"{c.name:44} {c.architecture:3} {c.registers:9} {c.spills:7} {c.shared:7}  {faults}".rstrip()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m kernels.triton.aot", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("modules", nargs="+", help="modules that list builds, such as kernels.attention.builds")
    parser.add_argument("--only", action="append", default=[], help="builds whose name holds this; may be repeated")
    parser.add_argument("--architecture", type=int, help="80, 89 or 90 alone")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    if not installed() or interpreting():
        print("Compiling needs Triton, and TRITON_INTERPRET must not be set.", file=sys.stderr)
        return 2
    done: list[Compiled] = []
    for build in selected(asked.modules, asked.only):
        for architecture in build.architectures:
            if asked.architecture not in (None, architecture):
                continue
            if not done and not asked.json:
                print(HEAD)
            done.append(compile_for(build, architecture))
            if not asked.json:
                print(line(done[-1]), flush=True)
    if not done:
        print(f"No build's name holds {' and '.join(asked.only)!r}.", file=sys.stderr)
        return 3
    if asked.json:
        print(json.dumps([c.as_row() for c in done]))
    return 1 if any(c.faults for c in done) else 0


if __name__ == "__main__":
    raise SystemExit(main())
