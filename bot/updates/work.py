"""From a stored update to its effect: each in its lane, once, with an apology where it cannot be done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from telegram import Update
from telegram.error import Forbidden, NetworkError, TelegramError

from konspekt.bot import metrics
from konspekt.bot.parts.library import TryLater
from konspekt.bot.sending import send_html
from konspekt.bot.services import (
    KEY,
    App,
    Services,
    here_of,
)
from konspekt.bot.updates.albums import MEMBERS, Albums, album_key, merged
from konspekt.bot.updates.jobs import JOB
from konspekt.bot.updates.lanes import Lanes
from konspekt.bot.updates.raw_updates import completed, kind_of, lane_of
from konspekt.bot.wire.delivery import Delivery, Undelivered
from konspekt.storage.errors import LostClaim, StorageError
from konspekt.storage.updates import StoredUpdate
from konspekt.tracing.spans import span

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 4  # starts of one update's work; one that takes the process down with it must not do so forever
TRY_AGAIN_AFTER = 60.0
OLDEST = timedelta(days=1)  # Telegram itself keeps updates no longer


class Workshop:
    """Takes updates in and works them off. When `accept` returns they are stored, and Telegram may forget them."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._services: Services = app.bot_data[KEY]
        self._services.enqueue = self._enqueue
        self._services.start = self._start_all
        self._inbox = self._services.parts.inbox
        self._lanes: Lanes[StoredUpdate] = Lanes(self._work, self._services.parts.settings.workers)
        self._albums = Albums()
        self._known: set[int] = set()  # taken in and not yet done
        self._later: set[asyncio.TimerHandle] = set()

    async def accept(self, batch: Sequence[dict[str, Any]]) -> int:
        """Stores a batch and starts the work on what is new in it; how many that were."""
        return await self._take_in([raw for raw in batch if "update_id" in raw and JOB not in raw])

    async def _enqueue(self, job: dict[str, Any]) -> None:
        await self._take_in([job])

    def _start_all(self, jobs: Sequence[StoredUpdate]) -> None:
        self._start_new(jobs)

    async def _take_in(self, batch: Sequence[dict[str, Any]]) -> int:
        fresh = await self._services.stored(self._inbox.take_in, batch)
        for update in fresh:
            metrics.UPDATES.labels(kind_of(update.payload)).inc()
            self._start(update)
        return len(fresh)

    async def resume(self) -> int:
        """Takes up what an earlier run left undone. What the journal says of anything else no longer matters."""
        left = await self._services.stored(self._inbox.pending)
        self._services.journal.keep_only({update.id for update in left})
        return self._start_new(left)

    async def collect(self) -> int:
        """Takes up what other instances handed over, or left undone."""
        found = self._start_new(await self._services.stored(self._inbox.collect))
        metrics.COLLECTED.inc(found)
        return found

    async def renew(self) -> None:
        """Says that this instance lives. One that was given up for dead drops what another one works on now.

        In a thread of its own: however much there is to write, the sign of life comes in time.
        """
        if not await asyncio.to_thread(self._inbox.renew):
            self._cancel_later()
            await self._lanes.drop()
            self._known.clear()

    async def stop(self, seconds: float) -> bool:
        self._cancel_later()
        return await self._lanes.stop(seconds)

    @property
    def pending(self) -> int:
        return len(self._known)

    def _start_new(self, updates: Sequence[StoredUpdate]) -> int:
        """Starts those that are not at work yet; how many."""
        new = [update for update in updates if update.id not in self._known]
        for update in new:
            self._start(update)
        return len(new)

    def _cancel_later(self) -> None:
        for timer in self._later:
            timer.cancel()
        self._later.clear()

    def _start(self, update: StoredUpdate) -> None:
        self._known.add(update.id)
        metrics.PENDING.set(len(self._known))
        self._lanes.put(_lane(update), update)

    async def _work(self, stored: StoredUpdate) -> None:
        try:
            await self._work_off(stored)
        except LostClaim:
            log.warning("update %d is another instance's now", stored.id)
            self._known.discard(stored.id)

    async def _work_off(self, stored: StoredUpdate) -> None:
        services = self._services
        stored.attempts += 1
        delivery = services.deliveries[stored.id] = Delivery(stored, self._inbox, services.journal, services.writer)
        try:
            await services.stored(self._inbox.begin, stored.id)
            update, error = await self._process(stored, delivery)
            if isinstance(error, LostClaim):
                raise error
            if isinstance(error, Undelivered | NetworkError | TryLater | StorageError) and _is_young(stored):
                log.warning(
                    "update %d could not be done now (%s); it stays in the inbox", stored.id, type(error).__name__
                )
                await services.stored(self._inbox.postpone, stored.id)
                self._try_later(stored, delivery)
                return
            status = "done"
            if error is not None and not isinstance(error, Forbidden):
                log.error("update %d failed", stored.id, exc_info=error)
                await self._apologise(update)
                status = "failed"
            await services.stored(self._inbox.finish, stored.id, status)
            services.journal.finished(stored.id)
            metrics.UPDATES_DONE.labels(status).inc()
            self._known.discard(stored.id)
        except StorageError as error:
            log.warning("update %d: the database failed (%s); trying again later", stored.id, type(error).__name__)
            self._try_later(stored, delivery)
        finally:
            services.deliveries.pop(stored.id, None)
            services.failures.pop(stored.id, None)
            metrics.PENDING.set(len(self._known))

    async def _process(self, stored: StoredUpdate, delivery: Delivery) -> tuple[Update | None, BaseException | None]:
        """Runs the handlers; what went wrong, if anything."""
        try:
            if not await self._is_whole(delivery):
                return None, None
            update = Update.de_json(completed(delivery.payload), self._app.bot)
        except Exception as error:
            return None, error
        if stored.attempts > MAX_ATTEMPTS:
            return update, RuntimeError(f"given up after {MAX_ATTEMPTS} attempts")
        with span("konspekt.update") as one:
            one.set("konspekt.kind", kind_of(stored.payload))
            one.set("konspekt.attempt", stored.attempts)
            await self._app.process_update(update)
        return update, self._services.failures.get(stored.id)

    async def _is_whole(self, delivery: Delivery) -> bool:
        """Waits for the rest of an album. False for a message that another one of its album stands for."""
        key = album_key(delivery.payload)
        if key is None:
            return True
        message = delivery.payload[key[0]]
        members = delivery.result(MEMBERS)
        if members is None:
            members = await self._albums.gather(key, message)
            if members is None:
                return False
            try:
                await delivery.note(MEMBERS, members)
            finally:
                self._albums.keep(key, message, members)
        else:
            self._albums.keep(key, message, members)
        delivery.payload = merged(delivery.payload, members)
        return True

    async def _apologise(self, update: Update | None) -> None:
        """No one who asked is left without a reply, unless even that fails."""
        if update is None or not (update.message or update.edited_message or update.callback_query):
            return  # a channel, or a chat that the bot may not speak in by itself
        here = here_of(update, self._app.context_types.context.from_update(update, self._app))
        if here is None:
            return
        try:
            await send_html(here, "sorry", here.locale("sorry"), to_one=True)
        except (TelegramError, Undelivered) as error:
            log.warning("update %d: no apology either (%s)", update.update_id, type(error).__name__)

    def _try_later(self, stored: StoredUpdate, delivery: Delivery) -> None:
        again = StoredUpdate(stored.id, stored.payload, stored.received_at, 0, delivery.effect)

        def start() -> None:
            self._later.discard(timer)
            self._start(again)

        timer = asyncio.get_running_loop().call_later(TRY_AGAIN_AFTER, start)
        self._later.add(timer)


def _is_young(update: StoredUpdate) -> bool:
    return datetime.now(UTC) - update.received_at < OLDEST


def _lane(update: StoredUpdate) -> Hashable:
    return lane_of(update.payload)
