"""Work that takes minutes and that an update asks for, stored as an update of the bot's own.

It is stored in the inbox like what Telegram sends, so it is done once, resumes after a restart, and holds up neither
the lane nor the button that asked for it. Its id is the asking update's, negative: asked for twice, it is still one.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler

from konspekt.bot.services import Context, services_of
from konspekt.bot.updates.raw_updates import RawUpdate
from konspekt.bot.wire.delivery import Delivery

JOB = "job"

Body = dict[str, Any]
Work = Callable[[Context, Delivery, Body], Coroutine[Any, Any, None]]


def job_update(update_id: int, kind: str, body: Body) -> RawUpdate:
    """`body` is JSON. Its `from`, if any, is the user whose work it is: `/forget` finds it by that."""
    return {"update_id": -update_id, JOB: {**body, "kind": kind}}


class JobHandler(BaseHandler[Update, Context, None]):
    """Jobs of one kind."""

    def __init__(self, kind: str, work: Work) -> None:
        async def run(update: Update, context: Context) -> None:
            delivery = services_of(context).deliveries[update.update_id]
            await work(context, delivery, delivery.payload[JOB])

        super().__init__(run)
        self._kind = kind

    def check_update(self, update: object) -> bool:
        if not isinstance(update, Update) or JOB not in update.api_kwargs:
            return False
        return bool(update.api_kwargs[JOB].get("kind") == self._kind)
