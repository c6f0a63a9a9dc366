"""Two instances of the bot on one PostgreSQL, one of them killed every 20 seconds, against a fake Bot API.

    python -m benchmarks.product.instances [--seconds 120] [--chats 200] [--every 20] [--lease 6]

Each chat asks two questions at once, waits for both answers, and asks again. Their updates go to the two processes in
turn, as from a balancer; the server enforces Telegram's limits. The processes are killed (SIGKILL) one after the other,
each once the other is up. Every other time the process comes back at once, else only after its lease, when the other
one has taken its work over. `lease` is shorter than in earnest (30 seconds), so that both happen often.

Then it is counted: questions without an answer, with two, answered out of order within their chat, and messages that
the server refused. A message that was just leaving when its process died may be missing or come twice; those are the
ones that the journal of the killed process names and the database does not know of. The result goes to
benchmarks/results/instances.json.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import signal
import socket
import statistics
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from pgserver.postgres_server import get_server

from benchmarks.common.machine import write_result
from konspekt.storage.database import Database
from tests.bot import instance_process
from tests.bot.instance_process import SECRET, just_leaving
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.webhooks import Webhooks

AT_ONCE = 2  # questions of a chat
PACE = 0.05  # seconds between the two pieces of an answer
LOOK_EVERY = 0.1
PROCESSES = multiprocessing.get_context("forkserver")


class Instance:
    def __init__(self, api: FakeBotApi, database_url: str, home: Path, lease: float) -> None:
        home.mkdir()
        with socket.socket() as place:
            place.bind(("127.0.0.1", 0))
            self.port = place.getsockname()[1]
        self.home = home
        self._arguments = (api.url, api.token, database_url, str(home), str(self.port), str(PACE), str(lease))
        self.process: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.port}"

    def start(self) -> None:
        """A process of its own, forked from one that has imported everything: imports are not what is measured."""
        self.process = PROCESSES.Process(target=instance_process.run, args=(self._arguments, self.home / "log"))
        self.process.start()

    def end(self, number: signal.Signals) -> None:
        if self.process is not None:
            os.kill(self.process.pid, number)
            self.process.join(90)
            self.process = None


class Asked:
    """What was asked and what was answered; a question is (chat, message)."""

    def __init__(self, api: FakeBotApi) -> None:
        self.api = api
        self.at: dict[tuple[int, int], float] = {}
        self.updates: dict[int, tuple[int, int]] = {}
        self.answers: list[tuple[int, int]] = []
        self.waits: list[float] = []
        self.answers_of: Counter[tuple[int, int]] = Counter()
        self.news = asyncio.Event()  # somebody looked
        self._seen = 0

    def ask(self, chat: int) -> tuple[tuple[int, int], dict[str, Any]]:
        update = self.api.private_text(chat, f"Вопрос {len(self.at)} из чата {chat}")
        question = (chat, update["message"]["message_id"])
        self.at[question], self.updates[update["update_id"]] = time.monotonic(), question
        return question, update

    def look(self) -> None:
        calls = self.api.calls
        while self._seen < len(calls):
            call = calls[self._seen]
            self._seen += 1
            if call.method == "sendMessage" and call.ok:
                question = (int(call.params["chat_id"]), int(call.params["reply_parameters"]["message_id"]))
                if question not in self.answers_of:
                    self.waits.append(call.at - self.at[question])
                self.answers_of[question] += 1
                self.answers.append(question)


async def talk(asked: Asked, webhooks: Webhooks, chat: int, until: float, doubtful: set[tuple[int, int]]) -> None:
    """One chat, to the end."""
    while time.monotonic() < until:
        questions = []
        for _ in range(AT_ONCE):
            question, update = asked.ask(chat)
            questions.append(question)
            await webhooks.deliver(update)
        while any(question not in asked.answers_of and question not in doubtful for question in questions):
            await asked.news.wait()


async def watch(asked: Asked) -> None:
    """One look for all chats: two hundred of them looking would be what is measured."""
    while True:
        await asyncio.sleep(LOOK_EVERY)
        asked.look()
        news, asked.news = asked.news, asyncio.Event()
        news.set()


async def kill_in_turn(
    instances: list[Instance], asked: Asked, until: float, options: argparse.Namespace, doubtful: set[tuple[int, int]]
) -> list[dict[str, Any]]:
    kills: list[dict[str, Any]] = []
    while time.monotonic() + options.every < until:
        await asyncio.sleep(options.every)
        number = len(kills)
        instance, away = instances[number % 2], (0.0, options.lease + 2.0)[number // 2 % 2]
        instance.end(signal.SIGKILL)
        await asyncio.sleep(0.3)  # what it sent last has arrived
        left = await asyncio.to_thread(just_leaving, options.database, instance.home / "outbox.journal")
        doubtful |= {asked.updates[update] for update in left if update in asked.updates}
        await asyncio.sleep(away)
        starts = len(asked.api.called("setWebhook"))
        instance.start()
        up = partial(_started, asked.api, starts)  # never both of them down
        await asyncio.to_thread(asked.api.wait_for, up, patience=300)
        kills.append({"instance": number % 2, "away_s": away, "leaving": len(left)})
    return kills


def _started(api: FakeBotApi, before: int) -> bool:
    return len(api.called("setWebhook")) > before


async def run(options: argparse.Namespace, api: FakeBotApi, instances: list[Instance]) -> dict[str, Any]:
    asked, doubtful = Asked(api), set[tuple[int, int]]()
    await asyncio.to_thread(api.wait_for, lambda: len(api.called("setWebhook")) == len(instances), patience=300)
    webhooks = Webhooks(lambda: [one.url for one in instances if one.process is not None], SECRET)
    began = time.monotonic()
    until = began + options.seconds
    killing = asyncio.create_task(kill_in_turn(instances, asked, until, options, doubtful))
    watching = asyncio.create_task(watch(asked))
    chats = range(1, options.chats + 1)
    await asyncio.gather(*(talk(asked, webhooks, chat, until, doubtful) for chat in chats))
    seconds = time.monotonic() - began
    kills = await killing
    await asyncio.sleep(options.lease * 2)  # time for an answer too many
    watching.cancel()
    asked.look()
    await webhooks.close()
    order = {chat: list(dict.fromkeys(m for c, m in asked.answers if c == chat)) for chat in chats}
    waits = sorted(asked.waits)
    missing, twice = asked.at.keys() - asked.answers_of.keys(), {q for q, n in asked.answers_of.items() if n > 1}
    return {
        "chats": options.chats,
        "seconds": round(seconds),
        "lease_s": options.lease,
        "questions": len(asked.at),
        "answers_per_second": round(len(waits) / seconds, 1),
        "kills": kills,
        "just_leaving_at_a_kill": len(doubtful),
        "lost": len(missing - doubtful),
        "doubled": len(twice - doubtful),
        "out_of_order": sum(messages != sorted(messages) for messages in order.values()),
        "just_leaving_and_lost": len(missing & doubtful),
        "just_leaving_and_doubled": len(twice & doubtful),
        "refused_by_flood_limit": sum(not call.ok and "Too Many" in str(call.result) for call in api.calls),
        "deliveries_tried_again": webhooks.refused,
        "p50_ms": round(statistics.median(waits) * 1000),
        "p95_ms": round(waits[int(len(waits) * 0.95)] * 1000),
        "max_ms": round(waits[-1] * 1000),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--every", type=float, default=20, help="seconds between two kills")
    parser.add_argument("--lease", type=float, default=6, help="seconds after which a silent instance is given up")
    options = parser.parse_args()
    PROCESSES.set_forkserver_preload([instance_process.__name__])
    temporary = partial(tempfile.TemporaryDirectory, ignore_cleanup_errors=True)
    with temporary() as name, temporary() as data, FakeBotApi() as api:
        folder = Path(name)
        server = get_server(data, cleanup_mode="stop")
        server.psql("CREATE DATABASE bot")
        url = server.get_uri(database="bot")
        options.database = Database(url)
        options.database.migrate()
        # What the bot keeps to: 30 messages per second after a burst of 30, one per second and chat after three.
        api.flood.overall_second, api.flood.per_chat_second = 60, 4
        instances = [Instance(api, url, folder / name, options.lease) for name in ("a", "b")]
        for one in instances:
            one.start()
        try:
            result = asyncio.run(run(options, api, instances))
        finally:
            for one in instances:
                one.end(signal.SIGTERM)
            options.database.close()
            server.cleanup()
    print({key: value for key, value in result.items() if key != "kills"})
    write_result("instances", {"command": "python -m benchmarks.product.instances", **result})
    if result["lost"] or result["doubled"] or result["out_of_order"]:
        raise SystemExit("NOT RIGHT: something was lost, doubled or out of order")


if __name__ == "__main__":
    main()
