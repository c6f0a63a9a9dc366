"""What the GPU kernels do on the GPU that is here: checked first, timed second.

    python -m benchmarks.gpu all [--quick] [--tune] [--check-only] [--fresh] [--minutes 9] [--out DIR]
    python -m benchmarks.gpu attention | linear | serve …      one part

Needs torch, Triton and numpy alone; the project need not be installed: PYTHONPATH=src in a copy of the tree will do.
Writes gpu_<part>_<gpu>.json and .md into --out (benchmarks/results) after every row, failed checks and exceptions too;
`--tune` also kernels/attention/tuned/<gpu>.json. What fails its check is not timed. Begins nothing new after
`--minutes`, and called again goes on from there (exit code 4 says that there is more). Rows of other code, another
torch or Triton are not gone on from. `all` adds gpu_all.json, which says what became of each part.
Without a GPU, `TRITON_INTERPRET=1 python -m benchmarks.gpu all --check-only` runs the checks, on small shapes.
"""

from __future__ import annotations

import argparse
import importlib
import traceback
from pathlib import Path

from benchmarks.common.frame import BROKEN, Deadline
from benchmarks.gpu.section import Asked

SECTIONS = {
    "all": "benchmarks.gpu.every",
    "attention": "benchmarks.gpu.attention.main",
    "linear": "benchmarks.gpu.linear.main",
    "serve": "benchmarks.gpu.serving.main",
}


def main() -> int:
    """Exit code 3: it broke; what it had measured is written."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=tuple(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="one of each kind: does it run at all")
    parser.add_argument("--tune", action="store_true", help="try every tile and keep the fastest for this GPU")
    parser.add_argument("--check-only", action="store_true", help="no times; also runs without a GPU")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    parser.add_argument("--minutes", type=float, default=9.0, help="begin nothing new after this long (default: 9)")
    parser.add_argument("--out", type=Path, help="folder of the results (default: benchmarks/results)")
    given = vars(parser.parse_args())
    what, minutes, out = given.pop("what"), given.pop("minutes"), given.pop("out")
    asked = Asked(**given, deadline=Deadline(minutes), out=out.resolve() if out else None)
    try:
        return int(importlib.import_module(SECTIONS[what]).run(asked))
    except Exception:  # a compiler, a driver: `all` goes on with the next part
        traceback.print_exc()
        return BROKEN


if __name__ == "__main__":
    raise SystemExit(main())
