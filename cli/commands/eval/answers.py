"""`konspekt eval answers`: are refusals right, and do citations point at the answer?"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from konspekt.app.settings import Settings
from konspekt.cli.commands.eval.options import AsJson, QuestionFile, Split
from konspekt.cli.guard import guarded

if TYPE_CHECKING:
    from konspekt.answering.answerer import Answerer
    from konspekt.answering.evaluation import AnswerScores, Judged
    from konspekt.indexer.evaluation import Question

COLUMNS = (
    ("questions", "questions"),
    ("to refuse", "must_be_refused"),
    ("citation precision", "citation_precision"),
    ("citation recall", "citation_recall"),
    ("answer in the quotes", "answer_said"),
    ("refusal precision", "refusal_precision"),
    ("refusal recall", "refusal_recall"),
    ("false refusals", "false_refusals"),
    ("written by the model", "written"),
    ("median ms", "median_ms"),
)


def answers(
    file: QuestionFile,
    *,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="Judge quotations and refusals, ask no model.")] = False,
    split: Split = None,
    misses: Annotated[bool, typer.Option("--misses", help="Name the questions that went wrong.")] = False,
    as_json: AsJson = False,
) -> None:
    """Citation precision and recall, refusal precision and recall. An empty `accept` must be refused."""
    with guarded():
        from konspekt.answering.evaluation import by_split
        from konspekt.app.build import build_answerer, build_database
        from konspekt.indexer.evaluation import read_questions

        questions = read_questions(file, split)
        settings = Settings()
        answerer = build_answerer(settings, build_database(settings), with_model=not no_llm)
        judged = asyncio.run(_answer_all(answerer, questions))
        table = by_split(judged)
        wrong = [one for one in judged if not one.refusal_is_right or not (one.right or one.question.must_be_refused)]
        if as_json:
            report: dict[str, Any] = {
                "file": str(file),
                "model": not no_llm,
                "splits": {name or "all": asdict(scores) for name, scores in table.items()},
            }
            if misses:
                report["misses"] = [_miss(one) for one in wrong]
            typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            print_scores(table)
            for one in wrong if misses else ():
                typer.echo(f"{_miss(one)['why']}: {one.question.text}")


async def _answer_all(answerer: Answerer, questions: list[Question]) -> list[Judged]:
    from konspekt.answering.evaluation import judge

    try:
        return [judge(question, await answerer.answer(question.text)) for question in questions]
    finally:
        await answerer.close()


def _miss(one: Judged) -> dict[str, str]:
    if one.refused:
        return {"question": one.question.text, "why": "refused"}
    return {"question": one.question.text, "why": "answered" if one.question.must_be_refused else "cited elsewhere"}


def print_scores(table: dict[str, AnswerScores]) -> None:
    """One column per split, the last one for all together."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(title="Answers", title_justify="left")
    shown.add_column("")
    for name in table:
        shown.add_column(name or "all", justify="right")
    for label, field in COLUMNS:
        shown.add_row(label, *(_number(getattr(scores, field)) for scores in table.values()))
    Console().print(shown)


def _number(value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.3f}" if isinstance(value, float) and value <= 1 else f"{value:.0f}"
