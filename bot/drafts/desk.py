"""The desk where drafts are written: what is being chosen, what is being written, and the resulting drafts."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from konspekt.bot.locales import Locale
from konspekt.bot.wire.delivery import Delivery
from konspekt.conversion.document import Post
from konspekt.conversion.draft import Draft, Marked
from konspekt.conversion.drafting import draft_by_rule
from konspekt.conversion.learnt.lessons import Lesson
from konspekt.conversion.network import Network, Options
from konspekt.conversion.posts.stored_posts import document_id, post_to_json, source_hash
from konspekt.conversion.targets import Target
from konspekt.conversion.wishes import Wishes

if TYPE_CHECKING:
    from konspekt.storage.authoring.lessons import Lessons
    from konspekt.storage.drafts import Drafts, StoredDraft

MOST_SESSIONS = 200


class Writes(Protocol):
    """Writes a draft with a model: `konspekt.conversion.by_model.writer.Writer`."""

    async def write(
        self,
        post: Post,
        network: Network,
        lang: str | None = None,
        *,
        wishes: Wishes | None = None,
        options: Options | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Draft: ...

    async def line(self, line: Marked, source: str, target: str, wishes: Wishes) -> str | None:
        """Another try at one line; None where the model cannot be asked or does no better."""
        ...


class Keeps(Protocol):
    """Stores a draft and, in the same transaction, the new state of its update: `effect_of(draft id)`."""

    def __call__(self, update_id: int, effect_of: Callable[[int], dict[str, Any]], /, **draft: Any) -> int: ...


class Learns(Protocol):
    """What an author changed in drafts: `konspekt.app.authoring.lessons.AuthorsLessons`. Calls block."""

    stored: Lessons

    def of(self, user_id: int | None) -> tuple[Lesson, ...]: ...

    def learn(self, user_id: int | None, lessons: Iterable[Lesson]) -> tuple[Lesson, ...]: ...


@dataclass(frozen=True, slots=True)
class ConvertParts:
    """What the flow is handed. `drafts`, `keep` and `find` use the database, `fetch` the network, `read` neither; all
    block. `find` looks a link up in the index, `fetch` gets it from t.me (raises ConversionError), `read` takes Bot
    API messages (one album together)."""

    drafts: Drafts
    keep: Keeps
    find: Callable[[str], Post | None]
    fetch: Callable[[str], Post]
    read: Callable[[Sequence[dict[str, Any]]], Post | None]
    writer_for: Callable[[str], Writes | None]  # by the language of its warnings
    wishes: Wishes = field(default_factory=Wishes)
    auto: tuple[Target, ...] = ()
    lessons: Learns | None = None


@dataclass(slots=True)
class Session:
    """One /convert: what was chosen so far. `started`: it is a job now (see `writing`)."""

    chat_id: int
    thread_id: int | None
    user_id: int
    locale: Locale
    post: Post
    chosen: set[str] = field(default_factory=lambda: {"x"})
    lang: str | None = None
    message_id: int = 0
    started: bool = False
    id: str = field(default_factory=lambda: secrets.token_hex(4))

    @property
    def owner(self) -> tuple[int, int]:
        return self.chat_id, self.user_id


@dataclass(frozen=True, slots=True)
class Running:
    """Drafts that are being written, and for whom."""

    task: asyncio.Task[None]
    owner: tuple[int, int]  # chat and user


class Desk:
    """Sessions by id, running work by its session's id, and the writing of one draft.

    `stored` runs what uses the database, in the one thread that does.
    """

    def __init__(self, parts: ConvertParts, stored: Callable[..., Awaitable[Any]]) -> None:
        self.parts, self.stored = parts, stored
        self.sessions: dict[str, Session] = {}
        self.running: dict[str, Running] = {}
        self.cancelled: set[str] = set()

    def open(self, session: Session) -> Session:
        self.sessions[session.id] = session
        while len(self.sessions) > MOST_SESSIONS:
            self.sessions.pop(next(iter(self.sessions)))
        return session

    def owner(self, session_id: str) -> tuple[int, int] | None:
        """Chat and user of a choice or of its writing; None when neither exists any more."""
        found = self.running.get(session_id) or self.sessions.get(session_id)
        return found.owner if found is not None else None

    async def cancel(self, session_id: str) -> None:
        """Stops the choice and the writing."""
        self.sessions.pop(session_id, None)
        running = self.running.get(session_id)
        if running is not None:
            self.cancelled.add(session_id)
            running.task.cancel()
            await asyncio.wait({running.task})

    async def known(self, post: Post, network: Network, lang: str, user_id: int) -> StoredDraft | None:
        """The newest draft of the same text, so that it is shown before a new one is written."""
        found: StoredDraft | None = await self.stored(
            self.parts.drafts.latest,
            user_id=user_id,
            document_id=document_id(post),
            source_hash=source_hash(post),
            network=network.name,
            language=lang,
        )
        return found

    async def lessons(self, user_id: int) -> tuple[Lesson, ...]:
        if self.parts.lessons is None:
            return ()
        found: tuple[Lesson, ...] = await self.stored(self.parts.lessons.of, user_id)
        return found

    async def learn(self, user_id: int, lessons: Iterable[Lesson]) -> tuple[Lesson, ...]:
        """Those that were not known."""
        before = set(await self.lessons(user_id))
        fresh = [lesson for lesson in lessons if lesson not in before]
        if self.parts.lessons is None or not fresh:
            return ()
        learnt: tuple[Lesson, ...] = await self.stored(self.parts.lessons.learn, user_id, fresh)
        return learnt

    async def write(
        self,
        delivery: Delivery,
        step: str,
        *,
        post: Post,
        network: Network,
        lang: str,
        user_id: int,
        wishes: Wishes,
        speak: str,
        progress: Callable[[int, int], None] | None = None,
    ) -> int:
        """A new draft, stored once: the delivery's `step` holds its id from the same moment on."""
        known = await self.lessons(user_id)
        draft = await self._draft(post, network, lang, wishes, speak=speak, progress=progress, known=known)
        draft_id: int = await self.stored(
            self.parts.keep,
            delivery.update_id,
            lambda draft_id: delivery.with_note(step, {"draft": draft_id}),
            user_id=user_id,
            document_id=document_id(post),
            source_hash=source_hash(post),
            network=network.name,
            language=draft.lang,  # the post's own where the model could not be reached: the next try starts afresh
            model=draft.model,
            settings={"wishes": wishes.to_json(), "post": post_to_json(post)},
            content=draft.to_json(),
        )
        return draft_id

    async def _draft(
        self,
        post: Post,
        network: Network,
        lang: str,
        wishes: Wishes,
        *,
        speak: str,
        progress: Callable[[int, int], None] | None,
        known: tuple[Lesson, ...],
    ) -> Draft:
        writer = self.parts.writer_for(speak)
        options = Options(lang=post.lang, lessons=known)
        if writer is not None:
            return await writer.write(post, network, lang, wishes=wishes, options=options, progress=progress)
        rewrites = wishes.rewrites
        writing = partial(draft_by_rule, options=options, length=wishes.length, speak=speak, needs_model=rewrites)
        return await asyncio.to_thread(writing, post, network, lang)


def wishes_from(settings: dict[str, Any]) -> Wishes:
    """The wishes that a stored draft was written with."""
    found = dict(settings.get("wishes") or {})
    for name in ("glossary", "examples"):
        if name in found:
            found[name] = tuple(found[name])
    return Wishes(**found)
