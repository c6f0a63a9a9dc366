"""python -m training.probe --file MODEL.gguf [--posts N] [--begin LINE [--hold SHARE]] [--out FILE]

The line that reads a language model's state (`answering/judging/probe.py`): each post of `data/pairs/written*.txt` with
each of its questions is shown to the model in FILE, and what it makes of them is told apart by a logistic regression.
States are kept in --work: a run that is stopped goes on, and `--kept` trains on those that there are. Posts come in an
order of their own, so that the first N are of every file. How well it does on posts left out is printed: how it tells
their answered questions from those that they nearly answer, and from those about other things.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from konspekt.answering.judging.probe import KNOWN, Line, States, prompt, read_line
from konspekt.serving.model.model import load_model
from training.local import LocalStates
from training.pairs import PAIRS, read_pairs

ROOT = Path(__file__).resolve().parents[1]
LAYER = 20
PENALTY = 0.02  # a fiftyfold one tells what is nearly answered far worse, on posts left out
STRAY = 3  # questions about other posts that a post meets, and as many about nothing here
FOLDS, SEED = 5, 7


@dataclass(frozen=True, slots=True)
class Pair:
    question: str
    window: str
    answers: bool
    group: str
    stray: bool = False  # about another post, or about nothing here


class KeptStates:
    """States by question and window, float16 on disk, each computed once. `server` asked for those of one window
    together may compute them side by side."""

    def __init__(self, server: States | None, layer: int, folder: Path) -> None:
        self._server, self._layer, self._folder = server, layer, folder
        folder.mkdir(parents=True, exist_ok=True)

    def file(self, question: str, window: str) -> Path:
        said = "\0".join((str(self._layer), *prompt(question, window)))
        return self._folder / f"{hashlib.sha256(said.encode()).hexdigest()[:24]}.npy"

    def prepare(self, questions: Sequence[str], window: str) -> None:
        """What is not kept yet. Raises LLMError; RuntimeError where there is no server to ask."""
        missing = [one for one in dict.fromkeys(questions) if not self.file(one, window).exists()]
        if missing and self._server is None:
            raise RuntimeError(f"no state is kept for {missing[0]!r}, and no model was named")
        if missing and self._server is not None:
            found = self._server.states([prompt(one, window) for one in missing], self._layer)
            for one, state in zip(missing, found, strict=True):
                file = self.file(one, window)
                fresh = file.with_suffix(".new.npy")
                np.save(fresh, np.array(state, np.float16))
                fresh.replace(file)

    def of(self, question: str, window: str) -> Tensor:
        """float32 [hidden]. Raises as `prepare` does."""
        self.prepare([question], window)
        return torch.from_numpy(np.load(self.file(question, window))).float()


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
        found += [Pair(text, window, False, post.head, stray=True) for text in stray if text not in own]
    return found


def by_window(pairs: Sequence[Pair]) -> list[tuple[str, list[Pair]]]:
    """The pairs of each window together, windows in an order drawn from a fixed seed."""
    found: dict[str, list[Pair]] = defaultdict(list)
    for one in pairs:
        found[one.window].append(one)
    windows = list(found.items())
    random.Random(SEED).shuffle(windows)
    return windows


def fit(states: Tensor, wanted: Tensor, penalty: float) -> tuple[Tensor, float]:
    """states: [N, hidden], wanted: [N] of 0 and 1 -> weight [hidden] and bias, each class counting half.

    The penalty is on weights of states brought to mean 0 and scale 1.
    """
    mean, scale = states.mean(0), states.std(0) + 1e-3 * states.std()
    x, y = (states - mean) / scale, wanted
    share = float(y.mean())
    each = torch.where(y > 0.5, 0.5 / share, 0.5 / (1 - share))
    weight = torch.zeros(x.shape[1], requires_grad=True)
    bias = torch.zeros((), requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        missed = F.binary_cross_entropy_with_logits(x @ weight + bias, y, reduction="none")
        total = (each * missed).mean() + penalty * weight.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    flat = weight.detach() / scale
    return flat, float(bias.detach() - flat @ mean)


def averaged(weight: Tensor, bias: float, before: Line, hold: float) -> tuple[Tensor, float]:
    """The mean of what two lines say, `hold` of the one before."""
    return (1 - hold) * weight + hold * before.weight, (1 - hold) * bias + hold * before.bias


def left_out(states: Tensor, wanted: Tensor, groups: Sequence[str], penalty: float) -> Tensor:
    """[N]: what is said of each group's states by a line that was fitted on others."""
    fold = torch.tensor([int(hashlib.sha256(g.encode()).hexdigest(), 16) % FOLDS for g in groups])
    scores = torch.zeros(len(wanted))
    for held in range(FOLDS):
        weight, bias = fit(states[fold != held], wanted[fold != held], penalty)
        scores[fold == held] = states[fold == held] @ weight + bias
    return scores


def areas(scores: Tensor, wanted: Tensor, stray: Tensor) -> dict[str, float]:
    """Under the curve, of what is answered against each kind of what is not."""
    good = scores[wanted > 0.5]
    kinds = {"nearly_answered": ~stray & (wanted < 0.5), "stray": stray}
    return {name: round(float((good[:, None] > scores[kind]).double().mean()), 4) for name, kind in kinds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, required=True, help="the model that is read")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b", help="its name, for the record")
    parser.add_argument("--posts", type=int, help="no more than so many")
    parser.add_argument("--begin", type=Path, help="a line of the same model that was trained on other posts before")
    parser.add_argument("--hold", type=float, default=0.5, help="the share of it that is averaged into what is written")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "training" / "probe")
    parser.add_argument("--kept", action="store_true", help="train on the states that are kept by now, ask for no more")
    parser.add_argument("--out", type=Path, default=ROOT / "answering" / "judging" / "probe.safetensors")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    asked, groups = by_window(written_pairs())[: options.posts], list[str]()
    before = read_line(options.begin) if options.begin else None
    model = None if options.kept and before else LocalStates(load_model(options.file), LAYER)
    kept = KeptStates(model, LAYER, options.work)
    states, wanted, stray = [], [], []
    for number, (window, pairs) in enumerate(asked, start=1):
        print(f"\r{number} of {len(asked)}", end="", file=sys.stderr, flush=True)
        taken = [one for one in pairs if not options.kept or kept.file(one.question, window).exists()]
        kept.prepare([one.question for one in taken], window)
        states += [kept.of(one.question, window) for one in taken]
        wanted += [float(one.answers) for one in taken]
        stray += [one.stray for one in taken]
        groups += [one.group for one in taken]
    x, y = torch.stack(states), torch.tensor(wanted)
    found = areas(left_out(x, y, groups, PENALTY), y, torch.tensor(stray))
    weight, bias = fit(x, y, PENALTY)
    if before is not None:
        weight, bias = averaged(weight, bias, before, options.hold)
    known = before.known if before else kept.of(*KNOWN)
    said = {"layer": str(LAYER), "bias": repr(bias), "model": options.model, "pairs": str(len(wanted))}
    save_file({"weight": weight.contiguous(), "known": known.contiguous()}, options.out, said)
    options.out.chmod(0o644)
    print(json.dumps({"pairs": len(wanted), "posts": len(set(groups)), "areas_on_posts_left_out": found}))


if __name__ == "__main__":
    main()
