"""How many questions per second the bot carries: 200 chats against a fake Bot API and a model that answers at once.

    python -m benchmarks.product.bot_load [--chats 200] [--questions 5] [--kill] [--first-sign]

The bot runs as a process of its own, with the real client, the real database and real HTTP. Each chat asks, waits for
its answer, and asks again. First it is checked that every question was answered exactly once; only then are numbers
printed. Two rows: as fast as the code goes, and within the limits that Telegram sets (30 messages per second).
`--first-sign` measures how soon each of 20 readers who ask at once sees anything (results/bot_first_sign.json).
`--kill` kills the bot with SIGKILL in the middle of each row and starts it again.
Results go to benchmarks/results/bot_load.json.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.common.machine import write_result
from benchmarks.common.paths import RESULTS, ROOT
from tests.fakes.bot_api import FakeBotApi


def start(api: FakeBotApi, folder: Path, limits: str, pace: float = 0.0) -> subprocess.Popen[bytes]:
    database = f"sqlite:///{folder / 'bot.db'}"
    command = [sys.executable, "-m", "tests.bot.bot_process", api.url, api.token, database, str(pace)]
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "OMP_NUM_THREADS": "2"}
    return subprocess.Popen([*command, limits], env=env, stderr=subprocess.DEVNULL)


def run(chats: int, questions: int, limits: str, *, kill: bool) -> dict[str, Any]:
    """One row: asks everything, checks that nothing is lost or doubled, and measures."""
    with FakeBotApi() as api, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        process = start(api, folder, limits)
        api.wait_for(lambda: api.called("setMyCommands"), patience=120)
        asked_at: dict[tuple[int, int], float] = {}
        answered_at: dict[tuple[int, int], float] = {}
        left = dict.fromkeys(range(1, chats + 1), questions)
        total, seen, killed = chats * questions, 0, False

        def ask(chat: int) -> None:
            left[chat] -= 1
            message = api.private_text(chat, f"Вопрос {left[chat]} из чата {chat}")["message"]
            asked_at[chat, message["message_id"]] = time.monotonic()

        began = time.monotonic()
        for chat in left:
            ask(chat)
        while len(answered_at) < total:
            calls = api.calls
            while seen < len(calls):
                call = calls[seen]
                seen += 1
                if call.method == "sendMessage" and call.ok:
                    chat = int(call.params["chat_id"])
                    question = (chat, int(call.params["reply_parameters"]["message_id"]))
                    answered_at.setdefault(question, call.at)
                    if left[chat]:
                        ask(chat)
            if kill and not killed and len(answered_at) > total // 2:
                process.send_signal(signal.SIGKILL)
                process.wait()
                process, killed = start(api, folder, limits), True
            if time.monotonic() - began > 300:
                break
            time.sleep(0.002)
        seconds = max(answered_at.values()) - began
        time.sleep(1.0)
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        counts = Counter((m["chat"]["id"], m["reply_to"]) for m in api.sent())
        lost, doubled = len(asked_at.keys() - counts.keys()), sum(count > 1 for count in counts.values())
        if lost or doubled or len(asked_at) != total:
            raise SystemExit(f"NOT RIGHT: {lost} of {len(asked_at)} questions lost, {doubled} answered twice")
        waits = sorted(answered_at[question] - asked_at[question] for question in asked_at)
        return {
            "limits": limits,
            "killed": kill,
            "chats": chats,
            "questions": total,
            "lost": lost,
            "doubled": doubled,
            "answers_per_second": round(total / seconds, 1),
            "p50_ms": round(statistics.median(waits) * 1000),
            "p95_ms": round(waits[int(len(waits) * 0.95)] * 1000),
            "max_ms": round(waits[-1] * 1000),
            "drafts": len(api.called("sendMessageDraft")),
            "refused_by_flood_limit": sum(not call.ok for call in api.calls),
        }


SIGNS = frozenset({"sendChatAction", "sendMessageDraft", "sendRichMessageDraft", "setMessageReaction", "sendMessage"})


def _all_answered(api: FakeBotApi, began: int, asked: set[int]) -> bool:
    return asked <= {int(call.params["chat_id"]) for call in api.calls[began:] if call.method == "sendMessage"}


def first_signs(readers: int, rounds: int, pace: float) -> dict[str, Any]:
    """Seconds from a question's arrival to anything that its reader sees, all readers asking at the same moment.

    `pace`: seconds between the two pieces of an answer, so that nobody is answered at once.
    """
    with FakeBotApi() as api, tempfile.TemporaryDirectory() as name:
        process = start(api, Path(name), "telegram", pace)
        api.wait_for(lambda: api.called("setMyCommands"), patience=120)
        waits: list[float] = []
        for _ in range(rounds):
            began, asked = len(api.calls), {}
            for chat in range(1, readers + 1):
                asked[chat] = time.monotonic()
                api.private_text(chat, "Что такое LoRA?")
            api.wait_for(partial(_all_answered, api, began, set(asked)))
            first: dict[int, float] = {}
            for call in api.calls[began:]:
                if call.method in SIGNS and call.ok:
                    first.setdefault(int(call.params["chat_id"]), call.at)
            waits += [first[chat] - at for chat, at in asked.items()]
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    waits.sort()
    return {
        "readers": readers,
        "questions": len(waits),
        "load": round(os.getloadavg()[0], 1),
        "p50_ms": round(statistics.median(waits) * 1000),
        "p95_ms": round(waits[int(len(waits) * 0.95)] * 1000),
        "max_ms": round(waits[-1] * 1000),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--questions", type=int, default=5, help="asked in each chat")
    parser.add_argument("--kill", action="store_true", help="kill the bot in the middle")
    parser.add_argument("--first-sign", action="store_true", help="only how soon 20 readers see that they were heard")
    options = parser.parse_args()
    if options.first_sign:
        row = first_signs(20, options.questions, 1.0)
        print(
            f"first sign of life, {row['readers']} readers: p50 {row['p50_ms']} ms, p95 {row['p95_ms']} ms, "
            f"max {row['max_ms']} ms (load {row['load']})"
        )
        write_result("bot_first_sign", row)
        return
    rows = []
    for limits in ("none", "telegram"):
        row = run(options.chats, options.questions, limits, kill=options.kill)
        rows.append(row)
        print(
            f"limits {limits:<9} {row['questions']} questions, {row['chats']} chats: "
            f"{row['answers_per_second']} answers/s, p50 {row['p50_ms']} ms, p95 {row['p95_ms']} ms, "
            f"lost {row['lost']}, doubled {row['doubled']}"
        )
    path = RESULTS / "bot_load.json"
    known = json.loads(path.read_text())["rows"] if path.exists() else []
    kept = [row for row in known if row["killed"] != options.kill]
    print(f"written to {write_result('bot_load', {'rows': kept + rows}).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
