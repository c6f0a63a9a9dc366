"""`python -m benchmarks.gpu serve`: a small model against the reference, then decoding and prompts of large ones."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import torch

from benchmarks.common.paths import RESULTS
from benchmarks.gpu import jobs
from benchmarks.gpu.serving.models import (
    LEAST,
    SEVEN,
    TINY,
    random_model,
    real_model,
)
from konspekt import kernels
from konspekt.kernels import QuantizedTensor
from konspekt.kernels.triton.available import installed, interpreting
from konspekt.serving.engine.runner import Runner, Step
from konspekt.serving.model.transformer import Transformer

BATCHES = (1, 2, 4, 8, 16, 32, 64)
CONTEXT = 1024  # keys of each sequence while decoding
PROMPT = 2048
COMPLETE, FAILED, NO_GPU, TIME_OVER = 0, 1, 2, 4


def run(*, quick: bool, tune: bool, check_only: bool, fresh: bool = False, minutes: float = 9.0) -> int:
    """0: all is measured; 1: a check failed, nothing is timed; 2: no GPU, or no Triton; 4: time is over, call again."""
    del tune  # tiles are the business of `linear` and `attention`
    device = torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")
    if not installed() or (device.type == "cpu" and not (check_only and interpreting())):
        print("No GPU or no Triton here. Checks alone: TRITON_INTERPRET=1 python -m benchmarks.gpu serve --check-only")
        return NO_GPU
    ends = time.monotonic() + 60 * minutes
    checked = []
    for row in check(device):
        print("good" if row["good"] else "BAD ", row, flush=True)
        checked.append(row)
    if not all(row["good"] for row in checked):
        print("A check failed: nothing is timed.")
        return FAILED
    if check_only:
        return COMPLETE
    return measure(device, checked, ends, quick=quick, fresh=fresh)


def check(device: torch.device) -> Iterator[dict[str, Any]]:
    """The tiny model: logits of a prompt and of decoded tokens, as they come and padded as a CUDA graph."""
    config, steps = (LEAST, 1) if device.type == "cpu" else (TINY, 3)
    prompt = [(7 * i * i + 3 * i) % config.vocab_size for i in range(21)]
    with kernels.use("reference"):
        want = decoded(Runner(random_model(config, torch.device("cpu")), 4), prompt, steps)
    tokens = [int(row.argmax()) for row in want]
    for products, bound in ((torch.float32, 0.9995), (torch.bfloat16, 0.99)):
        for padding in (False, True):
            what = f"{products}, padded {padding}"
            try:
                with kernels.use("triton"):
                    model = random_model(config, device)
                    model.decoder.products = products
                    runner = Runner(model, 4, padding=padding)
                    got = decoded(runner, prompt, steps, tokens)
                    same = replays(runner) if device.type == "cuda" and padding else None
            except Exception as reason:  # the other checks tell more
                yield {"what": what, "good": False, "error": jobs.said(reason)}
                continue
            cosine = float(torch.nn.functional.cosine_similarity(got.double(), want.double(), dim=-1).min())
            yield {"what": what, "worst_cosine": round(cosine, 6), "good": cosine >= bound}
            if same is not None:
                yield {"what": f"{products}: a graph replays what the call computes, to the bit", "good": same}


def decoded(runner: Runner, prompt: list[int], steps: int, tokens: list[int] | None = None) -> torch.Tensor:
    """float32 [steps + 1, vocab]: logits after the prompt and after more tokens, `tokens` or else the best ones."""
    pages, count = [2, 0], len(prompt)
    rows = [runner.run(Step(prompt, [count], [count], [pages], [count - 1])).cpu()]
    for i in range(steps):
        token = tokens[i] if tokens else int(rows[-1].argmax())
        rows.append(runner.run(Step([token], [1], [count + i + 1], [pages], [0])).cpu())
    return torch.cat(rows)


def replays(runner: Runner) -> bool:
    """Whether the latest step's graph gives what the same call gives without one; keys are written twice alike."""
    captured = next(iter(runner.captured.values()))
    captured.replay()
    return bool(torch.equal(captured.logits, captured.compute()[0]))


