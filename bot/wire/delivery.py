"""Sending a message exactly once, whatever happens to the process.

Each update has a `Delivery`. A handler runs again from its start after a crash; every message it sends has a name
(a step), and a step that is done is not done again. For each step the update's row says:

    nothing              not sent, unless the journal says that it left
    {"sent": id}         the server accepted it

Telegram has no idempotency key, so a process that is killed between a message's leaving and the note that it arrived
cannot know whether it did. The journal is written microseconds before it leaves, so that nearly all of that time the
message is on its way: it counts as sent, so that no answer comes twice. A message that is edited into place (a
preview whose id is known) has no such doubt: editing twice is the same as editing once.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from konspekt.bot import metrics
from konspekt.bot.parts.library import Inbox
from konspekt.bot.wire.journal import Journal
from konspekt.bot.wire.request import Shipment, shipment
from konspekt.storage.errors import LostClaim
from konspekt.tracing.spans import span

if TYPE_CHECKING:
    from konspekt.storage.updates import StoredUpdate

log = logging.getLogger(__name__)

ATTEMPTS = 12  # with the pauses below: about eight minutes of an unreachable server
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
T = TypeVar("T")


class Undelivered(Exception):
    """A message that could not be sent although it was tried again and again. Its update stays to be done."""


class Delivery:
    """What one update has brought about so far, and the sending of what is left."""

    def __init__(self, update: StoredUpdate, inbox: Inbox, journal: Journal, executor: Executor) -> None:
        self.update_id = update.id
        self.payload = update.payload
        self.received_at = update.received_at
        self.attempts = update.attempts
        self._effect = dict(update.effect)
        self._inbox = inbox
        self._journal = journal
        self._executor = executor

    # ------------------------------------------------------------------ steps

    def result(self, step: str) -> Any:
        """What a step left behind; None if it was never done."""
        return self._effect.get(step)

    def sent(self, step: str) -> int | None:
        """Id of the message that a step sent; 0 when it counts as sent but its id is not known; None if not sent."""
        state = self._effect.get(step)
        if isinstance(state, dict) and "sent" in state:
            return int(state["sent"] or 0)
        return 0 if self._journal.has_left(self.update_id, step) else None

    @property
    def effect(self) -> dict[str, Any]:
        return dict(self._effect)

    async def note(self, step: str, value: Any) -> None:
        """Remembers a step's result; returns once it would survive the process."""
        self._effect[step] = value
        await self._save()

    def with_note(self, step: str, value: Any) -> dict[str, Any]:
        """The effect as it will be with one more step done, for callers that store it in their own transaction."""
        self._effect[step] = value
        return dict(self._effect)

    async def blocking(self, call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """A call of the inbox or the memory, from the thread that writes to the database."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, partial(call, *args, **kwargs))

    async def _save(self) -> None:
        await self.blocking(self._inbox.save_effect, self.update_id, dict(self._effect))

    # ------------------------------------------------------------------ sending

    async def once(self, step: str, send: Callable[[], Awaitable[Any]]) -> int:
        """Sends a message unless this step already did; its message id (0: unknown).

        Raises Forbidden when the chat is closed to the bot, BadRequest when the server does not take the message as
        it is, Undelivered when it could not be reached, LostClaim when the update is another instance's by now.
        """
        done = self.sent(step)
        if done is not None:
            return done
        for attempt in range(1, ATTEMPTS + 1):
            if not self._inbox.holds() and not await self.blocking(self._inbox.confirm, self.update_id):
                raise LostClaim
            parcel = Shipment(
                leaves=partial(self._journal.left, self.update_id, step),
                came_back=partial(self._journal.came_back, self.update_id, step),
            )
            token = shipment.set(parcel)
            try:
                with span("konspekt.send") as one:
                    one.set("konspekt.step", step)
                    message = await send()
                message_id = getattr(message, "message_id", None) or parcel.message_id or 0
            except asyncio.CancelledError:
                raise  # the process stops; if the body has left, the journal says so
            except (Forbidden, BadRequest, InvalidToken, ChatMigrated):
                raise
            except TelegramError as error:
                await self._pause(step, attempt, error)
                continue
            except Exception as error:
                if not parcel.accepted:
                    raise
                log.warning("the server took a message but answered oddly (%s)", type(error).__name__)
                message_id = parcel.message_id or 0
            finally:
                shipment.reset(token)
            await self.note(step, {"sent": message_id})
            metrics.MESSAGES.labels("sent").inc()
            return message_id
        raise Undelivered(f"step {step} of update {self.update_id}")

    async def patiently(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        """Something that may be done twice without harm, tried until the server could be reached."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await call()
            except (Forbidden, BadRequest, InvalidToken, ChatMigrated):
                raise
            except TelegramError as error:
                await self._pause(what, attempt, error)
        raise Undelivered(f"{what} of update {self.update_id}")

    async def _pause(self, step: str, attempt: int, error: TelegramError) -> None:
        metrics.MESSAGES.labels("retried").inc()
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)) * random.uniform(0.8, 1.2)  # noqa: S311 - only spreads retries
        if isinstance(error, RetryAfter):
            pause = 1.0  # the flood control has the exact time and waits it out
        kind = "network" if isinstance(error, NetworkError) else type(error).__name__
        log.warning(
            "update %d, %s: sending failed (%s), try %d in %.1f s", self.update_id, step, kind, attempt + 1, pause
        )
        await asyncio.sleep(pause)
