"""/arena QUESTION, for admins in private: two answers, blind, and buttons to say which is better.

The pair is stored before it is sent, its id noted with the update: killed in between, the same pair is sent once. A
button carries the pair's id, and the first vote counts, so that pressing twice is pressing once.
"""

from __future__ import annotations

import asyncio
import re
from typing import cast

from telegram import CallbackQuery, Update
from telegram.ext import CallbackQueryHandler

from konspekt.assistant.arena.contest import Alike, ModelSilent
from konspekt.bot.handlers.asking.addressed import CommandHandler, after_command, has_words
from konspekt.bot.handlers.asking.questions import turned_away
from konspekt.bot.handlers.author.admin import for_admins
from konspekt.bot.parts.library import Arena
from konspekt.bot.sending import optional, put_in_place, send_html
from konspekt.bot.services import KEY, App, Context, Here, Services, here_of
from konspekt.bot.text.arena import match_html, match_keyboard
from konspekt.bot.text.rich_text import Run, to_html
from konspekt.indexer.errors import NoIndexError
from konspekt.storage.judging.matches import Vote

PRESSED = re.compile(r"arena:(\d{1,18}):(left|right|both|neither)$")


def register(app: App) -> None:
    services: Services = app.bot_data[KEY]
    if services.parts.arena is None:
        return
    app.add_handler(CommandHandler("arena", for_admins(asked)))
    app.add_handler(CallbackQueryHandler(pressed, pattern=PRESSED))


async def asked(here: Here) -> None:
    question = " ".join(after_command(here.message).split())
    if not here.is_private:
        await _say(here, "arena_private")
    elif not _arena(here).open:
        await _say(here, "arena_alone")
    elif not has_words(question):
        await _say(here, "arena_how")
    elif not await turned_away(here, question):
        await _contest(here, question)


async def _contest(here: Here, question: str) -> None:
    done = here.delivery.result("arena")
    if done is None:
        done = await _paired(here, question)
        await here.delivery.note("arena", done)
    if "said" in done:
        await _say(here, done["said"])
        return
    match = await here.services.stored(_arena(here).match, here.user_id, done["match"])
    if match is None:
        await _say(here, "arena_gone")
        return
    await send_html(here, "pair", match_html(match, here.locale), match_keyboard(match, here.locale))


async def _paired(here: Here, question: str) -> dict[str, int | str]:
    """The pair's id, or what is to be said instead."""
    try:
        async with here.services.turnstile.turn(here.user_id):
            match = await _arena(here).contest(here.user_id, question, here.locale.language)
    except Alike:
        return {"said": "arena_alike"}
    except ModelSilent:
        return {"said": "arena_silent"}
    except NoIndexError:
        return {"said": "not_indexed"}
    return {"match": match.id}


async def pressed(update: Update, context: Context) -> None:
    """Only an admin's press counts: a button's data comes from the reader's program, which may send anything."""
    here, query = here_of(update, context), update.callback_query
    found = PRESSED.match(query.data or "") if query else None
    if here is None or query is None or found is None:
        return
    if not here.is_admin or not here.is_private:
        await _toast(here, query, here.locale("admins_only"))
        return
    arena, match_id = _arena(here), int(found[1])
    if await here.services.stored(arena.vote, here.user_id, match_id, cast(Vote, found[2])) == "gone":
        await _toast(here, query, here.locale("arena_gone"))
        return
    await _toast(here, query)
    match = await here.services.stored(arena.match, here.user_id, match_id)
    if match is None:
        return
    html = match_html(match, here.locale, await asyncio.to_thread(arena.table))
    message_id = query.message.message_id if query.message else 0
    if not (message_id and await put_in_place(here, message_id, html)):
        await send_html(here, "told", html, reply=False)


async def _say(here: Here, key: str) -> None:
    await send_html(here, key, to_html([Run(here.locale(key))]))


async def _toast(here: Here, query: CallbackQuery, text: str | None = None) -> None:
    await optional(here.services, "answerCallbackQuery", lambda: query.answer(text))


def _arena(here: Here) -> Arena:
    arena = here.parts.arena
    assert arena is not None, "registered only where there is an arena"
    return arena
