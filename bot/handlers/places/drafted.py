"""Replies that the bot drafts for the author: shown to the author alone, sent only when the author presses or rewrites.

Nothing of them is stored. A button's data says where the reply belongs, its words are those of the message that it
stands under; that one was sent is remembered by the number of the message that it answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, MessageEntity, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from konspekt.bot.handlers.asking.addressed import A_COMMAND, NEW_MESSAGE, Asked
from konspekt.bot.handlers.places.passing import in_one_message, passing_answer, too_much
from konspekt.bot.locales import Locale
from konspekt.bot.sending import NO_PREVIEW, optional, send_html
from konspekt.bot.services import App, Context, Here, here_of
from konspekt.bot.text.rendering import shortened
from konspekt.bot.text.rich_text import Run, Style, to_html

LONGEST_DATA = 64  # bytes
DROPPED = "rel:x"
_TARGET = re.compile(r"rel:(d|b):(-?\d{1,20}):(\d{1,19}):([\w-]{1,50})$", re.ASCII)
QUESTION_CHARS = 300


@dataclass(frozen=True, slots=True)
class Target:
    """Where a drafted reply goes: a topic of the channel's direct messages, or a chat of a business connection."""

    chat_id: int
    message_id: int  # that it answers
    topic_id: int | None = None
    connection_id: str | None = None

    @property
    def data(self) -> str:
        kind, last = ("d", self.topic_id) if self.connection_id is None else ("b", self.connection_id)
        return f"rel:{kind}:{self.chat_id}:{self.message_id}:{last}"

    @property
    def key(self) -> str:
        return f"reply:{self.chat_id}:{self.message_id}"

    @property
    def route(self) -> dict[str, Any]:
        if self.connection_id is not None:
            return {"business_connection_id": self.connection_id}
        return {"direct_messages_topic_id": self.topic_id}


def target_of(data: object) -> Target | None:
    match = _TARGET.match(data) if isinstance(data, str) else None
    if match is None:
        return None
    chat_id, message_id = int(match[2]), int(match[3])
    if match[1] == "b":
        return Target(chat_id, message_id, connection_id=match[4])
    return Target(chat_id, message_id, int(match[4])) if match[4].isdecimal() else None


def register(app: App) -> None:
    app.add_handler(CallbackQueryHandler(pressed, pattern=r"^rel:"))
    own_words = NEW_MESSAGE & filters.ChatType.PRIVATE & filters.TEXT & ~A_COMMAND & DraftReply()
    app.add_handler(MessageHandler(own_words, rewritten))


class DraftReply(filters.MessageFilter):
    """A reply to a draft of the bot's."""

    def filter(self, message: Message) -> bool:
        asked = message.reply_to_message
        mine = asked is not None and asked.from_user is not None and asked.from_user.id == message.get_bot().id
        return mine and asked is not None and _target_under(asked) is not None


def _target_under(message: Message) -> Target | None:
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    targets = (target_of(button.callback_data) for row in rows for button in row)
    return next((target for target in targets if target is not None), None)


async def drafted(here: Here, asked: Asked) -> str:
    """The HTML of an answer that nobody but the author sees; empty where the material has nothing to say."""
    if too_much(here.services, asked.question, here.locale) is not None:
        return ""
    if here.services.rate.admit(here.user_id, here.delivery.received_at):
        return ""
    answer = await passing_answer(here.services, asked, here.user_id, here.locale)
    if answer is None or answer.refused or not answer.citations:  # small talk is the author's to answer
        return ""
    return in_one_message(answer, here.locale)[0]


async def offer(here: Here, authors: Iterable[int], question: str, html: str, target: Target) -> None:
    """Shows the draft to each author that the bot may write to, with what it answers above it."""
    locale = here.locale
    name = here.user.full_name if here.user is not None else here.chat.effective_name or ""
    place = locale("drafted_business" if target.connection_id else "drafted_direct", name=name)
    quoted = Run(shortened(question, QUESTION_CHARS), (Style("blockquote"),))
    head = to_html([Run(place + "\n"), quoted])
    for author in authors:
        try:
            await _show(here, f"head-{author}", author, head, None)
            await _show(here, f"draft-{author}", author, html, _keyboard(locale, target))
        except (Forbidden, BadRequest):
            continue  # this one has never written to the bot


def _keyboard(locale: Locale, target: Target) -> InlineKeyboardMarkup | None:
    """None where Telegram's limit leaves no room for the target: the words are there to be copied."""
    if len(target.data.encode()) > LONGEST_DATA:
        return None
    send = InlineKeyboardButton(locale("drafted_send"), callback_data=target.data)
    return InlineKeyboardMarkup([[send, InlineKeyboardButton(locale("drafted_drop"), callback_data=DROPPED)]])


async def _show(here: Here, step: str, chat_id: int, html: str, markup: InlineKeyboardMarkup | None) -> None:
    def send() -> Any:
        return here.bot.send_message(
            chat_id, html, parse_mode=ParseMode.HTML, reply_markup=markup, link_preview_options=NO_PREVIEW
        )

    await here.delivery.once(step, send)


# ---------------------------------------------------------------- what the author does with it


async def pressed(update: Update, context: Context) -> None:
    """A button's data comes from a reader's program too: only an author's press counts."""
    here, query = here_of(update, context), update.callback_query
    if here is None or query is None or not isinstance(query.message, Message):
        return
    target = target_of(query.data)
    if not here.is_admin or not here.is_private:
        told = here.locale("admins_only")
    elif target is None:
        told = here.locale("drafted_dropped")
    else:
        told = await _release(here, target, query.message.text or "", query.message.entities)
    await optional(here.services, "answerCallbackQuery", lambda: query.answer(told))
    if here.is_admin and told != here.locale("drafted_refused"):
        message_id = query.message.message_id
        bare = lambda: here.bot.edit_message_reply_markup(here.chat.id, message_id, reply_markup=None)  # noqa: E731
        await optional(here.services, "editMessageReplyMarkup", bare)


async def rewritten(update: Update, context: Context) -> None:
    """The author's own words in reply to a draft go in its place."""
    here = here_of(update, context)
    draft = here.message.reply_to_message if here is not None else None
    target = _target_under(draft) if draft is not None else None
    if here is None or target is None:
        return
    if not here.is_admin:
        await send_html(here, "refusal", here.locale("admins_only"))
        return
    told = await _release(here, target, here.message.text or "", here.message.entities)
    await send_html(here, "told", here.locale("drafted_own") if told == here.locale("drafted_sent") else told)


async def _release(here: Here, target: Target, text: str, entities: Iterable[MessageEntity]) -> str:
    """Sends it to where it belongs, once, whichever author pressed first; what is said about it."""
    places = here.parts.places
    if places is None or not await here.services.stored(places.claim, target.key, here.delivery.update_id):
        return here.locale("drafted_already")

    def send() -> Any:
        return here.bot.send_message(
            target.chat_id, text, entities=list(entities), link_preview_options=NO_PREVIEW,
            reply_to_message_id=target.message_id, allow_sending_without_reply=True, **target.route,
        )  # fmt: skip

    try:
        await here.delivery.once("release", send)
    except (BadRequest, Forbidden, InvalidToken):
        await here.services.stored(places.disclaim, target.key)
        return here.locale("drafted_refused")
    return here.locale("drafted_sent")
