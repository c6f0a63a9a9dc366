"""Seconds that readers wait for an answer from quotes, by the bot's own path: with 1, 4 and 20 who ask at once.

    python -m benchmarks.product.answer_seconds [--model] [--homes FOLDER] [--result NAME]

The bot is a process of its own, over the sample, with the real client, database and search, against a fake Bot API on
this machine; with `--model` it is `konspekt run`, which serves LOCAL_MODEL and judges and points by it. Questions are
strangers' that the sample answers, each asked once, so that nothing is remembered. Of each: the first sign ("typing…"),
the first words of an answer, the whole answer. First it is checked that every question got exactly one answer.
Results go to benchmarks/results/NAME.json.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.answers.strangers import read
from benchmarks.common.machine import write_result
from benchmarks.product.bot_load import SIGNS
from benchmarks.transcripts.held import PATIENCE, running
from benchmarks.transcripts.homes import made_home
from tests.fakes.bot_api import FakeBotApi

WORDS = frozenset({"sendMessageDraft", "sendRichMessageDraft", "sendMessage", "sendRichMessage"})
READERS = {1: 12, 4: 4, 20: 2}  # readers at once, and how often
SETTLED = 0.5  # seconds without a call, after which an answer is whole


def asked_at_once(api: FakeBotApi, first_chat: int, questions: Sequence[str]) -> list[dict[str, float]]:
    """Seconds of each question, each in a chat of its own, all sent at the same moment."""
    began = len(api.calls)
    asked = {}
    for chat, question in enumerate(questions, first_chat):
        asked[chat] = time.monotonic()
        api.private_text(chat, question)

    def whole() -> bool:
        calls = api.calls[began:]
        answered = {int(call.params["chat_id"]) for call in calls if call.method in {"sendMessage", "sendRichMessage"}}
        return asked.keys() <= answered and time.monotonic() - calls[-1].at > SETTLED

    api.wait_for(whole, patience=PATIENCE * 2)
    rows = []
    for chat, at in asked.items():
        calls = [call for call in api.calls[began:] if str(call.params.get("chat_id")) == str(chat) and call.ok]
        answers = [call for call in calls if call.method in {"sendMessage", "sendRichMessage"}]
        replied = {str(call.params.get("reply_parameters")) for call in answers}
        if len(replied) != 1:
            raise SystemExit(f"NOT RIGHT: {len(replied)} answers to one question in chat {chat}")
        rows.append(
            {
                "first_sign": min(call.at for call in calls if call.method in SIGNS) - at,
                "first_words": min(call.at for call in calls if call.method in WORDS) - at,
                "whole": max(call.at for call in answers) - at,
            }
        )
    return rows


def summed_up(readers: int, rows: Sequence[dict[str, float]]) -> dict[str, Any]:
    told: dict[str, Any] = {"readers": readers, "questions": len(rows), "load": round(os.getloadavg()[0], 1)}
    for name in rows[0]:
        found = sorted(row[name] for row in rows)
        told[name] = {
            "p50_s": round(statistics.median(found), 2),
            "p95_s": round(found[min(len(found) - 1, int(len(found) * 0.95))], 2),
        }
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="store_true", help="as `konspekt run` has it, with LOCAL_MODEL")
    parser.add_argument("--homes", type=Path, help="a folder with an indexed home named sample, which is copied")
    parser.add_argument("--readers", type=int, nargs="+", default=list(READERS))
    parser.add_argument("--result", default="answer_seconds")
    options = parser.parse_args()
    answerable = [row["question"] for row in read("sample_strangers_tune") if row["kind"] == "answerable"]
    questions: Iterator[str] = itertools.cycle(answerable)
    rows = []
    with made_home("sample", options.homes) as home, FakeBotApi() as api:
        assert home is not None
        with running(api, home, with_model=options.model):
            asked_at_once(api, 1, ["Что такое LoRA?"])  # what is loaded at the first question
            chat = 100
            for readers in options.readers:
                found = []
                for _ in range(READERS[readers]):
                    found += asked_at_once(api, chat, [next(questions) for _ in range(readers)])
                    chat += readers
                rows.append(summed_up(readers, found))
                print(
                    f"{readers} at once: first words {rows[-1]['first_words']}, whole {rows[-1]['whole']}, "
                    f"load {rows[-1]['load']}"
                )
    name = f"{options.result}_model" if options.model else options.result
    print(f"written to {write_result(name, {'model': options.model, 'rows': rows})}")


if __name__ == "__main__":
    main()
