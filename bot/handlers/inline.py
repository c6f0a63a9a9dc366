"""Inline mode: `@bot words` in any chat offers the posts that fit. No model: results in the time of a search."""

from __future__ import annotations

import asyncio

from telegram import InlineQueryResultArticle, InputTextMessageContent, Update
from telegram.constants import ParseMode
from telegram.ext import InlineQueryHandler

from konspekt.bot.parts import Found
from konspekt.bot.sending import NO_PREVIEW, optional
from konspekt.bot.services import App, Context, services_of
from konspekt.bot.text.rendering import passages_html, shortened
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
    if words:
        try:
            passages = await asyncio.to_thread(services.parts.search.search, words, RESULTS)
        except NoIndexError:
            passages = []
    results = [_result(place, passage) for place, passage in enumerate(passages)]
    await optional(services, "answerInlineQuery", lambda: query.answer(results, cache_time=CACHE_SECONDS))


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
