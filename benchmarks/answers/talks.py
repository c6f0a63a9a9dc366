"""Whole talks: pronouns, «а почему», changes of topic, thanks with a question behind, small talk.

    python -m benchmarks.answers.talks [--questions NAME] [--homes FOLDER] [--llm] [--misses] [--result NAME]

`benchmarks/questions/talks.jsonl` was written from reading the sample alone; `talks_tune` and `talks_held` by a
stranger, over the sample and the dumps (`material`), mostly follow-ups of few words, and so is `follow_ups_tune`, by
whoever made them work. Each turn is asked with the talk
before it (as the bot would), and must show one of its phrases (`accept`; what `avoid` names may not come first), be
refused (`expect: no`), or be answered without a search (`expect: chat`). A talk is right when all of its turns are.
Shares with 95 % bootstrap intervals, drawn by talk, go to benchmarks/results/NAME.json; `own` counts what the answer
itself says, without the passages below it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.answers.strangers import indexed, read
from benchmarks.common.bootstrap import interval
from benchmarks.common.machine import write_result
from benchmarks.common.paths import MODEL_FILES, ROOT
from konspekt.answering.answer import Answer, Turn
from konspekt.app.build import build_answerer, build_database, build_embedder
from konspekt.app.settings import Settings
from konspekt.indexer.evaluation import holds_answer, normalise


@dataclass(frozen=True, slots=True)
class Told:
    """One turn as it went. `place`: from 0 within its talk."""

    talk: str
    kinds: tuple[str, ...]
    language: str
    place: int
    say: str
    expect: str  # answer, no, chat
    right: bool
    own: bool
    answer: str


def turn_is_right(turn: dict[str, Any], answer: Answer, *, own: bool = False) -> bool:
    """`accept`: shown in the answer or its quotes (`own`: in the answer itself), before anything to be avoided. Nothing
    searched is small talk."""
    searched = bool(answer.passages)
    if turn.get("expect") == "chat":
        return not searched
    if turn.get("expect") == "no":
        return answer.refused or not searched
    shown = "\n".join([answer.text, *(citation.quote for citation in (() if own else answer.citations))])
    return not answer.refused and holds_answer(shown, turn["accept"]) and not comes_first(shown, turn)


def comes_first(shown: str, turn: dict[str, Any]) -> bool:
    """Something to be avoided stands before every accepted phrase."""
    text = normalise(shown)

    def first(phrases: Sequence[str]) -> int:
        return min((text.find(normalise(one)) for one in phrases if normalise(one) in text), default=len(text))

    return first(turn.get("avoid", ())) < first(turn["accept"])


async def hold(talks: Sequence[dict[str, Any]], home: Path, *, llm: bool) -> list[Told]:
    settings = Settings(konspekt_home=home, models_dir=MODEL_FILES)
    database = build_database(settings)
    answerer = build_answerer(settings, database, embedder=build_embedder(settings), with_model=llm)
    told: list[Told] = []
    for talk in talks:
        history: list[Turn] = []
        for place, turn in enumerate(talk["turns"]):
            answer = await answerer.answer(turn["say"], history[-2 * settings.memory_turns :])
            history += [Turn("user", turn["say"]), answer.said]
            right, own = turn_is_right(turn, answer), turn_is_right(turn, answer, own=True)
            told.append(
                Told(talk["id"], tuple(talk.get("kinds", ())), talk.get("lang", ""), place, turn["say"],
                     turn.get("expect", "answer"), right, own, answer.text)
            )  # fmt: skip
    await answerer.close()
    database.close()
    return told


def scores(told: Sequence[Told]) -> dict[str, Any]:
    """Of turns and of whole talks; by what was expected, by the place in the talk, by kind."""
    talks: defaultdict[str, list[Told]] = defaultdict(list)
    for one in told:
        talks[one.talk].append(one)
    groups: dict[str, defaultdict[str, list[Told]]] = {
        name: defaultdict(list) for name in ("expect", "place", "kind", "language")
    }
    for one in told:
        groups["expect"][one.expect].append(one)
        groups["place"]["first" if one.place == 0 else "later"].append(one)
        if one.language:
            groups["language"][one.language].append(one)
        for kind in one.kinds:
            groups["kind"][kind].append(one)
    return {
        "turns": interval([one.right for one in told]),
        "turns_own": interval([one.own for one in told]),
        "talks": interval([all(one.right for one in turns) for turns in talks.values()]),
        "turns_of_a_talk": interval([sum(one.right for one in turns) / len(turns) for turns in talks.values()]),
        **{
            f"turns_by_{name}": {key: interval([one.right for one in of]) for key, of in sorted(group.items())}
            for name, group in groups.items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", default="talks", help="talks, talks_tune, talks_held or follow_ups_tune")
    parser.add_argument("--homes", type=Path, help="a folder with a KONSPEKT_HOME each for sample and seeds")
    parser.add_argument("--seeds", type=Path, default=ROOT.parent / "shared" / "seeds")
    parser.add_argument("--llm", action="store_true", help="the model of OPENAI_BASE_URL answers")
    parser.add_argument("--misses", action="store_true", help="name each turn that went wrong")
    parser.add_argument("--result", default="talks")
    options = parser.parse_args()
    of: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for talk in read(options.questions):
        of[talk.get("material", "sample")].append(talk)
    told: list[Told] = []
    for material, folder in (("sample", ROOT / "sample"), ("seeds", options.seeds.resolve())):
        if not of[material]:
            continue
        if not folder.is_dir():
            print(f"{material}: left out, its material is not here")
            continue
        with tempfile.TemporaryDirectory(prefix="konspekt-talks-") as made:
            home = options.homes / material if options.homes else Path(made)
            if not options.homes:
                indexed(folder, home)
            told += asyncio.run(hold(of[material], home, llm=options.llm))
    result = {"model": options.llm, **scores(told)}
    print(json.dumps(result, ensure_ascii=False, indent=1))
    for one in told if options.misses else ():
        if not one.right:
            print(f"{one.talk}.{one.place + 1} {one.expect}: {one.say}\n    {' '.join(one.answer.split())[:200]}")
    print(f"written to {write_result(options.result, result).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
