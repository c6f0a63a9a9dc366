"""Showing an answer while it is written: only the latest text, never faster than Telegram likes.

Private chats get a draft preview (`sendMessageDraft`), which vanishes by itself when the real message comes. Elsewhere,
and on servers without drafts, an answer that takes a while gets a message that is edited as the text grows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Generic, TypeVar

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from konspekt.answering.answer import Part
from konspekt.bot.rich_sending import show_rich_draft
from konspekt.bot.sending import NO_PREVIEW, optional
from konspekt.bot.services import Here
from konspekt.bot.text.rendering import preview_html
from konspekt.bot.text.rich.answer import needs_rich, rich_preview

log = logging.getLogger(__name__)

Shown = str | Sequence[Part]
T = TypeVar("T")

DRAFT = "sendMessageDraft"
PRIVATE_INTERVAL, GROUP_INTERVAL = 1.0, 4.0  # seconds between two shows in one chat
EDIT_AFTER = 4.0  # seconds of writing after which a message to edit is worth its place in the chat
TYPING_AFTER, TYPING_EVERY = 0.1, 4.5  # the first sign of life comes within 0.3 s also when many ask
PREVIEW_STEP = "preview"
STOP = "stop:"  # data of our own button, with the draft's id
STOPPABLE = {"can_stop": True, "keep_on_stop": True}  # of Bot API 10.3; an older server passes over them
NO_MESSAGE = 2**31 - 1  # an id that no message has


class Coalescer(Generic[T]):
    """Publishes the latest text, one at a time, `interval` seconds apart, when `may_publish` lets it."""

    def __init__(
        self,
        publish: Callable[[T], Awaitable[None]],
        interval: float,
        may_publish: Callable[[], bool] = lambda: True,
    ) -> None:
        self._publish, self._interval, self._may_publish = publish, interval, may_publish
        self._latest: T | None = None
        self._news = asyncio.Event()
        self._closed = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def show(self, text: T) -> None:
        self._latest = text
        self._news.set()

    async def close(self) -> None:
        """No more shows. A request that is under way is waited for: its outcome must be known."""
        self._closed.set()
        self._news.set()
        await self._task

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            if self._closed.is_set():
                return
            if self._may_publish():
                self._news.clear()
                text, self._latest = self._latest, None
                if text is not None:
                    await self._publish(text)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._closed.wait(), self._interval)


class Preview:
    """The preview of one answer. `show(text)` as often as you like; `close()` before the real message.

    It has a button to stop the writing; once `stop` is set nothing more is shown.
    """

    def __init__(self, here: Here, stop: asyncio.Event, *, rich: bool = False) -> None:
        """`rich`: the reader is shown formulas and tables as such."""
        self._here, self._stop, self._rich = here, stop, rich
        button = InlineKeyboardButton(here.locale("stop"), callback_data=f"{STOP}{draft_id_of(here)}", style="danger")
        self._button = InlineKeyboardMarkup([[button]])
        self._started = time.monotonic()
        self._last = ""
        self._off = here.whispers  # a message that grows is seen by everybody
        interval = PRIVATE_INTERVAL if here.is_private else GROUP_INTERVAL
        self._coalescer: Coalescer[Shown] = Coalescer(
            self._publish, interval, lambda: here.services.flood.spare(here.chat.id)
        )

    def show(self, text: Shown) -> None:
        if (text.strip() if isinstance(text, str) else text) and not self._off:
            self._coalescer.show(text)

    async def close(self) -> None:
        await self._coalescer.close()

    async def _publish(self, text: Shown) -> None:
        html = preview_html(text)
        if html == self._last or self._off or self._stop.is_set():
            return
        self._last = html
        try:
            if self._here.is_private and self._here.services.abilities.has(DRAFT):
                if not await self._rich_draft(text):
                    await self._draft(html)
            elif time.monotonic() - self._started > EDIT_AFTER:
                await self._edit(html)
        except TelegramError as error:
            log.debug("a preview was not shown: %s", type(error).__name__)
        except Exception as error:  # a failing preview must never cost the answer
            self._off = True
            log.warning("previews of an answer stopped: %s", type(error).__name__)

    async def _rich_draft(self, text: Shown) -> bool:
        parts = (Part(text, kind="markdown"),) if isinstance(text, str) else text
        html = rich_preview(parts) if self._rich and needs_rich(parts) else None
        return html is not None and await show_rich_draft(self._here, draft_id_of(self._here), html, **STOPPABLE)

    async def _draft(self, html: str) -> None:
        here = self._here
        try:
            await here.bot.send_message_draft(
                here.chat.id,
                draft_id_of(here),
                html,
                message_thread_id=here.thread_id,
                parse_mode=ParseMode.HTML,
                read_timeout=5,
                api_kwargs=STOPPABLE,
            )
        except InvalidToken:
            here.services.abilities.lacks(DRAFT)
        except (BadRequest, Forbidden):
            self._off = True  # this chat takes none

    async def _edit(self, html: str) -> None:
        """The message is written down before and after it is sent, so that a restart finds it and edits it."""
        here, delivery = self._here, self._here.delivery
        message_id = delivery.sent(PREVIEW_STEP)
        if message_id is None:
            if not await self._server_edits():
                self._off = True  # a preview that cannot be turned into the answer would be a second message
                return
            reply = here.message.message_id
            await delivery.once(
                PREVIEW_STEP,
                lambda: here.bot.send_message(
                    here.chat.id,
                    html,
                    parse_mode=ParseMode.HTML,
                    reply_markup=self._button,
                    reply_to_message_id=reply,
                    allow_sending_without_reply=True,
                    message_thread_id=here.thread_id,
                    link_preview_options=NO_PREVIEW,
                ),
            )
        elif message_id:
            await here.bot.edit_message_text(
                html,
                here.chat.id,
                message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=self._button,
                link_preview_options=NO_PREVIEW,
            )

    async def _server_edits(self) -> bool:
        """Asks once, by editing a message that does not exist: Telegram refuses; any other reply means no editing."""
        abilities, here = self._here.services.abilities, self._here
        if abilities.edits is None:
            try:
                await here.bot.edit_message_text("…", here.chat.id, NO_MESSAGE)
            except BadRequest:
                abilities.edits = True
            except InvalidToken:
                abilities.edits = False
            else:
                abilities.edits = False
        return abilities.edits


def draft_id_of(here: Here) -> int:
    """The same after a restart: Telegram then goes on with the same draft."""
    return here.delivery.update_id % 0x7FFFFFFF + 1


@asynccontextmanager
async def typing(here: Here) -> AsyncIterator[None]:
    """Shows "typing…" for as long as the block runs."""

    async def keep_typing() -> None:
        await asyncio.sleep(TYPING_AFTER)
        action = partial(here.bot.send_chat_action, here.chat.id, ChatAction.TYPING, message_thread_id=here.thread_id)
        taken = True
        while taken:
            taken = await optional(here.services, "sendChatAction", action)
            await asyncio.sleep(TYPING_EVERY)

    task = asyncio.create_task(keep_typing())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
