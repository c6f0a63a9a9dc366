"""/quiz and /progress: questions as Telegram's own quiz polls, asked again when they are about to be forgotten."""

from __future__ import annotations

import asyncio
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.constants import ParseMode
from telegram.error import Forbidden
from telegram.ext import CallbackQueryHandler, PollAnswerHandler

from konspekt.assistant.learning.quizzes import Asked
from konspekt.bot.handlers.asking.addressed import CommandHandler, after_command
from konspekt.bot.locales import Locale
from konspekt.bot.parts.bot_parts import LearningParts
from konspekt.bot.sending import NO_PREVIEW, optional, send_html
from konspekt.bot.services import KEY, App, Context, Here, Services, here_of, services_of
from konspekt.bot.text.quiz import answered_html, explanation_html, progress_chart, question_text
from konspekt.bot.text.rich_text import Run, to_html

NEXT = "lq:"
LONGEST_TOPIC = 100


def register(app: App) -> None:
    """Does nothing for a bot that was not given learning."""
    services: Services = app.bot_data[KEY]
    if services.parts.learning is None:
        return
    app.add_handler(CommandHandler("quiz", asked_for_quiz))
    app.add_handler(CommandHandler("progress", asked_for_progress))
    app.add_handler(CallbackQueryHandler(asked_for_next, pattern=f"^{NEXT}"))
    app.add_handler(PollAnswerHandler(answered))


async def asked_for_quiz(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None:
        return
    topic = after_command(here.message)[:LONGEST_TOPIC] or None
    if here.is_private:
        await ask(here, topic)
    elif here.is_admin:
        await ask_group(here, topic)
    else:
        await send_html(here, "quiz", here.locale("quiz_admins"))


async def asked_for_next(update: Update, context: Context) -> None:
    here, query = here_of(update, context), update.callback_query
    if here is None or query is None:
        return
    await optional(here.services, "answerCallbackQuery", query.answer)
    number = (query.data or "").removeprefix(NEXT)
    if number.isdecimal() and len(number) <= 18 and here.is_private:
        quizzes = _learning(here.services).quizzes
        await ask(here, await here.services.stored(quizzes.topic_of, here.user_id, int(number)))


async def ask(here: Here, topic: str | None) -> None:
    """Sends the next question. It is chosen once, so that a restart sends the same."""
    quizzes = _learning(here.services).quizzes
    chosen = here.delivery.result("question")
    if chosen is None:
        await asyncio.to_thread(quizzes.prepare)
        asked = await here.services.stored(quizzes.ask, here.user_id, here.locale.language, topic)
        if isinstance(asked, Asked):
            chosen = {"row": asked.row, **_poll(asked.question, here.locale)}
        elif asked.reason == "nothing":
            key = "quiz_nothing_on" if topic else "quiz_nothing"
            chosen = {"text": here.locale(key, topic=topic)}
        elif asked.due is None:
            chosen = {"text": here.locale("quiz_open")}
        else:
            chosen = {"text": here.locale("quiz_later", when=f"{asked.due:%d.%m.%Y}")}
        await here.delivery.note("question", chosen)
    if "text" in chosen:
        await send_html(here, "quiz", to_html([Run(chosen["text"])]))
        return
    poll_ids: list[str] = []
    await here.delivery.once("poll", lambda: _send_poll(here, chosen, poll_ids))
    if poll_ids:
        await here.services.stored(quizzes.sent, here.user_id, chosen["row"], poll_ids[0])


async def ask_group(here: Here, topic: str | None) -> None:
    """A question for everybody: Telegram shows who was right, and nothing is kept."""
    chosen = here.delivery.result("question")
    if chosen is None:
        quizzes = _learning(here.services).quizzes
        question = await asyncio.to_thread(quizzes.example, here.delivery.update_id, topic)
        nothing = here.locale("quiz_nothing_on" if topic else "quiz_nothing", topic=topic)
        chosen = _poll(question, here.locale) if question is not None else {"text": nothing}
        await here.delivery.note("question", chosen)
    if "text" in chosen:
        await send_html(here, "quiz", to_html([Run(chosen["text"])]))
    else:
        await here.delivery.once("poll", lambda: _send_poll(here, chosen, []))


def _poll(question: Any, locale: Locale) -> dict[str, Any]:
    source = question.fact.source
    return {
        "ask": question_text(question.kind, question.ask, question.title, locale),
        "options": list(question.options),
        "correct": question.correct,
        "why": explanation_html(source.text, source.title, source.url),
    }


async def _send_poll(here: Here, chosen: dict[str, Any], poll_ids: list[str]) -> Message:
    message = await here.bot.send_poll(
        here.chat.id,
        chosen["ask"],
        chosen["options"],
        is_anonymous=False,
        type="quiz",
        correct_option_ids=[chosen["correct"]],
        explanation=chosen["why"],
        explanation_parse_mode=ParseMode.HTML,
        message_thread_id=here.thread_id,
    )
    if message.poll is not None:
        poll_ids.append(message.poll.id)
    return message


async def answered(update: Update, context: Context) -> None:
    """Telegram tells what a reader chose. The answer counts once, and the sentence that bears it out is cited."""
    told, services = update.poll_answer, services_of(context)
    if told is None or told.user is None or not told.option_ids:
        return
    delivery, user_id, quizzes = services.deliveries[update.update_id], told.user.id, _learning(services).quizzes
    result = await services.stored(quizzes.answer, user_id, told.poll_id, told.option_ids[0])
    if result is None:
        return
    locale = Locale("ru" if result.language == "ru" else "en")
    days = (result.due.date() - quizzes.now().date()).days
    html = answered_html(result, days, locale)
    button = InlineKeyboardButton(locale("quiz_next"), callback_data=f"{NEXT}{result.row}")
    try:
        await delivery.once(
            "verdict",
            lambda: context.bot.send_message(
                user_id,
                html,
                parse_mode=ParseMode.HTML,
                reply_markup=InlineKeyboardMarkup([[button]]),
                link_preview_options=NO_PREVIEW,
            ),
        )
    except Forbidden:
        return


async def asked_for_progress(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None:
        return
    if not here.is_private:
        await send_html(here, "progress", here.locale("quiz_admins"))
        return
    quizzes = _learning(here.services).quizzes
    await asyncio.to_thread(quizzes.prepare)
    progress = await here.services.stored(quizzes.progress, here.user_id)
    if not progress.cards:
        await send_html(here, "progress", here.locale("progress_none"))
        return
    caption = here.locale(
        "progress_caption",
        cards=progress.cards,
        questions=max(progress.questions, progress.cards),
        known=progress.well_known,
        due=progress.due,
    )
    picture = await asyncio.to_thread(progress_chart, progress, here.locale)
    send = lambda: here.bot.send_photo(here.chat.id, picture, caption=caption, message_thread_id=here.thread_id)  # noqa: E731
    await here.delivery.once("progress", send)


def _learning(services: Services) -> LearningParts:
    assert services.parts.learning is not None
    return services.parts.learning
