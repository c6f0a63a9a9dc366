"""/memory, /export, and the buttons that change or erase what is remembered. A button works for its reader alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, Message, Update
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from konspekt.bot.handlers.asking.addressed import A_COMMAND, NEW_MESSAGE, CommandHandler, words_of
from konspekt.bot.handlers.asking.recalling import UNDO, reader_of
from konspekt.bot.locales import Locale
from konspekt.bot.sending import optional, put_in_place, send_html
from konspekt.bot.services import App, Context, Here, here_of
from konspekt.bot.text.rendering import shortened
from konspekt.bot.text.rich_text import Run, Style, to_html
from konspekt.memory.control import MemoryControl, Overview
from konspekt.memory.understanding.notes import LONGEST
from konspekt.storage.remembered.words import AuthorWord

PRESSED = re.compile(r"mem:(del|edit):(\d{1,18})$")
SWITCHED = re.compile(r"mem:(off|on|talk|again)$")
UNDONE = re.compile(rf"{UNDO}(\d{{1,18}})$")
NUMBER = re.compile(r"№(\d{1,18})")  # of the note that a message asks to reword
SHOWN_CHARS = 200
ANSWERED_BY = {
    "off": "memory_switched_off",
    "on": "memory_switched_on",
    "talk": "memory_left_out",
    "again": "memory_switched_on",
}


class NoteReply(filters.MessageFilter):
    """A reply to the bot's own request for a note's new text."""

    def filter(self, message: Message) -> bool:
        asked = message.reply_to_message
        mine = asked is not None and asked.from_user is not None and asked.from_user.id == message.get_bot().id
        return mine and bool(message.text) and _note_number(asked) is not None


def register(app: App) -> None:
    app.add_handler(CommandHandler("memory", show_memory))
    app.add_handler(CommandHandler("export", export))
    app.add_handler(CallbackQueryHandler(note_button, pattern=PRESSED))
    app.add_handler(CallbackQueryHandler(switched, pattern=SWITCHED))
    app.add_handler(CallbackQueryHandler(undone, pattern=UNDONE))
    rewording = NEW_MESSAGE & filters.ChatType.PRIVATE & filters.TEXT & ~A_COMMAND & NoteReply()
    app.add_handler(MessageHandler(rewording, reworded))


def _note_number(message: Message | None) -> int | None:
    match = NUMBER.search((message.text or "").split("\n", 1)[0]) if message is not None else None
    return int(match[1]) if match else None


async def show_memory(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None or here.parts.memory_control is None:
        return
    html, keyboard = await memory_page(here, here.parts.memory_control)
    await send_html(here, "memory", html, keyboard, reply=False, to_one=True)


async def memory_page(here: Here, control: MemoryControl) -> tuple[str, InlineKeyboardMarkup | None]:
    overview = await here.services.stored(control.overview, reader_of(here))
    if not here.is_private:
        return to_html([Run(here.locale("memory_group", turns=overview.turns))]), None
    words = await here.services.stored(control.words) if here.is_admin else []
    runs = overview_runs(overview, here.locale, here.parts.settings.memory_days)
    return to_html([*runs, *_word_runs(words, here.locale)]), _keyboard(overview, words, here.locale)


def overview_runs(overview: Overview, locale: Locale, days: int) -> list[Run]:
    """What is remembered, as text."""
    lines = [Run(locale("memory_heading") + "\n\n", (Style("b"),))]
    if overview.turns and overview.since is not None:
        turns = locale("memory_turns", turns=overview.turns, since=_day(overview.since), posts=overview.posts)
        lines.append(Run(turns))
    else:
        lines.append(Run(locale("memory_no_turns")))
    if days:
        lines.append(Run(" " + locale("memory_days", days=days)))
    if overview.notes:
        lines.append(Run("\n\n" + locale("memory_notes"), (Style("b"),)))
        for n, note in enumerate(overview.notes, 1):
            text = shortened(note.text, SHOWN_CHARS)
            lines.append(Run("\n" + locale("memory_note", n=n, what=text, date=_day(note.valid_from))))
    else:
        lines.append(Run("\n\n" + locale("memory_no_notes")))
    if not overview.on:
        lines.append(Run("\n\n" + locale("memory_is_off" if overview.off else "memory_talk_off")))
    return [*lines, Run("\n\n" + locale("memory_who"))]


def _word_runs(words: Sequence[AuthorWord], locale: Locale) -> list[Run]:
    if not words:
        return []
    runs = [Run("\n\n" + locale("memory_words"), (Style("b"),))]
    for n, word in enumerate(words[-20:], 1):
        question, text = shortened(word.question, 60), shortened(word.text, 80)
        runs.append(Run("\n" + locale("memory_word", n=n, question=question, what=text)))
    return runs


def _keyboard(overview: Overview, words: Sequence[AuthorWord], locale: Locale) -> InlineKeyboardMarkup:
    buttons = []
    for n, note in enumerate(overview.notes, 1):
        buttons.append(InlineKeyboardButton(locale("memory_change", n=n), callback_data=f"mem:edit:{note.id}"))
        buttons.append(InlineKeyboardButton(locale("memory_delete", n=n), callback_data=f"mem:del:{note.id}"))
    rows = [buttons[at : at + 4] for at in range(0, len(buttons), 4)]
    for n, word in enumerate(words[-20:], 1):
        rows.append([InlineKeyboardButton(locale("memory_withdraw_n", n=n), callback_data=f"word:{word.id}")])
    if overview.off:
        rows.append([InlineKeyboardButton(locale("memory_turn_on"), callback_data="mem:on")])
    else:
        rows.append([InlineKeyboardButton(locale("memory_off"), callback_data="mem:off")])
        key, action = ("memory_leave_out", "talk") if overview.on else ("memory_keep_again", "again")
        rows.append([InlineKeyboardButton(locale(key), callback_data=f"mem:{action}")])
    return InlineKeyboardMarkup(rows)


async def note_button(update: Update, context: Context) -> None:
    """A button's data comes from the reader's program, which may send anything: the note must be the presser's own."""
    here, query = here_of(update, context), update.callback_query
    pressed = PRESSED.match(query.data or "") if query else None
    if here is None or query is None or pressed is None or here.parts.memory_control is None or not here.is_private:
        return
    control, note_id = here.parts.memory_control, int(pressed[2])
    if pressed[1] == "edit":
        note = await here.services.stored(control.note, here.user_id, note_id)
        toast = None if note is not None else here.locale("memory_gone")
        await optional(here.services, "answerCallbackQuery", lambda: query.answer(toast))
        if note is not None:
            text = here.locale("memory_edit", id=note.id, what=shortened(note.text, LONGEST))
            await send_html(here, "edit", to_html([Run(text)]), reply=False)
        return
    deleted = await here.services.stored(control.delete_note, here.user_id, note_id)
    toast = here.locale("memory_deleted" if deleted else "memory_gone")
    await optional(here.services, "answerCallbackQuery", lambda: query.answer(toast))
    await _show_anew(here, query, control)


