"""Threads for what would hold up the event loop, one pool per kind of work, so that none takes another's threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from konspekt.serving.engine.grammar.factory import WAITING

T = TypeVar("T")


class Workers:
    """`prompts`: templates and tokens, a prompt at a time. `grammars`: they only wait for the process that compiles,
    and are more than may wait for it, so that one is left to refuse the next. `embeddings`: one, for the model computes
    with several threads itself."""

    def __init__(self) -> None:
        self.prompts = ThreadPoolExecutor(2, "prompts")
        self.grammars = ThreadPoolExecutor(WAITING + 4, "grammars")
        self.embeddings = ThreadPoolExecutor(1, "embeddings")

    async def answers(self, seconds: float) -> bool:
        """Does the pool that every request needs take up work within `seconds`?"""
        try:
            await asyncio.wait_for(run(self.prompts, lambda: None), seconds)
        except TimeoutError:
            return False
        return True


async def run(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """`work` in `pool`. Cancelling takes back what has not begun."""
    return await asyncio.get_running_loop().run_in_executor(pool, work)
