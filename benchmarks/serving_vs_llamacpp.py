"""Our model server against llama.cpp: the same file, the same threads, in turn, medians.

    python benchmarks/serving_vs_llamacpp.py                        all three models, all sections (about an hour)
    python benchmarks/serving_vs_llamacpp.py --model qwen2.5-coder-1.5b --only prompt_512,decode --quick

Each engine runs in a process of its own and they take turns, so a machine that slows down slows both. Before timing,
the answers of both are compared. What is measured lands in benchmarks/results/serving_vs_llamacpp.{json,md}; a run
of some sections replaces those and keeps the others. Needs the `bench` extra.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import modelhub  # noqa: E402
from benchmarks.machine_probe import Machine, probe  # noqa: E402
from serving.architectures import ModelConfig, config_from_gguf  # noqa: E402
from serving.gguf_file import GGUFFile  # noqa: E402
from serving.tokenizer import tokenizer_from_gguf  # noqa: E402

MODELS = ("smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")
RESULTS = ROOT / "benchmarks" / "results"
OURS, THEIRS = "konspekt", "llama.cpp"
# section -> (tokens of a prompt, readers, tokens of an answer); goals of the comparison where there is one
SECTIONS: dict[str, tuple[int, int, int]] = {
    "prompt_512": (512, 1, 1),
    "prompt_2048": (2048, 1, 1),
    "decode": (64, 1, 128),
    "readers_1": (1000, 1, 64),
    "readers_4": (1000, 4, 64),
    "readers_8": (1000, 8, 64),
    "rag": (1000, 1, 96),
}
GOALS = {"prompt_512": 2.5, "prompt_2048": 2.5, "decode": 1.5, "readers_4": 2.5}


class Worker:
    """The other end of benchmarks/peers/worker.py."""

    def __init__(self, kind: str, path: Path, threads: int) -> None:
        command = [sys.executable, "-m", "benchmarks.peers.worker", kind, str(path), str(threads)]
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
            raise SystemExit("a worker died; run benchmarks/peers/worker.py by hand to see why")
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
            found[name].append({"first": run["first"], "total": run["total"]})
    medians = {
        name: {key: statistics.median(run[key] for run in runs if key in run) for key in runs[0]}
        for name, runs in found.items()
    }
    return {"medians": medians, "runs": found, "repeats": repeats, **_rates(section, medians)}


def _rag(worker: Worker, name: str, first: list[int], second: list[int], answer: int) -> dict[str, float]:
    """Time to the first token cold, and warm with another question over the same passages; decoding with lookup."""
    cold = worker.run([first], 1)
    warm = worker.run([second], 1, keep=True)
    plain = worker.run([first], answer)
    seconds = {"cold": cold["first"], "warm": warm["first"], "decode": plain["total"] - plain["first"]}
    if name == OURS:
        looked = worker.run([first], answer, lookup=True)
        if looked["tokens"] != plain["tokens"]:
            raise SystemExit("speculation changed the answer")
        seconds["lookup"] = looked["total"] - looked["first"]
    return seconds


def _rates(section: str, medians: dict[str, dict[str, float]]) -> dict[str, Any]:
    length, readers, answer = SECTIONS[section]
    rates: dict[str, float] = {}
    for name, m in medians.items():
        if section.startswith("prompt"):
            rates[name] = length / m["first"]
        elif section == "decode":
            rates[name] = (answer - 1) / (m["total"] - m["first"])
        elif section.startswith("readers"):
            rates[name] = readers * (length + answer) / m["total"]
    if section == "rag":
        ours, theirs = medians[OURS], medians[THEIRS]
        return {
            "warm_speedup": ours["cold"] / ours["warm"],
            "lookup_speedup": ours["decode"] / ours["lookup"],
            "ratio": {"cold": theirs["cold"] / ours["cold"], "warm": theirs["warm"] / ours["warm"]},
        }
    return {"tokens_per_second": rates, "ratio": rates[OURS] / rates[THEIRS]}


def weight_bytes(file: GGUFFile, config: ModelConfig) -> tuple[int, int]:
    """(bytes read for one token, multiply-adds for one token) of the matrices; a lookup of the embedding is free."""
    tied = "output.weight" not in file.tensors
    used = [t for t in file.tensors.values() if len(t.shape) == 2 and (tied or t.name != "token_embd.weight")]
    del config
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


def run_model(name: str, sections: list[str], threads: int, repeats: int, machine: Machine) -> dict[str, Any]:
    path = modelhub.ensure(name, ROOT / "data" / "models")
    file = GGUFFile(path)
    tokenizer = tokenizer_from_gguf(file.metadata)
    config = config_from_gguf(file.metadata, tokenizer.vocab_size)
    workers = {OURS: Worker(OURS, path, threads), THEIRS: Worker(THEIRS, path, threads)}
    out: dict[str, Any] = {"sections": {}, "agreement": agree(workers, tokenizer)}
    for worker in workers.values():
        worker.run([sample_text(256, tokenizer, 1)], 4)  # warm: pages of the file, threads
    for section in sections:
        result = measure(section, workers, tokenizer, repeats)
        result["shares"] = shares(section, result, weight_bytes(file, config), machine)
        result["machine"] = asdict(machine)
        out["sections"][section] = result
        print(f"{name:20} {section:12} {line(section, result)}", flush=True)
    out["peak_memory"] = {kind: worker.peak_memory() for kind, worker in workers.items()}
    for worker in workers.values():
        worker.close()
    return out


def line(section: str, result: dict[str, Any]) -> str:
    if section == "rag":
        m = result["medians"]
        return (
            f"first token cold {m[OURS]['cold']:.2f} s (llama.cpp {m[THEIRS]['cold']:.2f}), "
            f"warm {m[OURS]['warm']:.3f} s (llama.cpp {m[THEIRS]['warm']:.3f}): {result['warm_speedup']:.1f}x; "
            f"lookup decodes {result['lookup_speedup']:.2f}x"
        )
    rates, share = result["tokens_per_second"], result["shares"]
    goal = f", goal {GOALS[section]}x" if section in GOALS else ""
    shown = "".join(f", {100 * share[OURS]:.0f} % of the machine" if share else "")
    return f"{rates[OURS]:.0f} tok/s, llama.cpp {rates[THEIRS]:.0f}: {result['ratio']:.2f}x{goal}{shown}"


def table(results: dict[str, Any]) -> str:
    """The Markdown that README and NOTES quote."""
    lines = ["| model | what | Konspekt | llama.cpp | ratio | goal |", "|---|---|---|---|---|---|"]
    for name, model in results["models"].items():
        for section, result in model["sections"].items():
            if section == "rag":
                m = result["medians"]
                for key in ("cold", "warm"):
                    a, b = m[OURS][key], m[THEIRS][key]
                    lines.append(f"| {name} | RAG first token, {key} | {a:.3f} s | {b:.3f} s | {b / a:.2f} | |")
                lines.append(f"| {name} | RAG warm against our cold | | | {result['warm_speedup']:.1f} | 8 |")
                lines.append(
                    f"| {name} | RAG decode with lookup against without | | | {result['lookup_speedup']:.2f} | 2 |"
                )
                continue
            rates, share = result["tokens_per_second"], result["shares"]
            extra = "".join(f" ({100 * share[OURS]:.0f} %)" if share else "")
            lines.append(
                f"| {name} | {section} | {rates[OURS]:.0f} tok/s{extra} | {rates[THEIRS]:.0f} tok/s "
                f"| {result['ratio']:.2f} | {GOALS.get(section, '')} |"
            )
        peak = model.get("peak_memory")
        if peak:
            mib = {kind: size >> 20 for kind, size in peak.items()}
            ratio = peak[OURS] / peak[THEIRS]
            lines.append(f"| {name} | peak memory | {mib[OURS]} MiB | {mib[THEIRS]} MiB | {ratio:.2f} | ≤ 1.25 |")
    return "\n".join(lines) + "\n"


def merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    models = dict(old.get("models", {}))
    for name, model in new["models"].items():
        kept = models.get(name, {"sections": {}})
        models[name] = kept | model | {"sections": kept["sections"] | model["sections"]}
    return old | new | {"models": models}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", choices=MODELS)
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, comma-separated")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="two repeats: a look, not a result")
    arguments = parser.parse_args()
    sections = arguments.only.split(",")
    if unknown := set(sections) - set(SECTIONS):
        parser.error(f"unknown sections {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    repeats = 2 if arguments.quick else arguments.repeats
    machine = probe(arguments.threads)
    print(f"machine: int8 {machine.int8_ops / 1e12:.2f} TOPS, memory {machine.memory_bytes / 1e9:.1f} GB/s")
    models = {
        name: run_model(name, sections, arguments.threads, repeats, machine) for name in arguments.model or MODELS
    }
    target = RESULTS / "serving_vs_llamacpp.json"
    old = json.loads(target.read_text("utf-8")) if target.exists() else {}
    new = {"threads": arguments.threads, "processor": platform.processor() or platform.machine(), "models": models}
    results = merge(old, new)
    RESULTS.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    target.with_suffix(".md").write_text(table(results), "utf-8")


if __name__ == "__main__":
    main()
