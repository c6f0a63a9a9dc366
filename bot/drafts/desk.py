"""The desk where drafts are written: what is being chosen, what is being written, and the drafts that came of it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from konspekt.bot.locales import Locale
from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.document import Post
from konspekt.conversion.draft import Draft
from konspekt.conversion.messages import say
from konspekt.conversion.network import Network, Options
from konspekt.conversion.posts.stored_posts import document_id, post_to_json, source_hash
from konspekt.conversion.targets import Target
from konspekt.conversion.wishes import Wishes

if TYPE_CHECKING:
    from konspekt.storage.drafts import Drafts, StoredDraft

log = logging.getLogger(__name__)
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


@dataclass(frozen=True, slots=True)
class ConvertParts:
    """What the flow is handed. `locate` and `read` block: the first finds the post of a link (raises
    ConversionError), the second reads Bot API messages (one album together)."""

    drafts: Drafts
    locate: Callable[[str], Post]
    read: Callable[[Sequence[dict[str, Any]]], Post | None]
    writer_for: Callable[[str], Writes | None]  # by the language of its warnings
    wishes: Wishes = field(default_factory=Wishes)
    auto: tuple[Target, ...] = ()


@dataclass(slots=True)
class Session:
    """One /convert: what was chosen so far, and the work once it runs. `wishes` are of a draft that is written anew:
    an old one of the same post is not shown then."""

    chat_id: int
    thread_id: int | None
    user_id: int
    locale: Locale
    post: Post
    chosen: set[str] = field(default_factory=lambda: {"x"})
    lang: str | None = None
    wishes: Wishes | None = None
    message_id: int = 0
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    task: asyncio.Task[None] | None = None


class Desk:
    """Sessions by id, running work, and the writing of one draft."""

    def __init__(self, parts: ConvertParts) -> None:
        self.parts = parts
        self.sessions: dict[str, Session] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def open(self, session: Session) -> Session:
        self.sessions[session.id] = session
        while len(self.sessions) > MOST_SESSIONS:
            self.sessions.pop(next(iter(self.sessions)))
        return session

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Work beside the lanes: whoever waits for a draft can still press a button."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("drafts were not finished (%s)", type(error).__name__, exc_info=error)

    async def known(self, post: Post, network: Network, lang: str, user_id: int) -> StoredDraft | None:
        """The newest draft of the same text, so that it is shown before a new one is written."""
        return await asyncio.to_thread(
            self.parts.drafts.latest,
            user_id=user_id,
            document_id=document_id(post),
            source_hash=source_hash(post),
            network=network.name,
            language=lang,
        )

    async def write(
        self,
        post: Post,
        network: Network,
        lang: str,
        user_id: int,
        *,
        wishes: Wishes,
        speak: str,
        progress: Callable[[int, int], None] | None = None,
    ) -> tuple[int, Draft]:
        """A new draft, stored; its id."""
        draft = await self._draft(post, network, lang, wishes, speak=speak, progress=progress)
        draft_id = await asyncio.to_thread(
            self.parts.drafts.add,
            user_id=user_id,
            document_id=document_id(post),
            source_hash=source_hash(post),
            network=network.name,
            language=draft.lang,  # the post's own where the model could not be reached: the next try starts anew
            model=draft.model,
            settings={"wishes": wishes.to_json(), "post": post_to_json(post)},
            content=draft.to_json(),
        )
        return draft_id, draft

    async def _draft(
        self,
        post: Post,
        network: Network,
        lang: str,
        wishes: Wishes,
        *,
        speak: str,
        progress: Callable[[int, int], None] | None,
    ) -> Draft:
        writer = self.parts.writer_for(speak)
        if writer is not None:
            return await writer.write(post, network, lang, wishes=wishes, progress=progress)
        draft = await asyncio.to_thread(convert, post, network, None, speak=speak)
        if lang == post.lang and not wishes.rewrites and not wishes.length:
            return draft
        return replace(draft, warnings=(say(speak, "no_model", lang=post.lang), *draft.warnings))


def wishes_from(settings: dict[str, Any]) -> Wishes:
    """The wishes that a stored draft was written with."""
    found = dict(settings.get("wishes") or {})
    for name in ("glossary", "examples"):
        if name in found:
            found[name] = tuple(found[name])
    return Wishes(**found)
