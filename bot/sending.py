"""Messages in HTML that get through: once, and as plain text where a server does not take the formatting."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import InlineKeyboardMarkup, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, InvalidToken, TelegramError

from konspekt.bot.services import Here, Services
from konspekt.bot.text.rich_text import html_to_text
from konspekt.bot.wire.abilities import Lacking
from konspekt.bot.wire.ephemeral import form_of, note_reply, parameters

log = logging.getLogger(__name__)
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


async def send_html(
    here: Here,
    step: str,
    html: str,
    markup: InlineKeyboardMarkup | None = None,
    *,
    reply: bool = True,
    to_one: bool = False,
) -> int:
    """One message to where the update came from, exactly once; its id (0: unknown).

    `to_one`: in a group only whoever the update is from sees it, where the server can do that.
    """
    if to_one and (sent := await _to_one(here, step, html, markup)) is not None:
        return sent
    question, route = here.update.message, here.route
    quoted = ReplyParameters(question.message_id, allow_sending_without_reply=True) if reply and question else None

    def sender(text: str, mode: str | None, keyboard: InlineKeyboardMarkup | None, chat_id: int) -> Any:
        return lambda: here.bot.send_message(
            chat_id,
            text,
            parse_mode=mode,
            reply_markup=keyboard,
            reply_parameters=quoted,
            link_preview_options=NO_PREVIEW,
            **route,
        )

    chat_id = here.chat.id
    try:
        return await here.delivery.once(step, sender(html, ParseMode.HTML, markup, chat_id))
    except ChatMigrated as moved:
        return await here.delivery.once(step, sender(html, ParseMode.HTML, markup, moved.new_chat_id))
    except BadRequest as error:
        log.warning("a formatted message was refused (%s); sending plain text", _kind(error))
        if "thread not found" in error.message.lower():  # the topic was deleted meanwhile
            route = {}
    try:
        return await here.delivery.once(step, sender(html_to_text(html), None, markup, chat_id))
    except BadRequest as error:
        log.warning("a plain message was refused (%s); sending it without buttons", _kind(error))
    quoted = None
    return await here.delivery.once(step, sender(html_to_text(html), None, None, chat_id))


async def _to_one(here: Here, step: str, html: str, markup: InlineKeyboardMarkup | None) -> int | None:
    """None where it has to be sent to everybody: no group, no such person, a server that cannot."""
    abilities = here.services.abilities
    form = form_of(abilities)
    if form is None or here.user is None or here.is_private or here.direct_topic is not None:
        return None
    query = here.update.callback_query
    fields = parameters(form, here.user.id, query.id if query is not None else None)

    async def send() -> Message:
        message = await here.bot.send_message(
            here.chat.id,
            html,
            parse_mode=ParseMode.HTML,
            reply_markup=markup,
            link_preview_options=NO_PREVIEW,
            api_kwargs=fields,
            **here.route,
        )
        note_reply(abilities, form, message.api_kwargs)
        return message

    try:
        return await here.delivery.once(step, send)
    except (BadRequest, ChatMigrated) as error:
        log.info("a message to one person was refused (%s); everybody sees it", type(error).__name__)
        return None


async def put_in_place(here: Here, message_id: int, html: str, markup: InlineKeyboardMarkup | None = None) -> bool:
    """Makes a message of the bot's show this. Doing it twice is doing it once. False when the server does not edit."""
    for text, mode in ((html, ParseMode.HTML), (html_to_text(html), None)):
        try:
            edited = await here.delivery.patiently(
                "edit",
                lambda text=text, mode=mode: here.bot.edit_message_text(  # type: ignore[misc]
                    text,
                    here.chat.id,
                    message_id,
                    parse_mode=mode,
                    reply_markup=markup,
                    link_preview_options=NO_PREVIEW,
                ),
            )
        except BadRequest as error:
            if "not modified" in error.message.lower():
                return True
            log.warning("an edit was refused (%s)", _kind(error))
            if "entities" not in error.message.lower():
                return False
        except InvalidToken:  # the server has no such method
            return False
        else:
            return isinstance(edited, Message)
    return False


async def optional(services: Services, method: str, call: Callable[[], Awaitable[Any]]) -> bool:
    """Does something that is nice to have. A server that lacks the method is not asked again; no error escapes."""
    try:
        await services.abilities.ask(method, call)
    except Lacking:
        return False
    except TelegramError as error:
        log.debug("%s: %s", method, type(error).__name__)
    except Exception as error:
        log.debug("%s answered oddly: %s", method, type(error).__name__)
    else:
        return True
    return False


def _kind(error: BadRequest) -> str:
    """The error without the part of the message that Telegram quotes."""
    return error.message.split(":")[0][:60]
