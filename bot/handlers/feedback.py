"""The buttons under an answer: 👍, 👎, and what else was found."""

from __future__ import annotations

import re

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import CallbackQueryHandler

from konspekt.bot import metrics
from konspekt.bot.locales import Locale
from konspekt.bot.parts import Found, StoredAnswer
from konspekt.bot.sending import optional, send_html
from konspekt.bot.services import (
    App,
    Context,
    Here,
    here_of,
)
from konspekt.bot.text.rendering import passages_html

VOTE, MORE = "vote:", "more:"
VOTED, WANTS_MORE = re.compile(r"vote:(\d{1,18}):(-?1)$"), re.compile(r"more:(\d{1,18}):(\d{1,6})$")
AT_ONCE = 3
REFUSED = {"gone": "vote_gone", "not_yours": "not_yours"}


def register(app: App) -> None:
    app.add_handler(CallbackQueryHandler(voted, pattern=VOTED))
    app.add_handler(CallbackQueryHandler(wants_more, pattern=WANTS_MORE))


def answer_keyboard(locale: Locale, answer_id: int, *, more: bool, voted: int = 0) -> InlineKeyboardMarkup:
    """`voted`: the vote that is shown as taken."""
    mark = {value: " ✓" if voted == value else "" for value in (1, -1)}
    row = [
        InlineKeyboardButton("👍" + mark[1], callback_data=f"{VOTE}{answer_id}:1"),
        InlineKeyboardButton("👎" + mark[-1], callback_data=f"{VOTE}{answer_id}:-1"),
    ]
    if more:
        row.append(InlineKeyboardButton(locale("more"), callback_data=f"{MORE}{answer_id}:0"))
    return InlineKeyboardMarkup([row])


async def voted(update: Update, context: Context) -> None:
    """A vote is stored with the answer, whose row holds the whole retrieved set. A second vote replaces the first.

    A button's data comes from the reader's program, which may send anything: only the person who asked may vote, and
    only in that chat.
    """
    here, query = here_of(update, context), update.callback_query
    pressed = VOTED.match(query.data or "") if query else None
    if here is None or query is None or pressed is None:
        return
    answer_id, value = int(pressed[1]), int(pressed[2])
    outcome = await here.services.stored(here.parts.memory.vote, here.asker, answer_id, value)
    stored = outcome == "taken"
    key = ("voted_up" if value > 0 else "voted_down") if stored else REFUSED[outcome]
    if stored:
        metrics.FEEDBACK.labels("up" if value > 0 else "down").inc()
    await optional(here.services, "answerCallbackQuery", lambda: query.answer(here.locale(key)))
    if stored and here.is_private and query.message is not None:
        message_id = query.message.message_id
        keyboard = answer_keyboard(here.locale, answer_id, more=_has_more_button(query.message), voted=value)
        edit = lambda: here.bot.edit_message_reply_markup(here.chat.id, message_id, reply_markup=keyboard)  # noqa: E731
        await optional(here.services, "editMessageReplyMarkup", edit)


def _has_more_button(message: object) -> bool:
    markup: InlineKeyboardMarkup | None = getattr(message, "reply_markup", None)
    buttons = [button for row in (markup.inline_keyboard if markup else ()) for button in row]
    return any(isinstance(b.callback_data, str) and b.callback_data.startswith(MORE) for b in buttons)


async def wants_more(update: Update, context: Context) -> None:
    """The next passages that were found but not cited, in a message of their own."""
    here, query = here_of(update, context), update.callback_query
    pressed = WANTS_MORE.match(query.data or "") if query else None
    if here is None or query is None or pressed is None:
        return
    answer_id, offset = int(pressed[1]), int(pressed[2])
    answer = await here.services.stored(here.parts.memory.answer, answer_id)
    if not _may_see(here, answer):
        key = "vote_gone" if answer is None else "not_yours"
        await optional(here.services, "answerCallbackQuery", lambda: query.answer(here.locale(key)))
        return
    assert answer is not None
    rest = [found for found in answer.found if found.document_id not in answer.cited]
    shown = rest[offset : offset + AT_ONCE]
    toast = None if shown else here.locale("no_more")
    await optional(here.services, "answerCallbackQuery", lambda: query.answer(toast))
    if shown:
        await _show(here, answer_id, shown, offset + AT_ONCE if len(rest) > offset + AT_ONCE else None)


def _may_see(here: Here, answer: StoredAnswer | None) -> bool:
    """Who asked, where it was asked. What was found for one is not shown to another."""
    return answer is not None and (answer.chat_id, answer.user_id) == (here.chat.id, here.user_id)


async def _show(here: Here, answer_id: int, found: list[Found], next_offset: int | None) -> None:
    keyboard = None
    if next_offset is not None:
        button = InlineKeyboardButton(here.locale("more"), callback_data=f"{MORE}{answer_id}:{next_offset}")
        keyboard = InlineKeyboardMarkup([[button]])
    messages = passages_html(found, here.locale("more_heading"))
    for place, html in enumerate(messages):
        await send_html(here, f"more-{place}", html, keyboard if place == len(messages) - 1 else None)
