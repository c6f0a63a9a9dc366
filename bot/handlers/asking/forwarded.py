"""A forwarded post as a question: «о чём это?» and «что ещё об этом?» are asked of the post as the index has it.

A post that is forwarded alone is asked what it is about. A question in reply to one is asked as it stands, unless it is
one of these two. What the index does not have is a question in its own words, as before.
"""

from __future__ import annotations

import asyncio
import re

from telegram import Message, MessageOriginChannel, Update
from telegram.ext import MessageHandler, filters

from konspekt.bot.handlers.asking.addressed import A_COMMAND, NEW_MESSAGE, Asked, asked_in, has_words, words_of
from konspekt.bot.handlers.asking.questions import answer_question
from konspekt.bot.services import App, Context, Here, here_of
from konspekt.indexer.errors import NoIndexError
from konspekt.indexer.passages import Passage

ABOUT_IT = re.compile(
    r"\W*(?:а\s+)?(?:(?:о\s+ч[её]м|про\s+что)\s*(?:это|этот|тут|здесь|пост)?(?:\s+пост)?|что\s+(?:это|здесь|тут)"
    r"(?:\s+(?:за\s+пост|написано))?|перескажи(?:\s+(?:это|кратко|пост))*|кратко|в\s+ч[её]м\s+суть|"
    r"what\s+is\s+(?:this|it)(?:\s+post)?(?:\s+about)?|summari[sz]e(?:\s+(?:this|it))?|tl;?dr)\W*",
    re.IGNORECASE,
)
MORE = re.compile(
    r"\W*(?:а\s+)?(?:что|чего|где|есть)(?:\s+ли)?\s+ещ[её](?:\s+(?:есть|писали|было|можно|почитать|прочитать))*"
    r"(?:\s+(?:об?|про|по)\s+(?:этом\w*|это|этой\s+тем\w+|тем\w+))?\W*|"
    r"\W*(?:what|anything|is\s+there)\s+(?:else|more)(?:\s+(?:is\s+there|there\s+is))?(?:\s+(?:about|on)\s+"
    r"(?:this|it|that|the\s+topic))?\W*",
    re.IGNORECASE,
)
SEARCHED, SAME = 400, 80  # characters of a post to search by, and that must be found as they stand
TITLE_CHARS = 120


class _RepliesToForwarded(filters.MessageFilter):
    """One of the two questions, in reply to a message that was forwarded from somewhere."""

    def filter(self, message: Message) -> bool:
        replied = message.reply_to_message
        if replied is None or replied.forward_origin is None or message.quote is not None:
            return False
        return bool(ABOUT_IT.fullmatch(words_of(message)) or MORE.fullmatch(words_of(message)))


def register(app: App) -> None:
    private = NEW_MESSAGE & filters.ChatType.PRIVATE & (filters.TEXT | filters.CAPTION) & ~A_COMMAND
    app.add_handler(MessageHandler(private & filters.FORWARDED, post_forwarded))
    app.add_handler(MessageHandler(private & _RepliesToForwarded(), asked_of_forwarded))


async def post_forwarded(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None:
        return
    post = await _indexed(here, here.message)
    asked = asked_in(here.message, context.bot.id, context.bot.username)
    await answer_question(here, asked if post is None else Asked(here.locale("forwarded_about", link=post.url)))


async def asked_of_forwarded(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None or here.message.reply_to_message is None:
        return
    post = await _indexed(here, here.message.reply_to_message)
    asked = asked_in(here.message, context.bot.id, context.bot.username)
    if post is not None and MORE.fullmatch(words_of(here.message)):
        title = " ".join(post.title.split())[:TITLE_CHARS].rstrip(" .")
        asked = Asked(here.locale("forwarded_more", title=title))
    elif post is not None:
        asked = Asked(here.locale("forwarded_about", link=post.url))
    await answer_question(here, asked)


async def _indexed(here: Here, forwarded: Message) -> Passage | None:
    """The post as the index has it, by its link, else by its words. It must have a link to be asked of."""
    origin, words = forwarded.forward_origin, words_of(forwarded)
    link = None
    if isinstance(origin, MessageOriginChannel) and origin.chat.username:
        link = f"https://t.me/{origin.chat.username}/{origin.message_id}"
    try:
        if link is not None:
            for passage in await asyncio.to_thread(here.parts.search.search, link, 1):
                if _same_link(passage.url, link):
                    return passage
        if has_words(words):
            for passage in await asyncio.to_thread(here.parts.search.search, words[:SEARCHED], 3):
                if passage.url and _plain(words)[:SAME] in _plain(f"{passage.title} {passage.text}"):
                    return passage
    except NoIndexError:
        return None
    return None


def _same_link(url: str | None, link: str) -> bool:
    return (url or "").lower().removeprefix("https://") == link.lower().removeprefix("https://")


def _plain(text: str) -> str:
    """Its words alone: bold, lists and emoji are written otherwise in the index."""
    return " ".join(re.findall(r"\w+", text.lower()))
