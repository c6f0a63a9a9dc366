"""Mutated model files, each refused in words or right, with the C++ kernels under the address sanitizer.

`python -m tests.serving.model.fuzz [COUNT [FIRST]]` from the root of the checkout: case n is the same on every machine.
A case that fails is printed with its number: `… fuzz 1 NUMBER` runs it alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path
from random import Random

BATCH = 1000  # cases of one process


class Cases:
    """Small models of every family in `folder`, and what is made of them."""

    def __init__(self, folder: Path) -> None:
        import gguf

        from tests.serving.model.mutations import fields
        from tests.serving.tiny import write_tiny
        from tests.serving.tiny_folder import write_folder
        from tests.serving.tiny_mixture import write_mixture

        self._folder = folder
        sizes = {"layers": 1, "hidden": 64, "feed_forward": 64, "head_dim": 32}
        self._files = [
            write_tiny(folder / f"{family}-{kind}.gguf", family, weight_type=gguf.GGMLQuantizationType[kind], **sizes)
            for family, kind in (("qwen2", "Q8_0"), ("llama", "Q4_0"), ("qwen3", "F16"), ("gemma3", "F32"))
        ]
        write_mixture(folder / "mixture.gguf", "qwen3moe")
        self._files.append(folder / "mixture.gguf")
        self._data = [(data := path.read_bytes(), fields(data)) for path in self._files]
        self._source = folder / "folder"
        self._source.mkdir()
        small = {"hidden_size": 64, "intermediate_size": 64, "num_attention_heads": 2, "num_hidden_layers": 1}
        write_folder(self._source, "llama", **small)
        self._usual = {path: answer(path) for path in (*self._files, self._source)}

    def run(self, number: int) -> str:
        """How the case ended. Raises AssertionError, or what came instead of words."""
        from tests.serving.model.mutations import mutate_folder, mutate_gguf

        random = Random(number)
        if random.random() < 0.7:
            at = random.randrange(len(self._files))
            path, source = self._folder / "case.gguf", self._files[at]
            path.write_bytes(mutate_gguf(*self._data[at], random))
        else:
            path, source = self._folder / "case", self._source
            shutil.rmtree(path, ignore_errors=True)
            shutil.copytree(source, path)
            mutate_folder(path, random)
        return self._judge(path, source)

    def _judge(self, path: Path, source: Path) -> str:
        from konspekt.bilingual import Bilingual
        from konspekt.serving.errors import ServingError

        try:
            found = answer(path)
        except ServingError as error:
            words = error.args[0]
            assert isinstance(words, Bilingual), f"English alone: {words}"
            assert str(words).startswith(str(path)), f"the file is not named: {words}"
            return "refused"
        except ArithmeticError as error:  # finite weights whose products are not: the engine tells it
            if "computed NaN" not in str(error):
                raise
            return "refused at its first token"
        if _same(path, source):
            assert found == self._usual[source], "the same model answers otherwise"
            return "right, as before"
        return "another model"


def answer(path: Path) -> list[int]:
    """A few tokens after a chat prompt."""
    from konspekt.serving.model.chat_template import ChatTemplate
    from konspekt.serving.model.model import load_model
    from tests.serving.conftest import Answers

    model = load_model(path)
    prompt = ChatTemplate(model.tokenizer).encode([{"role": "user", "content": "hi <|im_end|>"}])
    room = min(64, model.config.context_length)
    if len(prompt) + 3 > room:
        prompt = prompt[: max(1, room - 3)]
    if room < 2 or max(prompt) >= model.output.out_features:
        return []
    answers = Answers(model, context=64, cache_tokens=64)
    sequence = answers.add(prompt, max_tokens=3, repetition_penalty=1.0)
    answers.run()
    return answers.output(sequence)


def _same(path: Path, source: Path) -> bool:
    """Whether every byte that is a weight, and every setting, is what it was."""
    if path.is_dir():
        return all((path / file.name).read_bytes() == file.read_bytes() for file in source.iterdir())
    return path.read_bytes() == source.read_bytes()


def run_cases(first: int, count: int, library: str | None = None) -> int:
    """In this process: how many failed; each is printed, the numbers as they begin too. library: of the kernels."""
    import torch

    if library:
        from konspekt.kernels.cpu import loading

        loading._find_or_build = lambda: Path(library)
    torch.set_num_threads(1)
    ends: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        cases = Cases(Path(folder))
        for number in range(first, first + count):
            print(f"case {number}", flush=True)
            try:
                ends[cases.run(number)] += 1
            except Exception:
                ends["failed"] += 1
                print(f"CASE {number} FAILED", traceback.format_exc(limit=-4), flush=True)
    print(json.dumps(ends))
    return ends["failed"]


def run_apart(first: int, count: int, environment: dict[str, str], *more: str) -> tuple[Counter[str], list[str]]:
    """In a process of its own, which may die -> how cases ended, and what failed."""
    command = [sys.executable, "-m", "tests.serving.model.fuzz", "--here", str(first), str(count), *more]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    if done.returncode not in (0, 1) or not lines or not lines[-1].startswith("{"):
        last = next((line for line in reversed(lines) if line.startswith("case ")), "before the first case")
        return Counter(), [f"{last}: exit {done.returncode}\n{done.stderr[-6000:]}"]
    return Counter(json.loads(lines[-1])), done.stdout.split("CASE ")[1:]


def main(count: int, first: int) -> int:
    from tests.kernels.sanitize.run import runtime, sanitized_library

    ends: Counter[str] = Counter()
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        library = sanitized_library(Path(folder) / "kernels.so")
        for start in range(first, first + count, BATCH):
            some = min(BATCH, first + count - start)
            found, told = run_apart(start, some, runtime(), str(library))
            ends, failed = ends + found, failed + told
            print(f"{start + some - first} of {count}: {dict(ends)}", *told, sep="\n", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        sys.exit(run_cases(int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:5]) > 0)
    asked = [int(number) for number in sys.argv[1:3]]
    sys.exit(main(*(asked + [10_000, 0][len(asked) :])))
