"""The two forms of an answer with formulas or tables: a rich message, and plain text for programs that show none.

Under each is a button for the other. Whoever presses it gets their answers that way from then on.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.ext import CallbackQueryHandler

from konspekt.answering.answer import Answer
from konspekt.bot.handlers.asking.feedback import REFUSED
from konspekt.bot.locales import Locale
from konspekt.bot.rich_sending import SEND, put_rich_in_place
from konspekt.bot.sending import optional, put_in_place, send_html
from konspekt.bot.services import App, Context, Here, here_of
from konspekt.bot.text.rendering import parts_of
from konspekt.bot.text.rich.answer import needs_rich, rich_answer
from konspekt.bot.text.rich_text import html_to_text

CHOSEN = re.compile(r"(plain|rich):(\d{1,18})$")


def register(app: App) -> None:
    app.add_handler(CallbackQueryHandler(form_chosen, pattern=CHOSEN))


async def shows_rich(here: Here) -> bool:
    """Whether this reader is shown rich messages, as far as is known."""
    if here.parts.settings.rich_answers == "never" or not here.services.abilities.has(SEND):
        return False
    return not await here.services.stored(here.parts.memory.reads_plain, here.user_id)


async def rich_form(here: Here, answer: Answer, below: str = "") -> dict[str, Any]:
    """What an answer that is to be a rich message has besides its HTML messages; nothing where it is to be none.

    `below`: HTML of what stands under the answer.
    """
    setting = here.parts.settings.rich_answers
    if setting == "never" or answer.choices or (setting == "auto" and not needs_rich(parts_of(answer))):
        return {}
    html = rich_answer(answer, here.locale)
    if html is None:
        return {}
    if noted := html_to_text(below).strip():
        html += f"<p><i>{escape(noted, quote=False)}</i></p>"
    return {"rich": html, "plain": await here.services.stored(here.parts.memory.reads_plain, here.user_id)}


def forms_of(ready: dict[str, Any]) -> dict[str, Any]:
    return {"messages": ready["messages"], "rich": ready["rich"]}


def with_form(keyboard: InlineKeyboardMarkup, locale: Locale, answer_id: int, *, plain: bool) -> InlineKeyboardMarkup:
    """One more row: a button for the form that is not shown. `plain`: the form that is."""
    rows = [row for row in keyboard.inline_keyboard if not any(CHOSEN.match(str(b.callback_data or "")) for b in row)]
    key, data = ("as_rich", "rich") if plain else ("as_plain", "plain")
    return InlineKeyboardMarkup([*rows, [InlineKeyboardButton(locale(key), callback_data=f"{data}:{answer_id}")]])


async def form_chosen(update: Update, context: Context) -> None:
    """Only for who asked, in that chat. An answer whose forms are no longer known stays as it is."""
    here, query = here_of(update, context), update.callback_query
    pressed = CHOSEN.match(query.data or "") if query else None
    if here is None or query is None or pressed is None:
        return
    plain, answer_id = pressed[1] == "plain", int(pressed[2])
    outcome, forms = await here.services.stored(here.parts.memory.read_as, here.asker, answer_id, plain=plain)
    told = "form_gone" if forms is None else "now_plain" if plain else "now_rich"
    key = told if outcome == "taken" else REFUSED[outcome]
    await optional(here.services, "answerCallbackQuery", lambda: query.answer(here.locale(key)))
    if outcome != "taken" or forms is None or not isinstance(query.message, Message):
        return
    keyboard = with_form(query.message.reply_markup or InlineKeyboardMarkup([]), here.locale, answer_id, plain=plain)
    if not plain:
        await put_rich_in_place(here, query.message.message_id, forms["rich"], keyboard)
        return
    messages = forms["messages"]
    whole = len(messages) == 1
    await put_in_place(here, query.message.message_id, messages[0], keyboard if whole else None)
    for place, html in enumerate(messages[1:], 1):
        last = _without_form(keyboard) if place == len(messages) - 1 else None
        await send_html(here, f"form-{place}", html, last)


def _without_form(keyboard: InlineKeyboardMarkup) -> InlineKeyboardMarkup:
    """Several messages are not put back into one."""
    return InlineKeyboardMarkup(keyboard.inline_keyboard[:-1])
