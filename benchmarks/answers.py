"""Answers over the question files, as `konspekt eval answers` judges them, written to benchmarks/results/answers.json.

    python benchmarks/answers.py [--llm] HOME=QUESTIONS.jsonl …

Each HOME is a KONSPEKT_HOME whose index the questions were written for. Without `--llm` answers are quotations.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from answering.evaluation import Judged, by_split, judge
from benchmarks.machine import write_result
from cli.build import build_answerer, build_database, build_embedder
from cli.eval_answers import print_scores
from cli.settings import Settings
from indexer.embeddings import Embedder
from indexer.evaluation import read_questions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llm", action="store_true", help="let the configured model write the answers")
    parser.add_argument("pairs", nargs="+", metavar="HOME=QUESTIONS")
    options = parser.parse_args()
    embedder = build_embedder(Settings())
    everything: list[Judged] = []
    files: dict[str, Any] = {}
    for pair in options.pairs:
        home, _, file = pair.partition("=")
        judged = asyncio.run(_judged(Path(home), Path(file), embedder, with_model=options.llm))
        everything += judged
        files[Path(file).stem] = _scores(judged)
        print(Path(file).stem)
        print_scores(by_split(judged))
    print("all files together")
    print_scores(by_split(everything))
    print(write_result("answers", {"model": options.llm, "files": files, "together": _scores(everything)}))


async def _judged(home: Path, file: Path, embedder: Embedder, *, with_model: bool) -> list[Judged]:
    settings = Settings(konspekt_home=home)
    answerer = build_answerer(settings, build_database(settings), embedder=embedder, with_model=with_model)
    try:
        return [judge(question, await answerer.answer(question.text)) for question in read_questions(file)]
    finally:
        await answerer.close()


def _scores(judged: Sequence[Judged]) -> dict[str, Any]:
    return {split or "all": asdict(scores) for split, scores in by_split(judged).items()}


if __name__ == "__main__":
    main()
