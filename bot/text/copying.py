"""What a button copies: code of an answer, and drafts. Telegram takes 256 characters; longer ones are tapped on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from konspekt.answering.answer import Part
from konspekt.bot.text.rich_text import utf16_length

LONGEST = 256
MOST = 2  # buttons under one answer
_FENCED = re.compile(r"^```[^\n`]*\n(.*?)\n?^```", re.DOTALL | re.MULTILINE)


def copied(parts: Iterable[Part]) -> list[str]:
    """The code of an answer that buttons can copy, in its order, each once."""
    found: list[str] = []
    for part in parts:
        if part.kind == "code":
            found.append(part.text)
        elif part.kind != "text":
            found += _FENCED.findall(part.text)
    return [code for code in dict.fromkeys(found) if can_copy(code)][:MOST]


def can_copy(text: str) -> bool:
    return bool(text.strip()) and utf16_length(text) <= LONGEST


def copy_row(label: str, texts: Sequence[str]) -> list[InlineKeyboardButton]:
    """A button for each text, numbered where there are several."""
    numbers = [""] if len(texts) == 1 else [f" {number}" for number in range(1, len(texts) + 1)]
    return [
        InlineKeyboardButton(label + number, copy_text=CopyTextButton(text))
        for number, text in zip(numbers, texts, strict=True)
    ]


def without_copying(markup: InlineKeyboardMarkup | None) -> InlineKeyboardMarkup | None:
    """The same without such buttons, for a server of before Bot API 7.11, which refuses the whole message."""
    if markup is None:
        return None
    rows = [[button for button in row if button.copy_text is None] for row in markup.inline_keyboard]
    kept = [row for row in rows if row]
    return InlineKeyboardMarkup(kept) if kept else None


def has_copying(markup: InlineKeyboardMarkup | None) -> bool:
    return markup is not None and any(button.copy_text for row in markup.inline_keyboard for button in row)
