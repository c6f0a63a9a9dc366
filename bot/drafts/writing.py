"""The work behind the buttons: drafts of the chosen networks, with its progress, until it is done or cancelled."""

from __future__ import annotations

import logging
from collections.abc import Callable
from html import escape

from telegram.error import TelegramError

from konspekt.bot.drafts import view
from konspekt.bot.drafts.desk import Desk, Session
from konspekt.bot.drafts.messages import (
    edit,
    place_of,
    say,
    show_draft,
)
from konspekt.bot.drafts.texts import words
from konspekt.bot.services import Here
from konspekt.bot.streaming import Coalescer
from konspekt.conversion.draft import Draft
from konspekt.conversion.errors import ConversionError
from konspekt.conversion.network import Network
from konspekt.conversion.networks import all_networks

log = logging.getLogger(__name__)
PROGRESS_INTERVAL = 2.0


async def write_all(here: Here, desk: Desk, session: Session) -> None:
    """The chosen networks one after another; a failure of one does not stop the others."""
    names = [name for name in all_networks() if name in session.chosen]
    progress = Coalescer(lambda html: edit(here, session.message_id, html, stop), PROGRESS_INTERVAL)
    stop = view.stopper(here.locale, session.id)
    written = 0
    try:
        for place, name in enumerate(names, 1):
            network = all_networks()[name]
            head = words(here.locale, "writing", network=network.title, done=place, total=len(names))
            progress.show(escape(head))

            def on_line(done: int, total: int, head: str = head) -> None:
                lines = words(here.locale, "lines", done=done, total=total)
                progress.show(escape(f"{head}\n{lines}"))

            written += await _write_one(here, desk, session, network, on_line)
    finally:
        await progress.close()
    desk.sessions.pop(session.id, None)
    await edit(here, session.message_id, words(here.locale, "finished", count=written), None)


async def _write_one(
    here: Here, desk: Desk, session: Session, network: Network, progress: Callable[[int, int], None]
) -> int:
    post, lang = session.post, session.lang or session.post.lang
    try:
        old = None if session.wishes else await desk.known(post, network, lang, session.user_id)
        if old is not None:
            note = words(here.locale, "old", date=f"{old.created_at:%d.%m.%Y %H:%M}")
            draft = Draft.from_json(old.content, old.model)
            await show_draft(here.bot, place_of(here), old.id, draft, network, post=post, note=note)
            return 1
        draft_id, draft = await desk.write(
            post,
            network,
            lang,
            session.user_id,
            wishes=session.wishes or desk.parts.wishes,
            speak=here.locale.language,
            progress=progress,
        )
        await show_draft(here.bot, place_of(here), draft_id, draft, network, post=post)
    except (ConversionError, TelegramError) as error:
        log.warning("a draft for %s was not written (%s)", network.name, type(error).__name__)
        await say(here, words(here.locale, "failed", network=network.title, reason=type(error).__name__))
        return 0
    return 1
