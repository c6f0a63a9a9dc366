"""What was understood of a voice message or a picture stands folded above the answer, with a button to put it right.

Whoever presses it is asked for the right words; the reply to that message is the question, answered anew. Nothing is
kept in memory in between: the message that asks names its answer (`#v12`) in its first line.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from telegram import InlineKeyboardButton, Message
from telegram.constants import MessageLimit
from telegram.ext import filters

from konspekt.bot.handlers.asking.addressed import has_words, words_of
from konspekt.bot.locales import Locale

FIX = "fix:"
FIXED = re.compile(rf"{FIX}(\d{{1,18}})$")
SHOWN = 1500  # characters of what was understood
_MARK = re.compile(r"#v(\d{1,18})\s*$")


def understood_html(text: str) -> str:
    """Folded: three lines are shown until the reader opens it."""
    shown = text if len(text) <= SHOWN else text[: SHOWN - 1].rstrip() + "…"
    return f"<blockquote expandable>{escape(shown, quote=False)}</blockquote>"


def with_understood(understood: str, ready: dict[str, Any]) -> dict[str, Any]:
    """An answer that is ready to be sent, with what it answers above it; in a message of its own where there is no
    room."""
    if not understood:
        return ready
    head, messages = understood_html(understood), ready["messages"]
    first = f"{head}\n{messages[0]}"
    whole = len(first.encode("utf-16-le")) // 2 <= MessageLimit.MAX_TEXT_LENGTH
    ready = {**ready, "understood": True, "messages": [first, *messages[1:]] if whole else [head, *messages]}
    if ready.get("rich"):
        icon, _, text = understood.partition(" ")
        folded = f"<details><summary>{escape(icon)}</summary><p>{escape(text[:SHOWN], quote=False)}</p></details>"
        ready["rich"] = folded + ready["rich"]
    return ready


def fix_row(locale: Locale, answer_id: int) -> list[InlineKeyboardButton]:
    return [InlineKeyboardButton(locale("understood_fix"), callback_data=f"{FIX}{answer_id}")]


class RightWords(filters.MessageFilter):
    """A reply, in words, to the bot's own message that asks for the right ones."""

    def filter(self, message: Message) -> bool:
        asking = message.reply_to_message
        if asking is None or asking.from_user is None or asking.from_user.id != message.get_bot().id:
            return False
        return answer_of(asking) is not None and has_words(words_of(message)) and not words_of(message).startswith("/")


def answer_of(asking: Message) -> int | None:
    """The answer's id in the first line of the message that asks for the right words."""
    match = _MARK.match((asking.text or "").split("\n", 1)[0])
    return int(match[1]) if match else None
