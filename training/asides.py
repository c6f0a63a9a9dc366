"""python -m training.asides [--models DIR] [--out FILE]

The lines that tell asides from questions about a material (`answering/question/asides.py`): a multinomial logistic
regression over the embedder's vectors of `data/asides.txt`, of `data/pairs/elsewhere*.txt` (asides of any kind), and of
questions about posts, a share of those in `data/pairs/written*.txt`. How well it does on questions left out is printed.
The rule that looks at the index as well is fitted by `python -m benchmarks.answers.asides --write`.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from konspekt.answering.question.asides import QUESTION, Lines, centred
from konspekt.indexer.embedding.e5.embedder import E5Embedder
from konspekt.indexer.embedding.embeddings import DEFAULT_FILE, DEFAULT_MODEL
from training.pairs import PAIRS, read_pairs

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(__file__).with_name("data")
OUT = ROOT / "answering" / "question" / "asides.safetensors"
OF_EACH = 400  # questions of a file of posts
STRENGTH = 30.0  # the inverse of the penalty
FOLDS, SEED = 5, 0
AT_ONCE = 200

ANY = "any"  # an aside whose kind nobody told

Labelled = list[tuple[str, str]]  # text, kind


class Embeds(Protocol):
    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


def asides() -> Labelled:
    found: Labelled = []
    kind = ""
    for line in (DATA / "asides.txt").read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            kind = line[1:-1]
        elif line.strip() and not line.startswith("#"):
            found.append((line.strip(), kind))
    return found


def examples() -> Labelled:
    """All that is trained on, each text once."""
    found = asides()
    for name in ("elsewhere", "elsewhere_2"):
        found += [(one.text, ANY) for asked in read_pairs(PAIRS / f"{name}.txt") for one in asked.questions]
    draw = random.Random(SEED)
    for file in sorted(PAIRS.glob("written*.txt")):
        questions = [one.text for asked in read_pairs(file) for one in asked.questions]
        draw.shuffle(questions)
        found += [(text, QUESTION) for text in questions[:OF_EACH]]
    return list(dict(found).items())


def embedded(texts: Sequence[str], embedder: Embeds) -> NDArray[np.float32]:
    parts = [embedder.embed_queries(texts[start : start + AT_ONCE]) for start in range(0, len(texts), AT_ONCE)]
    return np.concatenate(parts)


def fitted(vectors: NDArray[np.float32], kinds: Sequence[str]) -> Lines:
    """`vectors` [N, D]. Penalised as `STRENGTH` says, the bias not; the same from the same examples."""
    names = sorted({*kinds} - {ANY})
    mean = vectors.mean(0)
    x = torch.from_numpy(centred(vectors, mean)).double()
    allowed = torch.tensor([[kind in (name, ANY if name != QUESTION else "") for name in names] for kind in kinds])
    weight = torch.zeros(len(names), x.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(len(names), dtype=torch.float64, requires_grad=True)
    steps = torch.optim.LBFGS([weight, bias], max_iter=500, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        steps.zero_grad()
        scores = x @ weight.T + bias
        right = scores.masked_fill(~allowed, -torch.inf).logsumexp(1)
        total = STRENGTH * (scores.logsumexp(1) - right).sum() + 0.5 * weight.square().sum()
        (total / len(x)).backward()  # type: ignore[no-untyped-call]
        return total / len(x)

    steps.step(loss)  # type: ignore[no-untyped-call]
    made = [one.detach().float().numpy() for one in (weight, bias)]
    return Lines(made[0], made[1], mean.astype(np.float32), tuple(names))


def left_out(vectors: NDArray[np.float32], kinds: Sequence[str]) -> list[float]:
    """Log-odds of an aside by lines that were fitted without the example."""
    fold = np.random.default_rng(SEED).integers(FOLDS, size=len(kinds))
    found = [0.0] * len(kinds)
    for held in range(FOLDS):
        inside = np.flatnonzero(fold != held)
        lines = fitted(vectors[inside], [kinds[int(i)] for i in inside])
        for i in np.flatnonzero(fold == held):
            found[i] = lines.read(vectors[i]).log_odds
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=ROOT / "data" / "models")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    labelled = examples()
    kinds = [kind for _, kind in labelled]
    vectors = embedded([text for text, _ in labelled], E5Embedder(DEFAULT_MODEL, options.models / DEFAULT_FILE))
    odds = left_out(vectors, kinds)
    for kind in sorted(set(kinds)):
        of = [one > 0 for one, other in zip(odds, kinds, strict=True) if other == kind]
        print(f"{kind:10}{len(of):6}  taken for an aside {sum(of) / len(of):.3f}")
    lines = fitted(vectors, kinds)
    save_file({"weight": lines.weight, "bias": lines.bias, "mean": lines.mean}, str(options.out),
              metadata={"kinds": " ".join(lines.kinds), "model": DEFAULT_MODEL})  # fmt: skip
    print(f"written to {options.out}")


if __name__ == "__main__":
    main()
