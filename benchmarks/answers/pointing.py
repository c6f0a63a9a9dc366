"""Heads alone, a small model alone, or both: which of them names the sentences that answer? Read blind.

    python -m benchmarks.answers.pointing --homes FOLDER [--sets NAME ...] [--draw N] [--to FOLDER] [--result NAME]
    python -m benchmarks.answers.pointing --verdicts FILE [--to FOLDER] [--result NAME]

The first form asks answerable questions with accepted phrases of both indexed materials (`sample`, `seeds` in FOLDER),
by the model of OPENAI_BASE_URL. `heads`: what is shown without a model. `model`: of the same twelve sentences those
that the model points at, with what they lean on. `both`: the model adds to what the heads choose, as the bot does it.
Counted is which of them holds an accepted phrase in the answer itself; `--to` gets the answers in an order drawn for
each question, `blind.md`, and which is whose, `key.json`. A reader writes a line «NUMBER LETTER right|partly|wrong»
for each, and the second form adds up the verdicts by what made the answer. Results: benchmarks/results/NAME.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answers.strangers import drawn, read
from benchmarks.common.bootstrap import interval
from benchmarks.common.machine import write_result
from benchmarks.common.paths import MODEL_FILES, ROOT
from konspekt.answering.frequencies import IndexFrequencies
from konspekt.answering.judging.judge import open_judge
from konspekt.answering.question.language import question_language
from konspekt.answering.question.ranking import defined_name, defining_first
from konspekt.answering.words.meaning import Meaning
from konspekt.answering.words.vocabulary import content_terms, rarity
from konspekt.answering.writing.likeliest import likeliest
from konspekt.answering.writing.picking import with_context
from konspekt.answering.writing.pointing import ask_for_numbers, pointed_at, shown_sentences
from konspekt.answering.writing.quoting import Excerpt
from konspekt.answering.writing.ranking import Ranker
from konspekt.answering.writing.wanted import Wanted
from konspekt.app.build import build_chat_model, build_database, build_embedder, build_searcher
from konspekt.app.settings import Settings
from konspekt.indexer.evaluation import holds_answer

SETS = ("sample_final4", "seeds_final4", "sample_final3", "seeds_final3")
FOUND = 8
HOW = ("heads", "model", "both")
VERDICTS = ("right", "partly", "wrong")
SEED = 3


def text_of(found: Sequence[Excerpt]) -> str:
    """The answer itself, without the passages below it."""
    return "\n\n".join("\n".join(one.quote.text[a:b].strip() for a, b in one.spans) for one in found)


async def ask(home: Path, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    settings = Settings(konspekt_home=home, models_dir=MODEL_FILES)
    model = build_chat_model(settings)
    if model is None:
        raise SystemExit("no model is at hand: start `konspekt serve`, and name it by OPENAI_BASE_URL")
    embedder, database = build_embedder(settings), build_database(settings)
    searcher = build_searcher(settings, database, embedder)
    frequencies, judge = IndexFrequencies(database), open_judge(embedder)
    assert judge is not None
    ranker = Ranker(frequencies, Meaning(embedder), judge)
    found: list[dict[str, Any]] = []
    for row in rows:
        question = searcher.understand(row["question"]).text
        passages = searcher.search(row["question"], FOUND)
        name = defined_name(question)
        passages = defining_first(name, passages) if name else passages
        wanted = Wanted(question, name)
        ranked = ranker.rank(question, wanted.ordered(passages), wanted)
        shown = likeliest(question, ranked, rarity(content_terms(question), frequencies), wanted)
        if not shown:
            continue
        places = shown_sentences(shown)
        sentences = [shown[number].units[index].text for number, index in places]
        completion = await ask_for_numbers(model, question, sentences, question_language(question, (), None))
        picked: defaultdict[int, list[int]] = defaultdict(list)
        for n in pointed_at(completion.text, sentences):
            picked[places[n - 1][0]].append(places[n - 1][1])
        alone = [
            replace(shown[number], chosen=tuple(with_context(shown[number].units, sorted(of))))
            for number, of in picked.items()
        ]
        both = [
            excerpt.choosing([*excerpt.chosen, *picked.get(number, ())])
            for number, excerpt in enumerate(shown)
            if number == 0 or number in picked
        ]
        answers = {"heads": text_of(shown), "model": text_of(alone), "both": text_of(both)}
        found.append({"question": row["question"], "accept": row["accept"], "answers": answers})
        print(f"\r{len(found)} of {len(rows)}", end="", flush=True)
    print()
    await model.close()
    database.close()
    return found


def write_blind(found: Sequence[dict[str, Any]], folder: Path) -> None:
    """Each different answer of a question once, under a letter; the key says whose it is."""
    draw = random.Random(SEED)
    lines, key = [], []
    for number, row in enumerate(found, start=1):
        texts = list(dict.fromkeys(row["answers"].values()))
        draw.shuffle(texts)
        lines.append(f"## {number}. {row['question']}\n")
        lines += [f"**{letter}**\n\n{text}\n" for letter, text in zip("ABC", texts, strict=False)]
        key.append({how: "ABC"[texts.index(row["answers"][how])] for how in HOW})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "blind.md").write_text("\n".join(lines), "utf-8")
    (folder / "key.json").write_text(json.dumps(key), "utf-8")


def counted(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        how: {
            "holds_an_accepted_phrase": interval([holds_answer(row["answers"][how], row["accept"]) for row in found]),
            "characters": round(float(np.mean([len(row["answers"][how]) for row in found]))),
        }
        for how in HOW
    }


def verdicts_of(file: Path, key: Sequence[dict[str, str]]) -> dict[str, dict[str, int]]:
    """Verdicts by what made the answer. Raises ValueError for a line that is none, or an answer without one."""
    said: dict[tuple[int, str], str] = {}
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        match line.split():
            case []:
                continue
            case [question, letter, verdict] if question.isdigit() and verdict in VERDICTS:
                said[int(question), letter] = verdict
            case _:
                raise ValueError(f"{file}, line {number}: {line!r} is not «NUMBER LETTER right|partly|wrong»")
    missing = [
        f"{n} {letter}" for n, of in enumerate(key, start=1) for letter in of.values() if (n, letter) not in said
    ]
    if missing:
        raise ValueError(f"{file}: no verdict for {', '.join(sorted(set(missing)))}")
    return {how: dict(Counter(said[n, of[how]] for n, of in enumerate(key, start=1))) for how in HOW}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--homes", type=Path)
    parser.add_argument("--draw", type=int, help="so many answerable questions of each set, the same ones each time")
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "pointing")
    parser.add_argument("--verdicts", type=Path)
    parser.add_argument("--result", default="pointing")
    options = parser.parse_args()
    kept = options.to / "counted.json"
    if options.verdicts:
        result = json.loads(kept.read_text("utf-8"))
        result["read_blind"] = verdicts_of(options.verdicts, json.loads((options.to / "key.json").read_text("utf-8")))
    elif options.homes:
        found = []
        for name in options.sets:
            rows = drawn([row for row in read(name) if row.get("accept")], options.draw)
            found += asyncio.run(ask(options.homes / name.partition("_")[0], rows))
        write_blind(found, options.to)
        result = {"questions": len(found), "sets": list(options.sets), "counted": counted(found)}
        kept.write_text(json.dumps(result), "utf-8")
    else:
        parser.error("name the indexes by --homes, or a file of verdicts by --verdicts")
    print(json.dumps(result, ensure_ascii=False, indent=1))
    print(f"written to {write_result(options.result, result).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
