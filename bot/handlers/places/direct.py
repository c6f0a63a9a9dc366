"""Direct messages of the channel: readers write to it, and each reader's messages are a topic of their own.

By the setting DIRECT_MESSAGES the bot drafts replies for the author to send, answers by itself, or leaves them alone.
What the material does not answer is left to the author in every case: such a message need not be a question at all.
"""

from __future__ import annotations

import logging

from telegram import Message, Update
from telegram.error import BadRequest
from telegram.ext import MessageHandler, filters

from konspekt.bot.handlers.asking.addressed import NEW_MESSAGE, Asked, asked_in, command_of, has_words
from konspekt.bot.handlers.asking.delivering import deliver
from konspekt.bot.handlers.asking.questions import turned_away, write_answer
from konspekt.bot.handlers.places.drafted import Target, drafted, offer
from konspekt.bot.services import App, Context, Here, here_of

log = logging.getLogger(__name__)


class InDirectMessages(filters.MessageFilter):
    def filter(self, message: Message) -> bool:
        return bool(message.chat.is_direct_messages)


def register(app: App) -> None:
    app.add_handler(MessageHandler(NEW_MESSAGE & InDirectMessages(), written))


async def written(update: Update, context: Context) -> None:
    here, mode = here_of(update, context), None
    if here is not None and _is_readers(here.message):
        mode = here.parts.settings.direct_messages
    if here is None or mode in {None, "off"}:
        return
    command = command_of(here.message)
    asked = asked_in(here.message, context.bot.id, context.bot.username)
    if (command is not None and command.name != "ask") or not has_words(asked.question):
        return
    if mode == "draft":
        await _draft(here, asked)
        return
    if await turned_away(here, asked.question):
        return
    ready = here.delivery.result("answer") or await write_answer(here, asked, watched=False)
    if not ready or ready["refused"]:
        return
    try:
        await deliver(here, asked, ready)
    except BadRequest:
        log.warning("a direct message was refused; the author gets the answer as a draft")
        await offer(here, sorted(here.parts.settings.admins), asked.question, ready["messages"][0], _target(here))


async def _draft(here: Here, asked: Asked) -> None:
    """An answer to the author, if the material has one."""
    html = here.delivery.result("draft")
    if html is None:
        html = await drafted(here, asked)
        await here.delivery.note("draft", html)
    if html:
        await offer(here, sorted(here.parts.settings.admins), asked.question, html, _target(here))


def _is_readers(message: Message) -> bool:
    """Written by the reader whose topic it is: not by the channel, and no post that is suggested to it."""
    topic = message.direct_messages_topic
    if topic is None or message.sender_chat is not None or message.suggested_post_info is not None:
        return False
    return topic.user is None or (message.from_user is not None and topic.user.id == message.from_user.id)


def _target(here: Here) -> Target:
    topic = here.message.direct_messages_topic
    return Target(here.chat.id, here.message.message_id, topic.topic_id if topic is not None else None)
