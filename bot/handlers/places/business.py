"""The author's own chats (a business connection): the bot drafts replies for the author and never sends by itself.

A message there is read only to look for an answer in the material. Where there is one, the author gets it in the chat
with the bot, under what it answers; a press sends it in the author's name. Nothing of those chats is stored.
"""

from __future__ import annotations

from telegram import BusinessConnection, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, BusinessConnectionHandler

from konspekt.bot.handlers.asking.addressed import asked_in, has_words
from konspekt.bot.handlers.places.drafted import Target, drafted, offer
from konspekt.bot.locales import locale_for
from konspekt.bot.services import App, Context, Here, here_of, services_of
from konspekt.bot.wire.abilities import Lacking

KNOWN = "business connections"  # by id, as long as the bot runs


def register(app: App) -> None:
    app.bot_data[KNOWN] = {}
    app.add_handler(BusinessConnectionHandler(connected))
    app.add_handler(BusinessMessageHandler(written))


class BusinessMessageHandler(BaseHandler[Update, Context, None]):
    def check_update(self, update: object) -> bool:
        return isinstance(update, Update) and update.business_message is not None


async def connected(update: Update, context: Context) -> None:
    """What the bot will do is told once; a change of rights is taken note of."""
    connection, services = update.business_connection, services_of(context)
    if connection is None:
        return
    context.application.bot_data[KNOWN][connection.id] = connection
    places = services.parts.places
    if not connection.is_enabled or places is None:
        return
    key, delivery = f"business:{connection.id}", services.deliveries[update.update_id]
    if not await services.stored(places.claim, key, update.update_id):
        return
    is_author = connection.user.id in services.parts.settings.admins
    text = locale_for(connection.user.language_code)("business_connected" if is_author else "admins_only")
    await delivery.once("connected", lambda: context.bot.send_message(connection.user_chat_id, text))


async def written(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None or here.message.business_connection_id is None:
        return
    connection = await _connection(here, context, here.message.business_connection_id)
    if connection is None or not connection.is_enabled or here.user_id == connection.user.id:
        return
    if connection.user.id not in here.parts.settings.admins:
        return
    asked = asked_in(here.message, context.bot.id, context.bot.username)
    if not has_words(asked.question):
        return
    html = here.delivery.result("draft")
    if html is None:
        html = await drafted(here, asked)
        await here.delivery.note("draft", html)
    if html:
        target = Target(here.chat.id, here.message.message_id, connection_id=connection.id)
        await offer(here, [connection.user_chat_id], asked.question, html, target)


async def _connection(here: Here, context: Context, connection_id: str) -> BusinessConnection | None:
    known: dict[str, BusinessConnection] = context.application.bot_data[KNOWN]
    if connection_id not in known:
        ask = lambda: here.bot.get_business_connection(connection_id)  # noqa: E731
        try:
            known[connection_id] = await here.services.abilities.ask("getBusinessConnection", ask)
        except (Lacking, TelegramError):
            return None
    return known[connection_id]
