"""/glossary, for admins: what was learnt from their edits of drafts, added to, and removed from."""

from __future__ import annotations

import re
from html import escape

from telegram import CallbackQuery, InlineKeyboardMarkup

from konspekt.bot.drafts import view
from konspekt.bot.drafts.desk import Desk
from konspekt.bot.drafts.messages import message_id, place_of, toast
from konspekt.bot.handlers.asking.addressed import after_command
from konspekt.bot.locales import Locale
from konspekt.bot.sending import send_html
from konspekt.bot.services import Here
from konspekt.conversion.learnt.lessons import lesson_of
from konspekt.storage.authoring.lessons import StoredLesson

SHOWN = 40
_IN_A_ROW = 8
_SHORT = 80  # characters of a line that are shown


async def glossary_command(here: Here, desk: Desk) -> None:
    """`/glossary`, or `/glossary accelerator = GPU`."""
    given = after_command(here.message)
    if desk.parts.lessons is None:
        return
    if not given:
        html, keyboard = await _list(here, desk)
        await send_html(here, "glossary", html, keyboard)
        return
    lesson = lesson_of(given)
    if lesson is None:
        await send_html(here, "bad", here.locale("glossary_bad"))
        return
    known = await desk.stored(desk.parts.lessons.learn, here.user_id, [lesson])
    said = here.locale("glossary_added" if known else "glossary_not_added", what=lesson.shown)
    await send_html(here, "added", escape(said, quote=False))


async def forget_button(here: Here, desk: Desk, query: CallbackQuery, lesson_id: int) -> None:
    if desk.parts.lessons is None:
        return
    gone = await desk.stored(desk.parts.lessons.stored.forget, lesson_id, query.from_user.id)
    await toast(query, here.locale("glossary_gone" if gone else "glossary_no_such"))
    html, keyboard = await _list(here, desk)
    await place_of(here).edit(message_id(query), html, keyboard)


async def _list(here: Here, desk: Desk) -> tuple[str, InlineKeyboardMarkup | None]:
    assert desk.parts.lessons is not None
    rows: list[StoredLesson] = await desk.stored(desk.parts.lessons.stored.known, here.user_id)
    if not rows:
        return escape(here.locale("glossary_none"), quote=False), None
    lines = [f"<b>{escape(here.locale('glossary_heading'))}</b>"]
    lines += [f"{row.id}. {escape(_shown(row, here.locale), quote=False)}" for row in rows[:SHOWN]]
    lines.append(f"<i>{escape(here.locale('glossary_how'), quote=False)}</i>")
    buttons = [view.button(f"✖ {row.id}", f"cv:g:{row.id}") for row in rows[:SHOWN]]
    places = range(0, len(buttons), _IN_A_ROW)
    return "\n".join(lines), InlineKeyboardMarkup([buttons[place : place + _IN_A_ROW] for place in places])


def _shown(row: StoredLesson, locale: Locale) -> str:
    where = f"{row.language}, {row.network}" if row.network else row.language
    change = f"{row.said} → {row.instead or '∅'}" if row.said else row.instead
    change = re.sub(r"\s+", " ", change)
    short = change if len(change) <= _SHORT else change[: _SHORT - 1] + "…"
    return f"{short} ({locale(f'glossary_kind_{row.kind}')}, {where})"
