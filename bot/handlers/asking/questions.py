"""A question, wherever it is asked: in private, in a group, by /ask, by an example's button."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from html import escape
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.constants import MessageLimit
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from konspekt.answering.answer import Answer, Done, Partial, Status, Turn
from konspekt.answering.question.follow_up import is_follow_up
from konspekt.answering.question.limits import asks_of_the_picture
from konspekt.bot import metrics
from konspekt.bot.handlers.asking.addressed import (
    A_COMMAND,
    NEW_MESSAGE,
    Asked,
    CommandHandler,
    asked_in,
    has_words,
    is_called,
)
from konspekt.bot.handlers.asking.comments import under_post
from konspekt.bot.handlers.asking.delivering import deliver
from konspekt.bot.handlers.asking.forms import rich_form, shows_rich
from konspekt.bot.handlers.asking.reactions import looking
from konspekt.bot.handlers.asking.recalling import options_of, recalled, with_used
from konspekt.bot.sending import optional, send_html
from konspekt.bot.services import (
    App,
    Context,
    Here,
    here_of,
)
from konspekt.bot.streaming import Preview, draft_id_of, typing
from konspekt.bot.text.copying import copied
from konspekt.bot.text.rendering import answer_parts, parts_of
from konspekt.indexer.errors import NoIndexError
from konspekt.memory.recalled import Recalled
from konspekt.tracing.spans import span

log = logging.getLogger(__name__)
LET_IN = "let_in"  # the step of a question that was counted before it was recognised
SEEN = "seen"  # the step that holds the text of its pictures
EXAMPLE = "example:"
ABOUT_CHARS = 600  # of the message that a question is about: enough to know its topic


def register(app: App) -> None:
    words = NEW_MESSAGE & (filters.TEXT | filters.CAPTION) & ~A_COMMAND
    app.add_handler(CommandHandler("ask", asked_by_command))
    app.add_handler(MessageHandler(words & filters.ChatType.PRIVATE, asked_in_private))
    app.add_handler(MessageHandler(words & filters.ChatType.GROUPS, heard_in_group))
    app.add_handler(CallbackQueryHandler(asked_by_example, pattern=f"^{EXAMPLE}"))


async def asked_in_private(update: Update, context: Context) -> None:
    if here := here_of(update, context):
        await answer_question(here, asked_in(here.message, context.bot.id, context.bot.username))


async def heard_in_group(update: Update, context: Context) -> None:
    """In a group the bot speaks when spoken to: mentioned, or replied to."""
    here = here_of(update, context)
    if here is None or here.message.is_automatic_forward:
        return
    message = here.message
    replied = message.reply_to_message
    to_me = replied is not None and replied.from_user is not None and replied.from_user.id == context.bot.id
    if not to_me and not is_called(message, context.bot.id, context.bot.username):
        return
    here, asked = await under_post(here, asked_in(message, context.bot.id, context.bot.username))
    if has_words(asked.question):
        await answer_question(here, asked)


async def asked_by_command(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None:
        return
    here, asked = await under_post(here, asked_in(here.message, context.bot.id, context.bot.username))
    if has_words(asked.question):
        await answer_question(here, asked)
    else:
        await send_html(here, "hint", here.locale("empty_question"), to_one=True)


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
        await answer_question(here, Asked(pressed[0]))


async def answer_question(here: Here, asked: Asked) -> None:
    """The whole way from a question to its answer in the chat. Runs again from here after a restart."""
    with span("konspekt.question") as one:
        one.set("konspekt.characters", len(asked.question))
        one.set_text("konspekt.question.text", asked.question)
        await _answer_question(here, asked)


async def _answer_question(here: Here, asked: Asked) -> None:
    if await turned_away(here, asked.question):
        return
    if here.message.photo and not asked.understood and asks_of_the_picture(asked.question):
        await send_html(here, "picture", here.locale("picture_only"))
        return
    async with looking(here):
        ready: dict[str, Any] | None = here.delivery.result("answer")
        if ready is None:
            async with here.services.turnstile.turn(here.user_id), typing(here):
                ready = await write_answer(here, asked)
        if ready:
            await deliver(here, asked, ready)


async def turned_away(here: Here, question: str) -> bool:
    """Limits. A question that was let in before a restart stays let in."""
    settings, delivery = here.parts.settings, here.delivery
    if len(question) > settings.question_max_chars:
        told = here.locale("too_long", length=len(question), limit=settings.question_max_chars)
        await send_html(here, "refusal", told, to_one=True)
        return True
    if (delivery.attempts > 1 or delivery.result(LET_IN)) and delivery.result("too_fast") is None:
        return False
    seconds = delivery.result("too_fast") or here.services.rate.admit(here.user_id, delivery.received_at)
    if seconds:
        await delivery.note("too_fast", seconds)
        told = here.locale("too_fast", limit=settings.questions_per_minute, seconds=round(seconds))
        await send_html(here, "refusal", told, to_one=True)
        return True
    return False


async def write_answer(here: Here, asked: Asked, *, watched: bool = True) -> dict[str, Any] | None:
    """Lets the answer be written, shows it growing (`watched`), stores it. What comes back is ready to be sent."""
    parts, started = here.parts, time.perf_counter()
    found = await recalled(here, asked.question, await _history(here, asked))
    if found.answer is not None:
        return await _store(here, found.answer, found)
    stop = here.services.generations.begin(here.chat.id, draft_id_of(here), here.user_id)
    preview, answer = Preview(here, stop, rich=watched and await shows_rich(here)), None
    try:
        options = {"language": here.locale.language, "stop": stop, **options_of(found)}
        question = f"{found.question} {asked.post}".rstrip()  # a linked post is looked at first
        async for event in parts.answers.stream(question, found.history, **options):
            if isinstance(event, Partial):
                if answer is None and started:
                    metrics.FIRST_TOKEN_SECONDS.observe(time.perf_counter() - started)
                    started = 0.0
                if watched:
                    preview.show(event.parts or event.text)
            elif isinstance(event, Status) and event.step == "writing" and watched:
                preview.show(here.locale("writing"))  # with the button to stop it, before there is a word
            elif isinstance(event, Done):
                answer = event.answer
    except NoIndexError:
        await send_html(here, "refusal", here.locale("not_indexed"), to_one=True)
        return None
    finally:
        here.services.generations.end(here.chat.id, draft_id_of(here))
        await preview.close()
    assert answer is not None, "the answerer ended without an answer"
    return await _store(here, replace(answer, question=asked.question), found)


async def _history(here: Here, asked: Asked) -> list[Turn]:
    """What was said before, and last of all what the question is asked about."""
    memory = here.parts.memory
    history = list(await here.services.stored(memory.history, here.asker, here.parts.settings.memory_turns))
    replied = here.message.reply_to_message
    if not asked.about:
        return history
    about = asked.about[:ABOUT_CHARS]
    if asked.about_bot and replied is not None:
        said = await here.services.stored(memory.said, here.chat.id, replied.message_id)
        if said is not None:
            whole = here.message.quote is None
            if not whole and not is_follow_up(about, [Turn("user", said.question)]):
                return [Turn("user", about)]  # «а что это?» is asked of the words that were pointed at
            turns = [Turn("user", said.question), Turn("assistant", said.text if whole else about, said.cited)]
            return history if whole and [turn.text for turn in history[-1:]] == [said.text] else history + turns
    return [*history, Turn("user", about)]


async def _store(here: Here, answer: Answer, found: Recalled) -> dict[str, Any]:
    """In one transaction: the answer with all that was found for it, what is to be remembered, and the messages that
    are to be sent."""
    plain = answer_parts(answer, here.locale)
    messages = with_used(plain, found, answer, here.locale)
    shown = answer if found.answer is None else None
    if found.answer is not None:
        answer = replace(answer, text=found.stored_text, parts=())
    if here.update.message is not None and here.update.message.photo and here.delivery.result(SEEN) is None:
        messages = _with_note(messages, here.locale("picture_unseen"))
    below = "".join(messages)[len("".join(plain)) :]
    ready: dict[str, Any] = {} if shown is None else await rich_form(here, shown, below)
    ready["copy"] = [] if shown is None else copied(parts_of(shown))

    def effect_of(answer_id: int) -> dict[str, Any]:
        more = len(answer.passages) > len(answer.citations)
        noted = any(not one.ends for one in found.notes)
        ready.update(
            id=answer_id,
            messages=messages,
            more=more,
            listing=answer.listing,
            noted=noted,
            choices=list(answer.choices),
            refused=answer.refused,
        )
        return here.delivery.with_note("answer", ready)

    remember, update_id = here.parts.memory.remember, here.delivery.update_id
    kept = found if here.parts.recollection is not None else None
    await here.services.stored(remember, here.asker, answer, update_id, effect_of, kept)
    metrics.ANSWERS.labels("refused" if answer.refused else "extractive" if answer.extractive else "answered").inc()
    return ready


def _with_note(messages: list[str], note: str) -> list[str]:
    """One more line under an answer, in a message of its own where there is no room."""
    line = f"<i>{escape(note, quote=False)}</i>"
    last = f"{messages[-1]}\n\n{line}"
    return [*messages[:-1], last] if len(last) <= MessageLimit.MAX_TEXT_LENGTH // 2 else [*messages, line]


def examples_keyboard(questions: list[str]) -> InlineKeyboardMarkup | None:
    """A button for each example; pressing it asks what it says."""
    rows = [[InlineKeyboardButton(text, callback_data=f"{EXAMPLE}{n}")] for n, text in enumerate(questions)]
    return InlineKeyboardMarkup(rows) if rows else None
