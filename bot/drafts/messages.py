"""What this flow sends: one message per part, the buttons under them, and short notes."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from telegram import CallbackQuery, InlineKeyboardMarkup, InputMediaPhoto, MessageEntity
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from konspekt.bot.drafts import view
from konspekt.bot.locales import Locale
from konspekt.bot.sending import NO_PREVIEW
from konspekt.bot.services import Here
from konspekt.bot.text.copying import has_copying, without_copying
from konspekt.bot.wire.delivery import Delivery
from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.document import Post
from konspekt.conversion.draft import Draft
from konspekt.conversion.network import Network, Options
from konspekt.conversion.networks.telegram import TELEGRAM
from konspekt.conversion.slides.drawing import pictures

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where drafts are shown, and the delivery that sends each message of a step once. Errors as of `Delivery.once`."""

    bot: Any
    delivery: Delivery
    chat_id: int
    thread_id: int | None
    locale: Locale
    suggests: bool = False  # whether Telegram drafts may be offered to another channel

    async def send(self, step: str, html: str, keyboard: InlineKeyboardMarkup | None = None) -> int:
        """A button that copies is left out where the server knows none."""
        try:
            return await self.delivery.once(
                step,
                lambda: self.bot.send_message(
                    self.chat_id,
                    html,
                    parse_mode=ParseMode.HTML,
                    reply_markup=keyboard,
                    message_thread_id=self.thread_id,
                    link_preview_options=NO_PREVIEW,
                ),
            )
        except BadRequest:
            if not has_copying(keyboard):
                raise
        return await self.send(step, html, without_copying(keyboard))

    async def send_formatted(self, step: str, text: str, facets: Any) -> None:
        """A Telegram draft as it will look: forward it and it is published."""
        entities = [MessageEntity.de_json(dict(facet), self.bot) for facet in facets]
        rest = {"message_thread_id": self.thread_id, "link_preview_options": NO_PREVIEW}
        try:
            await self.delivery.once(step, lambda: self.bot.send_message(self.chat_id, text, entities=entities, **rest))
        except BadRequest:  # a custom emoji that this bot may not use
            await self.delivery.once(step, lambda: self.bot.send_message(self.chat_id, text, **rest))

    async def send_file(self, step: str, name: str, text: str, caption: str) -> None:
        await self.delivery.once(
            step,
            lambda: self.bot.send_document(
                self.chat_id,
                BytesIO(text.encode("utf-8", "replace")),
                filename=name,
                caption=caption,
                parse_mode=ParseMode.HTML,
                message_thread_id=self.thread_id,
            ),
        )

    async def edit(self, message_id: int, html: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
        """Shows something else in a message of the bot's, as far as Telegram lets it."""
        if not message_id:
            return
        try:
            await self.bot.edit_message_text(
                html, self.chat_id, message_id, parse_mode=ParseMode.HTML, reply_markup=keyboard
            )
        except TelegramError as error:
            log.debug("an edit was refused (%s)", type(error).__name__)


def place_of(here: Here) -> Place:
    suggests = here.parts.settings.suggest_to is not None
    return Place(here.bot, here.delivery, here.chat.id, here.thread_id, here.locale, suggests)


async def show_draft(
    place: Place, step: str, draft_id: int, draft: Draft, network: Network, *, post: Post, note: str = ""
) -> None:
    """One message per part, then the buttons. A part too long for a message comes as a file; one for Telegram as it
    will look, under a line of its own that can be replied to. `step` begins the names of the messages' steps."""
    locale = place.locale
    for index, part in enumerate(draft.parts):
        html = view.part_html(network, draft, draft_id, index, locale)
        head = view.part_head(network, draft, draft_id, index, locale)
        if network.entities and part.facets:
            await place.send(f"{step}-{index}-head", head)
            await place.send_formatted(f"{step}-{index}", part.text, part.facets)
        elif html:
            await place.send(f"{step}-{index}", html, view.copy_keyboard(locale, network, part))
        else:
            name = f"{network.name}-{draft_id}.{index + 1}.md"
            await place.send_file(f"{step}-{index}", name, view.shown_text(network, part), head)
    control = view.control_html(network, draft, draft_id, post, locale, note=note)
    await place.send(f"{step}-control", control, view.draft_keyboard(locale, draft_id, draft, suggests=place.suggests))


async def show_original(place: Place, post: Post) -> None:
    draft = convert(post, TELEGRAM, Options(lang=post.lang))
    for index, part in enumerate(draft.parts):
        await place.send_formatted(f"original-{index}", part.text, part.facets)


async def show_slides(place: Place, draft: Draft, network: Network, footer: str) -> None:
    """The carousel as an album, ready to be saved; one picture alone is a photo."""
    drawn = await asyncio.to_thread(pictures, draft, network, footer)
    if len(drawn) == 1:
        await place.delivery.once(
            "slides", lambda: place.bot.send_photo(place.chat_id, drawn[0], message_thread_id=place.thread_id)
        )
    elif drawn:
        media = [InputMediaPhoto(picture, filename=f"slide-{number}.png") for number, picture in enumerate(drawn, 1)]
        await place.delivery.once(
            "slides", lambda: place.bot.send_media_group(place.chat_id, media, message_thread_id=place.thread_id)
        )


async def toast(query: CallbackQuery, text: str | None = None, *, alert: bool = False) -> None:
    try:
        await query.answer(text, show_alert=alert)
    except TelegramError:
        log.debug("a button's answer came too late")


def message_id(query: CallbackQuery) -> int:
    return query.message.message_id if query.message else 0
