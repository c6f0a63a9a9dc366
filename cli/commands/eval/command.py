"""`konspekt eval`: how well it searches and answers, judged by a file of questions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from konspekt.app.messages import say
from konspekt.app.settings import Settings
from konspekt.cli.commands.eval import cases, make, review
from konspekt.cli.commands.eval.answers import EPILOG as ANSWERS_EPILOG
from konspekt.cli.commands.eval.answers import answers
from konspekt.cli.commands.eval.memory import memory
from konspekt.cli.commands.eval.options import AsJson, QuestionFile, Split
from konspekt.cli.guard import NOTHING_THERE, failure, guarded

if TYPE_CHECKING:
    from konspekt.answering.quality.retrieval import Row

EPILOG = """
[bold]Examples[/bold]

konspekt eval retrieval benchmarks/questions/sample.jsonl

konspekt eval retrieval my.jsonl --split tune --misses     (what to work on, without peeking at the held-out half)
"""


def retrieval(
    file: QuestionFile,
    *,
    split: Split = None,
    misses: Annotated[bool, typer.Option("--misses", help="Name the questions that are not answered first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recall and mean reciprocal rank of each search configuration, and recall within the prompt's budget."""
    with guarded():
        from konspekt.answering.frequencies import IndexFrequencies
        from konspekt.answering.quality.retrieval import (
            Mode,
            miss_to_json,
            prompt_reader,
            row_to_json,
            run,
            tabulate,
        )
        from konspekt.app.build import build_database, build_searcher
        from konspekt.indexer.evaluation import read_questions

        questions = read_questions(file, split)
        settings = Settings()
        database = build_database(settings)
        searcher = build_searcher(settings, database)
        searcher.warm_up()
        prompted = prompt_reader(IndexFrequencies(database), settings.llm_context_tokens)
        modes: list[Mode] = ["dense", "lexical", "fused", *(["reranked"] if settings.reranker_model else [])]  # type: ignore[list-item]
        rows: list[Row] = []
        missed: dict[str, list[dict[str, Any]]] = {}
        for mode in modes:
            outcomes = run(searcher, questions, mode, prompted)
            rows += tabulate(mode, outcomes)
            missed[mode] = [miss_to_json(outcome) for outcome in outcomes if outcome.rank != 1 or not outcome.in_budget]
        refusals = sum(question.must_be_refused for question in questions)
        if as_json:
            report: dict[str, Any] = {
                "file": str(file),
                "answerable": len(questions) - refusals,
                "must_be_refused": refusals,
                "budget_tokens": settings.llm_context_tokens,
                "embedding_model": settings.embedding_model,
                "rows": [row_to_json(row) for row in rows],
            }
            typer.echo(json.dumps(report | ({"misses": missed} if misses else {}), ensure_ascii=False, indent=2))
        else:
            _print(rows, refusals, settings.llm_context_tokens)
            if misses:
                _print_misses(missed[modes[-1]])
        if not rows:
            raise failure(say("nothing_to_measure"), NOTHING_THERE)


def _print(rows: list[Row], refusals: int, budget: int) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Retrieval", title_justify="left", box=SIMPLE_HEAD, padding=0)
    table.add_column("search")
    table.add_column("split")
    for name in ("n", "recall@1", "@3", "@5", "@10", "MRR", f"in {budget} tokens", "median ms"):
        table.add_column(name, justify="right", min_width=9 if name in {"recall@1", "MRR"} else None)
    for row in rows:
        first, *deeper = row.scores.recall.values()
        table.add_row(
            row.mode,
            row.split or "all",
            str(row.scores.questions),
            _spread(first, row.within.get("1")),
            *(f"{value:.3f}" for value in deeper),
            _spread(row.scores.mrr, row.within.get("mrr")),
            f"{row.recall_in_budget:.3f}",
            f"{row.median_ms:.0f}",
            end_section=not row.split,
        )
    console = Console()
    console.print(table)
    if refusals:
        console.print(f"{refusals} questions must be refused: `konspekt eval answers` measures those.", style="dim")


def _spread(value: float, within: tuple[float, float] | None) -> str:
    """With its interval below, so that the columns stay narrow."""
    return f"{value:.3f}" + (f"\n{within[0]:.2f}–{within[1]:.2f}" if within else "")


def _print_misses(missed: list[dict[str, Any]]) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for miss in missed:
        place = f"rank {miss['rank']}" if miss["rank"] else "not found"
        console.print(f"{place}{'' if miss['in_budget'] else ', not in the prompt'}: {miss['question']}", markup=False)


def register(app: typer.Typer) -> None:
    group = typer.Typer(name="eval", help="Measure search and answers by a file of questions.", no_args_is_help=True)
    group.command("retrieval", epilog=EPILOG)(retrieval)
    group.command("answers", epilog=ANSWERS_EPILOG)(answers)
    group.command("memory")(memory)
    cases.register(group)
    make.register(group)
    review.register(group)
    app.add_typer(group)
