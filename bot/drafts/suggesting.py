"""A Telegram draft as a suggested post into another channel of the author's: it waits there for approval (Bot API 9.2).

Nothing is published by this: the channel's admins see it among the direct messages, and publish it or not.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from telegram import CallbackQuery, MessageEntity, SuggestedPostParameters
from telegram.error import BadRequest, Forbidden, InvalidToken

from konspekt.bot.drafts.messages import toast
from konspekt.bot.sending import NO_PREVIEW
from konspekt.bot.services import Here
from konspekt.conversion.draft import Draft, Part


async def suggest(here: Here, query: CallbackQuery, draft_id: int, draft: Draft) -> None:
    """Each part of the draft, once; an edited draft may be suggested again."""
    goal, places = here.parts.settings.suggest_to, here.parts.places
    if goal is None or places is None:
        await toast(query, here.locale("suggest_nowhere"), alert=True)
        return
    words = json.dumps([part.text for part in draft.parts])
    key = f"suggest:{draft_id}:{hashlib.sha256(words.encode()).hexdigest()[:16]}"
    if not await here.services.stored(places.claim, key, here.delivery.update_id):
        await toast(query, here.locale("suggest_already"), alert=True)
        return
    try:
        for number, part in enumerate(draft.parts):
            await here.delivery.once(f"suggest-{number}", lambda part=part: _send(here, goal, part))  # type: ignore[misc]
    except (BadRequest, Forbidden, InvalidToken):
        await here.services.stored(places.disclaim, key)
        await toast(query, here.locale("suggest_refused"), alert=True)
        return
    await toast(query, here.locale("suggest_done"))


def _send(here: Here, goal: tuple[int, int], part: Part) -> Any:
    chat_id, topic_id = goal
    return here.bot.send_message(
        chat_id,
        part.text,
        entities=[MessageEntity.de_json(dict(facet), here.bot) for facet in part.facets],
        direct_messages_topic_id=topic_id,
        suggested_post_parameters=SuggestedPostParameters(),
        link_preview_options=NO_PREVIEW,
    )