def measure(device: torch.device, checked: list[dict[str, Any]], ends: float, *, quick: bool, fresh: bool) -> int:
    import triton

    gpu = torch.cuda.get_device_name(device)
    path = RESULTS / f"gpu_serve_{gpu.lower().replace(' ', '_')}.json"
    stamp = {"gpu": gpu, "torch": str(torch.__version__), "triton": str(triton.__version__),
             "kernels": jobs.fingerprint("kernels", "serving")}  # fmt: skip
    old = json.loads(path.read_text("utf-8")) if path.exists() and not fresh else {}
    held: dict[str, Any] = old if all(old.get(k) == v for k, v in stamp.items()) else {**stamp, "rows": []}
    held["checks"] = checked
    roof = held.setdefault("bandwidth_gb_s", round(bandwidth(device) / 1e9))
    makers: tuple[Callable[[], Transformer | None], ...] = (
        lambda: real_model(device),
        lambda: random_model(SEVEN, device),
    )
    for make in makers:
        model = make()
        if model is None:
            print("the file of the 1.5B model was not carried along: data/models")
            continue
        name, runner = model.config.name, Runner(model, max(BATCHES) * CONTEXT // 16 + PROMPT // 16)
        cases: list[dict[str, Any]] = [{"model": name, "batch": batch} for batch in ((1, 16) if quick else BATCHES)]
        for case in [*cases, {"model": name, "prompt": PROMPT}]:
            if any(case.items() <= row.items() for row in held["rows"]):
                continue
            if time.monotonic() > ends:
                print("time is over: call again, it goes on from here")
                return TIME_OVER
            try:
                row = case | (decode_speed(runner, case["batch"], roof) if "batch" in case else prompt_speed(runner))
            except Exception as reason:  # too little memory for a batch: the others are measured all the same
                row = case | {"error": jobs.said(reason)}
            print(row, flush=True)
            held["rows"].append(row)
            held["date"] = datetime.now(UTC).isoformat(timespec="seconds")
            RESULTS.mkdir(exist_ok=True)
            path.write_text(json.dumps(held, indent=1) + "\n", "utf-8")
            if not jobs.alive():
                print("that took the GPU from this process: call again, it goes on behind it")
                return TIME_OVER
        del runner, model
        torch.cuda.empty_cache()
    return COMPLETE


def decode_speed(runner: Runner, batch: int, roof: float) -> dict[str, Any]:
    """A token for each of `batch` sequences of CONTEXT keys, with everything the engine does: the inputs copied, the
    graph replayed, the best tokens read back."""
    pages = CONTEXT // 16
    tables = [list(range(i * pages, (i + 1) * pages)) for i in range(batch)]
    step = Step([1] * batch, [1] * batch, [CONTEXT] * batch, tables, list(range(batch)))

    def once() -> None:
        runner.run(step).argmax(-1).tolist()

    seconds = median_seconds(once)
    weights = weight_bytes(runner.model)
    return {
        "context": CONTEXT, "weight_bytes": weights,
        "tokens_per_second": round(batch / seconds, 1), "milliseconds_a_step": round(1e3 * seconds, 3),
        "share_of_bandwidth": round(weights / seconds / (roof * 1e9), 3),
    }  # fmt: skip


def prompt_speed(runner: Runner) -> dict[str, Any]:
    """One prompt of PROMPT tokens in one step, launch by launch as the engine does it."""
    ids, pages = [1 + i % 100 for i in range(PROMPT)], list(range(PROMPT // 16))
    step = Step(ids, [PROMPT], [PROMPT], [pages], [PROMPT - 1])
    seconds = median_seconds(lambda: runner.run(step).argmax(-1).tolist(), times=7)
    return {"tokens_per_second": round(PROMPT / seconds)}


def median_seconds(call: Callable[[], Any], times: int = 31) -> float:
    for _ in range(3):  # compiles, captures
        call()
    taken = []
    for _ in range(times):
        torch.cuda.synchronize()
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[times // 2]


def weight_bytes(model: Transformer) -> int:
    """Packed bytes that a decoding step reads: all matrices, of the embedding only a row."""
    matrices = [w for layer in model.decoder.layers for w in layer.matrices]
    return sum(w.nbytes for w in (*matrices, model.output) if isinstance(w, QuantizedTensor))


def bandwidth(device: torch.device) -> float:
    """Bytes a second that a copy on this GPU reads and writes."""
    source = torch.empty(1 << 31, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)

    def copied() -> None:
        target.copy_(source)
        torch.cuda.synchronize()

    return 2 * source.numel() / median_seconds(copied)
