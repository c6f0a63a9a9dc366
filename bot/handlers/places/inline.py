"""Inline mode: `@bot words` in any chat offers the posts that fit. No model: results in the time of a search."""

from __future__ import annotations

import asyncio
import time

from telegram import InlineQueryResultArticle, InputTextMessageContent, Update
from telegram.constants import ParseMode
from telegram.ext import InlineQueryHandler

from konspekt.answering.answer import Answer, Timings
from konspekt.answering.finding import Scope
from konspekt.answering.planning import Planner, answer_of
from konspekt.bot.handlers.asking.addressed import has_words
from konspekt.bot.handlers.places.inline_asking import ask_result
from konspekt.bot.locales import Locale, locale_for
from konspekt.bot.parts.talk import Found
from konspekt.bot.sending import NO_PREVIEW, optional
from konspekt.bot.services import App, Context, services_of
from konspekt.bot.text.rendering import answer_parts, passages_html, shortened
from konspekt.indexer.errors import NoIndexError
from konspekt.indexer.passages import Passage

RESULTS, CACHE_SECONDS = 10, 60


def register(app: App) -> None:
    app.add_handler(InlineQueryHandler(typed_inline))


async def typed_inline(update: Update, context: Context) -> None:
    query = update.inline_query
    if query is None:
        return
    services = services_of(context)
    words = query.query.strip()[: services.parts.settings.question_max_chars]
    passages: list[Passage] = []
    results: list[InlineQueryResultArticle] = []
    if words:
        locale = locale_for(query.from_user.language_code, words)
        try:
            planned = await asyncio.to_thread(_planned, services.parts.planner, words, locale)
            if planned is not None:
                results, passages = [_overview(planned, locale)], list(planned.passages[: RESULTS - 1])
            else:
                passages = await asyncio.to_thread(services.parts.search.search, words, RESULTS)
        except NoIndexError:
            passages = []
    results += [_result(place, passage) for place, passage in enumerate(passages)]
    if has_words(words):
        results.append(ask_result(words, locale_for(query.from_user.language_code, words), context.bot.username))
    await optional(services, "answerInlineQuery", lambda: query.answer(results, cache_time=CACHE_SECONDS))


def _planned(planner: Planner | None, words: str, locale: Locale) -> Answer | None:
    """The answer to a question about the whole channel, the same as in a chat."""
    if planner is None:
        return None
    started = time.perf_counter()
    planned = planner.reply(words, (), Scope(RESULTS, None, None, None), locale.language)
    if planned is None:
        return None
    spent = (time.perf_counter() - started) * 1000
    return answer_of(words, planned, locale.language, Timings(spent, None, spent))


def _overview(answer: Answer, locale: Locale) -> InlineQueryResultArticle:
    content = InputTextMessageContent(answer_parts(answer, locale)[0], ParseMode.HTML, link_preview_options=NO_PREVIEW)
    return InlineQueryResultArticle(
        id="overview",
        title=shortened(answer.text.split("\n")[0], 80),
        description=shortened(" ".join(answer.text.split("\n")[1:]), 120),
        input_message_content=content,
    )


def _result(place: int, passage: Passage) -> InlineQueryResultArticle:
    found = Found(passage.document_id, passage.title, passage.url, passage.published_at, passage.text)
    date = f"{passage.published_at:%d.%m.%Y} · " if passage.published_at else ""
    content = InputTextMessageContent(passages_html([found], "🔎")[0], ParseMode.HTML, link_preview_options=NO_PREVIEW)
    return InlineQueryResultArticle(
        id=str(place),
        title=shortened(passage.title, 80) or "…",
        description=date + shortened(passage.text, 120),
        input_message_content=content,
    )
