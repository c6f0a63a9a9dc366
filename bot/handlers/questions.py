"""A question, wherever it is asked: in private, in a group, by /ask, by an example's button."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, MessageEntity, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from konspekt.answering.answer import Answer, Done, Partial
from konspekt.bot import metrics
from konspekt.bot.handlers.feedback import answer_keyboard
from konspekt.bot.sending import optional, put_in_place, send_html
from konspekt.bot.services import (
    App,
    Context,
    Here,
    here_of,
)
from konspekt.bot.streaming import PREVIEW_STEP, Preview, typing
from konspekt.bot.text.rendering import answer_parts
from konspekt.indexer.errors import NoIndexError

log = logging.getLogger(__name__)
EXAMPLE = "example:"
NEW_MESSAGE = filters.UpdateType.MESSAGE & ~filters.VIA_BOT


def register(app: App) -> None:
    words = filters.TEXT | filters.CAPTION
    app.add_handler(CommandHandler("ask", asked_by_command, NEW_MESSAGE))
    app.add_handler(MessageHandler(NEW_MESSAGE & filters.ChatType.PRIVATE & words & ~filters.COMMAND, asked_in_private))
    app.add_handler(MessageHandler(NEW_MESSAGE & filters.ChatType.GROUPS & words & ~filters.COMMAND, heard_in_group))
    app.add_handler(CallbackQueryHandler(asked_by_example, pattern=f"^{EXAMPLE}"))


async def asked_in_private(update: Update, context: Context) -> None:
    if here := here_of(update, context):
        await answer_question(here, _words(here.message))


async def heard_in_group(update: Update, context: Context) -> None:
    """In a group the bot speaks when spoken to: mentioned, or replied to."""
    here = here_of(update, context)
    if here is None or here.message.is_automatic_forward:
        return
    message = here.message
    replied = message.reply_to_message
    to_me = replied is not None and replied.from_user is not None and replied.from_user.id == context.bot.id
    if not to_me and not _mentions(message, context.bot.id, context.bot.username):
        return
    question = without_mention(_words(message), context.bot.username)
    if not question and replied is not None and not to_me:
        question = _words(replied)  # "@bot" under somebody's question
    if question:
        await answer_question(here, question)


async def asked_by_command(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None:
        return
    _, _, question = _words(here.message).partition(" ")
    replied = here.message.reply_to_message
    if not question.strip() and replied is not None:
        question = _words(replied)
    if question.strip():
        await answer_question(here, question)
    else:
        await send_html(here, "hint", here.locale("empty_question"))


async def asked_by_example(update: Update, context: Context) -> None:
    """The question is the pressed button's own text, which Telegram sends back with its message."""
    here, query = here_of(update, context), update.callback_query
    if here is None or query is None:
        return
    await optional(here.services, "answerCallbackQuery", query.answer)
    markup = query.message.reply_markup if isinstance(query.message, Message) else None
    pressed = [
        b.text for row in (markup.inline_keyboard if markup else ()) for b in row if b.callback_data == query.data
    ]
    if pressed:
        await answer_question(here, pressed[0])


async def answer_question(here: Here, question: str) -> None:
    """The whole way from a question to its answer in the chat. Runs again from here after a restart."""
    question = question.strip()
    if await _turned_away(here, question):
        return
    ready: dict[str, Any] | None = here.delivery.result("answer")
    if ready is None:
        async with here.services.turnstile.turn(here.user_id), typing(here):
            ready = await _write(here, question)
    if ready:
        await _deliver(here, ready)


async def _turned_away(here: Here, question: str) -> bool:
    """Limits. A question that was let in before a restart stays let in."""
    settings, delivery = here.parts.settings, here.delivery
    if len(question) > settings.question_max_chars:
        told = here.locale("too_long", length=len(question), limit=settings.question_max_chars)
        await send_html(here, "refusal", told)
        return True
    if delivery.attempts > 1 and delivery.result("too_fast") is None:
        return False
    seconds = delivery.result("too_fast") or here.services.rate.admit(here.user_id, delivery.received_at)
    if seconds:
        await delivery.note("too_fast", seconds)
        told = here.locale("too_fast", limit=settings.questions_per_minute, seconds=round(seconds))
        await send_html(here, "refusal", told)
        return True
    return False