async def reworded(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None or here.parts.memory_control is None:
        return
    note_id = _note_number(here.message.reply_to_message)
    text = " ".join(words_of(here.message).split())[:LONGEST]
    changed = await here.services.stored(here.parts.memory_control.change_note, here.user_id, note_id or 0, text)
    told = here.locale("memory_changed", what=text) if changed else here.locale("memory_gone")
    await send_html(here, "changed", to_html([Run(told)]))


async def switched(update: Update, context: Context) -> None:
    here, query = here_of(update, context), update.callback_query
    pressed = SWITCHED.match(query.data or "") if query else None
    if here is None or query is None or pressed is None or here.parts.memory_control is None or not here.is_private:
        return
    control, action = here.parts.memory_control, pressed[1]
    if action == "talk":
        await here.services.stored(control.leave_out_this_talk, here.user_id)
    else:
        await here.services.stored(control.switch, here.user_id, off=action == "off")
    await optional(here.services, "answerCallbackQuery", lambda: query.answer(here.locale(ANSWERED_BY[action])))
    await _show_anew(here, query, control)


async def undone(update: Update, context: Context) -> None:
    """«Не запоминать» under the answer that a note was kept with."""
    here, query = here_of(update, context), update.callback_query
    pressed = UNDONE.match(query.data or "") if query else None
    if here is None or query is None or pressed is None or here.parts.memory_control is None:
        return
    undo = here.parts.memory_control.undo
    count = await here.services.stored(undo, here.user_id, int(pressed[1]))
    toast = here.locale("memory_undone" if count else "memory_gone")
    await optional(here.services, "answerCallbackQuery", lambda: query.answer(toast))


async def _show_anew(here: Here, query: CallbackQuery, control: MemoryControl) -> None:
    if query.message is not None:
        html, keyboard = await memory_page(here, control)
        await put_in_place(here, query.message.message_id, html, keyboard)


async def export(update: Update, context: Context) -> None:
    """The reader's own data as a file; in private alone, whatever chat it was asked in."""
    here = here_of(update, context)
    if here is None or here.parts.memory_control is None:
        return
    if not here.is_private:
        overview = await here.services.stored(here.parts.memory_control.overview, reader_of(here))
        text = here.locale("memory_group", turns=overview.turns)
        await send_html(here, "group", to_html([Run(text)]), to_one=True)
        return
    data = await here.services.stored(here.parts.memory_control.export, here.user_id)
    file = InputFile(data, filename="konspekt.json")
    caption = here.locale("memory_export")
    send = lambda: here.bot.send_document(here.chat.id, file, caption=caption, message_thread_id=here.thread_id)  # noqa: E731
    await here.delivery.once("export", send)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone():%d.%m.%Y}"
