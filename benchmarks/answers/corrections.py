"""A post and its later correction: does the newer one win?

    python -m benchmarks.answers.corrections [--llm] [--misses] [--result NAME]

`benchmarks/questions/corrections.jsonl` holds made-up posts of a channel in pairs: a correction in so many words, an
"UPD", a moved date, an update, a reply to the own post, the same course a year later, struck-through text; and pairs
that only look like it, where the older post still answers. All of them become one channel's export, which is indexed
as a user would. The newer wins when what it says is in the answer, and nothing outdated stands before it. Shares with
95 % bootstrap intervals go to benchmarks/results/NAME.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.answers.strangers import indexed, read
from benchmarks.answers.talks import comes_first
from benchmarks.common.bootstrap import interval
from benchmarks.common.machine import write_result
from benchmarks.common.paths import MODEL_FILES, ROOT
from konspekt.answering.answer import Answer
from konspekt.app.build import build_answerer, build_database, build_embedder
from konspekt.app.settings import Settings
from konspekt.indexer.evaluation import holds_answer

STRUCK = re.compile(r"~~(.+?)~~")
CHANNEL = {"name": "Мастерская на Лесной", "type": "public_channel", "id": 1555000111, "username": "lesnaya_demo"}


@dataclass(frozen=True, slots=True)
class Outcome:
    id: str
    way: str
    correction: bool
    question: str
    refused: bool
    right: bool  # the answer's words hold what holds now, and nothing outdated before it
    shown: bool  # they stand in the answer or in what it quotes
    answer: str


def export(pairs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A Telegram Desktop export with the posts of all pairs in the order of their dates."""
    posts = [
        (post["date"], place, turn, post) for place, pair in enumerate(pairs) for turn, post in enumerate(pair["posts"])
    ]
    numbers: dict[tuple[int, int], int] = {}
    messages = []
    for number, (date, place, turn, post) in enumerate(sorted(posts, key=lambda one: one[:3]), 1):
        numbers[place, turn] = number
        message = {
            "id": number, "type": "message", "date": f"{date}T10:{number % 60:02}:00",
            "from": CHANNEL["name"], "from_id": f"channel{CHANNEL['id']}", "text": marked(post["text"]),
        }  # fmt: skip
        if post.get("reply"):
            message["reply_to_message_id"] = numbers[place, turn - 1]
        messages.append(message)
    return CHANNEL | {"messages": messages}


def marked(text: str) -> str | list[Any]:
    """`~~struck~~` as the export has it."""
    pieces = STRUCK.split(text)
    if len(pieces) == 1:
        return text
    return [{"type": "strikethrough", "text": one} if place % 2 else one for place, one in enumerate(pieces)]


def outcome(pair: dict[str, Any], answer: Answer) -> Outcome:
    turn = {"accept": pair["new"], "avoid": pair["old"]}
    shown = "\n".join([answer.text, *(citation.quote for citation in answer.citations)])
    right = not answer.refused and holds_answer(answer.text, pair["new"]) and not comes_first(answer.text, turn)
    said = not answer.refused and holds_answer(shown, pair["new"])
    return Outcome(
        pair["id"], pair["way"], pair["correction"], pair["question"], answer.refused, right, said, answer.text
    )


async def ask(pairs: Sequence[dict[str, Any]], home: Path, *, llm: bool) -> list[Outcome]:
    settings = Settings(konspekt_home=home, models_dir=MODEL_FILES)
    database = build_database(settings)
    answerer = build_answerer(settings, database, embedder=build_embedder(settings), with_model=llm)
    found = [outcome(pair, await answerer.answer(pair["question"])) for pair in pairs]
    await answerer.close()
    database.close()
    return found


def scores(found: Sequence[Outcome]) -> dict[str, Any]:
    ways: defaultdict[str, list[Outcome]] = defaultdict(list)
    corrections = [one for one in found if one.correction]
    for one in corrections:
        ways[one.way].append(one)
    return {
        "newer_wins": interval([one.right for one in corrections]),
        "newer_shown": interval([one.shown for one in corrections]),
        "refused": interval([one.refused for one in corrections]),
        "no_correction_right": interval([one.right for one in found if not one.correction]),
        "newer_wins_by_way": {way: interval([one.right for one in of]) for way, of in sorted(ways.items())},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llm", action="store_true", help="the model of OPENAI_BASE_URL answers")
    parser.add_argument("--misses", action="store_true", help="name each pair that went wrong")
    parser.add_argument("--result", default="corrections")
    options = parser.parse_args()
    pairs = read("corrections")
    with tempfile.TemporaryDirectory(prefix="konspekt-corrections-") as folder:
        material = Path(folder) / "export"
        material.mkdir()
        (material / "result.json").write_text(json.dumps(export(pairs), ensure_ascii=False), "utf-8")
        indexed(material, Path(folder) / "home")
        found = asyncio.run(ask(pairs, Path(folder) / "home", llm=options.llm))
    result = {"model": options.llm, **scores(found)}
    print(json.dumps(result, ensure_ascii=False, indent=1))
    for one in found if options.misses else ():
        if not one.right:
            print(
                f"{one.id} {one.way}, refused {one.refused}: {one.question}\n    {' '.join(one.answer.split())[:250]}"
            )
    print(f"written to {write_result(options.result, result).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
