"""Telegram's side of a webhook behind a balancer: each update goes to some instance, until one says that it has it.

As Telegram does it, the updates of a chat come one after the other, and those of different chats side by side.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import httpx

AGAIN_AFTER = 0.2  # seconds


class Webhooks:
    """`urls`: the instances as they are just now; each update goes to the next one in turn."""

    def __init__(self, urls: Callable[[], Sequence[str]], secret: str) -> None:
        self._urls = urls
        self._turn = itertools.count()
        self._client = httpx.AsyncClient(headers={"X-Telegram-Bot-Api-Secret-Token": secret}, timeout=30)
        self.refused = 0  # deliveries that had to be tried again

    async def deliver(self, update: dict[str, Any]) -> None:
        while True:
            urls = self._urls()
            try:
                reply = await self._client.post(urls[next(self._turn) % len(urls)], json=update)
            except httpx.HTTPError:
                pass
            else:
                if reply.status_code == 200:
                    return
            self.refused += 1
            await asyncio.sleep(AGAIN_AFTER)

    async def everywhere(self, update: dict[str, Any]) -> None:
        """At once, as when Telegram does not hear an answer and tries again."""
        await asyncio.gather(*(self._client.post(url, json=update) for url in self._urls()))

    async def close(self) -> None:
        await self._client.aclose()
