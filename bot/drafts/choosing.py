"""From a link, a reply or a forward to a post, its networks and its language, chosen on buttons."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from html import escape
from typing import Any

from telegram import CallbackQuery

from konspekt.bot.drafts import view
from konspekt.bot.drafts.desk import Desk, Session
from konspekt.bot.drafts.messages import edit, message_id, toast
from konspekt.bot.drafts.texts import words
from konspekt.bot.drafts.writing import write_all
from konspekt.bot.handlers.addressed import after_command
from konspekt.bot.sending import send_html
from konspekt.bot.services import Here
from konspekt.bot.updates.albums import album_of
from konspekt.conversion.document import Post
from konspekt.conversion.errors import ConversionError
from konspekt.conversion.networks import all_networks

log = logging.getLogger(__name__)


class NoText(ConversionError):
    """A message of pictures alone."""


async def convert_command(here: Here, desk: Desk) -> None:
    """`/convert <link>`, or in reply to the post."""
    raw = here.delivery.payload["message"]
    link = after_command(here.message)
    answered = raw.get("reply_to_message")
    if link:
        await _choose(here, desk, lambda: desk.parts.locate(link))
    elif answered:
        await _choose(here, desk, lambda: _read(desk, answered))
    elif raw.get("forward_origin"):
        await _choose(here, desk, lambda: _read(desk, raw))
    else:
        await send_html(here, "usage", words(here.locale, "usage"))


async def forwarded(here: Here, desk: Desk) -> None:
    """A forwarded post, or a whole album of them."""
    messages = album_of(here.delivery.payload)
    await _choose(here, desk, lambda: _read(desk, *messages))


def _read(desk: Desk, *messages: dict[str, Any]) -> Post:
    """The post of a message or an album: as the index has it, else what the messages themselves show."""
    origin = messages[0].get("forward_origin") or {}
    chat = origin.get("chat") or {}
    if origin.get("type") == "channel" and chat.get("username"):
        try:
            return desk.parts.locate(f"https://t.me/{chat['username']}/{origin['message_id']}")
        except ConversionError:
            log.debug("a forwarded post is not in the index")
    post = desk.parts.read(messages)
    if post is None:
        raise NoText
    return post


async def _choose(here: Here, desk: Desk, find: Callable[[], Post]) -> None:
    try:
        post = await asyncio.to_thread(find)
    except NoText:
        await send_html(here, "no-text", words(here.locale, "no_text"))
    except ConversionError as error:
        await send_html(here, "not-found", escape(words(here.locale, "not_found", reason=error), quote=False))
    else:
        await _open(here, desk, post)


async def _open(here: Here, desk: Desk, post: Post) -> Session:
    session = desk.open(Session(here.chat.id, here.thread_id, here.user_id, here.locale, post))
    text = escape(words(here.locale, "choose", title=view.title_of(post)), quote=False)
    keyboard = view.chooser(here.locale, session.id, session.chosen, session.lang)
    session.message_id = await send_html(here, "choose", text, keyboard)
    return session


async def session_button(
    here: Here, desk: Desk, query: CallbackQuery, session: Session, pushed: tuple[str, str]
) -> None:
    action, value = pushed
    if action == "x":
        await _cancel(here, query, desk, session)
        return
    if session.task is not None:  # it is being written already
        await toast(query)
        return
    if action == "go":
        if not session.chosen:
            await toast(query, words(here.locale, "none_chosen"), alert=True)
            return
        await toast(query)
        session.task = desk.start(write_all(here, desk, session))
        return
    if action == "n":
        session.chosen ^= {value} & set(all_networks())
    elif action == "all":
        session.chosen = set() if len(session.chosen) == len(all_networks()) else set(all_networks())
    elif action == "l":
        session.lang = None if value == "-" else value
    await toast(query)
    keyboard = view.chooser(here.locale, session.id, session.chosen, session.lang)
    text = words(here.locale, "choose", title=view.title_of(session.post))
    await edit(here, session.message_id or message_id(query), escape(text, quote=False), keyboard)


async def _cancel(here: Here, query: CallbackQuery, desk: Desk, session: Session) -> None:
    desk.sessions.pop(session.id, None)
    await toast(query, words(here.locale, "cancelled"))
    if session.task is not None:
        session.task.cancel()
        await asyncio.wait({session.task})
    await edit(here, session.message_id or message_id(query), words(here.locale, "cancelled"), None)
