"""Before any time is taken: every kernel against float64 on the machine that will be timed.

`plan` lists the checks; each is a function's name and its arguments, so that several processes can take their shares:
most of a check is the compiler's time.
"""

from __future__ import annotations

from typing import Any

import torch

from konspekt.kernels import functional
from konspekt.kernels.attention.quantized_reference import attend, attend_varlen
from konspekt.kernels.attention.recipe import RECIPES, Variant
from konspekt.kernels.triton.available import architecture

# mean and worst cosine of a row against exact attention, on normal data (INT4 loses least on real activations)
BOUNDS: dict[Variant, tuple[float, float]] = {
    "sage": (0.9998, 0.998),
    "int8": (0.9998, 0.998),
    "int8_fp8": (0.999, 0.995),
    "int4_fp8": (0.98, 0.8),
}
# How much further from the exact logarithm of a row's sum a kernel may be than the float64 reference of the same
# arithmetic. What the codes themselves cost (0.005 for INT8 on this data, 0.06 for INT4) is the reference's own error.
LSE_BEYOND = 1e-2
Row = dict[str, Any]
Plan = list[tuple[str, dict[str, Any]]]


def variants(device: torch.device) -> list[Variant]:
    """Those that this GPU has instructions for; the interpreter has all."""
    fp8 = device.type == "cpu" or architecture(device) >= 89
    return ["sage", "int8", "int8_fp8", "int4_fp8"] if fp8 else ["sage", "int8"]


def plan(device: torch.device, *, small: bool, quick: bool = False) -> Plan:
    """small: few and short, for the interpreter; quick: one of each kind."""
    found: Plan = []
    for variant in variants(device):
        masks: list[dict[str, Any]] = [{"causal": True}, {"causal": False}, {"causal": True, "window": 60}]
        for dim in ((64,) if small else (64, 128)) if quick else (64, 128) if small else (64, 96, 128, 256):
            for options in masks[:1] if quick else masks:
                dtypes = ("float16", "bfloat16") if dim == 128 and not small else ("bfloat16",)
                found += [("prefill", {"variant": variant, "dim": dim, "dtype": d, **options}) for d in dtypes]
        found += [("masked", {"variant": variant, "kind": kind}) for kind in ("bool", "added")]
        found += [("varlen", {"variant": variant})]
    found += [("sdpa", {"causal": True}), ("sdpa", {"causal": False})]
    return found


def subject(check: str) -> str:
    """What is not timed when this check fails, from its name as `section.check` keeps it."""
    function, given = check.split()[1], dict(word.split("=", 1) for word in check.split()[2:])
    if "kind" in given and "variant" not in given:
        return f"{given['kind']} pages"
    variant = given.get("variant", "int8")  # `sdpa` and the captured graph compute in it
    return f"sparse {variant}" if function in ("against_definition", "nothing_skipped") else variant


def rows_cosine(got: torch.Tensor, want: torch.Tensor) -> torch.Tensor:
    a, b = got.double().flatten(0, -2), want.double().flatten(0, -2)
    return torch.nn.functional.cosine_similarity(a, b, dim=-1)[b.abs().sum(-1) > 0]


def random(shape: tuple[int, ...], device: torch.device, dtype: torch.dtype, seed: int) -> torch.Tensor:
    generator = torch.Generator(device).manual_seed(seed)
    return torch.randn(shape, generator=generator, device=device, dtype=torch.float32).to(dtype)


