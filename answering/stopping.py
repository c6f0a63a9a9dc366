"""A reader may have read enough: what waits for the model is given up at once, what it has written stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

Stop = asyncio.Event | None  # None: nobody can stop it


def is_set(stop: Stop) -> bool:
    return stop is not None and stop.is_set()


async def until(stop: Stop, pieces: AsyncIterator[T]) -> AsyncGenerator[T]:
    """The pieces up to the moment of stopping. The one that is waited for just then is cancelled, and with it the
    request that was to bring it."""
    if stop is None:
        async for piece in pieces:
            yield piece
        return
    while not stop.is_set():
        following = await unless(stop, _following(pieces))
        if not following:
            return
        yield following[0]


async def unless(stop: Stop, work: Coroutine[Any, Any, T]) -> T | None:
    """The work's result; None when it was stopped before it was done. Raises what the work raises."""
    if stop is None:
        return await work
    asked, task = asyncio.create_task(stop.wait()), asyncio.create_task(work)
    try:
        await asyncio.wait({asked, task}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for one in (asked, task):
            one.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


async def _following(pieces: AsyncIterator[T]) -> tuple[T, ...]:
    """The next piece alone; nothing at the end."""
    async for piece in pieces:
        return (piece,)
    return ()
