"""`konspekt eval cases`: what an admin said in /cases, as a question file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from konspekt.app.settings import Settings
from konspekt.cli.commands.eval.files import STANDARD_OUTPUT, check_out, line, write_lines
from konspekt.cli.commands.eval.messages import say
from konspekt.cli.commands.eval.options import AsJson, Force, Out
from konspekt.cli.guard import NOTHING_THERE, failure, guarded, tell

if TYPE_CHECKING:
    from konspekt.storage.asked.cases import KeptCase

EPILOG = """
[bold]Examples[/bold]

konspekt eval cases --out cases.jsonl

konspekt eval cases | head     (without --out: to standard output)

konspekt eval answers cases.jsonl --misses
"""
SPLIT = "cases"


def cases(
    *,
    out: Out = STANDARD_OUTPUT,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write the questions that were judged in Telegram's /cases, in the form that `konspekt eval answers` reads.

    No reader's name or id is in them. Nothing kept yet: exit status 3.
    """
    with guarded():
        from konspekt.app.build import build_database
        from konspekt.storage.asked.cases import Cases

        check_out(out, force=force)
        rows = [case_row(case) for case in Cases(build_database(Settings())).kept()]
        if not rows:
            raise failure(say("cases_none"), NOTHING_THERE)
        if out != STANDARD_OUTPUT:
            write_lines(out, rows)
            tell(say("cases_written", count=len(rows), path=out))
        elif not as_json:
            typer.echo("\n".join(line(row) for row in rows))
        if as_json:
            report = {
                "questions": len(rows),
                "must_be_refused": sum(not (r["accept"] or r.get("document")) for r in rows),
            }
            typer.echo(json.dumps(report | ({"file": str(out)} if out != STANDARD_OUTPUT else {"rows": rows}),
                                  ensure_ascii=False, indent=2))  # fmt: skip


def case_row(case: KeptCase) -> dict[str, Any]:
    from konspekt.answering.question.language import question_language

    row: dict[str, Any] = {"question": case.question, "accept": list(case.accept)}
    if case.document_id or case.url:
        row["document"] = case.document_id or case.url
    return row | {"split": SPLIT, "lang": question_language(case.question)}


def register(group: typer.Typer) -> None:
    group.command("cases", epilog=EPILOG)(cases)
