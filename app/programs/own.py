"""What programs ask of this index: `konspekt.web.programs.Programs` over storage, search, answers and conversion."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from konspekt.answering.export import passage_fields
from konspekt.app.drafting import wishes_of, writer_over
from konspekt.app.settings import Settings
from konspekt.conversion.document import Post
from konspekt.conversion.drafting import draft_by_rule
from konspekt.conversion.error_messages import wrong
from konspekt.conversion.errors import PostNotFound, WrongUsage
from konspekt.conversion.media import is_address
from konspekt.conversion.posts.locating import locate
from konspekt.conversion.posts.reading import post_from_text
from konspekt.conversion.targets import parse_targets
from konspekt.indexer.document_rows import document_to_json
from konspekt.indexer.listing import find_document, list_page, outline_fields
from konspekt.llm_client import LLMError
from konspekt.web.messages_api import say
from konspekt.web.programs import Conversion, Json, Mode, Within

if TYPE_CHECKING:
    from konspekt.answering.answer import AnswerEvent, Turn
    from konspekt.answering.answerer import Answerer
    from konspekt.conversion.by_model.writer import Writer
    from konspekt.indexer.searching.search import Searcher
    from konspekt.llm_client import ChatModel
    from konspekt.storage.database import Database

AT_ONCE = 4  # answers and conversions; more wait, so that programs do not take the machine from readers


@dataclass(frozen=True, slots=True)
class Voice:
    """Who answers. `settings` are those that the model was chosen with; without a model, quotations and rules."""

    answerer: Answerer
    model: ChatModel | None
    settings: Settings


class OwnPrograms:
    """`voice` gives the one with the model, which may take its time to start; `quoting` needs none."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        searcher: Searcher,
        *,
        quoting: Callable[[], Answerer],
        voice: Callable[[], Awaitable[Voice]],
    ) -> None:
        self._settings, self._database, self._searcher = settings, database, searcher
        self._quoting, self._voice = quoting, voice
        self._turns = asyncio.Semaphore(AT_ONCE)
        self.question_max_chars = settings.question_max_chars

    def search(self, query: str, k: int, within: Within, mode: Mode | None = None) -> list[Json]:
        found = self._searcher.search(
            query, k, since=within.since, until=within.until, sources=within.sources, mode=mode
        )
        return [passage_fields(passage) for passage in found]

    def documents(
        self,
        source: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int,
        offset: int = 0,
    ) -> tuple[list[Json], int]:
        rows, total = list_page(self._database, source, since=since, until=until, limit=limit, offset=offset)
        return [outline_fields(row) for row in rows], total

    def document(self, id_or_url: str) -> Json | None:
        found = find_document(self._database, id_or_url)
        return document_to_json(found) if found is not None else None

    async def ask(
        self, question: str, history: Sequence[Turn] = (), *, k: int, within: Within, use_model: bool = True
    ) -> AsyncGenerator[AnswerEvent]:
        answerer = (await self._voice()).answerer if use_model else await asyncio.to_thread(self._quoting)
        async with self._turns:
            events = answerer.stream(
                question,
                history,
                k=k,
                since=within.since,
                until=within.until,
                sources=within.sources,
                use_model=use_model,
            )
            async with aclosing(events):
                async for event in events:
                    yield event

    async def convert(self, wanted: Conversion) -> list[Json]:
        targets = parse_targets(wanted.to, wanted.lang)
        wishes = wishes_of(
            self._settings,
            tone=wanted.tone,
            length=wanted.length,
            hashtags=wanted.hashtags,
            audience=wanted.audience,
            glossary=wanted.glossary,
        )
        post = await asyncio.to_thread(self._post, wanted)
        voice = await self._voice() if wanted.use_model else None
        writer = writer_over(voice.settings, voice.model, wanted.speak) if voice is not None else None
        await _refuse_voice(wanted, writer)
        drafts: list[Json] = []
        async with self._turns:
            for target in targets:
                lang = target.lang or post.lang
                if writer is not None:
                    made = await writer.write(post, target.network, lang, wishes=wishes)
                else:
                    by_rule = partial(draft_by_rule, speak=wanted.speak, length=wishes.length)
                    made = await asyncio.to_thread(by_rule, post, target.network, lang)
                drafts.append(made.to_json())
        return drafts

    def _post(self, wanted: Conversion) -> Post:
        """Raises PostNotFound, WrongUsage."""
        if wanted.text is not None and wanted.text.strip():
            return post_from_text(wanted.text)
        if wanted.post is None:
            raise WrongUsage(wrong("name_a_post"))
        try:
            return _without_places(locate(wanted.post, self._database))  # from the index alone: nothing is fetched
        except PostNotFound:
            raise PostNotFound(say("unknown_document")) from None


async def _refuse_voice(wanted: Conversion, writer: Writer | None) -> None:
    """Raises WrongUsage for wishes about how a draft sounds that nothing here could fulfil, as the command does."""
    given = {"tone": wanted.tone, "audience": wanted.audience}
    options = ", ".join(name for name, value in given.items() if value)
    if not options:
        return
    try:
        heard = writer is not None and await writer.words_freely()
    except LLMError:
        return  # the drafts will say that the model does not answer
    if not heard:
        raise WrongUsage(wrong("no_rewording_there", options=options))


def _without_places(post: Post) -> Post:
    """Without the folders of this machine: whoever asks from elsewhere has no use for them and need not know them."""
    media = tuple(
        item if item.path is None or is_address(item.path) else replace(item, path=item.path.rsplit("/", 1)[-1])
        for item in post.media
    )
    return replace(post, media=media, folder=None)
