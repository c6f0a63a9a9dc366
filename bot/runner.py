"""The life of the bot: check the token, take up what was left, work, stop in good order."""

from __future__ import annotations

import asyncio
import hmac
import logging
import math
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Any
from urllib.parse import urlsplit

from telegram.error import InvalidToken, TelegramError

from konspekt.bot import metrics
from konspekt.bot.application import build_application
from konspekt.bot.errors import TokenError, UnreachableError
from konspekt.bot.http_server import (
    Listening,
    listen,
    operation_routes,
    webhook_route,
)
from konspekt.bot.introduction import introduce
from konspekt.bot.messages import say
from konspekt.bot.parts.bot_parts import BotParts
from konspekt.bot.sending import optional
from konspekt.bot.services import KEY, App, Services
from konspekt.bot.updates.polling import TokenRefused, poll
from konspekt.bot.updates.raw_updates import ALLOWED
from konspekt.bot.updates.work import Workshop

log = logging.getLogger(__name__)

START_PAUSES = (1, 2, 4, 8, 15, 30)  # seconds between tries to reach Telegram at the start
HOUSEKEEPING = 30.0
COLLECT_EVERY = 1.0  # seconds, in case that a ring of the bell was not heard
SILENCE = 120.0  # seconds without contact after which /health says so


