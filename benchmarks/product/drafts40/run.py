"""Forty posts into drafts, by rules alone or by a model, and what a reader says of each.

    python -m benchmarks.product.drafts40.run rule
    python -m benchmarks.product.drafts40.run model --url http://127.0.0.1:8000/v1 [--seconds 3000]
    python -m benchmarks.product.drafts40.run table

Russian posts go to six networks, English ones to two: by rules in their own language, by a model in the other one. The
drafts are written to `drafts_rule.jsonl` and `drafts_model.jsonl`, of posts from outside the repository only a hash;
`--texts FILE` writes all of them, to be read. A reader's verdicts are in `verdicts.tsv`, by a hash of the text and its
marks: a draft that changes needs a new verdict. `table` counts them and fails where one is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.common.bootstrap import interval
from benchmarks.common.machine import write_json, write_result
from benchmarks.common.paths import ROOT
from benchmarks.common.recorded_model import OutOfTime, RecordedModel
from benchmarks.product.drafts40.posts import HERE, Given, given
from konspekt.conversion.by_rule.output import draft_text
from konspekt.conversion.document import post_text
from konspekt.conversion.draft import Draft
from konspekt.conversion.drafting import draft_by_rule
from konspekt.conversion.networks import network

Row = dict[str, Any]
VERDICTS = ("postable", "marked", "unmarked")  # every error is marked; at least one is not


def row_of(one: Given, name: str, draft: Draft, seconds: float) -> tuple[Row, str]:
    """What is kept of a draft, and its text with what its pictures say."""
    text = draft_text(draft, network(name)).strip()
    text += "".join(f"\n[{card.kind}] {card.text}" for card in draft.cards)
    marks = [line.to_json() for line in draft.marked]
    row = {
        "post": one.name,
        "kind": one.kind,
        "network": name,
        "lang": draft.lang,
        "hash": sha256(json.dumps([text, draft.to_edit, marks], ensure_ascii=False).encode()).hexdigest()[:12],
        "finished": draft.finished,
        "to_edit": list(draft.to_edit),
        "marked": marks,
        "characters": len(post_text(one.post.blocks)),
        "seconds": round(seconds, 2),
    }
    return row, text


def by_rule(posts: Iterable[Given]) -> list[tuple[Given, Row, str]]:
    done = []
    for one in posts:
        for name in one.networks:
            started = time.perf_counter()
            draft = draft_by_rule(one.post, network(name))
            done.append((one, *row_of(one, name, draft, time.perf_counter() - started)))
    return done


async def by_model(posts: Iterable[Given], url: str, seconds: float, state: Path) -> list[tuple[Given, Row, str]]:
    """As many posts as the time allows, all networks of each. The model's answers are kept in `state`, so that a run
    goes on where the last one ended, and what happens after the model can be changed and measured again; a draft takes
    as long as it did when its answers were new."""
    from konspekt.conversion.by_model.writer import Writer

    state.parent.mkdir(parents=True, exist_ok=True)
    model = RecordedModel(url, "key", None, state, seconds)
    model.recordings = {key: row for key, row in model.recordings.items() if row["finish_reason"]}  # not cut off
    times_file = state.with_suffix(".times.json")
    times: dict[str, float] = json.loads(times_file.read_text("utf-8")) if times_file.exists() else {}
    done: list[tuple[Given, Row, str]] = []
    for one in sorted(posts, key=lambda one: sha256(one.name.encode()).digest()):  # every kind early
        writer = Writer(model)  # knows no line of another post
        drafts: list[tuple[Given, Row, str]] = []
        try:
            for name in one.networks:
                started = time.perf_counter()
                draft = await writer.write(one.post, network(name), one.other)
                key = f"{one.name} {name}"
                times[key] = max(times.get(key, 0.0), time.perf_counter() - started)
                row, text = row_of(one, name, draft, times[key])
                drafts.append((one, {**row, "model": draft.model}, text))
        except OutOfTime:
            continue  # a later post may have been answered before
        done += drafts
        write_json(times_file, times)
        print(one.name, [row["seconds"] for _, row, _ in drafts], flush=True)
    await model.close()
    return done


def keep(file: Path, done: Iterable[tuple[Given, Row, str]], texts: Path | None) -> None:
    """The rows, with the text and the marked lines of those that may be kept here; all texts to a file to be read."""
    lines, read = [], []
    for one, row, text in done:
        shown = (
            {**row, "text": text} if one.open else {**row, "marked": len(row["marked"]), "to_edit": len(row["to_edit"])}
        )
        lines.append(json.dumps(shown, ensure_ascii=False))
        marks = "".join(f"\n  ✍ {'/'.join(mark['why'])}: {mark['source']} → {mark['text']}" for mark in row["marked"])
        state = "finished" if row["finished"] else f"to edit: {'; '.join(row['to_edit'])}{marks}"
        read.append(f"===== {row['hash']} {row['post']} {row['network']} {row['lang']} · {state}\n{text}\n")
    file.write_text("\n".join(lines) + "\n", "utf-8")
    if texts is not None:
        texts.write_text("\n".join(read), "utf-8")


def table() -> dict[str, Any]:
    verdicts = {}
    for line in (HERE / "verdicts.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            key, verdict, *_ = line.split("\t")
            if verdict not in VERDICTS:
                raise SystemExit(f"{verdict} is no verdict")
            verdicts[key] = verdict
    result: dict[str, Any] = {}
    for how in ("rule", "model"):
        file = HERE / f"drafts_{how}.jsonl"
        if not file.exists():
            continue
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        missing = [f"{row['post']} {row['network']}" for row in rows if row["hash"] not in verdicts]
        if missing:
            raise SystemExit(f"no verdict for {len(missing)} drafts by {how}: {', '.join(missing[:10])}")
        for pair in sorted({(row["lang"], row["network"] in ("vk", "habr")) for row in rows}):
            some = [row for row in rows if (row["lang"], row["network"] in ("vk", "habr")) == pair]
            result[f"{how}, {'from English' if pair[1] else 'from Russian'}, drafts in {pair[0]}"] = _shares(
                some, verdicts
            )
    return result


def _shares(rows: list[Row], verdicts: dict[str, str]) -> dict[str, Any]:
    finished = [row for row in rows if row["finished"]]
    edited = [row for row in rows if not row["finished"]]
    found = Counter(verdicts[row["hash"]] for row in rows)
    seconds = sorted(row["seconds"] for row in rows)
    per_post = Counter[str]()
    for row in rows:
        per_post[row["post"]] += row["seconds"]
    return {
        "posts": len(per_post),
        "drafts": len(rows),
        "finished": interval([float(row["finished"]) for row in rows]),
        "finished with an error": sum(verdicts[row["hash"]] != "postable" for row in finished),
        "to be edited with every error marked": (
            interval([float(verdicts[row["hash"]] != "unmarked") for row in edited]) if edited else None
        ),
        **{verdict: found[verdict] for verdict in VERDICTS},
        "seconds a draft, median": seconds[len(seconds) // 2],
        "seconds a post, all its networks": round(sum(per_post.values()) / len(per_post), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["rule", "model", "table"])
    parser.add_argument("--url", help="address of an OpenAI-compatible server")
    parser.add_argument("--seconds", type=float, default=3000.0, help="no new answer is asked for after them")
    parser.add_argument("--seeds", type=Path, default=ROOT.parent / "shared" / "seeds")
    parser.add_argument(
        "--state", type=Path, default=ROOT / "data" / "drafts40_answers.jsonl", help="the model's answers"
    )
    parser.add_argument("--texts", type=Path, help="where all drafts are written, to be read")
    options = parser.parse_args()
    if options.what == "table":
        result = table()
        write_result("drafts40", result)
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    posts = list(given(options.seeds))
    if options.what == "rule":
        done = by_rule(posts)
    else:
        done = asyncio.run(by_model(posts, options.url, options.seconds, options.state))
    keep(HERE / f"drafts_{options.what}.jsonl", done, options.texts)
    print(len(done), "drafts")


if __name__ == "__main__":
    main()
