"""Posts into drafts, for the page and for programs: what `konspekt convert` does, without files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from konspekt.app.authoring.choosing import translating_model
from konspekt.app.drafting import wishes_of, writer_over
from konspekt.app.settings import Settings
from konspekt.conversion.drafting import draft_by_rule
from konspekt.conversion.errors import PostNotFound
from konspekt.conversion.network import Network, Options
from konspekt.conversion.networks import all_networks
from konspekt.conversion.posts.fetching import fetch_post
from konspekt.conversion.posts.locating import locate, post_link
from konspekt.conversion.posts.reading import post_from_text
from konspekt.conversion.targets import parse_targets

if TYPE_CHECKING:
    from konspekt.conversion.document import Post
    from konspekt.conversion.draft import Draft
    from konspekt.conversion.learnt.lessons import Lesson
    from konspekt.llm_client import ChatModel
    from konspekt.storage.database import Database
    from konspekt.web.parts import Language


class PageDrafting:
    """`konspekt.web.parts.Drafting` over the index and the configured model."""

    def __init__(self, settings: Settings, database: Database, model: ChatModel | None) -> None:
        self._settings, self._database, self._model = settings, database, model
        self.wishes = wishes_of(settings)

    def networks(self) -> list[tuple[str, str]]:
        return [(name, network.title) for name, network in all_networks().items()]

    def with_model(self) -> bool:
        return self._model is not None or translating_model(self._settings, None) is not None

    def post(self, named: str) -> Post:
        """The post of an id or a link, or the text itself where it is neither. Raises ConversionError."""
        try:
            return locate(named.strip(), self._database, fetch_post)
        except PostNotFound:
            if post_link(named) or len(named.split()) < 2:  # a link or an id that leads nowhere is no text
                raise
            return post_from_text(named)

    async def drafts(
        self,
        post: str,
        networks: Sequence[str],
        *,
        lang: str | None = None,
        speak: Language = "en",
        by_rule: bool = False,
    ) -> list[tuple[str, Draft]]:
        targets = parse_targets(list(networks), lang)
        found = await asyncio.to_thread(self.post, post)
        return [
            (
                target.network.name,
                await self.draft(found, target.network, target.lang or found.lang, speak=speak, by_rule=by_rule),
            )
            for target in targets
        ]

    async def draft(
        self,
        post: Post,
        network: Network,
        lang: str,
        *,
        speak: Language,
        by_rule: bool = False,
        lessons: tuple[Lesson, ...] = (),
    ) -> Draft:
        """One draft, by the model where there is one and `by_rule` does not say otherwise."""
        options = Options(lang=post.lang, lessons=lessons)
        writer = None if by_rule else writer_over(self._settings, self._model, speak)
        if writer is not None:
            return await writer.write(post, network, lang, wishes=self.wishes, options=options)
        return await asyncio.to_thread(draft_by_rule, post, network, lang, speak=speak, options=options)
