"""`konspekt chat`: a conversation in the terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from konspekt.app.settings import Settings
from konspekt.cli.guard import guarded, tell
from konspekt.cli.text_in import read_line, readable

if TYPE_CHECKING:
    from rich.console import Console

    from konspekt.answering.answer import Answer, Turn
    from konspekt.answering.answerer import Answerer
    from konspekt.indexer.embedding.embeddings import Embedder
    from konspekt.storage.database import Database

EPILOG = """
[bold]Commands inside[/bold]

/sources  the last answer's sources, with the sentences that bear it out

/reset  forget what was said

/quit  leave (Ctrl-D too; Ctrl-C stops an answer)
"""

WORDS = {
    "ru": {
        "hello": "Спросите что-нибудь о канале. /sources — источники, /reset — начать заново, /quit — выйти.",
        "reset": "Начинаем заново.",
        "none": "Ответа с источниками пока не было.",
        "unknown": "Такой команды нет: есть /sources, /reset и /quit.",
        "stopped": "Остановлено.",
    },
    "en": {
        "hello": "Ask anything about the channel. /sources, /reset to start afresh, /quit to leave.",
        "reset": "Starting afresh.",
        "none": "There has been no answer with sources yet.",
        "unknown": "There is no such command: /sources, /reset and /quit.",
        "stopped": "Stopped.",
    },
}


def chat(
    *,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="Quote the best passages, ask no model.")] = False,
) -> None:
    """Talk with the channel: follow-up questions are understood, answers stream.

    When standard input is not a terminal, each of its lines is answered and the exit status is 0.
    """
    with guarded():
        from konspekt.app.local_model.at_hand import model_at_hand

        settings = Settings()
        if no_llm:
            run_chat(settings, with_model=False)
            return
        with model_at_hand(settings, tell, announced=True) as (settings, _):
            run_chat(settings)


def run_chat(settings: Settings, *, with_model: bool = True, embedder: Embedder | None = None) -> None:
    """Until /quit or the end of input. `konspekt run` calls this too. Raises NoIndexError at the first question."""
    from rich.console import Console

    from konspekt.app.build import build_answerer, build_database

    database = build_database(settings)
    answerer = build_answerer(settings, database, embedder=embedder, with_model=with_model)
    language: Literal["ru", "en"] = "en" if settings.language == "en" else "ru"
    talk = Conversation(answerer, database, Console(highlight=False), language, settings.memory_turns)
    interactive = sys.stdin is not None and sys.stdin.isatty()
    try:
        if interactive:
            talk.say("hello")
            with suppress(ImportError):
                import readline  # noqa: F401 - line editing and history for input()
        talk.run(_typed if interactive else read_line, stop_on_interrupt=not interactive)
    finally:
        talk.close()


def _typed() -> str | None:
    try:
        return input("\n› ")
    except (EOFError, KeyboardInterrupt):
        print()
        return None


class Conversation:
    """Turns are kept in memory; one event loop serves all questions, because the model's connections belong to it."""

    def __init__(
        self,
        answerer: Answerer,
        database: Database,
        console: Console,
        language: Literal["ru", "en"] = "ru",
        memory_turns: int = 6,
    ) -> None:
        self._answerer = answerer
        self._database = database
        self._console = console
        self._language = language
        self._memory_turns = memory_turns
        self._history: list[Turn] = []
        self._last: Answer | None = None
        self._runner = asyncio.Runner()

    def run(self, read_line: Callable[[], str | None], *, stop_on_interrupt: bool) -> None:
        """`read_line` gives the next line, or None at the end."""
        while (line := read_line()) is not None:
            line = readable(line)
            if line in {"/quit", "/exit", "/q"}:
                return
            if not line:
                continue
            if line.startswith("/"):
                self._command(line)
                continue
            try:
                self.ask(line)
            except KeyboardInterrupt:
                if stop_on_interrupt:
                    raise
                self.say("stopped")

    def ask(self, question: str) -> None:
        from konspekt.answering.answer import Turn
        from konspekt.answering.memory import remember
        from konspekt.cli.answer_view import follow, show

        events = self._answerer.stream(question, tuple(self._history), language=self._language)
        self._last = self._runner.run(follow(events, self._console, self._language))
        show(self._last, self._console)
        self._history += [Turn("user", question), self._last.said]
        del self._history[: -2 * self._memory_turns or None]
        with self._database.session() as session:
            remember(session, self._last, chat_id=None, user_id=None, channel="terminal")

    def say(self, key: str) -> None:
        self._console.print(WORDS[self._language][key], style="dim", markup=False)

    def _command(self, line: str) -> None:
        from konspekt.cli.answer_view import show_quotes

        if line == "/reset":
            self._history.clear()
            self._last = None
            self.say("reset")
        elif line == "/sources":
            if self._last is not None and self._last.citations:
                show_quotes(self._last, self._console)
            else:
                self.say("none")
        else:
            self.say("unknown")

    def close(self) -> None:
        self._runner.run(self._answerer.close())
        self._runner.close()


def register(app: typer.Typer) -> None:
    app.command(epilog=EPILOG)(chat)
