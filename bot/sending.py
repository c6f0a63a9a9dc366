"""Messages in HTML that get through: once, and as plain text where a server does not take the formatting."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import InlineKeyboardMarkup, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, InvalidToken, TelegramError

from konspekt.bot.services import Here, Services
from konspekt.bot.text.copying import has_copying, without_copying
from konspekt.bot.text.rich_text import html_to_text
from konspekt.bot.wire.abilities import Lacking
from konspekt.bot.wire.ephemeral import form_of, note_reply, parameters

log = logging.getLogger(__name__)
COPYING = "copy_text"  # buttons of Bot API 7.11
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class QuestionGone(Exception):
    """The message that was to be replied to is not there any more: whoever sent it deleted it."""


async def send_html(
    here: Here,
    step: str,
    html: str,
    markup: InlineKeyboardMarkup | None = None,
    *,
    reply: bool = True,
    to_one: bool = False,
    asked_there: bool = False,
) -> int:
    """One message to where the update came from, exactly once; its id (0: unknown).

    `to_one`: in a group only whoever the update is from sees it, where the server can do that. `asked_there`: it says
    nothing without the question that it replies to. Raises QuestionGone when that was deleted.
    """
    markup = buttons_for(here, markup)
    if to_one and (sent := await _to_one(here, step, html, markup)) is not None:
        return sent
    question, route = here.update.message, here.route
    strict = asked_there and reply and question is not None
    quoted = (
        ReplyParameters(question.message_id, allow_sending_without_reply=not strict) if reply and question else None
    )

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
        quoted = None  # the group's new chat has none of its messages
        return await here.delivery.once(step, sender(html, ParseMode.HTML, markup, moved.new_chat_id))
    except BadRequest as error:
        if strict and is_gone(error):
            raise QuestionGone from error
        log.warning("a formatted message was refused (%s); sending it otherwise", _kind(error))
        if refuses_copying(here, error, markup):
            return await send_html(here, step, html, markup, reply=reply, to_one=to_one, asked_there=asked_there)
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


def buttons_for(here: Here, markup: InlineKeyboardMarkup | None) -> InlineKeyboardMarkup | None:
    """Those that this server takes."""
    return markup if here.services.abilities.has(COPYING) else without_copying(markup)


def refuses_copying(here: Here, error: BadRequest, markup: InlineKeyboardMarkup | None) -> bool:
    """Whether a message was refused for its buttons that copy; they are not sent again."""
    refused = has_copying(markup) and "button" in error.message.lower()
    if refused:
        here.services.abilities.lacks(COPYING)
    return refused


def is_gone(error: BadRequest) -> bool:
    """Whether a reply was refused since there is nothing to reply to."""
    said = error.message.lower()
    return "repl" in said and "not found" in said


async def put_in_place(here: Here, message_id: int, html: str, markup: InlineKeyboardMarkup | None = None) -> bool:
    """Makes a message of the bot's show this. Doing it twice is doing it once. False when the server does not edit."""
    markup = buttons_for(here, markup)
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
            if refuses_copying(here, error, markup):
                return await put_in_place(here, message_id, html, markup)
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
