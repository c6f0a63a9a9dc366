"""/button: a link to the bot under a post of the channel, which opens it with a question about that post."""

from __future__ import annotations

import re

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, InvalidToken

from konspekt.bot.handlers.asking.addressed import CommandHandler, after_command, words_of
from konspekt.bot.handlers.asking.comments import address_of
from konspekt.bot.handlers.author.admin import for_admins
from konspekt.bot.handlers.places.links import bot_link, post_payload
from konspekt.bot.sending import send_html
from konspekt.bot.services import App, Here

_LINK = re.compile(r"(?:t|telegram)\.me/(?:s/)?(?:c/(?P<id>\d{1,14})|(?P<name>[A-Za-z]\w{3,31}))/(?P<number>\d{1,10})")
_OFF = re.compile(r"(?:^|\s)(?:off|нет|убрать)\s*$", re.IGNORECASE)


def register(app: App) -> None:
    app.add_handler(CommandHandler("button", for_admins(put_button)))


async def put_button(here: Here) -> None:
    """Of the post that is linked, forwarded or replied to. Editing twice is editing once."""
    words = after_command(here.message)
    post = _post_of(here, words)
    if post is None:
        await send_html(here, "usage", here.locale("button_usage"))
        return
    chat, name, number = post
    keyboard = None
    if not _OFF.search(words):
        address = bot_link(here.bot.username, post_payload(number, name))
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton(here.locale("button_text"), url=address)]])
    edit = lambda: here.bot.edit_message_reply_markup(chat, number, reply_markup=keyboard)  # noqa: E731
    told = "button_done" if keyboard is not None else "button_gone"
    try:
        await here.delivery.patiently("button", edit)
    except BadRequest as error:
        told = told if "not modified" in error.message.lower() else "button_refused"
    except (Forbidden, InvalidToken):
        told = "button_refused"
    await send_html(here, "told", here.locale(told))


def _post_of(here: Here, words: str) -> tuple[int | str, str | None, int] | None:
    """(chat to edit in, public name, number) of a post."""
    replied = here.message.reply_to_message
    for text in (words, words_of(replied) if replied is not None else ""):
        if match := _LINK.search(text):
            chat: int | str = int(f"-100{match['id']}") if match["id"] else f"@{match['name']}"
            return chat, match["name"], int(match["number"])
    address = address_of(replied) or address_of(here.message)
    return None if address is None else (address.channel_id, address.username, address.message_id)
