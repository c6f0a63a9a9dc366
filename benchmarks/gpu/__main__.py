"""What the GPU kernels do on the GPU that is here: checked first, timed second.

    python -m benchmarks.gpu attention [--quick] [--tune] [--check-only] [--fresh] [--minutes 9]

Needs torch, Triton and numpy alone (the project need not be installed). Writes benchmarks/results/gpu_<what>_<gpu>.json
and .md after every row, `--tune` also kernels/attention/tuned/<gpu>.json; begins nothing new after `--minutes`, and
called again goes on from there (exit code 4 says that there is more). Rows of other kernels, another torch or Triton
are not gone on from.
Without a GPU, `TRITON_INTERPRET=1 python -m benchmarks.gpu attention --check-only` runs the checks, on small shapes.
"""

from __future__ import annotations

import argparse
import importlib

SECTIONS = {
    "attention": "benchmarks.gpu.attention.main",
    "linear": "benchmarks.gpu.linear.main",
    "serve": "benchmarks.gpu.serving.main",
}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="benchmarks/gpu/__main__.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=sorted(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="few sizes: does it run at all")
    parser.add_argument("--tune", action="store_true", help="try every tile and keep the fastest for this GPU")
    parser.add_argument("--check-only", action="store_true", help="no times; also runs without a GPU")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    parser.add_argument("--minutes", type=float, default=9.0, help="begin nothing new after this long (default: 9)")
    asked = vars(parser.parse_args())
    section = importlib.import_module(SECTIONS[asked.pop("what")])
    return int(section.run(**asked))


if __name__ == "__main__":
    raise SystemExit(main())
