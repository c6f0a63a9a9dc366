"""Answers over the question files, as `konspekt eval answers` judges them, written to benchmarks/results/.

    python -m benchmarks.answers.answers HOME=QUESTIONS.jsonl …                              quotations; answers.json
    python -m benchmarks.answers.answers --llm RECORDINGS [--sample 48] HOME=QUESTIONS … the model's; answers_model.json

Each HOME is a KONSPEKT_HOME whose index the questions were written for. With `--llm` the model of OPENAI_BASE_URL
writes, and what it wrote is kept in RECORDINGS (outside the repository: it may quote other people's posts): a run that
ends after `--seconds` scores what it has, exits with 3, and goes on from there when it is started again. A sample takes
questions at even distances from the files sorted by split, language and whether they must be refused; they are asked in
an order of their own, so that any beginning of a run is a sample too.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.common.machine import write_result
from benchmarks.common.recorded_model import OutOfTime, RecordedModel
from konspekt.answering.answerer import Answerer
from konspekt.answering.evaluation import Judged, by_split, grouped, intervals, judge
from konspekt.answering.frequencies import IndexFrequencies
from konspekt.app.build import build_database, build_embedder, build_searcher
from konspekt.app.settings import Settings
from konspekt.cli.commands.eval.answers import print_scores
from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.indexer.evaluation import Question, read_questions

Asked = tuple[Path, str, Question]  # KONSPEKT_HOME, name of the file, question


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llm", type=Path, metavar="RECORDINGS", help="let the configured model write the answers")
    parser.add_argument("--sample", type=int, default=0, help="so many questions, the same ones each time; 0: all")
    parser.add_argument("--seconds", type=float, default=1e9, help="ask the model no further question after so long")
    parser.add_argument("--result", help="name of the result; default answers or answers_model")
    parser.add_argument("pairs", nargs="+", metavar="HOME=QUESTIONS")
    options = parser.parse_args()
    settings = Settings()
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    model = (
        RecordedModel(settings.openai_base_url, key, settings.openai_model, options.llm, options.seconds)
        if options.llm
        else None
    )
    asked = _sample(_questions(options.pairs), options.sample)
    judged = asyncio.run(_judge_all(asked, build_embedder(settings), model))
    complete, asked = len(judged) == len(asked), asked[: len(judged)]
    files = {
        name: [one for (_, file, _), one in zip(asked, judged, strict=True) if file == name] for _, name, _ in asked
    }
    result: dict[str, Any] = {"model": bool(model), "questions": len(judged)}
    if model is not None and model.total_s:
        result["model_seconds"] = _times(model)
        print(result["model_seconds"])
    for name, of_file in files.items():
        print(name)
        print_scores(by_split(of_file), {split: intervals(group) for split, group in grouped(of_file).items()})
    print("all files together")
    print_scores(by_split(judged), {split: intervals(group) for split, group in grouped(judged).items()})
    result |= {"files": {name: _scores(of_file) for name, of_file in files.items()}, "together": _scores(judged)}
    print(write_result(options.result or ("answers_model" if model else "answers"), result))
    if not complete:
        parser.exit(3, f"{len(judged)} questions answered in time: start it again to go on\n")


def _questions(pairs: Sequence[str]) -> list[Asked]:
    split = (pair.partition("=") for pair in pairs)
    return [(Path(home), Path(file).stem, one) for home, _, file in split for one in read_questions(Path(file))]


def _sample(asked: list[Asked], size: int) -> list[Asked]:
    if not size or size >= len(asked):
        return asked

    def shuffled(one: Asked) -> str:
        return hashlib.sha256(one[2].text.encode()).hexdigest()

    def stratum(one: Asked) -> tuple[str, str, str, bool, str]:
        _, file, question = one
        return file, question.split, question.language, question.must_be_refused, shuffled(one)

    ordered = sorted(asked, key=stratum)
    return sorted((ordered[number * len(ordered) // size] for number in range(size)), key=shuffled)


async def _judge_all(asked: Sequence[Asked], embedder: Embedder, model: RecordedModel | None) -> list[Judged]:
    answerers: dict[Path, Answerer] = {}
    judged = []
    for home, _, question in asked:
        if home not in answerers:
            answerers[home] = _answerer(Settings(konspekt_home=home), embedder, model)
        try:
            judged.append(judge(question, await answerers[home].answer(question.text)))
        except OutOfTime:
            break
    if model is not None:
        await model.close()
    return judged


def _answerer(settings: Settings, embedder: Embedder, model: RecordedModel | None) -> Answerer:
    database = build_database(settings)
    return Answerer(
        build_searcher(settings, database, embedder),
        model,
        encoder=embedder,
        frequencies=IndexFrequencies(database),
        context_tokens=settings.llm_context_tokens,
        max_tokens=settings.llm_max_tokens,
        copying=settings.llm_copies,
    )


def _times(model: RecordedModel) -> dict[str, float]:
    """Of the model's answers alone; search, check and refusals add a second at most."""
    first, total = model.first_token_s, model.total_s
    return {
        "answers": len(total),
        "first_token_median": round(median(first), 2),
        "first_token_p90": round(quantiles(first, n=10)[-1], 2) if len(first) > 1 else round(first[0], 2),
        "total_median": round(median(total), 2),
        "total_p90": round(quantiles(total, n=10)[-1], 2) if len(total) > 1 else round(total[0], 2),
    }


def _scores(judged: Sequence[Judged]) -> dict[str, Any]:
    return {split or "all": asdict(scores) for split, scores in by_split(judged).items()}


if __name__ == "__main__":
    main()
