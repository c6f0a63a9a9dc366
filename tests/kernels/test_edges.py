"""No kernel touches a byte beyond its buffers: every buffer ends where an unreadable page begins."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kernels.sanitize import run as sanitize

ROOT = Path(__file__).parents[2]
# In a process of its own, which a byte too far would end with SIGSEGV.
PROGRAM = """
import ctypes, mmap, sys
import numpy as np, torch
from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.cpu import library, use_isa
from konspekt.kernels.cpu.weights import TYPES, CWeight
from tests.kernels.helpers import random_rows, random_weight

libc, held = ctypes.CDLL(None, use_errno=True), []
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

def at_the_edge(data):
    raw = np.ascontiguousarray(data).reshape(-1).view(np.uint8)
    size = -(-raw.size // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = mmap.mmap(-1, size + mmap.PAGESIZE)
    held.append(memory)
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    assert libc.mprotect(base + size, mmap.PAGESIZE, 0) == 0
    address = base + size - raw.size
    ctypes.memmove(address, raw.ctypes.data, raw.size)
    return address

lib, calls = library(), 0
for isa in ("avx512vnni", "avxvnni", "avx2", "dotprod", "neon", "portable"):
    try:
        forced = use_isa(isa)
        forced.__enter__()
    except kernels.BackendUnavailable:
        continue
    for name in TYPES:
        k = 512 if name.endswith("_K") else 352
        for n in (16, 21):
            w = random_weight(name, n, k)
            kind = TYPES.index(name)
            packed = at_the_edge(np.zeros(lib.ks_repacked_bytes(kind, n, k), np.uint8))
            lib.ks_repack(kind, n, k, at_the_edge(w.data), packed)
            struct = CWeight(kind, 0, n, k, packed)
            for m in (1, 3, 8, 10):
                x = random_rows(m, k)
                y = at_the_edge(np.zeros((m, n), np.float32))
                one = (ctypes.c_void_p * 1)
                bias = at_the_edge(np.zeros(n, np.float32))
                rows = at_the_edge(x.numpy())
                lib.ks_linear(rows, m, 1, one(ctypes.addressof(struct)), one(bias), one(y))
                got = np.ctypeslib.as_array(ctypes.cast(y, ctypes.POINTER(ctypes.c_float)), (m, n))
                with kernels.use("cpu"):
                    assert np.array_equal(got, functional.linear(x, w).numpy()), (isa, name, n, m)
                calls += 1
    for n in (1, 33, 64):
        x, weight = random_rows(3, n), random_rows(n)
        out = at_the_edge(np.zeros((3, n), np.float32))
        lib.ks_rms_norm(at_the_edge(x.numpy()), at_the_edge(weight.numpy()), 1e-6, 3, n, out)
        lib.ks_gated(at_the_edge(x.numpy()), at_the_edge(x.numpy()), 0, 3, n, out)
        calls += 2
    lib.ks_hadamard(at_the_edge(random_rows(2, 96).numpy()), 2, 96)
    calls += 1
print(calls)
"""


def test_buffers_that_end_at_an_unreadable_page() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) >= 100


@pytest.mark.slow
def test_the_address_sanitizer_finds_nothing() -> None:
    try:
        printed = sanitize.run("quick")
    except subprocess.CalledProcessError as error:
        pytest.fail(f"{error.cmd[0]}: {error.stderr[-3000:]}")
    assert "portable" in printed


@pytest.mark.sweep
def test_64_bit_arm_computes_what_plain_cpp_does() -> None:
    for needed in (sanitize.CROSS_COMPILER, sanitize.EMULATOR):
        if shutil.which(needed) is None:
            pytest.skip(f"no {needed} (Debian: g++-aarch64-linux-gnu, qemu-user)")
    try:
        printed = sanitize.run("arm-quick")
    except subprocess.CalledProcessError as error:
        pytest.fail(f"{error.cmd[0]}: {error.stdout[-1500:]} {error.stderr[-1500:]}")
    assert printed.count("neon") == 2
    assert printed.count("dotprod") == 1
