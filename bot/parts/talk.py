"""What the bot is handed for talking: answers, search, ears and eyes, and memory of what was said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from konspekt.answering.answer import Answer, AnswerEvent, Turn
from konspekt.indexer.passages import Passage
from konspekt.memory.recalled import Recalled
from konspekt.recognition import Heard

if TYPE_CHECKING:
    pass


class Answers(Protocol):
    """Writes answers. Statuses and partial texts, then exactly one `Done`."""

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        language: Literal["ru", "en"] | None = None,
        stop: asyncio.Event | None = None,
    ) -> AsyncIterator[AnswerEvent]:
        """`language` is the reader's, for questions whose own language is unclear. Once `stop` is set, what has been
        written is the answer."""
        ...


class Search(Protocol):
    def search(self, query: str, k: int = 8) -> list[Passage]: ...


@dataclass(frozen=True, slots=True)
class Found:
    """One passage of an answer given earlier, as it was stored with it."""

    document_id: str
    title: str
    url: str | None
    published_at: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer given earlier: what "show more" and a vote need of it."""

    id: int
    chat_id: int | None
    user_id: int | None
    found: tuple[Found, ...]
    cited: frozenset[str]  # document ids


@dataclass(frozen=True, slots=True)
class Said:
    """A question as it stands alone, and the answer that it got."""

    question: str
    text: str
    user_id: int | None = None  # who asked
    answer_id: int = 0
    cited: tuple[str, ...] = ()  # document ids


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and where. Memory belongs to the pair: never to a user alone, never to a chat alone. A topic of a chat
    is a talk of its own."""

    chat_id: int
    chat_type: str
    user_id: int
    language: str | None = None
    topic: int = 0  # 0: outside of topics


class Ears(Protocol):
    """Understands speech."""

    async def hear(self, audio: bytes, language: Literal["ru", "en"], *, longest: float) -> Heard:
        """A recording as Telegram carries it, of at most `longest` seconds. One after the other.

        Raises konspekt.recognition's BusyError, TooLongError, UnreadableError.
        """
        ...


class Eyes(Protocol):
    """Reads what is written on pictures."""

    async def read(self, picture: bytes) -> str:
        """Lines of text; empty where there are none. Raises konspekt.recognition's BusyError, UnreadableError."""
        ...


class Memory(Protocol):
    """Conversations, answers, votes. Calls block; the bot makes them from a thread."""

    def history(self, asker: Asker, turns: int) -> Sequence[Turn]: ...

    def remember(
        self,
        asker: Asker,
        answer: Answer,
        update_id: int,
        effect_of: Callable[[int], dict[str, Any]],
        recalled: Recalled | None = None,
    ) -> int:
        """Stores an answer and, in the same transaction, the new state of its update: `effect_of(answer id)`.

        `recalled`: with the turn and the notes that are to be kept of it.
        """
        ...

    def correct(
        self, asker: Asker, said: Said, text: str, update_id: int, effect_of: Callable[[int], dict[str, Any]]
    ) -> int:
        """Stores the author's word on an answer and, in the same transaction, its update's new state; the word's id."""
        ...

    def sent_as(self, answer_id: int, message_id: int) -> None: ...

    def supersede(self, answer_id: int) -> None:
        """Its question was edited: the old question and answer are no longer read as memory."""
        ...

    def answer(self, answer_id: int) -> StoredAnswer | None: ...

    def said(self, chat_id: int, message_id: int) -> Said | None:
        """What a message of the bot's answered, and how; None when it is not one of its answers."""
        ...

    def question(self, answer_id: int) -> str | None:
        """What an answer was given to, as it stands alone; None when the answer no longer exists."""
        ...

    def vote(self, asker: Asker, answer_id: int, value: int) -> Literal["taken", "gone", "not_yours"]:
        """0 takes a vote back. `gone`: the answer no longer exists. `not_yours`: it was given to another person, or in
        another chat."""
        ...

    def reads_plain(self, user_id: int) -> bool:
        """Whether this reader asked for formulas and tables as plain text."""
        ...

    def keep_forms(self, answer_id: int, forms: dict[str, Any]) -> None:
        """`messages` and `rich` of an answer that has both, until the answer itself goes."""
        ...

    def read_as(self, asker: Asker, answer_id: int, *, plain: bool) -> tuple[str, dict[str, Any] | None]:
        """Remembers how this reader wants to read -> `taken` and the forms of the answer where they are kept, or
        `not_yours`, and nothing is remembered."""
        ...

    def choose(
        self, asker: Asker, answer_id: int, update_id: int, effect_of: Callable[[str], dict[str, Any]]
    ) -> Literal["taken", "gone", "not_yours"]:
        """One of the things that a question may mean was chosen, for the first time (`gone`: it was before).

        `effect_of` its question is the new state of the update, stored in the same transaction.
        """
        ...

    def reset(self, asker: Asker) -> int: ...

    def forget(self, user_id: int, *, except_for: int) -> dict[str, int]:
        """Erases everything about a user -> how many of what. `except_for`: the update that asked for it."""
        ...
