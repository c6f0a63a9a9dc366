"""python -m training.probe --server URL [--out FILE]

The line that reads a language model's state (`answering/judging/probe.py`): each post of `data/pairs/written*.txt` with
each of its questions is shown to the model that `konspekt serve` runs at URL (`--key` where it asks for one), and what
it makes of them is told apart by a logistic regression. States are kept in --work: a run that is stopped goes on.
How well it does on posts left out is printed, by the weight of the penalty.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from konspekt.answering.judging.probe import KNOWN, States, prompt
from konspekt.llm_client.states import StateServer
from training.pairs import PAIRS, read_pairs

ROOT = Path(__file__).resolve().parents[1]
LAYER = 20
PENALTY = 1.0
STRAY = 3  # questions about other posts that a post meets, and as many about nothing here
FOLDS, SEED = 5, 7
TIMEOUT = 600.0  # seconds for one text, on a busy machine


@dataclass(frozen=True, slots=True)
class Pair:
    question: str
    window: str
    answers: bool
    group: str


class KeptStates:
    """States by question and window, float16 on disk, each computed once."""

    def __init__(self, server: States | None, layer: int, folder: Path) -> None:
        self._server, self._layer, self._folder = server, layer, folder
        folder.mkdir(parents=True, exist_ok=True)

    def file(self, question: str, window: str) -> Path:
        said = "\0".join((str(self._layer), *prompt(question, window)))
        return self._folder / f"{hashlib.sha256(said.encode()).hexdigest()[:24]}.npy"

    def of(self, question: str, window: str) -> Tensor:
        """float32 [hidden]. Raises LLMError; RuntimeError where it is not kept and there is no server."""
        file = self.file(question, window)
        if not file.exists():
            if self._server is None:
                raise RuntimeError(f"no state is kept for {question!r}, and no server was named")
            found = self._server.states([prompt(question, window)], self._layer)[0]
            fresh = file.with_suffix(".new.npy")
            np.save(fresh, np.array(found, np.float16))
            fresh.replace(file)
        return torch.from_numpy(np.load(file)).float()


def written_pairs() -> list[Pair]:
    """Whole posts, which are as long as windows are, with their own questions, some about other posts and some about
    nothing here."""
    draw = random.Random(SEED)
    posts = [post for file in sorted(PAIRS.glob("written*.txt")) for post in read_pairs(file)]
    elsewhere = [one.text for one in read_pairs(PAIRS / "elsewhere.txt")[0].questions]
    found = []
    for post in posts:
        window = f"{post.head}\n{post.text.strip()}"
        found += [Pair(one.text, window, bool(one.accept), post.head) for one in post.questions]
        others = [draw.choice(draw.choice(posts).questions).text for _ in range(STRAY)]
        own = {one.text for one in post.questions}
        stray = dict.fromkeys([*draw.sample(elsewhere, STRAY), *others])
        found += [Pair(text, window, False, post.head) for text in stray if text not in own]
    return found


def fit(states: Tensor, wanted: Tensor, penalty: float) -> tuple[Tensor, float]:
    """states: [N, hidden], wanted: [N] of 0 and 1 -> weight [hidden] and bias, each class counting half.

    The penalty is on weights of states brought to mean 0 and scale 1.
    """
    mean, scale = states.mean(0), states.std(0) + 1e-3 * states.std()
    x, y = ((states - mean) / scale).double(), wanted.double()
    share = float(y.mean())
    each = torch.where(y > 0.5, 0.5 / share, 0.5 / (1 - share))
    weight = torch.zeros(x.shape[1], dtype=torch.double, requires_grad=True)
    bias = torch.zeros((), dtype=torch.double, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        missed = F.binary_cross_entropy_with_logits(x @ weight + bias, y, reduction="none")
        total = (each * missed).mean() + penalty * weight.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    flat = weight.detach() / scale
    return flat.float(), float(bias.detach() - flat @ mean.double())


def left_out(states: Tensor, wanted: Tensor, groups: Sequence[str], penalty: float) -> float:
    """Area under the curve, each group judged by what was fitted on others."""
    fold = torch.tensor([int(hashlib.sha256(g.encode()).hexdigest(), 16) % FOLDS for g in groups])
    scores = torch.zeros(len(wanted))
    for held in range(FOLDS):
        weight, bias = fit(states[fold != held], wanted[fold != held], penalty)
        scores[fold == held] = states[fold == held] @ weight + bias
    good, bad = scores[wanted > 0.5], scores[wanted < 0.5]
    return float((good[:, None] > bad).double().mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True, help="address of `konspekt serve`, …/v1")
    parser.add_argument("--key", default="none")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b", help="what it serves, for the record")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "training" / "probe")
    parser.add_argument("--kept", action="store_true", help="train on the states that are kept by now, ask for no more")
    parser.add_argument("--out", type=Path, default=ROOT / "answering" / "judging" / "probe.safetensors")
    options = parser.parse_args()
    server = StateServer(options.server, options.key, timeout=TIMEOUT)
    kept, pairs = KeptStates(server, LAYER, options.work), written_pairs()
    if options.kept:
        pairs = [one for one in pairs if kept.file(one.question, one.window).exists()]
    states = []
    for number, one in enumerate(pairs, start=1):
        print(f"\r{number} of {len(pairs)}", end="", file=sys.stderr, flush=True)
        states.append(kept.of(one.question, one.window))
    x, y = torch.stack(states), torch.tensor([float(one.answers) for one in pairs])
    groups = [one.group for one in pairs]
    areas = {str(penalty): round(left_out(x, y, groups, penalty), 4) for penalty in (0.1, 0.3, PENALTY, 3.0)}
    weight, bias = fit(x, y, PENALTY)
    known = torch.tensor(server.states([prompt(*KNOWN)], LAYER)[0])
    said = {"layer": str(LAYER), "bias": repr(bias), "model": options.model, "pairs": str(len(pairs))}
    save_file({"weight": weight.contiguous(), "known": known.contiguous()}, options.out, said)
    options.out.chmod(0o644)
    print(json.dumps({"pairs": len(pairs), "posts": len(set(groups)), "area_by_penalty": areas}))


if __name__ == "__main__":
    main()