def inputs(device: torch.device, dim: int, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """q, k, v whose lengths are no multiple of any block; keys have channels that stick out, as real ones have."""
    batch, heads, kv_heads, q_len, k_len = (1, 2, 1, 65, 130) if device.type == "cpu" else (2, 6, 2, 700, 1500)
    q = random((batch, heads, q_len, dim), device, dtype, 0)
    k, v = (random((batch, kv_heads, k_len, dim), device, dtype, seed) for seed in (1, 2))
    k[..., 3::29] += 20.0
    return q, k, v


def apart(got: torch.Tensor, want: torch.Tensor) -> float:
    """The greatest difference; a row that sees nothing has an infinite logarithm in both."""
    return float(torch.where(got == want, 0.0, (got.double() - want.double()).abs()).max())


def judged(  # noqa: PLR0917
    what: str, variant: Variant, got: torch.Tensor, want: torch.Tensor, lse_error: float = 0.0, own: float = 0.0
) -> Row:
    """lse_error, own: how far the logarithms of the rows' sums are off, the kernel's and its reference's."""
    cosine, (mean, worst) = rows_cosine(got, want), BOUNDS[variant]
    finite = bool(torch.isfinite(got).all())
    return {
        "what": what, "mean_cosine": float(cosine.mean()), "worst_cosine": float(cosine.min()),
        "relative_l1": float((got.double() - want).abs().sum() / want.abs().sum()), "lse_error": lse_error,
        "lse_error_of_reference": own,
        "good": finite and float(cosine.mean()) >= mean and float(cosine.min()) >= worst
        and lse_error <= own + LSE_BEYOND,
    }  # fmt: skip


def prefill(  # noqa: PLR0917
    device: torch.device, variant: Variant, dim: int, dtype: str, causal: bool, window: int | None = None
) -> Row:
    q, k, v = inputs(device, dim, getattr(torch, dtype))
    out, lse = functional.attention.with_lse(q, k, v, variant=variant, strict=True, causal=causal, window=window)
    options: dict[str, Any] = {"causal": causal, "window": window, "scale": dim**-0.5}
    want, right = attend(q, k, v, RECIPES["exact"], **options)
    _, coded = attend(q, k, v, RECIPES[variant], **options)
    what = f"{variant} d{dim} {'causal' if causal else 'full'}{f' window {window}' if window else ''} {dtype}"
    return judged(what, variant, out, want, apart(lse, right), apart(coded, right))


def masked(device: torch.device, variant: Variant, kind: str) -> Row:
    q, k, v = inputs(device, 128, torch.bfloat16)
    mask = random((q.shape[0], 1, q.shape[2], k.shape[2]), device, torch.float32, 5)
    mask = mask > 0 if kind == "bool" else mask
    mask[0, 0, 3] = False if kind == "bool" else torch.finfo(torch.float32).min  # sees nothing; sees all alike
    out = functional.attention(q, k, v, variant=variant, strict=True, causal=False, mask=mask)
    want, _ = attend(q, k, v, RECIPES["exact"], causal=False, scale=128**-0.5, mask=mask)
    keep = torch.arange(q.shape[2], device=device) != 3
    zero = kind == "added" or not bool(out[0, :, 3].any())
    row = judged(f"{variant} {kind} mask", variant, out[:, :, keep], want[:, :, keep])
    return {**row, "good": row["good"] and zero}


def varlen(device: torch.device, variant: Variant) -> Row:
    q_lens, k_lens = [1, 700, 0, 330], [900, 700, 9, 800]
    if device.type == "cpu":
        q_lens, k_lens = [1, 40, 0, 9], [50, 40, 9, 60]
    cu_q, cu_k = (torch.tensor([0, *lens]).cumsum(0).int().to(device) for lens in (q_lens, k_lens))
    q = random((sum(q_lens), 4, 64), device, torch.bfloat16, 0)
    k, v = (random((sum(k_lens), 2, 64), device, torch.bfloat16, seed) for seed in (1, 2))
    out, lse = functional.attention.varlen(q, k, v, cu_q, cu_k, max(q_lens), max(k_lens), variant=variant)
    want, right = attend_varlen(q, k, v, cu_q, cu_k, RECIPES["exact"], causal=True, scale=0.125)
    _, coded = attend_varlen(q, k, v, cu_q, cu_k, RECIPES[variant], causal=True, scale=0.125)
    return judged(f"{variant} packed sequences", variant, out, want, apart(lse, right), apart(coded, right))


def sdpa(device: torch.device, causal: bool) -> Row:
    """`kernels.sdpa` in PyTorch's own place: its alignment of the causal mask, its shapes."""
    q, k, v = inputs(device, 64, torch.float16)
    k[..., 3::29] -= 20.0  # PyTorch computes in float16 here
    got = functional.sdpa(q, k, v, is_causal=causal, enable_gqa=True, strict=True)
    want = torch.nn.functional.scaled_dot_product_attention(
        q.double(), k.double(), v.double(), is_causal=causal, enable_gqa=True
    )
    return judged(f"sdpa {'causal' if causal else 'full'} against PyTorch", "int8", got, want)


def graph(device: torch.device) -> Row:
    """A captured call replays to the same bits."""
    q, k, v = (random((1, 4, 256, 128), device, torch.bfloat16, seed) for seed in range(3))

    def call() -> torch.Tensor:
        return functional.attention(q, k, v, variant="int8", strict=True)

    want = call().clone()
    torch.cuda.synchronize()
    captured = torch.cuda.CUDAGraph()
    with torch.cuda.graph(captured):
        out = call()
    out.zero_()
    captured.replay()
    torch.cuda.synchronize()
    return {"what": "CUDA graph", "good": bool(torch.equal(out, want))}
