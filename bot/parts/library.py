"""What the bot is handed beside talking: updates not yet done, the library and its index, cases, contests, places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from konspekt.bilingual import Bilingual

if TYPE_CHECKING:
    from konspekt.assistant.arena.strengths import Strength
    from konspekt.storage.asked.cases import OpenCase
    from konspekt.storage.instances.meters import Dues
    from konspekt.storage.judging.matches import Match, Vote
    from konspekt.storage.places.places import PostAddress
    from konspekt.storage.statistics import Overview, SourceOverview
    from konspekt.storage.updates import StoredUpdate


T = TypeVar("T")


class Inbox(Protocol):
    """Updates until their effect is done: `konspekt.storage.updates.Updates`."""

    shared: bool  # several instances take updates in

    def take_in(self, batch: Sequence[dict[str, Any]]) -> list[StoredUpdate]: ...
    def pending(self) -> list[StoredUpdate]: ...
    def collect(self) -> list[StoredUpdate]: ...
    def renew(self) -> bool: ...
    def leave(self) -> None: ...
    def holds(self) -> bool: ...
    def confirm(self, identifier: int) -> bool: ...
    def begin(self, identifier: int) -> None: ...
    def postpone(self, identifier: int) -> None: ...
    def save_effect(self, identifier: int, effect: dict[str, Any]) -> None: ...
    def finish(self, identifier: int, status: Literal["done", "failed"]) -> None: ...
    def prune(self, older_than: timedelta = ...) -> int: ...
    def alive(self) -> list[str]: ...


class Meters(Protocol):
    """Limits of Telegram, kept together with other instances: `konspekt.storage.instances.meters.SharedMeters`."""

    def change(self, chats: Sequence[str], change: Callable[[float, list[Dues]], T]) -> T: ...
    def prune(self) -> int: ...


class Closing(Protocol):
    def close(self) -> None: ...


class Library(Protocol):
    """What is indexed, and how questions fared: `konspekt.storage.statistics.Statistics`."""

    def example_titles(self, language: str, count: int) -> list[str]: ...
    def sources(self) -> list[SourceOverview]: ...
    def overview(self, days: int) -> Overview: ...


class Cases(Protocol):
    """Answers that failed, for an admin to go through: `konspekt.app.in_bot.cases.StoredCases`. Calls block."""

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
    """What is known of the places that the bot is in: `konspekt.app.in_bot.places.StoredPlaces`. Calls block."""

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
