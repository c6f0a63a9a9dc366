"""python -m training --public DIR --out FILE [--homes DIR] [--work DIR] [--steps N] [--begin FILE [--hold SHARE]]

Reads public sets from --public, questions over the index in --homes/sample (made by `konspekt reindex sample`) and,
where there is one, over the dumps' in --homes/seeds, makes up posts, trains, and writes the weights. Stopped and
started again, it goes on. `--begin` starts from weights that were written before rather than from nothing, and `--hold`
is the share of them that is averaged into what is written: it keeps what new examples do not speak of.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from konspekt.answering.judging.late import LateReader
from konspekt.app.build import build_database, build_searcher
from konspekt.app.settings import Settings
from konspekt.indexer.embedding.e5.embedder import E5Embedder
from konspekt.indexer.embedding.e5.model import E5Model
from konspekt.indexer.embedding.embeddings import DEFAULT_FILE, DEFAULT_MODEL
from konspekt.indexer.searching.search import Searcher
from konspekt.storage.database import Database
from training.channels import channel_examples
from training.corpus import documents_of
from training.examples import Example, keep, kept
from training.fit import Fit
from training.pairs import pair_examples, written_examples
from training.posts import Posts
from training.public import is_tested, mtrag_examples, xquad_examples
from training.squad import squad_examples
from training.states import States

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = ("sample.jsonl", "sample_unseen.jsonl")  # the other sets are for testing
MATERIALS = ("sample", "seeds")
SEED = 7
POSTS, POSTS_TESTED = 800, 40


def gather(options: argparse.Namespace) -> tuple[list[Example], list[Example]]:
    """Examples to train on, and those to test on: other articles and conversations, other posts, questions in pairs."""
    embedder = E5Embedder(DEFAULT_MODEL, options.models / DEFAULT_FILE)
    public = [*xquad_examples(options.public, SEED), *mtrag_examples(options.public, SEED)]
    trained = [one for one in public if not is_tested(one.group)]
    trained += squad_examples(options.public, SEED)
    tested = [one for one in public if is_tested(one.group)]
    files = [ROOT / "benchmarks" / "questions" / name for name in QUESTIONS]
    files.append(Path(__file__).with_name("data") / "questions.txt")
    trained += channel_examples(_searcher(options, "sample", embedder), files, SEED)
    for name in MATERIALS:
        if (options.homes / name).is_dir():
            tested += pair_examples(documents_of(_database(options, name)), name, SEED)
    trained += written_examples(SEED)
    trained += Posts(SEED).examples(POSTS)
    tested += Posts(SEED + 1).examples(POSTS_TESTED)
    return trained, tested


def averaged(learnt: Mapping[str, Tensor], begun: Mapping[str, Tensor], hold: float) -> dict[str, Tensor]:
    """`hold` of the weights that training began with, and the rest of what it made of them
    (https://arxiv.org/abs/2109.01903)."""
    return {name: (1 - hold) * weight + hold * begun[name].float() for name, weight in learnt.items()}


def _searcher(options: argparse.Namespace, name: str, embedder: E5Embedder) -> Searcher:
    return build_searcher(_settings(options, name), _database(options, name), embedder)


def _database(options: argparse.Namespace, name: str) -> Database:
    return build_database(_settings(options, name))


def _settings(options: argparse.Namespace, name: str) -> Settings:
    return Settings(konspekt_home=options.homes / name, models_dir=options.models)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--public", type=Path, required=True)
    parser.add_argument("--homes", type=Path, default=ROOT / "build" / "homes")
    parser.add_argument("--models", type=Path, default=ROOT / "data" / "models")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "training")
    parser.add_argument("--out", type=Path, default=ROOT / "answering" / "judging" / "heads.safetensors")
    parser.add_argument("--depth", type=int, default=8, help="the embedder's layers that a text has gone through")
    parser.add_argument("--steps", type=int, default=1400)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--begin", type=Path, help="weights of a reader to start from")
    parser.add_argument("--hold", type=float, default=0.0)
    parser.add_argument("--gather", action="store_true", help="write the examples down, and no more")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    files = options.work / "trained.jsonl", options.work / "tested.jsonl"
    if not all(file.exists() for file in files):
        for examples, file in zip(gather(options), files, strict=True):
            keep(examples, file)
    trained, tested = map(kept, files)
    if options.gather:
        return
    model = E5Model(options.models / DEFAULT_FILE, torch.float32)
    states = States(model, options.depth, options.work)
    everything = [*trained, *tested]
    states.prepare(
        list(dict.fromkeys(one.question for one in everything)),
        list(dict.fromkeys(one.window.text for one in everything)),
    )
    torch.manual_seed(SEED)
    reader = LateReader(model.network.hidden)
    begun = load_file(options.begin) if options.begin else None
    if begun:
        reader.load(begun)
    fit = Fit(reader, states, model.count_tokens, SEED)
    fit.train(trained, options.steps, options.rate, options.work / f"late-{options.depth}.pt")
    if begun:
        reader.load(averaged(reader.state_dict(), begun, options.hold))
    print(json.dumps({"trained_on": len(trained), "area_under_curve": fit.report(tested)}))
    weights = {name: tensor.half().contiguous() for name, tensor in reader.state_dict().items()}
    save_file(
        weights,
        options.out,
        {"depth": str(options.depth), "hidden": str(model.dimension)},
    )
    print("wrote", options.out, f"{options.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
