"""How many reactions the channel's posts have, as Telegram tells an admin of the channel."""

from __future__ import annotations

from telegram import Update
from telegram.ext import MessageReactionHandler

from konspekt.bot.services import App, Context, services_of
from konspekt.storage.places.places import PostAddress


def register(app: App) -> None:
    kind = MessageReactionHandler.MESSAGE_REACTION_COUNT_UPDATED
    app.add_handler(MessageReactionHandler(counted, message_reaction_types=kind))


async def counted(update: Update, context: Context) -> None:
    services, change = services_of(context), update.message_reaction_count
    if change is None or services.parts.places is None:
        return
    address = PostAddress(change.chat.id, change.message_id, change.chat.username)
    count = sum(one.total_count for one in change.reactions)
    await services.stored(services.parts.places.note_reactions, address, count)
