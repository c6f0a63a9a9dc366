"""For the channel's admins, known by their user id: /reindex, /stats, /sources, and /cases beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.constants import ParseMode
from telegram.error import TelegramError

from konspekt.bot.handlers.asking.addressed import CommandHandler
from konspekt.bot.parts.library import CannotIndex, ReindexStep
from konspekt.bot.sending import put_in_place, send_html
from konspekt.bot.services import (
    App,
    Context,
    Here,
    here_of,
)
from konspekt.bot.streaming import Coalescer
from konspekt.bot.text.chart import questions_chart
from konspekt.bot.text.reports import sources_report, stats_report
from konspekt.bot.text.rich_text import Run, to_html
from konspekt.bot.text.splitting import html_parts

DAYS = 30
PROGRESS_INTERVAL = 3.0  # seconds between two lines of progress; groups allow 20 messages per minute

Action = Callable[[Here], Awaitable[None]]


def register(app: App) -> None:
    for command, action in (("reindex", reindex), ("stats", stats), ("sources", sources)):
        app.add_handler(CommandHandler(command, for_admins(action)))


def for_admins(action: Action) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
    async def handler(update: Update, context: Context) -> None:
        here = here_of(update, context)
        if here is None:
            return
        if here.is_admin:
            await action(here)
        else:
            await send_html(here, "refusal", here.locale("admins_only"), to_one=True)

    return handler


async def reindex(here: Here) -> None:
    """Runs with a line of progress that is edited as it goes. Killed in between, it goes on after the restart."""
    message_id = await send_html(here, "progress", here.locale("reindex_start"))
    loop = asyncio.get_running_loop()
    progress: Coalescer[str] = Coalescer(lambda html: _edit(here, message_id, html), PROGRESS_INTERVAL)

    def on_progress(step: ReindexStep) -> None:  # comes from the indexing thread
        total = f" / {step.total}" if step.total else ""
        line = here.locale("reindex_step", source=step.source, done=step.done, total=total)
        loop.call_soon_threadsafe(progress.show, to_html([Run(line)]))

    try:
        summary = await here.services.indexed(here.parts.indexing.reindex, on_progress, here.services.stopping.is_set)
        text = here.locale("reindex_done", summary=summary)
    except CannotIndex as error:
        text = here.locale("reindex_failed", reason=error)
    finally:
        await progress.close()
    html = html_parts([Run(text)])[0]
    if not (message_id and await put_in_place(here, message_id, html)):
        await send_html(here, "done", html)


async def _edit(here: Here, message_id: int, html: str) -> None:
    if not message_id:
        return
    try:
        await here.bot.edit_message_text(html, here.chat.id, message_id, parse_mode=ParseMode.HTML)
    except (TelegramError, TypeError):
        return  # the next line of progress, or the end, says it again


async def stats(here: Here) -> None:
    overview = await here.services.stored(here.parts.library.overview, DAYS)
    report = stats_report(overview, here.locale)
    if overview.questions:
        picture = await asyncio.to_thread(questions_chart, overview.days, here.locale)
        send = lambda: here.bot.send_photo(here.chat.id, picture, message_thread_id=here.thread_id)  # noqa: E731
        try:
            await here.delivery.once("chart", send)
        except TelegramError:  # an older server, a chat without pictures: the numbers come anyway
            await here.delivery.note("chart", {"sent": 0})
    for place, html in enumerate(html_parts(report)):
        await send_html(here, f"stats-{place}", html)


async def sources(here: Here) -> None:
    found = await here.services.stored(here.parts.library.sources)
    for place, html in enumerate(html_parts(sources_report(found, here.locale))):
        await send_html(here, f"sources-{place}", html)
