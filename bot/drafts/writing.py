"""The work behind the buttons: drafts of the chosen networks, with its progress, until it is done or cancelled.

It is one of the bot's jobs (`konspekt.bot.updates.jobs`): after a crash it resumes at the draft it had reached, and
what was written or sent before is neither written nor sent again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from telegram.error import TelegramError

from konspekt.bot.drafts import view
from konspekt.bot.drafts.desk import Desk, Running, wishes_from
from konspekt.bot.drafts.messages import Place, show_draft
from konspekt.bot.locales import Locale
from konspekt.bot.services import Context, Here, services_of
from konspekt.bot.streaming import Coalescer
from konspekt.bot.updates.jobs import Body, job_update
from konspekt.bot.wire.delivery import Delivery
from konspekt.conversion.document import Post
from konspekt.conversion.draft import Draft
from konspekt.conversion.errors import ConversionError
from konspekt.conversion.network import Network
from konspekt.conversion.networks import all_networks
from konspekt.conversion.posts.stored_posts import post_from_json, post_to_json
from konspekt.conversion.wishes import Wishes

log = logging.getLogger(__name__)
PROGRESS_INTERVAL = 2.0
KIND = "drafts"


@dataclass(frozen=True, slots=True)
class Order:
    """Which drafts are to be written. With `wishes` they are written again: an old one of the post is not shown."""

    session_id: str
    user_id: int
    message_id: int  # where the progress is shown
    post: Post
    networks: tuple[str, ...]
    lang: str
    wishes: Wishes | None = None

    @classmethod
    def of(cls, body: Body) -> Order:
        wishes = body["wishes"]
        return cls(
            body["session"],
            body["from"]["id"],
            body["message"],
            post_from_json(body["post"]),
            tuple(body["networks"]),
            body["lang"],
            wishes_from({"wishes": wishes}) if wishes is not None else None,
        )


async def order(
    here: Here,
    session_id: str,
    message_id: int,
    *,
    post: Post,
    networks: Iterable[str],
    lang: str | None,
    wishes: Wishes | None = None,
) -> None:
    """Has drafts written outside the lanes: whoever waits for one can still press a button."""
    body = {
        "from": {"id": here.user_id},
        "chat": here.chat.id,
        "thread": here.thread_id,
        "locale": here.locale.language,
        "session": session_id,
        "message": message_id,
        "post": post_to_json(post),
        "networks": [name for name in all_networks() if name in set(networks)],
        "lang": lang or post.lang,
        "wishes": wishes.to_json() if wishes is not None else None,
    }
    await here.services.later(job_update(here.delivery.update_id, KIND, body))


def drafts_job(desk: Desk) -> Callable[[Context, Delivery, Body], Any]:
    async def work(context: Context, delivery: Delivery, body: Body) -> None:
        language: Literal["ru", "en"] = body["locale"]
        suggests = services_of(context).parts.settings.suggest_to is not None
        place = Place(context.bot, delivery, body["chat"], body["thread"], Locale(language), suggests)
        wanted = Order.of(body)
        task = asyncio.create_task(_write_all(place, desk, wanted))
        desk.running[wanted.session_id] = Running(task, (place.chat_id, wanted.user_id))
        try:
            await task
        except asyncio.CancelledError:
            if wanted.session_id not in desk.cancelled:
                raise  # the bot stops; the next start resumes
        finally:
            desk.running.pop(wanted.session_id, None)
            desk.sessions.pop(wanted.session_id, None)
            desk.cancelled.discard(wanted.session_id)

    return work


async def _write_all(place: Place, desk: Desk, wanted: Order) -> None:
    """The networks one after another; a failure of one does not stop the others."""
    progress: Coalescer[str] = Coalescer(lambda html: place.edit(wanted.message_id, html, stop), PROGRESS_INTERVAL)
    stop = view.stopper(place.locale, wanted.session_id)
    written, total = 0, len(wanted.networks)
    try:
        for number, name in enumerate(wanted.networks, 1):
            network = all_networks()[name]
            head = place.locale("convert_writing", network=network.title, done=number, total=total)
            progress.show(escape(head))

            def on_line(done: int, total: int, head: str = head) -> None:
                lines = place.locale("convert_lines", done=done, total=total)
                progress.show(escape(f"{head}\n{lines}"))

            written += await _write_one(place, desk, wanted, network, on_line)
    finally:
        await progress.close()
    await place.edit(wanted.message_id, place.locale("convert_finished", count=written))


async def _write_one(
    place: Place, desk: Desk, wanted: Order, network: Network, progress: Callable[[int, int], None]
) -> int:
    step = f"draft-{network.name}"
    try:
        if place.delivery.result(step) is None:
            await _draft(place, desk, wanted, network, step=step, progress=progress)
        return await show_kept(place, desk, step, network, wanted.post)
    except (ConversionError, TelegramError) as error:
        log.warning("a draft for %s was not written (%s)", network.name, type(error).__name__)
        reason = place.locale("convert_failed", network=network.title, reason=type(error).__name__)
        await place.send(f"{step}-failed", escape(reason, quote=False))
        return 0


async def _draft(
    place: Place, desk: Desk, wanted: Order, network: Network, *, step: str, progress: Callable[[int, int], None]
) -> None:
    """Leaves the id of a draft in the delivery's step: of an existing one, or of a new one."""
    if wanted.wishes is None:
        old = await desk.known(wanted.post, network, wanted.lang, wanted.user_id)
        if old is not None:
            note = place.locale("convert_old", date=f"{old.created_at:%d.%m.%Y %H:%M}")
            await place.delivery.note(step, {"draft": old.id, "note": note})
            return
    await desk.write(
        place.delivery,
        step,
        post=wanted.post,
        network=network,
        lang=wanted.lang,
        user_id=wanted.user_id,
        wishes=wanted.wishes or desk.parts.wishes,
        speak=place.locale.language,
        progress=progress,
    )


async def show_kept(place: Place, desk: Desk, step: str, network: Network, post: Post) -> int:
    """Shows the draft whose id the delivery's step holds; 0 when it no longer exists."""
    kept = place.delivery.result(step)
    stored = await desk.stored(desk.parts.drafts.get, kept["draft"])
    if stored is None:
        return 0
    draft = Draft.from_json(stored.content, stored.model)
    await show_draft(place, step, stored.id, draft, network, post=post, note=kept.get("note", ""))
    return 1
