"""Long polling that confirms an update only after it is stored."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import warnings
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from telegram.error import Conflict, EndPointNotFound, InvalidToken, NetworkError, RetryAfter
from telegram.ext import ExtBot
from telegram.warnings import PTBUserWarning

from konspekt.bot import metrics
from konspekt.bot.updates.raw_updates import ALLOWED
from konspekt.bot.wire.flood import retry_seconds

log = logging.getLogger(__name__)

TIMEOUT = 25  # seconds that the server holds an empty answer back
LONGEST_PAUSE = 30.0
IDLE_PAUSE = 0.3  # where a server does not hold back, and where it sends only what is known
TOLERATED_REFUSALS = 3

Accept = Callable[[Sequence[dict[str, Any]]], Coroutine[Any, Any, int]]


class TokenRefused(Exception):
    """The server no longer takes the token."""


async def poll(bot: ExtBot[Any], accept: Accept, on_contact: Callable[[], None]) -> None:
    """Fetches updates until cancelled. Starts without an offset: Telegram repeats what was never confirmed.

    Raises TokenRefused.
    """
    # it advises `get_updates`, which parses all or nothing
    warnings.filterwarnings("ignore", message="Please use 'Bot.get_updates'", category=PTBUserWarning)
    offset, failures, refusals = 0, 0, 0
    while True:
        started = time.monotonic()
        try:
            batch = await _fetch(bot, offset)
            on_contact()
            fresh = await accept(batch) if batch else 0
        except (InvalidToken, EndPointNotFound) as error:
            refusals += 1
            if refusals >= TOLERATED_REFUSALS:
                raise TokenRefused from error
            await asyncio.sleep(1)
            continue
        except Exception as error:  # the network, an odd answer, a full disk: nothing was confirmed, so it comes again
            failures += 1
            await _pause(error, failures)
            continue
        failures = refusals = 0
        metrics.LAST_CONTACT.set_to_current_time()
        if batch:
            offset = max(int(update["update_id"]) for update in batch) + 1
        if not fresh and time.monotonic() - started < IDLE_PAUSE:
            await asyncio.sleep(IDLE_PAUSE)


async def _fetch(bot: ExtBot[Any], offset: int) -> list[dict[str, Any]]:
    """The updates as they came, not as objects: one that the library cannot read must not hold up the rest."""
    parameters: dict[str, Any] = {"timeout": TIMEOUT, "allowed_updates": json.dumps(ALLOWED)}
    if offset:
        parameters["offset"] = offset
    result: Any = await bot.do_api_request("get_updates", api_kwargs=parameters, read_timeout=TIMEOUT + 10)
    if not isinstance(result, list):
        raise NetworkError("getUpdates gave no list")
    return [update for update in result if isinstance(update, dict) and "update_id" in update]


async def _pause(error: Exception, failures: int) -> None:
    seconds = min(LONGEST_PAUSE, 0.5 * 2**failures)
    if isinstance(error, RetryAfter):
        seconds = retry_seconds(error)
    if isinstance(error, Conflict):
        log.error(
            "another program fetches this bot's updates, or a webhook is set: stop it; trying again in %.0f s", seconds
        )
    else:
        log.warning(
            "updates could not be fetched and stored (%s); trying again in %.0f s", type(error).__name__, seconds
        )
    await asyncio.sleep(seconds)
