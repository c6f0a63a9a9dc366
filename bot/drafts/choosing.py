"""From a link, a reply or a forward to a post, its networks and its language, chosen on buttons."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from html import escape
from typing import Any

from telegram import CallbackQuery

from konspekt.bot.drafts import view
from konspekt.bot.drafts.desk import Desk, Session
from konspekt.bot.drafts.messages import message_id, place_of, toast
from konspekt.bot.drafts.writing import order
from konspekt.bot.handlers.asking.addressed import after_command
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
        await _choose(here, desk, _linked(here, desk, link))
    elif answered:
        await _choose(here, desk, _read(here, desk, answered))
    elif raw.get("forward_origin"):
        await _choose(here, desk, _read(here, desk, raw))
    else:
        await send_html(here, "usage", here.locale("convert_usage"))


async def forwarded(here: Here, desk: Desk) -> None:
    """A forwarded post, or a whole album of them."""
    await _choose(here, desk, _read(here, desk, *album_of(here.delivery.payload)))


async def _linked(here: Here, desk: Desk, link: str) -> Post:
    """The post of a link: from the index, else from its public page."""
    found: Post | None = await here.services.stored(desk.parts.find, link)
    return found if found is not None else await asyncio.to_thread(desk.parts.fetch, link)


async def _read(here: Here, desk: Desk, *messages: dict[str, Any]) -> Post:
    """The post of a message or an album: as the index has it, else what the messages themselves show."""
    origin = messages[0].get("forward_origin") or {}
    chat = origin.get("chat") or {}
    if origin.get("type") == "channel" and chat.get("username"):
        try:
            return await _linked(here, desk, f"https://t.me/{chat['username']}/{origin['message_id']}")
        except ConversionError:
            log.debug("a forwarded post is not in the index")
    post = await asyncio.to_thread(desk.parts.read, messages)
    if post is None:
        raise NoText
    return post


async def _choose(here: Here, desk: Desk, finding: Awaitable[Post]) -> None:
    try:
        post = await finding
    except NoText:
        await send_html(here, "no-text", here.locale("convert_no_text"))
    except ConversionError as error:
        await send_html(here, "not-found", escape(here.locale("convert_not_found", reason=error), quote=False))
    else:
        await _open(here, desk, post)


async def _open(here: Here, desk: Desk, post: Post) -> Session:
    session = desk.open(Session(here.chat.id, here.thread_id, here.user_id, here.locale, post))
    text = escape(here.locale("convert_choose", title=view.title_of(post)), quote=False)
    keyboard = view.chooser(here.locale, session.id, session.chosen, session.lang)
    session.message_id = await send_html(here, "choose", text, keyboard)
    return session


async def session_button(
    here: Here, desk: Desk, query: CallbackQuery, session_id: str, pushed: tuple[str, str]
) -> None:
    action, value = pushed
    session = desk.sessions.get(session_id)
    if action == "x":
        await toast(query, here.locale("convert_cancelled"))
        await desk.cancel(session_id)
        shown = session.message_id if session is not None else 0
        await place_of(here).edit(shown or message_id(query), here.locale("convert_cancelled"))
        return
    if session is None or session.started:  # it is being written already
        await toast(query)
        return
    if action == "go":
        if not session.chosen:
            await toast(query, here.locale("convert_none_chosen"), alert=True)
            return
        await toast(query)
        session.started = True
        shown = session.message_id or message_id(query)
        await order(here, session.id, shown, post=session.post, networks=session.chosen, lang=session.lang)
        return
    if action == "n":
        session.chosen ^= {value} & set(all_networks())
    elif action == "all":
        session.chosen = set() if len(session.chosen) == len(all_networks()) else set(all_networks())
    elif action == "l":
        session.lang = None if value == "-" else value
    await toast(query)
    keyboard = view.chooser(here.locale, session.id, session.chosen, session.lang)
    text = here.locale("convert_choose", title=view.title_of(session.post))
    await place_of(here).edit(session.message_id or message_id(query), escape(text, quote=False), keyboard)