class Bot:
    """One run. `await run()` returns when `stop()` was called (or a signal came, see `handle_signals`)."""

    def __init__(self, parts: BotParts, extra_features: tuple[Callable[[App], None], ...] = ()) -> None:
        self.parts = parts
        self.app = build_application(parts, extra_features)
        self.services: Services = self.app.bot_data[KEY]
        self.workshop = Workshop(self.app)
        self.ready = asyncio.Event()
        self.operation: Listening | None = None
        self.webhook: Listening | None = None
        self._stop = asyncio.Event()
        self._contact = time.monotonic()

    def stop(self) -> None:
        self._stop.set()

    def handle_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)

    async def run(self) -> None:
        """Raises BotError when it cannot start, or when the token is refused later on."""
        settings = self.parts.settings
        async with AsyncExitStack() as cleanup:
            await self._connect()
            cleanup.push_async_callback(self._disconnect)
            if settings.metrics_listen:
                self.operation = await listen(settings.metrics_listen, operation_routes(self.health))
                cleanup.push_async_callback(self.operation.close)
            left = await self.workshop.resume()
            log.info("bot @%s is ready; %d updates were left from before", self.app.bot.username, left)
            alive = asyncio.create_task(self._stay_alive())
            tasks = [
                asyncio.create_task(self._keep_house()),
                asyncio.create_task(introduce(self.services, self.app.bot)),
            ]
            tasks.append(asyncio.create_task(self._warm_up()))
            tasks += [asyncio.create_task(work()) for work in self.services.background]
            receiver = asyncio.create_task(self._receive())
            self.ready.set()
            stopped = asyncio.create_task(self._stop.wait())
            await asyncio.wait({receiver, stopped}, return_when=asyncio.FIRST_COMPLETED)
            await _cancel({*tasks, receiver, stopped})
            outcome = None if receiver.cancelled() else receiver.exception()
            self.services.stopping.set()
            log.info("stopping: %d updates at work or waiting", self.workshop.pending)
            done = await self.workshop.stop(settings.stop_seconds)
            await _cancel({alive})
            if done:
                await self.services.stored(self.parts.inbox.leave)
            else:
                log.warning("some answers were not done in time; the next start goes on with them")
            if isinstance(outcome, TokenRefused):
                raise TokenError(say("revoked"))
            if outcome is not None:
                raise outcome

    def health(self) -> dict[str, Any]:
        """For /health: fine while Telegram was heard from lately (a webhook may be silent for long)."""
        silent = time.monotonic() - self._contact
        ok = self.parts.settings.webhook_url is not None or silent < SILENCE
        report = {"ok": ok, "pending": self.workshop.pending, "seconds_since_contact": round(silent, 1)}
        return report if self.parts.model_health is None else {**report, "local_model": self.parts.model_health()}

    # ------------------------------------------------------------------ start and end

    async def _connect(self) -> None:
        """Checks the token. A server that cannot be reached is tried for about a minute."""
        url = self.parts.settings.api_url
        for pause in (*START_PAUSES, None):
            try:
                await self.app.initialize()
            except InvalidToken as error:
                raise TokenError(say("wrong_token", host=_host(url))) from error
            except TelegramError as error:
                if pause is None or self._stop.is_set():
                    raise UnreachableError(say("unreachable", host=_host(url))) from error
                log.warning("the Bot API server %s cannot be reached; trying again in %d s", _host(url), pause)
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), pause)
            except (KeyError, TypeError, ValueError) as error:
                raise UnreachableError(say("no_bot_api", host=_host(url))) from error
            else:
                self._heard()
                return

    async def _disconnect(self) -> None:
        await self.app.shutdown()
        self.services.writer.shutdown(wait=True)
        self.services.journal.close()

    def _heard(self) -> None:
        self._contact = time.monotonic()

    # ------------------------------------------------------------------ work

    async def _receive(self) -> None:
        settings, bot = self.parts.settings, self.app.bot
        if settings.webhook_url is None:
            await optional(self.services, "deleteWebhook", bot.delete_webhook)
            await poll(bot, self.workshop.accept, self._heard)
            return
        secret = settings.webhook_secret or _secret_of(settings.token)
        path = urlsplit(settings.webhook_url).path or "/"
        self.webhook = await listen(settings.webhook_listen, [webhook_route(path, secret, self._accept_webhook)])
        try:
            await bot.set_webhook(settings.webhook_url, secret_token=secret, allowed_updates=ALLOWED)
            log.info("listening for Telegram on %s", settings.webhook_listen)
            await asyncio.Event().wait()
        finally:
            await self.webhook.close()

    async def _accept_webhook(self, batch: Any) -> int:
        self._heard()
        metrics.LAST_CONTACT.set_to_current_time()
        return await self.workshop.accept(batch)

    async def _stay_alive(self) -> None:
        """Where several instances share the inbox: says that this one lives, and takes what the others hand over."""
        if not self.parts.inbox.shared:
            return
        loop, handed, renewed = asyncio.get_running_loop(), asyncio.Event(), -math.inf

        def heard() -> None:
            loop.call_soon_threadsafe(handed.set)

        bell = self.parts.bell(heard) if self.parts.bell is not None else None
        try:
            while True:
                try:
                    if loop.time() - renewed >= self.parts.settings.renew_every:
                        await self.workshop.renew()
                        renewed = loop.time()
                    await self.workshop.collect()
                except Exception as error:
                    log.warning("the other instances cannot be seen: %s", type(error).__name__)
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(handed.wait(), COLLECT_EVERY)
                handed.clear()
        finally:
            if bell is not None:
                await asyncio.to_thread(bell.close)

    async def _keep_house(self) -> None:
        """Forgets what is long done."""
        inbox, meters = self.parts.inbox, self.parts.meters
        while True:
            try:
                metrics.INSTANCES.set(len(await self.services.stored(inbox.alive)))
                await self.services.stored(inbox.prune)
                if meters is not None:
                    await self.services.stored(meters.prune)
                await self._keep_memory()
            except Exception as error:
                log.warning("housekeeping failed: %s", type(error).__name__)
            await asyncio.sleep(HOUSEKEEPING)

    async def _keep_memory(self) -> None:
        """Turns get their vectors after their answers; what is older than it may be goes."""
        control = self.parts.memory_control
        if control is not None:
            await asyncio.to_thread(control.embed_waiting)
            await self.services.stored(control.prune)

    async def _warm_up(self) -> None:
        if self.parts.warm_up is None:
            return
        try:
            await asyncio.to_thread(self.parts.warm_up)
        except Exception as error:  # the first question will say it better
            log.warning("the models could not be loaded ahead: %s", type(error).__name__)


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    """A cancellation may get lost when a result arrives at the same moment: repeated until all have ended."""
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=1.0)


def _secret_of(token: str) -> str:
    """The same for every instance: each tells Telegram the secret of the one webhook that they share."""
    return hmac.new(token.encode(), b"webhook", "sha256").hexdigest()


def _host(url: str) -> str:
    """The server's address without any path or credentials in it."""
    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname or "TELEGRAM_API_URL"
    except ValueError:
        return "TELEGRAM_API_URL"
