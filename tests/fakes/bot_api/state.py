"""What the server remembers, and who it says it is."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.bot_api.checks import ApiError
from tests.fakes.small_http import SmallServer

TOKEN = "1234567:fake-token-for-tests"  # opens nothing
BOT = {"id": 1234567, "is_bot": True, "first_name": "Konspekt", "username": "konspekt_test_bot"}
BOT_RIGHTS = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": True}

Update = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the bot, after its parameters were parsed."""

    method: str
    params: dict[str, Any]
    at: float
    ok: bool
    result: Any


@dataclass(slots=True)
class FloodLimits:
    """What the server enforces when asked to. A limit of 0 is off."""

    per_chat_second: int = 0
    overall_second: int = 0
    group_minute: int = 0
    retry_after: int = 1
    sent: dict[int | str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def check(self, chat_id: int, now: float) -> None:
        group = self.group_minute if chat_id < 0 else 0
        rules = (("all", self.overall_second, 1.0), (chat_id, self.per_chat_second, 1.0), (f"g{chat_id}", group, 60.0))
        for key, limit, window in rules:
            times = self.sent[key]
            while times and times[0] <= now - window:
                times.popleft()
            if limit and len(times) >= limit:
                raise ApiError(429, f"Too Many Requests: retry after {self.retry_after}", retry_after=self.retry_after)
        for key, _, _ in rules:
            self.sent[key].append(now)


class State:
    """What tests and methods share. Every change of it is made under `_lock`."""

    def __init__(self) -> None:
        self.lacks: frozenset[str] = frozenset()
        self.refuses_copying = False  # as servers of before Bot API 7.11
        self.flood = FloodLimits()
        self.calls: list[Call] = []
        self.messages: dict[tuple[int, int], dict[str, Any]] = {}
        self.history: list[dict[str, Any]] = []
        self.polls: dict[str, dict[str, Any]] = {}
        self.members: dict[tuple[int, int], str] = {}
        self.closed_topics: set[tuple[int, int]] = set()  # (chat, topic): nothing more can be sent there
        self.inline_messages: dict[str, dict[str, Any]] = {}  # as they were last edited, by their id
        self.ephemeral: str | None = None  # "10.2" or "10.3": messages that one person sees; others take no notice
        self.connections: dict[str, dict[str, Any]] = {}  # to people's own accounts, by id
        self.direct_chats: set[int] = set()  # chats of channels' direct messages
        self.no_direct_topics = False  # as a server of before 2025-08: it knows no such topics
        self.webhook: dict[str, Any] = {}
        self.commands: list[Any] = []
        self.reactions: dict[tuple[int, int], Any] = {}
        self.files: dict[str, bytes] = {}  # by file_id
        self.odd_results: dict[str, Any] = {}  # what a method answers instead of what Telegram would
        self.always_fine: set[str] = set()  # methods that are answered `true` whatever they ask
        self.always_200 = False  # errors come under the status 200, as from some proxies
        self._updates: deque[Update] = deque()
        self.injected: set[int] = set()
        self._update_ids = itertools.count(1000)
        self._message_ids = itertools.count(1)
        self._failures: dict[str, deque[ApiError | None]] = defaultdict(deque)
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._new_update = asyncio.Event()
        self._server: SmallServer | None = None

    def _record(self, method: str, params: dict[str, Any], *, ok: bool, result: Any) -> None:
        with self._changed:
            self.calls.append(Call(method, params, time.monotonic(), ok, result))
            self._changed.notify_all()

    def _wake(self) -> None:
        if self._server is not None:
            with contextlib.suppress(RuntimeError):  # its loop has ended
                self._server.loop.call_soon_threadsafe(self._new_update.set)


def user(user_id: int, language: str = "ru") -> dict[str, Any]:
    return {"id": user_id, "is_bot": False, "first_name": f"User {user_id}", "language_code": language}
