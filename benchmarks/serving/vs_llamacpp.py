"""Our model server against llama.cpp: the same file, the same threads, in turn, medians.

    python -m benchmarks.serving.vs_llamacpp                        all three models, all sections (about an hour)
    python -m benchmarks.serving.vs_llamacpp --model qwen2.5-coder-1.5b --only prompt_512,decode --quick
    python -m benchmarks.serving.vs_llamacpp --model qwen2.5-coder-1.5b --resume       goes on where it was stopped

Each engine runs in a process of its own and they take turns, so a machine that slows down slows both; seconds are also
taken in processor time, which is what counts where others share the machine. Before timing, the answers of both are
compared. Each section lands in benchmarks/results/ as it ends and replaces its former result; the others stay:
serving_vs_llamacpp.{json,md} are of two threads with AVX-512 VNNI, other instruction sets and numbers of threads have
files of their own. Needs the `bench` extra.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.common.frame import COMPLETE, TIME_OVER, Deadline, Results, add_arguments, checked, measured
from benchmarks.common.machine_probe import Machine, probe
from benchmarks.common.paths import MODEL_FILES, ROOT
from benchmarks.serving.table import (
    OURS,
    THEIRS,
    line,
    merge,
    table,
)
from konspekt import modelhub
from konspekt.kernels.cpu import isa
from konspekt.kernels.cpu.build import fingerprint
from konspekt.serving.model.files.gguf_file import GGUFFile
from konspekt.serving.model.tokenizer import tokenizer_from_gguf

MODELS = ("smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")
# section -> (tokens of a prompt, readers, tokens of an answer)
SECTIONS: dict[str, tuple[int, int, int]] = {
    "prompt_512": (512, 1, 1),
    "prompt_2048": (2048, 1, 1),
    "decode": (64, 1, 128),
    "readers_1": (1000, 1, 64),
    "readers_4": (1000, 4, 64),
    "readers_8": (1000, 8, 64),
    "rag": (1000, 1, 96),
}


class Worker:
    """The other end of benchmarks/serving/peers/worker.py."""

    def __init__(self, kind: str, path: Path, threads: int) -> None:
        command = [sys.executable, "-m", "benchmarks.serving.peers.worker", kind, str(path), str(threads)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._answer()

    def run(self, prompts: list[list[int]], tokens: int, **options: bool) -> dict[str, Any]:
        return self._ask({"op": "run", "args": {"prompts": prompts, "tokens": tokens, **options}})

    def peak_memory(self) -> int:
        return int(self._ask({"op": "memory"})["peak"])

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a worker died; run benchmarks/serving/peers/worker.py by hand to see why")
        answer: dict[str, Any] = json.loads(line)
        return answer


def sample_text(tokens: int, tokenizer: Any, seed: int) -> list[int]:
    """`tokens` ids of our own sample course and posts, shuffled by paragraph: ordinary Russian prose."""
    paragraphs = [
        paragraph
        for path in sorted((ROOT / "sample").rglob("*.md"))
        for paragraph in path.read_text("utf-8").split("\n\n")
        if len(paragraph) > 80
    ] or ["Квантизация уменьшает модель, а внимание читает ключи и значения из страниц кэша."]
    draw = random.Random(seed)
    ids: list[int] = []
    while len(ids) < tokens:
        ids += tokenizer.encode(draw.choice(paragraphs) + "\n\n", parse_special=False)
    return ids[:tokens]


def rag_prompts(tokens: int, tokenizer: Any, repeat: int) -> tuple[list[int], list[int]]:
    """Two questions over the same system prompt and passages; the answer to them copies from the passages."""
    context = sample_text(tokens, tokenizer, seed=100 + repeat)
    head = tokenizer.encode("<|im_start|>system\nПовтори текст дословно.<|im_end|>\n<|im_start|>user\n")
    ends = ("Повтори первый абзац.", "Что сказано в начале? Процитируй.")
    first, second = (head + context + tokenizer.encode(f"\n{end}<|im_end|>\n<|im_start|>assistant\n") for end in ends)
    return first, second


def measure(section: str, workers: dict[str, Worker], tokenizer: Any, repeats: int) -> dict[str, Any]:
    """Medians of one section for both engines."""
    length, readers, answer = SECTIONS[section]
    found: dict[str, list[dict[str, float]]] = {name: [] for name in workers}
    for repeat in range(repeats):
        for name, worker in workers.items():
            if section == "rag":
                found[name].append(_rag(worker, name, *rag_prompts(length, tokenizer, repeat), answer))
                continue
            prompts = [sample_text(length, tokenizer, 10 * repeat + r) for r in range(readers)]
            run = worker.run(prompts, answer)
            found[name].append({key: seconds for key, seconds in run.items() if key != "tokens"})
    medians = {
        name: {key: statistics.median(run[key] for run in runs if key in run) for key in runs[0]}
        for name, runs in found.items()
    }
    return {"medians": medians, "runs": found, "repeats": repeats, **_rates(section, medians)}


def _rag(worker: Worker, name: str, first: list[int], second: list[int], answer: int) -> dict[str, float]:
    """Time to the first token cold, and warm with another question over the same passages; decoding with lookup."""
    cold = worker.run([first], 1)
    warm = worker.run([second], 1, keep=True)
    plain = worker.run([first], answer, keep=True)
    seconds = {"cold": cold["first"], "warm": warm["first"], "decode": plain["total"] - plain["first"]}
    if name == OURS:
        looked = worker.run([first], answer, lookup=True)
        checked("the answer that lookup drafted", looked["tokens"] == plain["tokens"])
        seconds["lookup"] = looked["total"] - looked["first"]
    return seconds


def _rate(section: str, first: float, total: float) -> float:
    """Tokens per second, of the seconds that a section is about."""
    length, readers, answer = SECTIONS[section]
    if section.startswith("prompt"):
        return length / first
    return (answer - 1) / (total - first) if section == "decode" else readers * (length + answer) / total


def _rates(section: str, medians: dict[str, dict[str, float]]) -> dict[str, Any]:
    if section == "rag":
        ours, theirs = medians[OURS], medians[THEIRS]
        return {
            "warm_speedup": ours["cold"] / ours["warm"],
            "lookup_speedup": ours["decode"] / ours["lookup"],
            "ratio": {"cold": theirs["cold"] / ours["cold"], "warm": theirs["warm"] / ours["warm"]},
        }
    rates = {name: _rate(section, m["first"], m["total"]) for name, m in medians.items()}
    processor = {name: _rate(section, m["processor_first"], m["processor_total"]) for name, m in medians.items()}
    return {
        "tokens_per_second": rates,
        "ratio": rates[OURS] / rates[THEIRS],
        "tokens_per_processor_second": processor,
        "processor_ratio": processor[OURS] / processor[THEIRS],
    }


def weight_bytes(file: GGUFFile) -> tuple[int, int]:
    """(bytes read for one token, multiply-adds for one token) of the matrices; a lookup of the embedding is free."""
    tied = "output.weight" not in file.tensors
    used = [t for t in file.tensors.values() if len(t.shape) == 2 and (tied or t.name != "token_embd.weight")]
    return sum(t.nbytes for t in used), sum(t.shape[0] * t.shape[1] for t in used)


def shares(section: str, result: dict[str, Any], size: tuple[int, int], machine: Machine) -> dict[str, float]:
    """Of what the machine can do: operations for prompts, bytes for decoding."""
    if section.startswith("prompt"):
        return {n: 2 * size[1] * rate / machine.int8_ops for n, rate in result["tokens_per_second"].items()}
    if section == "decode":
        return {n: size[0] * rate / machine.memory_bytes for n, rate in result["tokens_per_second"].items()}
    return {}


def agree(workers: dict[str, Worker], tokenizer: Any) -> int:
    """How many greedy tokens both engines begin an answer with alike, before anything is timed."""
    prompt = tokenizer.encode("<|im_start|>user\nЧто такое квантизация модели?<|im_end|>\n<|im_start|>assistant\n")
    ours, theirs = (worker.run([prompt], 24)["tokens"][0] for worker in workers.values())
    same = 0
    while same < len(ours) and ours[same] == theirs[same]:
        same += 1
    return same


def run_model(  # noqa: PLR0917
    name: str, sections: list[str], threads: int, repeats: int, machine: Machine, results: Results, deadline: Deadline
) -> bool:
    """Measure `sections` and write each down when it is done. False: time was over before the last."""
    path = modelhub.ensure(name, MODEL_FILES)
    file = GGUFFile(path)
    tokenizer = tokenizer_from_gguf(file.metadata)
    workers = {kind: Worker(kind, path, threads) for kind in (OURS, THEIRS)}
    common: dict[str, Any] = {
        "threads": threads,
        "machine": asdict(machine),
        "kernels": fingerprint(),
        "agreement": agree(workers, tokenizer),
    }
    for worker in workers.values():
        worker.run([sample_text(256, tokenizer, 1)], 4)  # warm: pages of the file, threads
    complete = True
    for section in sections:
        if deadline.over:
            complete = False
            break
        result = common | measure(section, workers, tokenizer, repeats)
        result["shares"] = shares(section, result, weight_bytes(file), machine)
        result["peak_memory"] = {kind: worker.peak_memory() for kind, worker in workers.items()}
        where = measured()
        result |= {**where, "load": where["hardware"]["load_before"]}
        results.held = merge(results.held, name, section, result)
        results.write()
        print(f"{name:20} {section:12} {line(section, result)}", flush=True)
    for worker in workers.values():
        worker.close()
    return complete


def results_name(threads: int) -> str:
    """The first table was of two threads with AVX-512; each other combination is named by what it is of."""
    return "serving_vs_llamacpp" + ("" if (isa(), threads) == ("avx512vnni", 2) else f"_{isa()}_{threads}")


def missing(held: dict[str, Any], name: str, sections: list[str], repeats: int) -> list[str]:
    """Those of `sections` that no earlier run measured as often with the kernels of today."""
    found = held.get("models", {}).get(name, {}).get("sections", {})
    now = fingerprint()
    return [s for s in sections if s not in found or found[s]["kernels"] != now or found[s]["repeats"] < repeats]


def main() -> int:
    """0: complete; 4: time is over, call again with --resume."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", choices=MODELS)
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, comma-separated")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="two repeats: a look, not a result")
    parser.add_argument("--resume", action="store_true", help="only what these kernels were not yet measured at")
    add_arguments(parser)
    arguments = parser.parse_args()
    sections = arguments.only.split(",")
    if unknown := set(sections) - set(SECTIONS):
        parser.error(f"unknown sections {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    repeats = 2 if arguments.quick else arguments.repeats
    machine = probe(arguments.threads)
    print(f"machine: int8 {machine.int8_ops / 1e12:.2f} TOPS, memory {machine.memory_bytes / 1e9:.1f} GB/s", flush=True)
    results = Results(arguments.out / f"{results_name(arguments.threads)}.json", fresh=arguments.fresh, table=table)
    deadline = Deadline(arguments.minutes)
    for name in arguments.model or MODELS:
        todo = missing(results.held, name, sections, repeats) if arguments.resume else sections
        if todo and not run_model(name, todo, arguments.threads, repeats, machine, results, deadline):
            return TIME_OVER
    return COMPLETE


if __name__ == "__main__":
    raise SystemExit(main())
