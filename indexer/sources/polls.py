"""A poll as words: its question, its options with their votes, and how many voted."""

from __future__ import annotations

from collections.abc import Sequence

from konspekt.indexer.language import detect_language
from konspekt.indexer.sources.rich_text import RichText

_TOTAL = {"ru": "Всего голосов: {0}", "en": "Votes in all: {0}"}


def add_poll(
    rich: RichText, question: str, options: Sequence[tuple[str, int | str | None]], total: int | None = None
) -> None:
    """`options` are (words, votes): a number, a share as the page writes it (`60%`), or None where nothing is known.

    A poll in which nobody has voted yet shows no numbers.
    """
    if not rich.empty:
        rich.add("\n\n")
    rich.add(question)
    counted = sum(votes for _, votes in options if isinstance(votes, int))
    for words, votes in options:
        if not words.strip():
            continue
        rich.add(f"\n• {words.strip()}")
        if isinstance(votes, str) and votes.strip():
            rich.add(f" — {votes.strip()}")
        elif isinstance(votes, int) and counted:
            rich.add(f" — {votes} ({round(100 * votes / max(total or counted, votes))} %)")
    if counted or (total and any(votes for _, votes in options)):
        rich.add("\n" + _TOTAL["en" if detect_language(question) == "en" else "ru"].format(total or counted))
