"""The messages of an answer that is written: sent once, into places that are theirs already where there are some."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from konspekt.bot import metrics
from konspekt.bot.handlers.asking.addressed import Asked
from konspekt.bot.handlers.asking.feedback import answer_keyboard
from konspekt.bot.handlers.asking.forms import forms_of, with_form
from konspekt.bot.handlers.asking.recalling import with_undo
from konspekt.bot.handlers.asking.understood import fix_row, with_understood
from konspekt.bot.rich_sending import SEND, put_rich_in_place, send_rich
from konspekt.bot.sending import QuestionGone, optional, put_in_place, send_html
from konspekt.bot.services import Here
from konspekt.bot.streaming import PREVIEW_STEP
from konspekt.bot.text.copying import copy_row
from konspekt.bot.text.rendering import shortened

log = logging.getLogger(__name__)
CHOICE = "choice:"
FIRST, RICH_STEP = "answer-0", "answer-rich"
CHOICE_CHARS = 60  # of a title on a button


async def deliver(here: Here, asked: Asked, ready: dict[str, Any], places: Sequence[int] = ()) -> None:
    """`places`: the bot's messages that the answer takes the place of, in their order; what is left over is deleted.
    By itself it takes the preview's place, if there is one.

    A question that was deleted meanwhile gets no answer, and the talk does not remember it.
    """
    ready = with_understood(asked.understood, ready)
    if not places and (preview := here.delivery.sent(PREVIEW_STEP)):
        places = (preview,)
    try:
        sent = await _show(here, ready, places)
    except QuestionGone:
        log.info("update %d: the question was deleted, its answer is not sent", here.delivery.update_id)
        await here.services.stored(here.parts.memory.supersede, ready["id"])
        return
    for left_over in places[len(sent) :]:
        await optional(here.services, "deleteMessage", partial(here.bot.delete_message, here.chat.id, left_over))
    if sent and sent[-1]:
        await here.services.stored(here.parts.memory.sent_as, ready["id"], sent[-1])
        here.services.remember_answer(here, ready["id"], tuple(sent), asked.question)
    metrics.ANSWER_SECONDS.observe((datetime.now(UTC) - here.delivery.received_at).total_seconds())


async def _show(here: Here, ready: dict[str, Any], places: Sequence[int]) -> list[int]:
    """Ids of the messages that show the answer; 0 where one is not known."""
    keyboard = keyboard_of(here, ready)
    if ready.get("rich") and here.services.abilities.has(SEND) and not here.whispers:
        await here.services.stored(here.parts.memory.keep_forms, ready["id"], forms_of(ready))
        if not ready.get("plain"):
            return await _show_rich(here, ready, places, keyboard)
        if len(ready["messages"]) == 1:
            keyboard = with_form(keyboard, here.locale, ready["id"], plain=True)
    return await _show_plain(here, ready["messages"], places, keyboard)


async def _show_rich(
    here: Here, ready: dict[str, Any], places: Sequence[int], keyboard: InlineKeyboardMarkup
) -> list[int]:
    """As one rich message, else as its HTML form. What was begun in one form before a restart is not sent in both."""
    switch = with_form(keyboard, here.locale, ready["id"], plain=False)
    if here.delivery.sent(FIRST) is None:
        if places and places[0] and await put_rich_in_place(here, places[0], ready["rich"], switch):
            return [places[0]]
        sent = None if places else await send_rich(here, RICH_STEP, ready["rich"], switch)
        if sent is not None:
            return [sent]
    return await _show_plain(here, ready["messages"], places, keyboard)


async def _show_plain(
    here: Here, messages: Sequence[str], places: Sequence[int], keyboard: InlineKeyboardMarkup
) -> list[int]:
    sent: list[int] = []
    for place, html in enumerate(messages):
        markup = keyboard if place == len(messages) - 1 else None
        taken = places[place] if place < len(places) else 0
        if taken and await put_in_place(here, taken, html, markup):
            sent.append(taken)
        else:
            step, first = f"answer-{place}", place == 0
            one = here.whispers
            sent.append(await send_html(here, step, html, markup, reply=first, to_one=one, asked_there=first))
    return sent


def keyboard_of(here: Here, ready: dict[str, Any]) -> InlineKeyboardMarkup:
    """Votes and more; the things that a question asked back may mean; what was kept can be taken back."""
    asks_back = ready.get("choices")
    keyboard = (
        choices_keyboard(ready["id"], asks_back)
        if asks_back
        else answer_keyboard(here.locale, ready["id"], more=ready["more"], listing=bool(ready.get("listing")))
    )
    if ready.get("noted"):
        keyboard = with_undo(keyboard, here.locale, ready["id"])
    if codes := ready.get("copy"):
        keyboard = InlineKeyboardMarkup([*keyboard.inline_keyboard, copy_row(here.locale("copy_code"), codes)])
    if ready.get("understood"):
        keyboard = InlineKeyboardMarkup([*keyboard.inline_keyboard, fix_row(here.locale, ready["id"])])
    return keyboard


def choices_keyboard(answer_id: int, choices: list[str]) -> InlineKeyboardMarkup:
    """A button for each thing that a question may mean; see `konspekt.bot.handlers.asking.choices`."""
    labels = [shortened(choice, CHOICE_CHARS) for choice in choices]
    rows = [[InlineKeyboardButton(text, callback_data=f"{CHOICE}{answer_id}:{n}")] for n, text in enumerate(labels)]
    return InlineKeyboardMarkup(rows)