async def _write(here: Here, question: str) -> dict[str, Any] | None:
    """Lets the answer be written, shows it growing, stores it. What comes back is ready to be sent."""
    parts, started = here.parts, time.perf_counter()
    history = await here.services.stored(parts.memory.history, here.asker, parts.settings.memory_turns)
    preview, answer = Preview(here), None
    try:
        async for event in parts.answers.stream(question, history, language=here.locale.language):
            if isinstance(event, Partial):
                if answer is None and started:
                    metrics.FIRST_TOKEN_SECONDS.observe(time.perf_counter() - started)
                    started = 0.0
                preview.show(event.text)
            elif isinstance(event, Done):
                answer = event.answer
    except NoIndexError:
        await send_html(here, "refusal", here.locale("not_indexed"))
        return None
    finally:
        await preview.close()
    assert answer is not None, "the answerer ended without an answer"
    return await _store(here, answer)


async def _store(here: Here, answer: Answer) -> dict[str, Any]:
    """In one transaction: the answer with all that was found for it, and the messages that are to be sent."""
    messages = answer_parts(answer, here.locale)
    ready: dict[str, Any] = {}

    def effect_of(answer_id: int) -> dict[str, Any]:
        ready.update(id=answer_id, messages=messages, more=len(answer.passages) > len(answer.citations))
        return here.delivery.with_note("answer", ready)

    await here.services.stored(here.parts.memory.remember, here.asker, answer, here.delivery.update_id, effect_of)
    metrics.ANSWERS.labels("refused" if answer.refused else "extractive" if answer.extractive else "answered").inc()
    return ready


async def _deliver(here: Here, ready: dict[str, Any]) -> None:
    """Sends the messages of an answer: the first into the preview's place if there is one, the buttons on the last."""
    messages: list[str] = ready["messages"]
    keyboard = answer_keyboard(here.locale, ready["id"], more=ready["more"])
    message_id = 0
    for place, html in enumerate(messages):
        markup = keyboard if place == len(messages) - 1 else None
        preview_id = here.delivery.sent(PREVIEW_STEP) if place == 0 else None
        if preview_id and await put_in_place(here, preview_id, html, markup):
            message_id = preview_id
            continue
        message_id = await send_html(here, f"answer-{place}", html, markup, reply=place == 0)
    if message_id:
        await here.services.stored(here.parts.memory.sent_as, ready["id"], message_id)
    metrics.ANSWER_SECONDS.observe((datetime.now(UTC) - here.delivery.received_at).total_seconds())


def examples_keyboard(here: Here, titles: list[str]) -> InlineKeyboardMarkup | None:
    """A button for each example; pressing it asks what it says."""
    questions = [here.locale("example", title=title) for title in titles]
    rows = [[InlineKeyboardButton(text, callback_data=f"{EXAMPLE}{n}")] for n, text in enumerate(questions)]
    return InlineKeyboardMarkup(rows) if rows else None


def _words(message: Message) -> str:
    """What was written; half a surrogate pair and NUL, which models or PostgreSQL refuse, become `?` and a space."""
    return (message.text or message.caption or "").encode("utf-8", "replace").decode().replace("\0", " ")


def _mentions(message: Message, bot_id: int, username: str) -> bool:
    kinds: list[str | None] = [MessageEntity.MENTION, MessageEntity.TEXT_MENTION]
    found = {**message.parse_entities(kinds), **message.parse_caption_entities(kinds)}
    by_name = any(text.lower() == f"@{username}".lower() for text in found.values())
    return by_name or any(entity.user is not None and entity.user.id == bot_id for entity in found)


def without_mention(text: str, username: str) -> str:
    """The question without the bot's name, wherever it stands."""
    name = f"@{username}".lower()
    words = [word for word in text.split(" ") if word.lower().rstrip(",:") != name]
    return " ".join(words).strip(" ,:\n")
