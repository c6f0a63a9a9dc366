"""Train the reader on frozen states; a run that is stopped goes on from its last checkpoint."""

from __future__ import annotations

import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from konspekt.answering.judging.late import LateReader
from konspekt.answering.judging.places import token_spans
from training.examples import Example
from training.mixture import batches
from training.states import States

BATCH = 32
PLACE = 0.25  # weight of finding the place, beside telling whether there is one
WARM_UP = 40
FALLING = 0.75  # of the steps, the last ones, in which the rate falls to nothing
KEEP_EVERY = 100


class Fit:
    """`count_tokens` is the embedder's. Everything that is drawn is drawn from `seed`."""

    def __init__(self, reader: LateReader, states: States, count_tokens: Callable[[str], int], seed: int) -> None:
        self.reader, self.states, self.count_tokens, self.seed = reader, states, count_tokens, seed

    def train(self, examples: Sequence[Example], steps: int, rate: float, checkpoint: Path) -> None:
        torch.manual_seed(self.seed)
        optimiser = torch.optim.AdamW(self.reader.parameters(), lr=rate, weight_decay=0.02)
        done = self._resume(checkpoint, optimiser)
        started, told, lost = time.monotonic(), done, 0.0
        self.reader.train()
        for step, batch in enumerate(islice(batches(examples, BATCH, self.seed), done, steps), start=done):
            for group in optimiser.param_groups:
                group["lr"] = rate * min((step + 1) / WARM_UP, 1.0, max(0.03, (steps - step) / (FALLING * steps)))
            loss = self._loss(batch)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.reader.parameters(), 1.0)
            optimiser.step()
            lost += loss.item()
            if (step + 1) % KEEP_EVERY == 0 or step + 1 == steps:
                speed = (step + 1 - told) * BATCH / (time.monotonic() - started)
                print(f"step {step + 1}: loss {lost / (step + 1 - told):.3f}, {speed:.1f} pairs/s", file=sys.stderr)
                started, told, lost = time.monotonic(), step + 1, 0.0
                part = checkpoint.with_suffix(".part")
                torch.save(
                    {"step": step + 1, "reader": self.reader.state_dict(), "optimiser": optimiser.state_dict()}, part
                )
                part.replace(checkpoint)
        self.reader.eval()

    def _resume(self, checkpoint: Path, optimiser: torch.optim.Optimizer) -> int:
        if not checkpoint.exists():
            return 0
        stored = torch.load(checkpoint, weights_only=True)
        self.reader.load_state_dict(stored["reader"])
        optimiser.load_state_dict(stored["optimiser"])
        return int(stored["step"])

    def _loss(self, batch: Sequence[Example]) -> Tensor:
        questions = [self.states.question(one.question) for one in batch]
        windows = [self.states.window(one.window.text) for one in batch]
        answers, places = self.reader(questions, windows)
        wanted = torch.tensor([float(one.answer is not None) for one in batch])
        loss = F.binary_cross_entropy_with_logits(answers, wanted)
        right = [i for i, one in enumerate(batch) if one.answer is not None]
        if right:
            edges = torch.tensor([self._edges(batch[i], len(questions[i]), len(windows[i])) for i in right])
            logits = places[right]  # [R, S, 2]
            loss = loss + PLACE * (
                F.cross_entropy(logits[..., 0], edges[:, 0]) + F.cross_entropy(logits[..., 1], edges[:, 1])
            )
        return loss

    def _edges(self, example: Example, question: int, window: int) -> tuple[int, int]:
        """The answer's first and last token in the joint sequence."""
        assert example.answer is not None
        [(first, end)] = token_spans(self.count_tokens, example.window.text, [example.answer], window)
        return question + first, question + end - 1

    @torch.inference_mode()
    def scores(self, examples: Sequence[Example]) -> list[float]:
        """The logit of "answers" of each."""
        found: list[float] = []
        for start in range(0, len(examples), 32):
            part = examples[start : start + 32]
            questions = [self.states.question(one.question) for one in part]
            windows = [self.states.window(one.window.text) for one in part]
            found += self.reader(questions, windows)[0].tolist()
        return found

    def report(self, examples: Sequence[Example], most: int = 300) -> dict[str, float]:
        """Area under the curve on held-out examples of each origin."""
        by_origin: dict[str, list[Example]] = defaultdict(list)
        for one in examples:
            by_origin[one.origin].append(one)
        report = {}
        for origin, listed in by_origin.items():
            chosen = random.Random(self.seed).sample(listed, min(most, len(listed)))
            report[origin] = area(self.scores(chosen), [one.answer is not None for one in chosen])
        return report


def area(scores: Sequence[float], labels: Sequence[bool]) -> float:
    good = [s for s, label in zip(scores, labels, strict=True) if label]
    bad = [s for s, label in zip(scores, labels, strict=True) if not label]
    pairs = sum((g > b) + 0.5 * (g == b) for g in good for b in bad)
    return pairs / max(1, len(good) * len(bad))
