"""Ahead-of-time builds: compile a kernel for a GPU that is not there, and read what became of it.

A compile error, a spilled register, too much shared memory or a missing tensor-core instruction shows on any machine.
"""

from __future__ import annotations

import hashlib
import inspect
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from konspekt.kernels.triton.sass import count

# What one thread block may have, bytes (CUDA C++ Programming Guide 13.0, table "Technical Specifications").
SHARED_LIMIT = {80: 163 * 1024, 86: 99 * 1024, 89: 99 * 1024, 90: 227 * 1024}
# The instruction that a product must have become, by architecture and the type of its operands.
TENSOR_CORE = {
    (80, "int8"): r"mma\.sync\S*\.s8\.s8",
    (89, "int8"): r"mma\.sync\S*\.s8\.s8",
    (90, "int8"): r"wgmma\.mma_async\S*\.s8\.s8",
    (80, "fp16"): r"mma\.sync\S*\.f16\.f16",
    (89, "fp16"): r"mma\.sync\S*\.f16\.f16",
    (90, "fp16"): r"wgmma\.mma_async\S*\.f16\.f16",
    (80, "bf16"): r"mma\.sync\S*\.bf16\.bf16",
    (89, "bf16"): r"mma\.sync\S*\.bf16\.bf16",
    (90, "bf16"): r"wgmma\.mma_async\S*\.bf16\.bf16",
    (89, "fp8"): r"mma\.sync\S*\.e4m3\.e4m3",
    (90, "fp8"): r"wgmma\.mma_async\S*\.e4m3\.e4m3",
}


@dataclass(frozen=True, slots=True)
class Build:
    """One kernel with one configuration, to be compiled for some architectures.

    signature: argument -> Triton type ("*fp16", "i32", "fp32"); constants are added from `constants`.
    products: operand types whose tensor-core instruction must be in the PTX (keys of TENSOR_CORE).
    unaligned: pointers and integers that need not be multiples of 16, beside those that the kernel does not specialise.
    """

    name: str
    kernel: Any
    signature: Mapping[str, str]
    constants: Mapping[str, Any]
    warps: int = 4
    stages: int = 2
    architectures: tuple[int, ...] = (80, 89, 90)
    products: tuple[str, ...] = ()
    small_products: bool = False  # fewer than 64 rows: sm_90 has no wgmma for them and takes mma.sync
    unaligned: frozenset[str] = field(default_factory=frozenset)

    @property
    def not_multiples(self) -> frozenset[str]:
        return self.unaligned | {p.name for p in self.kernel.params if p.do_not_specialize}

    @property
    def fingerprint(self) -> str:
        """A hash of the kernel's source, what it calls included, and of everything that is compiled into it.

        Triton's own `cache_key` will not do: it depends on what else was imported before.
        """
        parts = (
            _sources(self.kernel), sorted(self.signature.items()), sorted(self.constants.items()), self.warps,
            self.stages, sorted(self.not_multiples),
        )  # fmt: skip
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Compiled:
    name: str
    architecture: int
    registers: int
    spills: int  # bytes stored and loaded again
    stack: int  # bytes
    shared: int  # bytes
    missing: tuple[str, ...]  # products that did not become the instruction meant
    error: str = ""  # why it did not compile
    instructions: int = 0  # of the machine code
    barriers: int = 0
    loops: tuple[int, ...] = ()  # instructions of its loops around tensor-core products, as `sass.Counted` has them

    @property
    def faults(self) -> list[str]:
        if self.error:
            return [self.error]
        found = [f"{self.spills} bytes spilled"] if self.spills else []
        limit = SHARED_LIMIT[self.architecture]
        found += [f"{self.shared} bytes of shared memory, {limit} are there"] if self.shared > limit else []
        return found + [f"no {product} tensor-core instruction" for product in self.missing]

    def as_row(self) -> dict[str, Any]:
        return {**asdict(self), "missing": list(self.missing), "loops": list(self.loops), "faults": self.faults}


def compile_for(build: Build, architecture: int) -> Compiled:
    """Compile and measure; what Triton or ptxas say against it is in `error`."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    names, odd = build.kernel.arg_names, build.not_multiples
    signature = {n: "constexpr" if n in build.constants else build.signature[n] for n in names}
    aligned = {
        (i,): [["tt.divisibility", 16]]
        for i, n in enumerate(names)
        if n not in build.constants and n not in odd and signature[n][0] in "*i"
    }
    source = ASTSource(build.kernel, signature, dict(build.constants), aligned)
    options = {"num_warps": build.warps, "num_stages": build.stages, "enable_fp_fusion": True}
    try:
        made = triton.compile(source, target=GPUTarget("cuda", architecture, 32), options=options)
    except (triton.errors.TritonError, RuntimeError) as reason:
        said = " ".join(str(reason).split())[:200]
        return Compiled(build.name, architecture, 0, 0, 0, 0, build.products, f"{type(reason).__name__}: {said}")
    registers, stack = _resources(made.asm["cubin"])
    counted = count(_said("-sass", made.asm["cubin"]))
    spills = _spilled_bytes(made.asm["ptx"], architecture) if stack else 0
    missing = tuple(p for p in build.products if not re.search(_instruction(build, architecture, p), made.asm["ptx"]))
    return Compiled(
        build.name, architecture, registers, spills, stack, made.metadata.shared, missing,
        instructions=counted.instructions, barriers=counted.barriers, loops=counted.loops,
    )  # fmt: skip


@cache
def _sources(kernel: Any) -> list[str]:
    """The source of a kernel and of every jitted function that it reaches; read once, for a kernel has many builds."""
    found: dict[str, str] = {}
    waiting = [kernel]
    while waiting:
        function = waiting.pop()
        text = inspect.getsource(function.fn)
        if text in found.values():
            continue
        found[function.fn.__qualname__] = text
        called = (function.fn.__globals__.get(name) for name in set(re.findall(r"\b(\w+)\(", text)))
        waiting += [other for other in called if isinstance(other, type(kernel))]
    return [found[name] for name in sorted(found)]


def _instruction(build: Build, architecture: int, product: str) -> str:
    if architecture == 90 and build.small_products:
        architecture = 89
    return TENSOR_CORE[architecture, product]


def _tool(name: str) -> str:
    import triton

    return str(Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / name)


def _said(option: str, cubin: bytes) -> str:
    """What cuobjdump says of compiled code."""
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        return subprocess.run(
            [_tool("cuobjdump"), option, file.name], capture_output=True, text=True, check=True
        ).stdout


def _resources(cubin: bytes) -> tuple[int, int]:
    """Registers of a thread and bytes of its stack; spilled registers live on the stack."""
    said = _said("-res-usage", cubin)
    found = re.search(r"REG:(\d+) STACK:(\d+)", said)
    if not found:
        raise RuntimeError(f"cuobjdump -res-usage said nothing of registers: {said[:200]!r}")
    return int(found[1]), int(found[2])


def _spilled_bytes(ptx: str, architecture: int) -> int:
    from triton.backends.nvidia.compiler import get_ptxas

    gpu = f"sm_{architecture}{'a' if architecture == 90 else ''}"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "kernel.ptx"
        source.write_text(ptx, "utf-8")
        ptxas = get_ptxas(architecture).path
        command = [ptxas, "-v", f"--gpu-name={gpu}", str(source), "-o", str(Path(folder) / "kernel.cubin")]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            raise RuntimeError(f"ptxas refused what Triton made: {run.stderr[:500]}")
        said = run.stderr
    return sum(int(n) for n in re.findall(r"(\d+) bytes spill (?:stores|loads)", said))
