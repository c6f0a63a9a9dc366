"""/cases, for admins in private: answers that were refused, voted down or asked again become questions of evaluation.

Nothing is kept in memory between two presses: a button carries its answer's id, the message that asks for the right
post carries it in its first line (`#c12`), and saying the same twice is saying it once. So a restart loses nothing.
"""

from __future__ import annotations

import asyncio
import re
from typing import Literal, cast

from telegram import CallbackQuery, Message, Update
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from konspekt.bot.handlers.asking.addressed import NEW_MESSAGE, CommandHandler, words_of
from konspekt.bot.handlers.author.admin import for_admins
from konspekt.bot.parts.library import Cases
from konspekt.bot.sending import optional, put_in_place, send_html
from konspekt.bot.services import KEY, App, Context, Here, Services, here_of
from konspekt.bot.text.cases import case_html, case_keyboard
from konspekt.bot.text.rendering import shortened
from konspekt.bot.text.rich_text import Run, to_html

PRESSED = re.compile(r"case:(\d{1,18}):(right|absent|dropped|post|skip)$")
QUESTION_CHARS, TITLE_CHARS = 300, 100
_MARK = re.compile(r"#c(\d{1,18})\s*$")


def register(app: App) -> None:
    services: Services = app.bot_data[KEY]
    if services.parts.cases is None:
        return
    app.add_handler(CommandHandler("cases", for_admins(list_cases)))
    app.add_handler(CallbackQueryHandler(pressed, pattern=PRESSED))
    admins = services.parts.settings.admins
    if admins:
        said = NEW_MESSAGE & filters.ChatType.PRIVATE & filters.User(list(admins)) & PostReply()
        app.add_handler(MessageHandler(said, for_admins(pointed)))


class PostReply(filters.MessageFilter):
    """A reply to the bot's own message that asks for the right post."""

    def filter(self, message: Message) -> bool:
        answered = message.reply_to_message
        if answered is None or answered.from_user is None or not answered.from_user.is_bot:
            return False
        return _case_of(answered) is not None and not words_of(message).startswith("/")


def _case_of(asked: Message) -> int | None:
    """The answer's id in the first line of the message that asks for its post."""
    match = _MARK.match((asked.text or "").split("\n", 1)[0])
    return int(match[1]) if match else None


async def list_cases(here: Here) -> None:
    if not here.is_private:
        await send_html(here, "private", here.locale("cases_private"))
        return
    await _show(here, None)


async def pressed(update: Update, context: Context) -> None:
    """Only an admin's press counts: a button's data comes from the reader's program, which may send anything."""
    here, query = here_of(update, context), update.callback_query
    match = PRESSED.match(query.data or "") if query else None
    if here is None or query is None or match is None:
        return
    if not here.is_admin or not here.is_private:
        await _toast(here, query, here.locale("admins_only"))
        return
    answer_id, action = int(match[1]), match[2]
    if action == "post":
        await _toast(here, query)
        await _ask_which(here, answer_id)
        return
    toast = None
    if action != "skip":
        verdict = cast("Literal['right', 'absent', 'dropped']", action)
        kept = await here.services.stored(_cases(here).decide, answer_id, verdict)
        toast = here.locale(("cases_dropped" if action == "dropped" else "cases_kept") if kept else "cases_gone")
    await _toast(here, query, toast)
    await _show(here, answer_id, in_place=query.message.message_id if query.message else 0)


async def _ask_which(here: Here, answer_id: int) -> None:
    stored = await here.services.stored(here.parts.memory.question, answer_id)
    if stored is None:
        await send_html(here, "gone", here.locale("cases_gone"), reply=False)
        return
    question = shortened(stored, QUESTION_CHARS)
    await send_html(here, "which", _escaped(here.locale("cases_which", number=answer_id, question=question)))


async def pointed(here: Here) -> None:
    """The right post, by a link or by its words; then the next case."""
    asked = here.message.reply_to_message
    answer_id = _case_of(asked) if asked is not None else None
    if answer_id is None:
        return
    done = here.delivery.result("pointed")
    if done is None:
        title = await asyncio.to_thread(_cases(here).point, answer_id, words_of(here.message))
        done = {"title": title}
        await here.delivery.note("pointed", done)
    if done["title"] is None:
        await send_html(here, "unknown", here.locale("cases_unknown"))
        return
    title = shortened(done["title"], TITLE_CHARS)
    text = here.locale("cases_kept_post", title=title) if title else here.locale("cases_gone")
    await send_html(here, "pointed-note", _escaped(text))
    await _show(here, answer_id)


async def _show(here: Here, before: int | None, *, in_place: int = 0) -> None:
    """The next case, in the place of the one that was judged where the server edits messages."""
    case = await here.services.stored(_cases(here).next, before)
    if case is None:
        kept = await here.services.stored(_cases(here).kept)
        fresh = before is None and not kept
        html, keyboard = _escaped(here.locale("cases_none" if fresh else "cases_done", kept=kept)), None
    else:
        html, keyboard = case_html(case, here.locale), case_keyboard(case, here.locale)
    if not (in_place and await put_in_place(here, in_place, html, keyboard)):
        await send_html(here, "case", html, keyboard, reply=False)


async def _toast(here: Here, query: CallbackQuery, text: str | None = None) -> None:
    await optional(here.services, "answerCallbackQuery", lambda: query.answer(text))


def _cases(here: Here) -> Cases:
    cases = here.parts.cases
    assert cases is not None, "registered only where there are cases"
    return cases


def _escaped(text: str) -> str:
    return to_html([Run(text)])
