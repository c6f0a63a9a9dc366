"""What the bot is handed. It knows nothing of SQL, FAISS or prompts, only these."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from konspekt.answering.answer import Answer, AnswerEvent, Turn
from konspekt.bilingual import Bilingual
from konspekt.bot import limits
from konspekt.indexer.passages import Passage
from konspekt.memory.control import MemoryControl
from konspekt.memory.recalled import Recalled
from konspekt.memory.recollection import Recollection
from konspekt.recognition import Heard

if TYPE_CHECKING:
    from konspekt.answering.planning import Planner
    from konspekt.assistant.arena.strengths import Strength
    from konspekt.assistant.following.clock import Clock
    from konspekt.assistant.following.followings import Followings
    from konspekt.assistant.following.letters import Letters
    from konspekt.assistant.following.news import News
    from konspekt.assistant.learning.quizzes import Quizzes
    from konspekt.storage.asked.cases import OpenCase
    from konspekt.storage.judging.matches import Match, Vote
    from konspekt.storage.places.places import PostAddress
    from konspekt.storage.statistics import Overview, SourceOverview
    from konspekt.storage.updates import StoredUpdate


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


class Inbox(Protocol):
    """Updates until their effect is done: `konspekt.storage.updates.Updates`."""

    def take_in(self, batch: Sequence[dict[str, Any]]) -> list[StoredUpdate]: ...
    def pending(self, *, everything: bool) -> list[StoredUpdate]: ...
    def renew(self) -> None: ...
    def begin(self, identifier: int) -> None: ...
    def postpone(self, identifier: int) -> None: ...
    def save_effect(self, identifier: int, effect: dict[str, Any]) -> None: ...
    def finish(self, identifier: int, status: Literal["done", "failed"]) -> None: ...
    def prune(self, older_than: timedelta = ...) -> int: ...


class Library(Protocol):
    """What is indexed, and how questions fared: `konspekt.storage.statistics.Statistics`."""

    def example_titles(self, language: str, count: int) -> list[str]: ...
    def sources(self) -> list[SourceOverview]: ...
    def overview(self, days: int) -> Overview: ...


class Cases(Protocol):
    """Answers that failed, for an admin to go through: `konspekt.app.cases_in_bot.StoredCases`. Calls block."""

    def next(self, before: int | None = None) -> OpenCase | None:
        """The latest that nobody has judged, or the latest before an answer's id."""
        ...

    def decide(self, answer_id: int, verdict: Literal["right", "absent", "dropped"]) -> bool:
        """False when the answer no longer exists."""
        ...

    def point(self, answer_id: int, words: str) -> str | None:
        """Stores the right post, named by a link or by words of it -> its title; "" when the answer no longer exists,
        None when no such post is indexed."""
        ...

    def kept(self) -> int:
        """How many judged answers make a question of evaluation."""
        ...


class Arena(Protocol):
    """Two answers against each other: `konspekt.assistant.arena.contest.Arena`."""

    @property
    def open(self) -> bool:
        """Whether there are two ways to answer."""
        ...

    async def contest(self, user_id: int, question: str, language: Literal["ru", "en"] | None = None) -> Match:
        """Raises Alike, ModelSilent, NoIndexError."""
        ...

    def match(self, user_id: int, match_id: int) -> Match | None:
        """Blocks, as do the next two."""
        ...

    def vote(self, user_id: int, match_id: int, vote: Vote) -> Literal["taken", "kept", "gone"]: ...

    def table(self) -> list[Strength]: ...


@dataclass(frozen=True, slots=True)
class ReindexStep:
    """Where a reindex stands, for a line of progress."""

    step: str
    source: str
    done: int
    total: int | None


class Indexing(Protocol):
    """Changes of the index. Calls block and may take long; the bot makes them from a thread of their own."""

    def reindex(self, on_progress: Callable[[ReindexStep], None], should_stop: Callable[[], bool]) -> Bilingual:
        """Runs an incremental reindex of everything and sums it up in a few lines.

        Raises CannotIndex, and TryLater when `should_stop` became true.
        """
        ...

    def index_posts(self, messages: Sequence[dict[str, Any]]) -> int:
        """Indexes channel posts (Bot API messages; one album together). Returns how many documents changed.

        Raises TryLater while something else changes the index.
        """
        ...


