"""The tables of docs/evaluation.md, out of benchmarks/results and nothing else.

    python -m benchmarks.answers.tables [--write] [--check]

Each table of the page stands between `<!-- table NAME -->` and `<!-- end -->`. `--write` puts the present numbers
there, `--check` ends with status 1 where the page says something else, and without either they are printed. Numbers in
brackets are 95 % intervals, by resampling the questions.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common.bootstrap import interval
from benchmarks.common.paths import RESULTS, ROOT

PAGE = ROOT / "docs" / "evaluation.md"
_PLACE = re.compile(r"(<!-- table (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
Results = Callable[[str], dict[str, Any] | None]  # a result by its name; None where it was not measured


def read_results(folder: Path) -> Results:
    def read(name: str) -> dict[str, Any] | None:
        path = folder / f"{name}.json"
        held: dict[str, Any] | None = json.loads(path.read_text("utf-8")) if path.exists() else None
        return held

    return read


def rewritten(page: str, results: Results) -> str:
    """The page with its tables as the results have them; what was not measured is said instead of a table."""

    def filled(place: re.Match[str]) -> str:
        return f"{place[1]}{TABLES[place['name']](results)}\n{place[3]}"

    return _PLACE.sub(filled, page)


# ---------------------------------------------------------------- own questions


def search(results: Results) -> str:
    held = results("retrieval")
    if held is None:
        return missing("retrieval")
    rows = [row for row in held["rows"] if row["mode"] == "fused" and not _is_a_sum(row, held["rows"])]
    table = [
        [
            _material(row["questions_of"]), _split(row), str(row["questions"]),
            *(_of_count(row["recall"][depth], row["questions"]) for depth in ("1", "5")),
            f"{row['recall']['10']:.3f}", f"{row['mrr']:.3f}", f"{row['recall_in_budget']:.3f}",
        ]
        for row in sorted(rows, key=lambda row: (_material(row["questions_of"]), _ORDER.index(_split(row))))
    ]  # fmt: skip
    head = ("material", "split", "n", "recall@1", "recall@5", "@10", "MRR", "in 1,000 tokens")
    return markdown(head, table) + measured(held)


_ORDER = ("tune", "heldout", "unseen", "fresh", "all")


def _material(name: str) -> str:
    return {"sample": "sample", "seeds": "dumps"}[name.partition("_")[0]]


def _split(row: Mapping[str, Any]) -> str:
    return row["questions_of"].partition("_")[2] or str(row["split"])


def _is_a_sum(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> bool:
    """All splits of a file together, beside a row for each."""
    others = [r for r in rows if r["questions_of"] == row["questions_of"] and r["split"] != "all"]
    return row["split"] == "all" and bool(others)


STRANGERS = (
    ("recall@1", "recall@1"),
    ("recall@5", "recall@5"),
    ("mrr", "MRR"),
    ("fact_shown", "fact in the answer or its quotes"),
    ("refused_wrongly", "refused though it is there"),
    ("near_misses_refused", "near misses refused"),
    ("off_topic_right", "off topic, small talk"),
)
LATER_STRANGERS = (  # asked once each, by the version of their day
    ("strangers_final3", "a third stranger's 140 questions"),
    ("strangers_final3_again", "the same 140, asked again of a later version"),
    ("strangers_final4", "170 questions of two more strangers"),
    ("strangers_final5_before", "170 questions of two strangers after them, asked of the version before"),
    ("strangers_final5", "the same 170, asked once of the next version"),
    (
        "strangers_final6_before",
        "170 questions of two more, told to choose what others would not, asked of that version",
    ),
    ("strangers_final6", "the same 170, asked once of the next version"),
    ("strangers_final7_before", "175 questions of two more, as people type them on phones, asked of that version"),
    ("strangers_final7", "the same 175, asked once of the next version"),
    ("strangers_final7_model", "the same 175, with the local 1.5B"),
    ("strangers_final8_before", "170 questions of one more, short and basic ones too, asked of that version"),
    ("strangers_final8", "the same 170, asked once of the next version"),
    ("strangers_final8_model", "the same 170, with the local 1.5B"),
    ("strangers_final9_before", "170 questions of one more, asked of that version"),
    ("strangers_final9", "the same 170, asked once of this version"),
    ("strangers_final9_model", "the same 170, with the local 1.5B, some mends later"),
)
HELD_TALKS = (  # before, now, what
    ("talks_held_before", "talks_held", "forty talks of a stranger, asked once"),
    ("talks_held2_before", "talks_held2", "forty talks of another stranger, asked once"),
    ("talks_held3_before", "talks_held3", "forty talks of a third, asked once"),
)


def strangers(results: Results) -> str:
    """Questions of people who had read the material and nothing of ours: what is now, beside what was before."""
    columns = [(name, results(result)) for name, result in (("before", "strangers_before"), ("now", "strangers"))]
    columns += [("with a model", results("strangers_model"))]
    there = [(name, held) for name, held in columns if held is not None]
    if not there:
        return missing("strangers")
    rows = [[label, *(spread(held["all"].get(key)) for _, held in there)] for key, label in STRANGERS]
    count = sum(there[-1][1]["all"][key]["n"] for key in ("recall@1", "near_misses_refused", "off_topic_right"))
    table = markdown((f"{count} questions", *(name for name, _ in there)), rows) + measured(there[-1][1])
    second = [(name, results(f"strangers_final2_{name}")) for name in ("sample", "seeds")]
    later = [(name, held) for name, held in second if held is not None]
    if not later:
        return table
    rows = [[label, *(spread(held["all"].get(key)) for _, held in later)] for key, label in STRANGERS]
    heading = ("another stranger's 240 questions", *(f"the {name}" for name, _ in later))
    table = f"{table}\n\n{markdown(heading, rows)}{measured(later[-1][1])}"
    for result, title in LATER_STRANGERS:
        held = results(result)
        if held is None:
            continue
        sets = held["sets"].items()
        rows = [[label, *(spread(one.get(key)) for _, one in sets)] for key, label in STRANGERS]
        heading = (title, *(f"the {name.partition('_')[0]}" for name, _ in sets))
        table = f"{table}\n\n{markdown(heading, rows)}{measured(held)}"
    return table


TALKS = (("turns", "turns right"), ("talks", "talks right from beginning to end"))
_OF_STRANGERS = (("turns_own", "turns right in the answer itself"),)
OF_TURNS = {"answer": "turns to be answered", "no": "turns to be refused", "chat": "small talk"}


def talks(results: Results) -> str:
    held = results("talks")
    if held is None:
        return missing("talks")
    rows = [[label, spread(held[key]), str(held[key]["n"])] for key, label in TALKS]
    rows += [[OF_TURNS[key], spread(value), str(value["n"])] for key, value in held["turns_by_expect"].items()]
    rows += [[f"{key} turn of a talk", spread(value), str(value["n"])] for key, value in held["turns_by_place"].items()]
    table = markdown(("sixty talks over the sample", "right", "n"), rows) + measured(held)
    for earlier, later, title in HELD_TALKS:
        before, now = results(earlier), results(later)
        if before is None or now is None:
            continue
        rows = [[label, spread(before[key]), spread(now[key])] for key, label in (*TALKS, *_OF_STRANGERS)]
        rows.append(["later turn of a talk", *(spread(one["turns_by_place"]["later"]) for one in (before, now))])
        table = f"{table}\n\n{markdown((title, 'the version before', 'this version'), rows)}{measured(now)}"
    return table


def corrections(results: Results) -> str:
    held = results("corrections")
    if held is None:
        return missing("corrections")
    rows = [
        ["the newer wins", spread(held["newer_wins"]), str(held["newer_wins"]["n"])],
        ["the newer is shown, in the answer or its quotes", spread(held["newer_shown"]), str(held["newer_shown"]["n"])],
        ["no correction, and left alone", spread(held["no_correction_right"]), str(held["no_correction_right"]["n"])],
    ]
    ways = held["newer_wins_by_way"].items()
    rows += [[f"the newer wins: {way}", spread(value), str(value["n"])] for way, value in ways]
    return markdown(("posts and their corrections", "share", "n"), rows) + measured(held)


# ---------------------------------------------------------------- public sets

PUBLIC = (("ru-ru", "XQuAD, ru"), ("ru-en", "XQuAD, ru → en"), ("en-en", "XQuAD, en"))
AREAS = (("another_paragraph", "another paragraph"), ("without_its_sentence", "without its sentence"))


def public(results: Results) -> str:
    held = results("public")
    if held is None:
        return missing("public")
    rows = []
    for key, name in PUBLIC:
        found = held["xquad"].get(key)
        if found is not None:
            numbers = (found.get(field) for field in ("recall@1", "ndcg@10", *(area for area, _ in AREAS)))
            rows.append([name, str(found["recall@1"]["n"]), *(spread(number) for number in numbers)])
    area = held["mtrag_un"].get("answerable_or_not")
    if area is not None:
        rows.append(["MTRAG-UN", str(area["n"]), "—", "—", spread(area), "—"])
    head = ("set", "n", "recall@1", "nDCG@10", *(f"AUC: {label}" for _, label in AREAS))
    return markdown(head, rows) + measured(held)


PROBED_PARTS = (
    ("rule of today", "the judge and words"),
    ("the line alone", "the line alone"),
    ("all", "both"),
)
PROBED = (
    ("area_near_misses", "near misses, AUC"),
    ("near_misses_refused", "refused at 5 %"),
    ("near_misses_refused_at_0.1", "at 10 %"),
    ("off_topic_refused", "off topic refused at 5 %"),
)


def probing(results: Results) -> str:
    held = results("probing")
    if held is None:
        return missing("probing")
    rows = [[name, *(_within(held["parts"][part]["all"][key]) for key, _ in PROBED)] for part, name in PROBED_PARTS]
    return markdown(("by", *(label for _, label in PROBED)), rows) + measured(held)


# ---------------------------------------------------------------- text


def spread(value: Mapping[str, float] | None) -> str:
    """`0.850 (0.80–0.90)`; a dash where nothing was measured."""
    if value is None:
        return "—"
    return f"{value['mean']:.3f} ({value['low']:.2f}–{value['high']:.2f})"


def _within(value: Mapping[str, float]) -> str:
    return f"{value['value']:.3f} ({value['low']:.2f}–{value['high']:.2f})"


def _of_count(share: float, count: int) -> str:
    """A share of so many questions with its interval: which of them were right does not matter to it."""
    right = round(share * count)
    return spread(interval([1.0] * right + [0.0] * (count - right)))


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def measured(held: Mapping[str, Any]) -> str:
    hardware = held["hardware"]
    return f"\nMeasured on {held['date'][:10]}, {hardware['cpu']}, {hardware['cores']} cores."


def missing(name: str) -> str:
    return f"Not measured yet: `python -m benchmarks.answers.{name}`."


TABLES: Mapping[str, Callable[[Results], str]] = {
    "search": search,
    "strangers": strangers,
    "talks": talks,
    "corrections": corrections,
    "public": public,
    "probing": probing,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/evaluation.md")
    parser.add_argument("--check", action="store_true", help="status 1 where the page differs from the results")
    options = parser.parse_args()
    results = read_results(RESULTS)
    page = PAGE.read_text("utf-8")
    after = rewritten(page, results)
    if options.write:
        PAGE.write_text(after, "utf-8")
        print(f"{PAGE.relative_to(ROOT)}: {'rewritten' if after != page else 'as it was'}")
    elif options.check:
        sys.exit("docs/evaluation.md differs: python -m benchmarks.answers.tables --write" if after != page else 0)
    else:
        print("\n\n".join(f"## {name}\n\n{table(results)}" for name, table in TABLES.items()))


if __name__ == "__main__":
    main()
