"""Rich messages (Bot API 10.1) on their way: once, and not at all where the server has none or refuses one."""

from __future__ import annotations

import logging
import warnings
from typing import Any

from telegram import InlineKeyboardMarkup
from telegram.error import BadRequest
from telegram.warnings import PTBUserWarning

from konspekt.bot.sending import QuestionGone, is_gone
from konspekt.bot.services import Here
from konspekt.bot.wire.abilities import Lacking

log = logging.getLogger(__name__)
SEND, DRAFT, EDIT = "sendRichMessage", "sendRichMessageDraft", "editMessageText"
# it advises `edit_message_text`, which knows no rich messages
warnings.filterwarnings("ignore", message="Please use 'Bot.editMessageText'", category=PTBUserWarning)


async def send_rich(here: Here, step: str, html: str, markup: InlineKeyboardMarkup | None) -> int | None:
    """Its message's id (0: unknown); None when it was not taken: the answer's HTML form goes instead.

    Raises QuestionGone when the question that it replies to was deleted.
    """
    question = here.update.message
    fields: dict[str, Any] = {"chat_id": here.chat.id, **_content(html), **here.route, **_buttons(markup)}
    if question is not None:
        fields["reply_parameters"] = {"message_id": question.message_id}
    try:
        return await here.delivery.once(step, lambda: here.services.abilities.request(here.bot, SEND, fields))
    except Lacking:
        return None
    except BadRequest as error:
        if question is not None and is_gone(error):
            raise QuestionGone from error
        log.warning("a rich message was refused (%s); sending its HTML form", error.message.split(":")[0][:60])
        return None


async def put_rich_in_place(here: Here, message_id: int, html: str, markup: InlineKeyboardMarkup | None) -> bool:
    """Makes a message of the bot's show this. Doing it twice is doing it once."""
    fields = {"chat_id": here.chat.id, "message_id": message_id, **_content(html), **_buttons(markup)}
    if not here.services.abilities.has(SEND):
        return False
    try:
        edit = lambda: here.services.abilities.request(here.bot, EDIT, fields)  # noqa: E731
        return isinstance(await here.delivery.patiently("edit", edit), dict)
    except Lacking:
        return False
    except BadRequest as error:
        return "not modified" in error.message.lower()


async def show_rich_draft(here: Here, draft_id: int, html: str, **options: Any) -> bool:
    """A preview; False when this server shows none of this kind. Raises what the sending raises."""
    fields = {"chat_id": here.chat.id, "draft_id": draft_id, **_content(html), **here.route, **options}
    try:
        await here.services.abilities.request(here.bot, DRAFT, fields)
    except (Lacking, BadRequest):
        return False
    return True


def _content(html: str) -> dict[str, Any]:
    """Every link of an answer is written out: what only looks like one stays text."""
    return {"rich_message": {"html": html, "skip_entity_detection": True}}


def _buttons(markup: InlineKeyboardMarkup | None) -> dict[str, Any]:
    return {} if markup is None else {"reply_markup": markup.to_dict()}
