"""Answers that are stored nowhere: for chats that are not the bot's own, and for drafts that an author may send."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from konspekt.answering.answer import Answer, Done, Turn
from konspekt.bot.handlers.asking.addressed import Asked
from konspekt.bot.handlers.asking.questions import ABOUT_CHARS
from konspekt.bot.handlers.places.links import ask_link, bot_link
from konspekt.bot.locales import Locale
from konspekt.bot.services import Services
from konspekt.bot.text.rendering import answer_runs
from konspekt.bot.text.rich_text import Run
from konspekt.bot.text.splitting import html_parts
from konspekt.indexer.errors import NoIndexError


async def passing_answer(services: Services, asked: Asked, user_id: int, locale: Locale) -> Answer | None:
    """The answer to a question by itself, or on the words that it was asked about. None where nothing is indexed."""
    history: Sequence[Turn] = [Turn("user", asked.about[:ABOUT_CHARS])] if asked.about else ()
    question = f"{asked.question} {asked.post}".rstrip()
    try:
        async with services.turnstile.turn(user_id):
            async for event in services.parts.answers.stream(question, history, language=locale.language):
                if isinstance(event, Done):
                    return event.answer
    except NoIndexError:
        return None
    raise RuntimeError("the answerer ended without an answer")


def in_one_message(answer: Answer, locale: Locale, head: Sequence[Run] = ()) -> tuple[str, bool]:
    """The HTML of an answer, below `head`, where only one message can be shown; whether that is all of it."""
    messages = html_parts([*head, *answer_runs(answer, locale)])
    return messages[0], len(messages) == 1


def ask_on(
    username: str, question: str, locale: Locale, *, whole: bool, key: str = "whole_answer"
) -> InlineKeyboardMarkup:
    """A button to the bot's own chat: to ask on, or (named by `key`) to the answer that is not all here."""
    address = bot_link(username) if whole else ask_link(username, question)
    text = locale("ask_on" if whole else key)
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, url=address)]])


def too_much(services: Services, question: str, locale: Locale) -> str | None:
    """What is said to a question that is longer than questions may be."""
    limit = services.parts.settings.question_max_chars
    return locale("too_long", length=len(question), limit=limit) if len(question) > limit else None
