"""`konspekt eval review`: a person looks at each question before it counts.

Every decision is in the file before the next question is shown, so that q, Ctrl-C and a closed terminal lose nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from konspekt.app.settings import Settings
from konspekt.bilingual import told
from konspekt.cli.commands.eval.files import write_lines
from konspekt.cli.commands.eval.messages import say
from konspekt.cli.commands.eval.options import AsJson, QuestionFile
from konspekt.cli.guard import guarded, tell
from konspekt.cli.text_in import read_line

EPILOG = """
[bold]Examples[/bold]

konspekt eval review my.jsonl

y keeps a question, n drops it, e edits its words and its answer, q stops: the next run goes on where this one ended.
"""
SEPARATOR = "|"
NO_ANSWER = "-"
# The keys, words, and the same keys with the Russian layout on
YES, NO = {"y", "yes", "н", "да"}, {"n", "no", "т", "нет"}
EDIT, QUIT = {"e", "edit", "у"}, {"q", "quit", "й"}
Say = Callable[..., str]


def review(file: QuestionFile, *, as_json: AsJson = False) -> None:
    """Go through the questions of a file that nobody has checked: y, n, e(dit), q(uit).

    Ctrl-C stops as q does: what was decided is in the file already.
    """
    with guarded():
        language = Settings().spoken

        def text(key: str, **values: object) -> str:
            return told(say(key, **values), language)

        rows = read_rows(file)
        try:
            _ask(rows, file, text, quiet=as_json)
        finally:  # also after Ctrl-C
            counts = counted(rows)
            if as_json:
                typer.echo(json.dumps({"file": str(file), **counts}, ensure_ascii=False, indent=2))
            else:
                tell(say("review_done", **counts))


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The lines of a question file. Raises QuestionFileError."""
    from konspekt.indexer.evaluation import question_row, read_questions

    lines = path.read_text("utf-8-sig", errors="replace").splitlines()
    rows = [question_row(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        read_questions(path)  # says what a question file holds
    return rows


def counted(rows: list[dict[str, Any]]) -> dict[str, int]:
    left = sum(row.get("checked") is False for row in rows)
    dropped = sum(bool(row.get("dropped")) for row in rows)
    return {"kept": len(rows) - left - dropped, "dropped": dropped, "left": left}


def _ask(rows: list[dict[str, Any]], file: Path, text: Say, *, quiet: bool) -> None:
    waiting = [row for row in rows if row.get("checked") is False]
    for place, row in enumerate(waiting, 1):
        _show(row, place, len(waiting), text, err=quiet)
        while True:
            typer.echo(text("review_prompt"), nl=False, err=quiet)
            said = read_line()
            if said is None or said.lower() in QUIT:
                return
            if said.lower() in YES:
                row["checked"] = True
                break
            if said.lower() in NO:
                row |= {"checked": True, "dropped": True}
                break
            if said.lower() in EDIT:
                _edit(row, text, err=quiet)
                _show(row, place, len(waiting), text, err=quiet)
            else:
                typer.echo(text("review_keys"), err=quiet)
        write_lines(file, rows)


def _edit(row: dict[str, Any], text: Say, *, err: bool) -> None:
    """An empty line keeps what is there; `-` says that the material does not answer."""
    typer.echo(text("review_question"), nl=False, err=err)
    if question := read_line():
        row["question"] = question
    typer.echo(text("review_answer", separator=SEPARATOR, none=NO_ANSWER), nl=False, err=err)
    answer = read_line()
    if answer == NO_ANSWER:
        row["accept"] = []
        row.pop("document", None)
        row["kind"] = "near"
    elif answer:
        phrases = [phrase.strip() for phrase in answer.split(SEPARATOR)]
        row["accept"] = [phrase for phrase in phrases if any(letter.isalnum() for letter in phrase)] or row["accept"]
        row["kind"] = "answerable"


def _show(row: dict[str, Any], place: int, total: int, text: Say, *, err: bool) -> None:
    answer = f" {SEPARATOR} ".join(row["accept"]) or (row.get("document") or text("review_no_answer"))
    head = " · ".join(part for part in (f"{place}/{total}", row.get("style", ""), row.get("lang", "")) if part)
    typer.echo(f"\n[{head}] {row['question']}", err=err)
    typer.echo(f"  → {answer}", err=err)
    if source := row.get("from"):
        typer.echo(f"    {source}", err=err)
    if url := row.get("url"):
        typer.echo(f"    {url}", err=err)


def register(group: typer.Typer) -> None:
    group.command("review", epilog=EPILOG)(review)
