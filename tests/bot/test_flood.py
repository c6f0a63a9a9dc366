"""Telegram's flood limits by the clock, which stands still but for the waiting itself."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

import konspekt.bot.wire.flood
from konspekt.bot.parts.bot_parts import FloodLimits
from konspekt.bot.wire.flood import FloodControl


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(konspekt.bot.wire.flood, "time", clock)
    monkeypatch.setattr(konspekt.bot.wire.flood, "asyncio", clock)
    return clock


def sent_at(clock: Clock, flood: FloodControl, chats: list[int | str], method: str = "sendMessage") -> list[float]:
    """When each message left, one after another."""
    times: list[float] = []

    async def send() -> bool:
        times.append(clock.now)
        return True

    async def everything() -> None:
        for chat in chats:
            data: dict[str, Any] = {"chat_id": chat}
            await flood.process_request(send, (), {}, method, data, None)

    asyncio.run(everything())
    return times


@pytest.mark.parametrize("chat", [-1001, "@channel"])
@pytest.mark.parametrize("method", ["sendMessage", "editMessageText"])
def test_a_group_gets_twenty_messages_and_then_one_in_three_seconds(clock: Clock, chat: int | str, method: str) -> None:
    flood = FloodControl(FloodLimits(overall_per_second=0, chat_per_second=0, group_per_minute=20))
    times = sent_at(clock, flood, [chat] * 30, method)
    assert times[:20] == [1000.0] * 20
    assert [round(later - earlier, 6) for earlier, later in pairwise(times[19:])] == [3.0] * 10


def test_the_limit_of_groups_holds_for_each_group_and_for_no_person(clock: Clock) -> None:
    flood = FloodControl(FloodLimits(overall_per_second=0, chat_per_second=0, group_per_minute=20))
    assert set(sent_at(clock, flood, [-1, -2] * 20 + [7] * 40)) == {1000.0}


def test_a_group_keeps_to_both_limits(clock: Clock) -> None:
    times = sent_at(clock, FloodControl(FloodLimits(overall_per_second=0)), [-1] * 100)
    assert all(times[place + 3] - times[place] >= 1.0 for place in range(97))  # bursts of three, then one a second
    assert times[60] - times[0] >= 60.0


def test_a_person_gets_a_burst_of_three_and_then_one_a_second(clock: Clock) -> None:
    times = sent_at(clock, FloodControl(FloodLimits(overall_per_second=0)), [7] * 8)
    assert [time - 1000.0 for time in times] == [0, 0, 0, 1, 2, 3, 4, 5]


def test_all_chats_together_get_thirty_a_second(clock: Clock) -> None:
    times = sent_at(clock, FloodControl(FloodLimits(chat_per_second=0)), list(range(1, 91)))
    assert times[29] == 1000.0
    assert times[89] == pytest.approx(1002.0, abs=0.05)
