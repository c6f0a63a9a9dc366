"""Memory in an answer: what is asked of it before a question is answered, and what of it stands below the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import MessageLimit

from konspekt.answering.answer import Answer, Turn
from konspekt.answering.personal import NOTHING_PERSONAL
from konspekt.bot.locales import Locale
from konspekt.bot.services import Here
from konspekt.bot.text.rich_text import Run, Style, to_html
from konspekt.memory.recalled import Reader, Recalled

UNDO = "unnote:"


def reader_of(here: Here) -> Reader:
    return Reader(here.chat.id, here.user_id, here.is_private, here.topic)


async def recalled(here: Here, question: str, history: Sequence[Turn]) -> Recalled:
    """Reads only, and may embed a text: beside the thread that writes."""
    memory = here.parts.recollection
    if memory is None:
        return Recalled(question, tuple(history))
    return await asyncio.to_thread(memory.recall, reader_of(here), question, history, here.locale.language)


def options_of(found: Recalled) -> dict[str, Any]:
    """What the answerer is told beside question and history; nothing where there is nothing to tell."""
    return {} if found.personal == NOTHING_PERSONAL else {"personal": found.personal}


def with_used(messages: list[str], found: Recalled, answer: Answer, locale: Locale) -> list[str]:
    """What the answer took from memory, folded below it."""
    lines = found.used_lines(answer)
    if not lines:
        return messages
    fold = Style("blockquote", "expandable", key=9)
    html = to_html([Run(locale("memory_used", what="; ".join(line.rstrip(". ") for line in lines)), (fold,))])
    last = f"{messages[-1]}\n\n{html}"
    return [*messages[:-1], last] if len(last) <= MessageLimit.MAX_TEXT_LENGTH else [*messages, html]


def with_undo(keyboard: InlineKeyboardMarkup, locale: Locale, answer_id: int) -> InlineKeyboardMarkup:
    """One more row: what was kept with this answer can be taken back at once."""
    button = InlineKeyboardButton(locale("memory_undo"), callback_data=f"{UNDO}{answer_id}")
    return InlineKeyboardMarkup([*keyboard.inline_keyboard, [button]])
