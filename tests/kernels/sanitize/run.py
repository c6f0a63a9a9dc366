"""Build the C++ backend with sanitizers, or for another processor, and run the driver.

`python tests/kernels/sanitize/run.py [address|thread|quick|vnni|arm|arm-quick]` from the root of the checkout:
`address` (the default) also turns on the undefined-behaviour sanitizer; `thread` watches the pool; `quick` is
`address` alone on one format of each kind, for the test-suite. `vnni` puts AVX2 in the place of AVX-VNNI's one
instruction, for processors without it. `arm` compiles for 64-bit ARM with Debian's `g++-aarch64-linux-gnu` and runs
under `qemu-user`, with the dot product and without; `arm-quick` takes one format of each kind. Whatever runs, what each
instruction set computes is held against the plain C++.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from konspekt.kernels.cpu.build import (
    ARM,
    COMMON,
    FLAGS,
    compile_library,
    compiler,
    known_flags,
    sources,
)

HERE = Path(__file__).resolve().parent
CHECKS = {
    "address": ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"),
    "quick": ("-fsanitize=address", "-DKS_FEW_FORMATS"),
    "thread": ("-fsanitize=thread",),
    "vnni": ("-DKS_EMULATE_VNNI",),
    "arm": ("-static",),
    "arm-quick": ("-static", "-DKS_FEW_FORMATS"),
}
CROSS_COMPILER, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"
PROCESSORS = ("cortex-a53", "max")  # ARMv8.0, and everything that the emulator knows


def run(which: str) -> str:
    """What the driver printed. Raises: subprocess.CalledProcessError with the report in its stderr."""
    optimise = tuple(flag for flag in COMMON if flag != "-O3")
    arm = which in ("arm", "arm-quick")
    built_with = [CROSS_COMPILER] if arm else compiler().split()
    command = [*built_with, *optimise, "-O0" if which == "quick" else "-O1", "-g1", *CHECKS[which]]
    dropped = ("-O2", "-mavxvnni") if which == "vnni" else ("-O2",)
    with tempfile.TemporaryDirectory() as folder:

        def compile_one(source: Path) -> str:
            out = str(Path(folder) / f"{source.stem}.o")
            flags = known_flags(built_with, (ARM if arm else FLAGS).get(source.name, ()))
            flags = [flag for flag in flags if flag not in dropped]
            subprocess.run([*command, *flags, "-c", str(source), "-o", out], check=True, capture_output=True, text=True)
            return out

        with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
            objects = list(threads.map(compile_one, [*sources(), HERE / "driver.cpp"]))
        program = str(Path(folder) / "driver")
        subprocess.run([*command, *objects, "-o", program], check=True, capture_output=True, text=True)
        environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        runs = [[EMULATOR, "-cpu", processor, program] for processor in PROCESSORS] if arm else [[program]]
        return "".join(
            subprocess.run(one, check=True, capture_output=True, text=True, env=environment).stdout for one in runs
        )


def sanitized_library(target: Path) -> Path:
    """The backend's shared object with the address sanitizer in it, for a Python that is started with `runtime()`."""
    return compile_library(target, ("-O0", "-g1", "-fsanitize=address", "-fno-omit-frame-pointer"))


def runtime() -> dict[str, str]:
    """Environment of a Python that loads a `sanitized_library`: the sanitizer must come before everything else."""
    name = "libasan.so"
    found = subprocess.run(
        [*compiler().split(), f"-print-file-name={name}"], check=True, capture_output=True, text=True
    )
    return {"LD_PRELOAD": found.stdout.strip(), "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1"}


if __name__ == "__main__":
    try:
        print(run(sys.argv[1] if len(sys.argv) > 1 else "address"), end="")
    except subprocess.CalledProcessError as error:
        print(error.stdout, error.stderr, sep="\n", file=sys.stderr)
        sys.exit(1)
