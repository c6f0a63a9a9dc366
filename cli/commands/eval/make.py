"""`konspekt eval make`: questions from the indexed material, to be thumbed through with `konspekt eval review`."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from konspekt.app.settings import Settings
from konspekt.cli.commands.eval.files import STANDARD_OUTPUT, check_out, line, write_lines
from konspekt.cli.commands.eval.messages import say
from konspekt.cli.commands.eval.options import AsJson, Force, Out
from konspekt.cli.commands.eval.progress import progressing
from konspekt.cli.guard import NOTHING_THERE, failure, guarded, tell

if TYPE_CHECKING:
    from konspekt.answering.making.mix import Made, Read
    from konspekt.storage.database import Database

EPILOG = """
[bold]Examples[/bold]

konspekt eval make --out my.jsonl                        (60 questions from everything that is indexed)

konspekt eval make --sources my_channel --count 120 --out my.jsonl

konspekt eval review my.jsonl                            (y, n or edit; only what is checked counts)

konspekt eval answers my.jsonl --calibrate
"""


def make(
    *,
    out: Out,
    sources: Annotated[
        list[str] | None, typer.Option("--sources", help="Only these sources (id or title); may be repeated.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=2000, help="Questions to write, at most.")] = 60,
    seed: Annotated[int, typer.Option(help="Another number draws other questions.")] = 0,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="By rule alone, also where a model is configured.")] = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write questions that the material answers, and near misses that it does not, in several ways of typing.

    By rule, or by the configured model unless it is a small one (LLM_COPIES). Each line has the document and the words
    that answer, and `"checked": false`: it counts once `konspekt eval review` has marked it.
    """
    with guarded():
        from konspekt.answering.making.mix import make as make_rows
        from konspekt.app.build import build_database

        check_out(out, force=force)
        settings = Settings()
        documents = read_documents(build_database(settings), sources or ())
        if not documents:
            raise failure(say("make_no_documents"), NOTHING_THERE)
        written = [] if no_llm else _by_model(settings, documents, count, seed)
        rows = make_rows(documents, count, seed=seed, written=written)
        if not rows:
            raise failure(say("make_nothing"), NOTHING_THERE)
        if out == STANDARD_OUTPUT:
            typer.echo("\n".join(line(row) for row in rows))
        else:
            write_lines(out, rows)
        report: dict[str, Any] = {
            "file": str(out),
            "questions": len(rows),
            "kinds": dict(Counter(row["kind"] for row in rows)),
            "styles": dict(Counter(row["style"] for row in rows)),
            "by": dict(Counter(row["by"] for row in rows)),
        }
        if as_json and out != STANDARD_OUTPUT:
            typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
        near = report["kinds"].get("near", 0)
        tell(say("make_done", count=len(rows), answerable=len(rows) - near, near=near, path=out))
        if len(rows) < count:
            tell(say("make_fewer", wanted=count))


def read_documents(database: Database, sources: Sequence[str]) -> list[Read]:
    """What is indexed, or of some sources. Raises UnknownSourceError for a name that no source has."""
    from konspekt.answering.making.mix import Read
    from konspekt.indexer.errors import UnknownSourceError
    from konspekt.indexer.messages import say as index_says
    from konspekt.storage.index.documents import SLICE, next_documents, sources_by_id

    with database.read() as session:
        known = sources_by_id(session)
        wanted = {key for key, row in known.items() if key in sources or row.title in sources}
        missing = [name for name in sources if name not in known and name not in {row.title for row in known.values()}]
        if missing:
            raise UnknownSourceError(index_says("no_source", source=missing[0], known=", ".join(known) or "—"))
        found: list[Read] = []
        after = ""
        while batch := next_documents(session, after, SLICE):
            after = batch[-1].id
            found += [
                Read(row.id, row.title, row.text, row.url, "en" if row.language == "en" else "ru")
                for row in batch
                if not wanted or row.source_id in wanted
            ]
    return found


def _by_model(settings: Settings, documents: Sequence[Read], count: int, seed: int) -> list[Made]:
    """What the configured model writes; nothing where there is none, or only one that copies."""
    from konspekt.app.build import build_chat_model

    model = None if settings.llm_copies else build_chat_model(settings)
    return asyncio.run(_write_all(model, documents, count, seed)) if model is not None else []


async def _write_all(model: Any, documents: Sequence[Read], count: int, seed: int) -> list[Made]:
    from konspekt.answering.making.by_model import write
    from konspekt.answering.making.mix import NEAR_SHARE, made_by_model, to_read
    from konspekt.llm_client import LLMError

    made: list[Made] = []
    wanted = round(count * (1 - NEAR_SHARE))
    try:
        for document in progressing(to_read(documents, 2 * wanted, seed), say("make_step")):
            written = await write(model, document.title, document.text, document.language)
            if written is not None:
                made += made_by_model(document, written)
            if sum(bool(one.accept) for one in made) >= wanted:
                break
    except LLMError as error:
        tell(say("make_model_failed", reason=type(error).__name__))
    finally:
        await model.close()
    return made


def register(group: typer.Typer) -> None:
    group.command("make", epilog=EPILOG)(make)
