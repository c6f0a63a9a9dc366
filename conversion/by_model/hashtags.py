"""Hashtags of a translated post: a Russian one says nothing to readers of an English draft."""

from __future__ import annotations

import re
from dataclasses import replace

from konspekt.conversion.by_model.answers import CYRILLIC, CYRILLIC_LANGUAGES
from konspekt.conversion.by_model.translating import Translator
from konspekt.conversion.document import (
    Block,
    Paragraph,
    Run,
    all_runs,
    runs_text,
)
from konspekt.conversion.rewriting import map_runs
from konspekt.conversion.wishes import Wishes

_LONGEST = 30  # characters; what is longer is a sentence that the model made of it


async def translated_hashtags(
    blocks: tuple[Block, ...], translator: Translator, source: str, target: str, wishes: Wishes
) -> tuple[Block, ...]:
    """Blocks with their Cyrillic hashtags in the language of a Latin draft; one that has no translation stays."""
    if source not in CYRILLIC_LANGUAGES or target in CYRILLIC_LANGUAGES:
        return blocks
    kept = {term.casefold() for term in wishes.glossary}
    tags = dict.fromkeys(run.text for run in all_runs(blocks) if run.kind == "hashtag" and CYRILLIC.search(run.text))
    wanted = [tag for tag in tags if tag[1:].casefold() not in kept]
    done = await translator.lines([(Run(tag[1:].replace("_", " ")),) for tag in wanted], source, target, wishes)
    named = {tag: _hashtag(runs_text(one.runs)) for tag, one in zip(wanted, done, strict=True) if not one.kept}

    def change(run: Run) -> Run:
        return replace(run, text=named.get(run.text) or run.text) if run.kind == "hashtag" else run

    return map_runs(blocks, change)


def _hashtag(words: str) -> str | None:
    name = re.sub(r"\W+", "_", words).strip("_").lower()
    return f"#{name}" if len(name) <= _LONGEST and re.search(r"[^\W\d_]", name) else None


def with_hashtags(blocks: tuple[Block, ...], tags: list[str]) -> tuple[Block, ...]:
    """Tags after the text, in the line of hashtags that ends it if there is one."""
    last = blocks[-1] if blocks else None
    runs: list[Run] = []
    if isinstance(last, Paragraph) and all(run.kind == "hashtag" or not run.text.strip() for run in last.runs):
        runs, blocks = list(last.runs), blocks[:-1]
    for tag in tags:
        runs += [*([Run(" ")] if runs else []), Run(tag, kind="hashtag")]
    return (*blocks, Paragraph(tuple(runs))) if runs else blocks
