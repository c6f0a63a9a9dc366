"""What a variant of quantised attention does to its operands; kernels and references read the same recipe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from konspekt.kernels.errors import KernelError

Variant = Literal["exact", "sage", "int8", "int8_fp8", "int4_fp8"]
SMOOTH_BLOCK = 128  # rows of q that share a mean, where q is smoothed
OPTIONS = ("q_group", "k_group", "q_levels", "fp16_sums")  # what a caller may change of a variant
FP8_LARGEST = 448.0  # E4M3
FP8_SHIFT = 8  # probabilities are multiplied by 2^8: at most 256 of 448, and 2^-17 instead of 2^-9 is still seen


@dataclass(frozen=True, slots=True)
class Recipe:
    """One variant.

    levels     the largest code of K: 127 (INT8) or 7 (INT4); 0 leaves Q and K as they are
    q_levels   the largest code of Q: 127, or 7 as SageAttention2 has it. Q is never stored and Triton multiplies both
               as INT8, so four bits would only lose accuracy
    q_group    rows of q that share a scale: 1 (costs nothing in Triton), 32 (a warp's), 128 (a block's)
    k_group    keys that share a scale: a multiple of the kernel's block is one multiplication per block
    smooth_k   subtract the mean over keys from K: softmax does not see it, the log-sum-exp is corrected
    smooth_q   subtract the mean over 128 rows from Q, and add its products with K (ΔS) to the scores again
    balance    divide channels of K, and multiply those of Q, by the root of how much more K varies: products stay
    rotate     Hadamard-rotate Q and K (after that): products stay, a channel that sticks out is spread over all
    fp8        P and V in E4M3, V with a scale per channel; otherwise both in V's own type
    smooth_v   subtract the mean over keys from V and add it to the output (the weights of a row sum to one)
    backwards  walk the keys from the last to the first
    fp16_sums  sum a block's P·V in fp16 (twice as fast on consumer cards), blocks among each other in fp32
    """

    levels: int = 127
    q_levels: int = 127
    q_group: int = 1
    k_group: int = 128
    smooth_k: bool = True
    smooth_q: bool = False
    balance: bool = False
    rotate: bool = False
    fp8: bool = False
    smooth_v: bool = False
    backwards: bool = False
    fp16_sums: bool = False

    def __post_init__(self) -> None:
        for name, group in (("q_group", self.q_group), ("k_group", self.k_group)):
            if group < 1 or group > 128 or group & (group - 1):
                raise KernelError(f"{name} must be a power of two from 1 to 128, got {group}")
        if self.fp16_sums and self.fp8:
            raise KernelError("fp16_sums is for P·V in V's own type: FP8 products are summed in float32 alone")
        if self.balance and not self.smooth_q:
            raise KernelError("balance compares K with what smoothing leaves of Q: set smooth_q too")
        if self.levels not in (0, 7, 127) or self.q_levels not in (7, 127):
            raise KernelError(
                f"levels must be 127 (INT8), 7 (INT4) or 0 (not quantised), q_levels 127 or 7; got {self.levels}, "
                f"{self.q_levels}"
            )


RECIPES: dict[Variant, Recipe] = {
    "exact": Recipe(levels=0, smooth_k=False),
    # as published: keys smoothed, a scale per block. Too lossy on real keys and queries of Qwen2.5, hence `int8`
    "sage": Recipe(),
    "int8": Recipe(k_group=1, smooth_q=True, balance=True, rotate=True),
    # V is not smoothed: in language models the first token takes most of the weight and has a V near zero, which
    # smoothing turns into a difference of two rounded numbers (benchmarks/kernels/attention_accuracy.py)
    "int8_fp8": Recipe(k_group=1, smooth_q=True, balance=True, rotate=True, fp8=True, backwards=True),
    "int4_fp8": Recipe(levels=7, k_group=1, smooth_q=True, balance=True, rotate=True, fp8=True, backwards=True),
}


def recipe_of(variant: str) -> Recipe:
    """Of a name in RECIPES, or of one with options: `int8+fp16_sums`, `int8+k_group=32+q_group=128`.

    Raises: KernelError for an unknown variant or option, or a value that makes no sense.
    """
    for known, recipe in RECIPES.items():
        if variant == known:
            return recipe
    return _with_options(variant)


def _with_options(variant: str) -> Recipe:
    name, *options = variant.split("+")
    known = {str(key): recipe for key, recipe in RECIPES.items()}
    if name not in known:
        raise KernelError(f"attention variant {name!r} is unknown; there are {', '.join(RECIPES)} and auto")
    if not known[name].levels and options:
        raise KernelError(f"attention variant {name!r} quantises nothing: it takes no {options[0]!r}")
    changes: dict[str, int | bool] = {}
    for option in options:
        key, _, value = option.partition("=")
        if key not in OPTIONS or value.isdecimal() == (key == "fp16_sums"):
            raise KernelError(
                f"attention variant {variant!r}: {option!r} is no option; "
                "there are q_group=, k_group=, q_levels= with a number, and fp16_sums"
            )
        changes[key] = int(value) if value else True
    return replace(known[name], **changes)  # type: ignore[arg-type]