@dataclass(frozen=True, slots=True)
class KnownPost:
    """A post that is indexed. `url` None: its channel has no public address."""

    document_id: str
    title: str
    url: str | None
    text: str


class Places(Protocol):
    """What is known of the places that the bot is in: `konspekt.app.places_in_bot.StoredPlaces`. Calls block."""

    def note_thread(self, chat_id: int, thread_id: int, post: PostAddress) -> None: ...

    def thread(self, chat_id: int, thread_id: int) -> PostAddress | None:
        """The post that the comments in a thread stand under, where that is known."""
        ...

    def claim(self, key: str, update_id: int) -> bool:
        """True for the first update that asks (and when it asks again after a restart), False for every later one."""
        ...

    def disclaim(self, key: str) -> None:
        """It was not done after all: the next one that asks may."""
        ...

    def note_reactions(self, address: PostAddress, count: int) -> None:
        """How many reactions a post of the channel has now."""
        ...

    def post(self, address: PostAddress) -> KnownPost | None: ...

    def numbered_post(self, number: int, channel: str | None = None) -> KnownPost | None:
        """A post by its number in `t.me/channel/number`; of the channel with the most posts where none is named."""
        ...


class TryLater(Exception):
    """Something is busy or away; the same update is taken up again in a minute."""


class CannotIndex(Exception):
    """A reindex that did not happen; the message says why and what to do, for a person."""


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """How many messages Telegram allows in a given time. 0 turns a limit off."""

    overall_per_second: float = 30.0
    chat_per_second: float = 1.0
    chat_burst: int = 3
    group_per_minute: float = 20.0


@dataclass(frozen=True, slots=True)
class BotSettings:
    """Settings of the bot as plain values."""

    token: str = field(repr=False)
    api_url: str = "https://api.telegram.org"
    admins: frozenset[int] = frozenset()
    questions_per_minute: int = limits.QUESTIONS_PER_MINUTE
    question_max_chars: int = limits.QUESTION_MAX_CHARS
    concurrent_answers: int = limits.CONCURRENT_ANSWERS
    memory_turns: int = limits.MEMORY_TURNS
    group_answers: Literal["everyone", "asker"] = "everyone"  # who sees an answer that was asked for in a group
    suggest_to: tuple[int, int] | None = None  # chat of another channel's direct messages, and the topic in it
    direct_messages: Literal["draft", "answer", "off"] = "draft"  # of the channel
    rich_answers: Literal["auto", "always", "never"] = "auto"
    voice_seconds: int = limits.VOICE_SECONDS
    memory_days: int = 0  # after which talks are erased; 0: never
    webhook_url: str | None = None
    webhook_secret: str | None = field(default=None, repr=False)
    webhook_listen: str = "127.0.0.1:8080"
    metrics_listen: str | None = None
    instance: str = "konspekt"
    journal: Path | None = None  # file of what is on its way, see konspekt.bot.wire.journal
    flood: FloodLimits = field(default_factory=FloodLimits)
    workers: int = 64  # updates worked on at once
    stop_seconds: float = 25.0  # how long a graceful stop waits for running answers


@dataclass(frozen=True, slots=True)
class FollowingParts:
    """What following a topic needs: what readers follow, what is news for them, what is due."""

    followings: Followings
    news: News
    letters: Letters
    clock: Clock


@dataclass(frozen=True, slots=True)
class LearningParts:
    """What quizzes need."""

    quizzes: Quizzes


@dataclass(frozen=True, slots=True)
class BotParts:
    """Everything a handler may use."""

    settings: BotSettings
    answers: Answers
    search: Search
    memory: Memory
    inbox: Inbox
    library: Library
    indexing: Indexing
    cases: Cases | None = None
    arena: Arena | None = None
    recollection: Recollection | None = None  # earlier talks and notes; None: only the last turns are known
    memory_control: MemoryControl | None = None
    following: FollowingParts | None = None
    learning: LearningParts | None = None
    planner: Planner | None = None  # answers questions about the whole channel without a model
    places: Places | None = None
    ears: Ears | None = None  # None: voice messages are not understood
    eyes: Eyes | None = None  # None: pictures are not read
    warm_up: Callable[[], None] | None = None  # loads models before the first question needs them; blocks
    model_health: Callable[[], dict[str, object]] | None = None  # of a model server that this process looks after
