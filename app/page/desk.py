"""A visitor's drafts: made, edited and kept in the same history as Telegram's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from konspekt.conversion.draft import Draft
from konspekt.conversion.editing import edit_part
from konspekt.conversion.learnt.noticing import lessons_of
from konspekt.conversion.networks import all_networks
from konspekt.conversion.networks import network as network_named
from konspekt.conversion.posts.stored_posts import document_id, post_from_json, post_to_json, source_hash
from konspekt.web.parts import KeptDraft

if TYPE_CHECKING:
    from konspekt.app.authoring.lessons import AuthorsLessons
    from konspekt.app.page.drafting import PageDrafting
    from konspekt.conversion.document import Post
    from konspekt.storage.drafts import Drafts, StoredDraft
    from konspekt.web.parts import Visitor

LISTED = 30
LONGEST_PART = 200_000  # characters of an edited part


class PageDesk:
    def __init__(self, drafting: PageDrafting, drafts: Drafts, lessons: AuthorsLessons) -> None:
        self._drafting, self._drafts, self._lessons = drafting, drafts, lessons

    def post(self, named: str) -> Post:
        return self._drafting.post(named)

    async def make(self, visitor: Visitor, post: Post, network: str, lang: str | None, *, by_model: bool) -> KeptDraft:
        target = network_named(network)
        speak = visitor.language or "en"
        known = await asyncio.to_thread(self._lessons.of, visitor.user_id)
        draft = await self._drafting.draft(
            post, target, lang or post.lang, speak=speak, by_rule=not by_model, lessons=known
        )
        draft_id = await asyncio.to_thread(
            self._drafts.add,
            user_id=visitor.user_id,
            document_id=document_id(post),
            source_hash=source_hash(post),
            network=target.name,
            language=draft.lang,
            model=draft.model,
            settings={
                "wishes": self._drafting.wishes.to_json(),
                "post": post_to_json(post),
                "made": [part.text for part in draft.parts],
            },
            content=draft.to_json(),
        )
        kept = await asyncio.to_thread(self.kept, visitor, draft_id)
        assert kept is not None
        return kept

    def kept(self, visitor: Visitor, draft_id: int) -> KeptDraft | None:
        stored = self._drafts.get(draft_id)
        return _kept(stored) if stored is not None and stored.user_id == visitor.user_id else None

    def edit(self, visitor: Visitor, draft_id: int, part: int, text: str) -> KeptDraft | None:
        found = self.kept(visitor, draft_id)
        if found is None or not 0 <= part < len(found.draft.parts):
            return None
        speak = visitor.language or "en"
        changed = edit_part(found.post, found.draft, found.network, part, text[:LONGEST_PART], speak=speak)
        self._drafts.change(draft_id, changed.to_json())
        return self.kept(visitor, draft_id)

    def save(self, visitor: Visitor, draft_id: int) -> bool:
        """What its author changed by then is remembered: while he types, his words are half words."""
        found = self.kept(visitor, draft_id)
        if found is None or not self._drafts.save(draft_id):
            return False
        stored = self._drafts.get(draft_id)
        made = stored.settings.get("made") or [] if stored is not None else []
        if len(made) == len(found.draft.parts):
            parts = [replace(part, text=text) for part, text in zip(found.draft.parts, made, strict=True)]
            before = replace(found.draft, parts=tuple(parts))
            for index in range(len(parts)):
                self._lessons.learn(visitor.user_id, lessons_of(found.post, before, found.draft, index))
        return True

    def saved(self, visitor: Visitor) -> list[KeptDraft]:
        listed = (_kept(stored) for stored in self._drafts.saved(visitor.user_id, LISTED))
        return [one for one in listed if one is not None]


def _kept(stored: StoredDraft) -> KeptDraft | None:
    """None for a network that this version does not know."""
    target = all_networks().get(stored.network)
    if target is None:
        return None
    post = post_from_json(stored.settings["post"])
    draft = Draft.from_json(stored.content, stored.model)
    return KeptDraft(stored.id, target, post, draft, stored.saved, stored.created_at)
