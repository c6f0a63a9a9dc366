"""`konspekt convert`: a post, a file of posts or a whole channel into drafts for other networks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from konspekt.app.settings import Settings
from konspekt.cli.text_in import readable


def convert(  # noqa: PLR0917 - a command line is as long as its options
    post: Annotated[
        str | None,
        typer.Argument(
            help="A t.me link, a document id of the index, a file (.md .html .txt result.json#ID), or - for standard "
            "input. Without it: the whole index, with --since.",
        ),
    ] = None,
    to: Annotated[
        str,
        typer.Option(
            "--to", help="Networks, comma-separated, each with a language if you like: x,linkedin:en. Or all."
        ),
    ] = "all",
    lang: Annotated[
        str | None, typer.Option("--lang", help="Language of the drafts, e.g. en; the post's if not given.")
    ] = None,
    tone: Annotated[
        str | None, typer.Option("--tone", help="How it should sound, in your words: calm, playful, formal.")
    ] = None,
    length: Annotated[str | None, typer.Option("--length", help="short, medium or full.")] = None,
    hashtags: Annotated[
        int | None, typer.Option("--hashtags", help="How many hashtags the model adds.", min=0, max=30)
    ] = None,
    audience: Annotated[str | None, typer.Option("--audience", help="Who reads it, in your words.")] = None,
    glossary: Annotated[
        str | None, typer.Option("--glossary", help="Terms that stay as they are, comma-separated; added to GLOSSARY.")
    ] = None,
    style: Annotated[Path | None, typer.Option("--style", help="A file with posts of yours to sound like.")] = None,
    writing: Annotated[
        str | None,
        typer.Option(
            "--writing",
            help="free: the model words drafts itself, in each network's manner; strict: it only translates and "
            "chooses; auto: by the model's size. DRAFT_WRITING if not given.",
        ),
    ] = None,
    no_llm: Annotated[
        bool, typer.Option("--no-llm", help="By rule alone: no model, same language, everything kept.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array for scripts.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for one file a draft, media beside.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="Posts from this day on.")
    ] = None,
    bold_letters: Annotated[
        bool, typer.Option("--bold-letters", help="LinkedIn: bold by Unicode letters (bad for screen readers).")
    ] = False,
    instance: Annotated[
        str | None, typer.Option("--mastodon", help="Your Mastodon instance, for its own limits.")
    ] = None,
) -> None:
    """Turn a post into drafts for other networks: split, formatted, translated, every limit met."""
    from konspekt.cli.commands.convert.run import Request, run

    def said(text: str | None) -> str | None:
        return None if text is None else readable(text)

    request = Request(
        post=post,
        to=readable(to),
        lang=said(lang),
        tone=said(tone),
        length=length,
        hashtags=hashtags,
        audience=said(audience),
        glossary=said(glossary),
        style=style,
        writing=writing,
        no_llm=no_llm,
        as_json=as_json,
        out=out,
        since=since.replace(tzinfo=UTC) if since else None,
        bold_letters=bold_letters,
        instance=said(instance),
    )
    raise typer.Exit(run(request, Settings()))


def register(app: typer.Typer) -> None:
    app.command("convert")(convert)
