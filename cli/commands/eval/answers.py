"""`konspekt eval answers`: are refusals right, and do citations point at the answer?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from konspekt.app.settings import Settings
from konspekt.cli.commands.eval.messages import say
from konspekt.cli.commands.eval.options import AsJson, QuestionFile, Split
from konspekt.cli.commands.eval.progress import progressing
from konspekt.cli.guard import WRONG_USAGE, failure, guarded, tell

if TYPE_CHECKING:
    from konspekt.answering.answerer import Answerer
    from konspekt.answering.evaluation import AnswerScores, Judged
    from konspekt.indexer.evaluation import Question

EPILOG = """
[bold]Examples[/bold]

konspekt eval answers my.jsonl --no-llm --misses

konspekt eval answers my.jsonl --calibrate              (what a threshold of your own would change)

konspekt eval answers my.jsonl --calibrate --write      (and answer by it from now on)
"""

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
    calibrated: Annotated[
        bool, typer.Option("--calibrate", help="Fit the threshold of refusals to these questions, and show the curve.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="With --calibrate: answer by the fitted threshold.")] = False,
    false_refusals: Annotated[
        float | None,
        typer.Option(min=0.0, max=0.5, help="With --calibrate: share of wrong refusals to put up with; 0.05 if none."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Citation precision and recall, refusal precision and recall. An empty `accept` must be refused.

    Shares come with the interval in which they would lie for other such questions, 19 times in 20.
    """
    with guarded():
        if calibrated or write or false_refusals is not None:
            if not calibrated:
                raise failure(say("calibrate_apart"), WRONG_USAGE)
            from konspekt.answering.quality.risk import FALSE_REFUSALS
            from konspekt.cli.commands.eval.calibrate import calibrate
            from konspekt.indexer.evaluation import read_questions

            allowed = FALSE_REFUSALS if false_refusals is None else false_refusals
            calibrate(file, read_questions(file, split), allowed=allowed, write=write, as_json=as_json)
            return
        from konspekt.answering.evaluation import by_split, grouped, intervals
        from konspekt.app.build import build_answerer, build_database
        from konspekt.app.local_model.at_hand import model_at_hand
        from konspekt.indexer.evaluation import read_questions

        questions = read_questions(file, split)
        settings = Settings()
        database = build_database(settings)
        with nullcontext((settings, None)) if no_llm else model_at_hand(settings, tell) as (settings, _):
            answerer = build_answerer(settings, database, with_model=not no_llm)
            judged = asyncio.run(_answer_all(answerer, questions))
        table = by_split(judged)
        within = {name: intervals(group) for name, group in grouped(judged).items()}
        wrong = [one for one in judged if not one.refusal_is_right or not (one.right or one.question.must_be_refused)]
        if as_json:
            report: dict[str, Any] = {
                "file": str(file),
                "model": not no_llm,
                "splits": {
                    name or "all": asdict(scores) | {"intervals": within[name]} for name, scores in table.items()
                },
            }
            if misses:
                report["misses"] = [_miss(one) for one in wrong]
            typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            print_scores(table, within)
            for one in wrong if misses else ():
                typer.echo(f"{_miss(one)['why']}: {one.question.text}")


async def _answer_all(answerer: Answerer, questions: list[Question]) -> list[Judged]:
    from konspekt.answering.evaluation import judge

    try:
        asked = progressing(questions, say("answers_step"))
        return [judge(question, await answerer.answer(question.text)) for question in asked]
    finally:
        await answerer.close()


def _miss(one: Judged) -> dict[str, str]:
    if one.refused:
        return {"question": one.question.text, "why": "refused"}
    return {"question": one.question.text, "why": "answered" if one.question.must_be_refused else "cited elsewhere"}


def print_scores(table: dict[str, AnswerScores], within: Mapping[str, Mapping[str, tuple[float, float]]]) -> None:
    """One column per split, the last one for all together."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(title="Answers", title_justify="left")
    shown.add_column("")
    for name in table:
        shown.add_column(name or "all", justify="right")
    for label, field in COLUMNS:
        numbers = (_number(getattr(scores, field), within[name].get(field)) for name, scores in table.items())
        shown.add_row(label, *numbers)
    Console().print(shown)


def _number(value: float | None, within: tuple[float, float] | None) -> str:
    if value is None:
        return "—"
    if not isinstance(value, float) or value > 1:
        return f"{value:.0f}"
    return f"{value:.3f}" + (f" ({within[0]:.2f}–{within[1]:.2f})" if within else "")
