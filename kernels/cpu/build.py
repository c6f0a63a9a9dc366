"""Compile the C++ backend with whatever compiler the machine has. Needs neither torch nor setuptools.

`python kernels/cpu/build.py` prints the path of the shared object; `setup.py` calls `compile_library` during
installation, and `konspekt.kernels.cpu` calls it at first use when installation could not.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMON = ("-std=c++17", "-O3", "-fPIC", "-fvisibility=hidden", "-ffp-contract=off", "-fno-math-errno", "-pthread")
# One instruction set per file, never -march=native: the choice is made at run time. A file of another processor's
# instruction set compiles to nothing.
Flags = dict[str, tuple[str, ...]]
PORTABLE: Flags = {"isa_portable.cpp": ("-O2",)}  # twice as quick to compile, and no faster with more
X86: Flags = PORTABLE | {
    "isa_avx2.cpp": ("-mavx2", "-mfma", "-mf16c"),
    "isa_avxvnni.cpp": ("-mavx2", "-mfma", "-mf16c", "-mavxvnni"),
    "isa_avx512.cpp": (
        *("-mavx2", "-mfma", "-mf16c", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512vnni"),
        "-mprefer-vector-width=512",
    ),
}
ARM: Flags = PORTABLE | {"isa_dotprod.cpp": ("-march=armv8.2-a+dotprod",)}
BY_MACHINE = {"x86_64": X86, "amd64": X86, "aarch64": ARM, "arm64": ARM}
FLAGS = BY_MACHINE.get(platform.machine().lower(), PORTABLE)
SUFFIX = ".dylib" if sys.platform == "darwin" else ".so"


class CompileError(RuntimeError):
    """There is no compiler, or it refused the sources; the message holds its last words."""


def sources() -> list[Path]:
    return sorted(HERE.glob("*.cpp"))


def fingerprint() -> str:
    """A hash of everything that decides what the shared object is."""
    digest = hashlib.sha256(repr((COMMON, FLAGS, platform.machine(), sys.platform)).encode())
    for path in sorted([*HERE.glob("*.cpp"), *HERE.glob("*.h")]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def compiler() -> str:
    """The C++ compiler: $CXX, or the first of c++, g++, clang++."""
    for name in (os.environ.get("CXX", ""), "c++", "g++", "clang++"):
        if name and shutil.which(name.split()[0]):
            return name
    raise CompileError("no C++ compiler found (c++, g++, clang++ or $CXX); on Debian: apt-get install g++")


def compile_library(target: Path, extra: Sequence[str] = ()) -> Path:
    """Compile all sources into `target`, in parallel; replaces it only when everything succeeded."""
    command = compiler().split()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="konspekt-kernels-") as folder:

        def compile_one(source: Path) -> str:
            out = str(Path(folder) / f"{source.stem}.o")
            flags = known_flags(command, FLAGS.get(source.name, ()))
            _run([*command, *COMMON, *flags, *extra, "-c", str(source), "-o", out])
            return out

        with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
            objects = list(threads.map(compile_one, sources()))
        linked = target.with_name(f".{target.name}.{os.getpid()}")
        _run([*command, "-shared", "-pthread", *extra, *objects, "-o", str(linked)])
        linked.replace(target)
    return target


def known_flags(command: Sequence[str], flags: Sequence[str]) -> Sequence[str]:
    """`flags` without AVX-VNNI where the compiler is older than that: its file is then empty."""
    if "-mavxvnni" not in flags:
        return flags
    probe = [*command, "-mavxvnni", "-fsyntax-only", "-x", "c++", os.devnull]
    known = subprocess.run(probe, capture_output=True, check=False).returncode == 0
    return flags if known else [flag for flag in flags if flag != "-mavxvnni"]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CompileError(f"{command[0]}: {error}") from error
    if done.returncode:
        raise CompileError(f"{command[0]} failed on {command[-3]}:\n{done.stderr[-2000:]}")


def built_name() -> str:
    """File name of the shared object built from exactly these sources: another version is never loaded by mistake."""
    return f"_cpu-{fingerprint()}{SUFFIX}"


if __name__ == "__main__":
    print(compile_library(HERE / built_name()))
