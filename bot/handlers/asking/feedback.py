"""The buttons under an answer: 👍, 👎, and what else was found."""

from __future__ import annotations

import re

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import CallbackQueryHandler

from konspekt.bot import metrics
from konspekt.bot.locales import Locale
from konspekt.bot.parts.talk import Found, StoredAnswer
from konspekt.bot.sending import optional, send_html
from konspekt.bot.services import (
    App,
    Context,
    Here,
    here_of,
)
from konspekt.bot.text.rendering import passages_html

VOTE = "vote:"
VOTED, WANTS_MORE = re.compile(r"vote:(\d{1,18}):(-?1)$"), re.compile(r"(more|list):(\d{1,18}):(\d{1,6})$")
AT_ONCE = {"more": 3, "list": 10}  # passages, or posts of a list, each of which is a line
REFUSED = {"gone": "vote_gone", "not_yours": "not_yours"}


def register(app: App) -> None:
    app.add_handler(CallbackQueryHandler(voted, pattern=VOTED))
    app.add_handler(CallbackQueryHandler(wants_more, pattern=WANTS_MORE))


def answer_keyboard(
    locale: Locale, answer_id: int, *, more: bool, listing: bool = False, voted: int = 0
) -> InlineKeyboardMarkup:
    """`voted`: the vote that is shown as taken. `listing`: what "more" brings are lines of a list."""
    mark = {value: " ✓" if voted == value else "" for value in (1, -1)}
    style = {1: "success" if voted > 0 else None, -1: "danger" if voted < 0 else None}
    row = [
        InlineKeyboardButton("👍" + mark[1], callback_data=f"{VOTE}{answer_id}:1", style=style[1]),
        InlineKeyboardButton("👎" + mark[-1], callback_data=f"{VOTE}{answer_id}:-1", style=style[-1]),
    ]
    if more:
        kind = "list" if listing else "more"
        row.append(InlineKeyboardButton(locale("more"), callback_data=f"{kind}:{answer_id}:0"))
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
        more = _more_button(query.message)
        keyboard = answer_keyboard(here.locale, answer_id, more=bool(more), listing=more == "list", voted=value)
        keyboard = InlineKeyboardMarkup([*keyboard.inline_keyboard, *_other_rows(query.message)])
        edit = lambda: here.bot.edit_message_reply_markup(here.chat.id, message_id, reply_markup=keyboard)  # noqa: E731
        await optional(here.services, "editMessageReplyMarkup", edit)


def _other_rows(message: object) -> list[tuple[InlineKeyboardButton, ...]]:
    """What stands below the row of votes stays."""
    markup: InlineKeyboardMarkup | None = getattr(message, "reply_markup", None)
    return list(markup.inline_keyboard[1:]) if markup is not None else []


def _more_button(message: object) -> str:
    """What the message's button for more brings: `more`, `list`, or nothing where there is none."""
    markup: InlineKeyboardMarkup | None = getattr(message, "reply_markup", None)
    buttons = [button for row in (markup.inline_keyboard if markup else ()) for button in row]
    pressed = [WANTS_MORE.match(b.callback_data) for b in buttons if isinstance(b.callback_data, str)]
    return next((match[1] for match in pressed if match), "")


async def wants_more(update: Update, context: Context) -> None:
    """The next passages that were found but not cited, in a message of their own."""
    here, query = here_of(update, context), update.callback_query
    pressed = WANTS_MORE.match(query.data or "") if query else None
    if here is None or query is None or pressed is None:
        return
    kind, answer_id, offset = pressed[1], int(pressed[2]), int(pressed[3])
    answer = await here.services.stored(here.parts.memory.answer, answer_id)
    if not _may_see(here, answer):
        key = "vote_gone" if answer is None else "not_yours"
        await optional(here.services, "answerCallbackQuery", lambda: query.answer(here.locale(key)))
        return
    assert answer is not None
    rest = [found for found in answer.found if found.document_id not in answer.cited]
    following = offset + AT_ONCE[kind]
    shown = rest[offset:following]
    toast = None if shown else here.locale("no_more")
    await optional(here.services, "answerCallbackQuery", lambda: query.answer(toast))
    if shown:
        await _show(here, shown, f"{kind}:{answer_id}:{following}" if len(rest) > following else None)


def _may_see(here: Here, answer: StoredAnswer | None) -> bool:
    """Who asked, where it was asked. What was found for one is not shown to another."""
    return answer is not None and (answer.chat_id, answer.user_id) == (here.chat.id, here.user_id)


async def _show(here: Here, found: list[Found], further: str | None) -> None:
    """`further`: the data of a button for what comes after these; None where nothing does."""
    keyboard = None
    if further is not None:
        button = InlineKeyboardButton(here.locale("more"), callback_data=further)
        keyboard = InlineKeyboardMarkup([[button]])
    messages = passages_html(found, here.locale("more_heading"))
    for place, html in enumerate(messages):
        markup = keyboard if place == len(messages) - 1 else None
        await send_html(here, f"more-{place}", html, markup, to_one=here.whispers)
