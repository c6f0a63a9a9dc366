"""Everything that a handler may use, in one object. The bot knows nothing of SQL, FAISS or prompts, only these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from konspekt.bot import limits
from konspekt.bot.parts.library import Arena, Cases, Closing, Inbox, Indexing, Library, Meters, Places
from konspekt.bot.parts.talk import Answers, Ears, Eyes, Memory, Search
from konspekt.memory.control import MemoryControl
from konspekt.memory.recollection import Recollection

if TYPE_CHECKING:
    from konspekt.answering.planning import Planner
    from konspekt.assistant.following.clock import Clock
    from konspekt.assistant.following.followings import Followings
    from konspekt.assistant.following.letters import Letters
    from konspekt.assistant.following.news import News
    from konspekt.assistant.learning.quizzes import Quizzes


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
    renew_every: float = 5.0  # seconds between two signs of life, where several instances share an inbox
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
    meters: Meters | None = None  # limits that several instances keep together; None: this one alone
    bell: Callable[[Callable[[], None]], Closing] | None = None  # rings when another instance handed something over
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
