"""Comments under the channel's posts, in its discussion group: the bot knows which post a question is about.

Telegram forwards each post to the group, and comments are replies in the thread of that forward. A comment on a comment
names only its thread: which post that is, is remembered from the forward, or from a comment on the post itself.
"""

from __future__ import annotations

from dataclasses import replace

from telegram import Message, MessageOriginChannel, Update
from telegram.ext import BaseHandler

from konspekt.answering.answer import Turn
from konspekt.answering.question.follow_up import is_follow_up
from konspekt.bot.handlers.asking.addressed import Asked, has_words, words_of
from konspekt.bot.parts.library import KnownPost
from konspekt.bot.services import App, Context, Here, services_of
from konspekt.indexer.searching.links import asks_about_a_link
from konspekt.storage.places.places import PostAddress

BEFORE_THE_OTHERS = -1  # group of handlers: what is noted here is still a message for them


def register(app: App) -> None:
    app.add_handler(ForwardHandler(), group=BEFORE_THE_OTHERS)


class ForwardHandler(BaseHandler[Update, Context, None]):
    """A message that is the forward of a post, or answers one."""

    def __init__(self) -> None:
        super().__init__(note_thread)

    def check_update(self, update: object) -> bool:
        return isinstance(update, Update) and update.message is not None and _forward_in(update.message) is not None


async def note_thread(update: Update, context: Context) -> None:
    services, message = services_of(context), update.message
    forward = _forward_in(message) if message is not None else None
    address = address_of(forward)
    if message is None or forward is None or address is None or services.parts.places is None:
        return
    await services.stored(services.parts.places.note_thread, message.chat.id, forward.message_id, address)


def _forward_in(message: Message) -> Message | None:
    """The forward of a post that a message is, or that it replies to."""
    for one in (message, message.reply_to_message):
        if one is not None and one.is_automatic_forward:
            return one
    return None


def address_of(forward: Message | None) -> PostAddress | None:
    """The post that a message was forwarded from. Servers of before 2024 tell it in fields of their own."""
    if forward is None:
        return None
    if isinstance(origin := forward.forward_origin, MessageOriginChannel):
        return PostAddress(origin.chat.id, origin.message_id, origin.chat.username)
    chat, number = forward.api_kwargs.get("forward_from_chat"), forward.api_kwargs.get("forward_from_message_id")
    if not isinstance(chat, dict) or not isinstance(number, int):
        return None
    return PostAddress(int(chat["id"]), number, chat.get("username"))


async def under_post(here: Here, asked: Asked) -> tuple[Here, Asked]:
    """A question in comments as one about their post; the comments under each post are a talk of their own."""
    message, places = here.message, here.parts.places
    replied = message.reply_to_message
    thread = message.message_thread_id or (replied.message_id if _is_forward(replied) and replied else None)
    if places is None or here.is_private or message.is_topic_message or thread is None:
        return here, asked
    address = address_of(_forward_in(message)) or await here.services.stored(places.thread, here.chat.id, thread)
    if address is None:
        return here, asked
    here = replace(here, talk=thread)
    bare = _only_called(message, asked) and (replied is None or _is_forward(replied))
    post = await here.services.stored(places.post, address)
    if bare:
        asked = Asked(here.locale("about_this_post"), words_of(replied) if replied is not None else "")
    return here, asked if post is None else about_post(asked, post, instead=_is_forward(replied))


def about_post(asked: Asked, post: KnownPost, *, instead: bool = True) -> Asked:
    """A question that leans on the post is asked of it; another one has it for its context.

    `instead`: the post itself is what the question answers, so its words need not be told twice.
    """
    if post.url is None:
        return asked if asked.about else replace(asked, about=post.text)
    leans = is_follow_up(asked.question, [Turn("user", post.text)])
    if leans or asks_about_a_link(f"{asked.question} {post.url}"):
        return replace(asked, post=post.url, about="" if instead else asked.about)
    return asked if asked.about else replace(asked, about=post.title)


def _is_forward(message: Message | None) -> bool:
    return message is not None and bool(message.is_automatic_forward)


def _only_called(message: Message, asked: Asked) -> bool:
    """Whether the bot was called without a question: what it was called on is then taken for one."""
    if not has_words(asked.question):
        return True
    return (
        message.quote is None
        and not asked.about
        and _is_forward(message.reply_to_message)
        and has_words(words_of(message.reply_to_message) if message.reply_to_message is not None else "")
    )
