"""The transforms that must compile for every GPU we know (`konspekt.kernels.triton.aot`)."""

from __future__ import annotations

from konspekt.kernels.hadamard.gpu import Kind, shape_of
from konspekt.kernels.hadamard.gpu_kernel import rotate_kernel
from konspekt.kernels.triton.build import Build

# of 1.5B, 7B and 32B models: 1536 and 8960, 3584 and 18944, 5120 and 27648; the largest that a program holds; 28,672
# of Llama's 70B and others that several programs share
BLOCKS = (128, 512, 1536, 1792, 3072, 3584, 4096, 5120, 8192, 14336, 16384, 20480, 28672, 65536)


def build(block: int, kind: Kind, bits: int = 0, *, inverse: bool = False, dtype: str = "fp16") -> Build:
    shape = shape_of(block)
    out = {"values": dtype, "codes": "i8", "snapped": "fp32", "packed": "u8"}[kind]
    signature = dict.fromkeys(rotate_kernel.arg_names, "i32") | {
        **dict.fromkeys(("Signs", "Matrix", "Scales"), "*fp32"), "Sums": "*i32",
        "X": f"*{dtype}", "Out": f"*{out}", "reach": "fp32",
    }  # fmt: skip
    constants = {
        "STEPS": shape.steps, "FACTOR": shape.factor, "PADDED": shape.padded, "PARTS": shape.parts,
        "TOGETHER": shape.together, "INVERSE": inverse, "SIGNED": True, "EIGHTS": kind == "values" and not inverse,
        "KIND": kind, "BITS": bits, "stride_xk": 1,
    }  # fmt: skip
    name = f"hadamard {block} {kind} {bits or ''}{' inverse' if inverse else ''} {dtype}".replace("  ", " ")
    return Build(name, rotate_kernel, signature, constants, shape.warps, 2, unaligned=frozenset({"pieces"}))


def BUILDS() -> list[Build]:
    found = []
    for block in BLOCKS:
        found += [build(block, "values"), build(block, "values", inverse=True, dtype="fp32"), build(block, "codes", 4)]
        found += [build(block, "snapped", 8, dtype="bf16"), build(block, "packed", 4)]
    return found
