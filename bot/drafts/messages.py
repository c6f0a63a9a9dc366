"""What this flow sends: a message a part, the buttons under them, and short notes."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import Any

from telegram import CallbackQuery, InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from konspekt.bot.drafts import view
from konspekt.bot.locales import Locale
from konspekt.bot.services import Here
from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.document import Post
from konspekt.conversion.draft import Draft
from konspekt.conversion.network import Network, Options
from konspekt.conversion.networks.telegram import TELEGRAM

log = logging.getLogger(__name__)
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

Place = tuple[int, int | None, Locale]  # chat, topic, language


def place_of(here: Here) -> Place:
    return here.chat.id, here.thread_id, here.locale


async def show_draft(
    bot: Any, place: Place, draft_id: int, draft: Draft, network: Network, *, post: Post, note: str = ""
) -> None:
    """A message a part, then the buttons. A part too long for a message comes as a file; one for Telegram as it will
    look, under a line of its own that can be replied to."""
    chat_id, thread_id, locale = place
    for index, part in enumerate(draft.parts):
        html = view.part_html(network, draft, draft_id, index, locale)
        if network.entities and part.facets:
            head = view.part_head(network, draft, draft_id, index, locale)
            await bot.send_message(chat_id, head, parse_mode=ParseMode.HTML, message_thread_id=thread_id)
            await _send_formatted(bot, chat_id, thread_id, part.text, part.facets)
        elif html:
            await bot.send_message(
                chat_id,
                html,
                parse_mode=ParseMode.HTML,
                message_thread_id=thread_id,
                link_preview_options=_NO_PREVIEW,
            )
        else:
            file = BytesIO(view.shown_text(network, part).encode("utf-8", "replace"))
            caption = view.part_head(network, draft, draft_id, index, locale)
            await bot.send_document(
                chat_id,
                file,
                filename=f"{network.name}-{draft_id}.{index + 1}.md",
                caption=caption,
                parse_mode=ParseMode.HTML,
                message_thread_id=thread_id,
            )
    await bot.send_message(
        chat_id,
        view.control_html(network, draft, draft_id, post, locale, note=note),
        parse_mode=ParseMode.HTML,
        reply_markup=view.draft_keyboard(locale, draft_id, draft.lang),
        message_thread_id=thread_id,
        link_preview_options=_NO_PREVIEW,
    )


async def _send_formatted(bot: Any, chat_id: int, thread_id: int | None, text: str, facets: Any) -> None:
    """A Telegram draft as it will look: forward it and it is published."""
    entities = [MessageEntity.de_json(dict(facet), bot) for facet in facets]
    try:
        await bot.send_message(
            chat_id, text, entities=entities, message_thread_id=thread_id, link_preview_options=_NO_PREVIEW
        )
    except BadRequest:  # a custom emoji that this bot may not use
        await bot.send_message(chat_id, text, message_thread_id=thread_id, link_preview_options=_NO_PREVIEW)


async def show_original(here: Here, post: Post) -> None:
    draft = convert(post, TELEGRAM, Options(lang=post.lang))
    for part in draft.parts:
        await _send_formatted(here.bot, here.chat.id, here.thread_id, part.text, part.facets)


async def toast(query: CallbackQuery, text: str | None = None, *, alert: bool = False) -> None:
    try:
        await query.answer(text, show_alert=alert)
    except TelegramError:
        log.debug("a button's answer came too late")


async def say(here: Here, text: str) -> None:
    try:
        await here.bot.send_message(here.chat.id, text, message_thread_id=here.thread_id)
    except TelegramError as error:
        log.warning("a note could not be sent (%s)", type(error).__name__)


async def edit(here: Here, message_id: int, html: str, keyboard: InlineKeyboardMarkup | None) -> None:
    if not message_id:
        return
    try:
        await here.bot.edit_message_text(
            html, here.chat.id, message_id, parse_mode=ParseMode.HTML, reply_markup=keyboard
        )
    except TelegramError as error:
        log.debug("an edit was refused (%s)", type(error).__name__)


def message_id(query: CallbackQuery) -> int:
    return query.message.message_id if query.message else 0
