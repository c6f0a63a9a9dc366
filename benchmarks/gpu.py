"""What the GPU kernels do on the GPU that is here: checked first, timed second.

    python benchmarks/gpu.py attention [--quick] [--tune] [--check-only]

Needs torch and Triton alone (the project need not be installed) and runs unattended in minutes. Writes
benchmarks/results/gpu_<what>_<gpu>.json and .md; `--tune` also writes kernels/attention/tuned/<gpu>.json.
Without a GPU, `TRITON_INTERPRET=1 python benchmarks/gpu.py attention --check-only` runs the checks, on small shapes.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SECTIONS = {"attention": "benchmarks.gpu_attention.main"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks/gpu.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", choices=sorted(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="few sizes: does it run at all")
    parser.add_argument("--tune", action="store_true", help="try every tile and keep the fastest for this GPU")
    parser.add_argument("--check-only", action="store_true", help="no times; also runs without a GPU")
    asked = parser.parse_args()
    section = importlib.import_module(SECTIONS[asked.what])
    return int(section.run(quick=asked.quick, tune=asked.tune, check_only=asked.check_only))


if __name__ == "__main__":
    raise SystemExit(main())
