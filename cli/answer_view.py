"""How the terminal shows an answer: the text as it comes, then its sources with date and link."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Literal

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

if TYPE_CHECKING:
    from konspekt.answering.answer import Answer, AnswerEvent, Citation

STEPS: dict[str, dict[Literal["ru", "en"], str]] = {
    "rewriting": {"ru": "вспоминаю, о чём речь…", "en": "recalling what this is about…"},
    "searching": {"ru": "ищу…", "en": "searching…"},
    "writing": {"ru": "читаю источники…", "en": "reading the sources…"},
    "checking": {"ru": "сверяю с источниками…", "en": "checking against the sources…"},
}
SOURCES = {"ru": "Источники", "en": "Sources"}


async def follow(events: AsyncGenerator[AnswerEvent], console: Console, language: Literal["ru", "en"] = "ru") -> Answer:
    """Shows progress and the growing text on a terminal, nothing elsewhere; the finished answer."""
    from konspekt.answering.answer import Done, Partial, Status

    text, step = "", ""
    with Live(console=console, transient=True, refresh_per_second=8, auto_refresh=console.is_terminal) as live:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Done):
                    return event.answer
                if isinstance(event, Partial):
                    text = event.text
                if isinstance(event, Status):
                    step = STEPS[event.step][language]
                if console.is_terminal:
                    live.update(_growing(text, step))
    raise AssertionError("a stream ends with Done")


def _growing(text: str, step: str) -> RenderableType:
    return Group(Text(text), Spinner("dots", Text(step, style="dim")))


def show(answer: Answer, console: Console) -> None:
    """The answer, its notice, and its sources; what a model wrote with the quotations that bear it out."""
    console.print(Text(answer.text), soft_wrap=not console.is_terminal)
    if answer.notice:
        console.print(Text(f"({answer.notice})", style="yellow"), soft_wrap=not console.is_terminal)
    if answer.citations:
        language: Literal["ru", "en"] = "en" if answer.language == "en" else "ru"
        console.print()
        console.print(Text(f"{SOURCES[language]}:", style="bold"))
        if answer.model or answer.extractive:
            show_quotes(answer, console)
            return
        for citation in answer.citations:
            console.print(_source(citation), soft_wrap=True)


def show_quotes(answer: Answer, console: Console) -> None:
    """The sources, each with what it says."""
    for citation in answer.citations:
        console.print(_source(citation), soft_wrap=True)
        quote = Text(f"    «{citation.quote}»", style="dim")
        for start, end in citation.answering:
            quote.stylize("bold not dim", 5 + start, 5 + end)
        console.print(quote, soft_wrap=not console.is_terminal)


def _source(citation: Citation) -> Text:
    line = Text(f"  [{citation.n}] {citation.title}")
    if citation.published_at:
        line.append(f", {citation.published_at:%d.%m.%Y}", style="dim")
    if citation.url:
        line.append("  ")
        line.append(citation.url, style=f"blue link {citation.url}")
    return line
