"""Drafts per second without a model, and what a model's drafts cost and how many pass every check.

    python -m benchmarks.product.conversion [--posts 1000] [--processes 2]
    python -m benchmarks.product.conversion --model http://127.0.0.1:8000/v1 [--model-posts 20] [--model-seconds 200]
        again, until every post is measured: what is done stays in --state

Posts are those of the sample channel, repeated with a word of their own each, so that no cache of words helps.
Checked first: every part of every draft is within its network's limit. Beside our counting stands JavaScript's string
length, which cross-posting systems use: how many of these parts it would take for too long, and how many too long
ones of the uncut posts it would let through. Results go to benchmarks/results/conversion*.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.common.machine import hardware, write_result
from benchmarks.common.paths import ROOT
from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.by_rule.counting import utf16_units
from konspekt.conversion.document import (
    Paragraph,
    Post,
    Run,
    post_text,
)
from konspekt.conversion.networks import all_networks, network
from konspekt.conversion.posts.reading import read_file

SAMPLE = ROOT / "sample" / "channel" / "result.json"
STATE = ROOT / "data" / "conversion_drafts.jsonl"
SOCIAL = ("x", "threads", "bluesky", "mastodon")


def posts(count: int) -> list[Post]:
    """Sample posts, each repetition with a word of its own at the end."""
    found = [post for post in read_file(SAMPLE) if isinstance(post, Post)]
    made: list[Post] = []
    while len(made) < count:
        for post in found[: count - len(made)]:
            mark = Paragraph((Run(f"Повтор{len(made)} https://example.com/{len(made)}", frozenset()),))
            made.append(replace(post, blocks=(*post.blocks, mark), id=f"{post.id}-{len(made)}"))
    return made


def drafts_of(some: list[Post]) -> tuple[int, int, int, float]:
    """Drafts made, parts in them, parts over their limit (none, or something is broken), seconds of processor time."""
    drafts = parts = over = 0
    started = time.process_time()
    for post in some:
        for one in all_networks().values():
            draft = convert(post, one)
            drafts += 1
            parts += len(draft.parts)
            over += sum(not one.fits(part.text) for part in draft.parts)
    return drafts, parts, over, time.process_time() - started


def miscounted(some: list[Post]) -> dict[str, dict[str, int]]:
    """Posts that JavaScript's string length judges otherwise than the network does, of the texts before cutting."""
    wrong: dict[str, dict[str, int]] = {}
    for name in SOCIAL:
        one = network(name)
        counts = {"posts": 0, "refused though it fits": 0, "let through though too long": 0}
        for post in some:
            text = post_text(post.blocks)
            for size in (one.limit, one.limit + 30, one.limit - 30):
                piece = text[:size]
                counts["posts"] += 1
                naive = utf16_units(piece) <= one.limit
                counts["refused though it fits"] += one.fits(piece) and not naive
                counts["let through though too long"] += naive and not one.fits(piece)
        wrong[name] = counts
    return wrong


def without_model(count: int, processes: int) -> dict[str, Any]:
    made = posts(count)
    shares = [made[start::processes] for start in range(processes)]
    with ProcessPoolExecutor(processes) as pool:
        list(
            pool.map(drafts_of, [share[:2] for share in shares])
        )  # imports and tables are loaded before the clock runs
        started = time.perf_counter()
        results = list(pool.map(drafts_of, shares))
        seconds = time.perf_counter() - started
    drafts, parts, over, processor = (sum(column) for column in zip(*results, strict=True))
    if over:
        raise SystemExit(f"{over} parts are over their limit: nothing to measure")
    return {
        "posts": count,
        "networks": len(all_networks()),
        "processes": processes,
        "drafts": drafts,
        "parts": parts,
        "parts over the limit": over,
        "seconds": round(seconds, 2),
        "drafts per second": round(drafts / seconds),
        # what the same cores achieve when nothing else uses them
        "drafts per second of processor time": round(drafts * processes / processor),
        "javascript length instead": miscounted(made[:100]),
    }


def chosen_posts(count: int, lang: str) -> list[Post]:
    """Sample posts in another language, spread over the whole channel."""
    foreign = [post for post in read_file(SAMPLE) if isinstance(post, Post) and post.lang != lang and post.blocks]
    return [foreign[place * len(foreign) // count] for place in range(count)]


async def with_model(url: str, posts: list[Post], to: str, lang: str, *, until: float, state: Path) -> None:
    """Writes what each post not yet in `state` (JSON, one post per line) costs and how its checks end; stops before
    `until` (seconds of time.perf_counter) could be passed."""
    from konspekt.conversion.by_model.writer import Writer
    from konspekt.llm_client import ChatModel

    model = ChatModel(url, "key", timeout=300.0)
    known, longest = {one["post"] for one in measured(state)}, 0.0
    for post in posts:
        started = time.perf_counter()
        if post.id in known or started + longest > until:
            continue
        draft = await Writer(model).write(post, network(to), lang)
        seconds = time.perf_counter() - started
        longest = max(longest, seconds)
        one = {
            "post": post.id,
            "model": draft.model,
            "seconds": round(seconds, 2),
            "characters": len(post_text(post.blocks)),
            "repaired": list(draft.checks),
            "untranslated": sum("did not translate" in warning for warning in draft.warnings),
            "unsure": sum("Look at" in warning for warning in draft.warnings),
            "dropped": len(draft.dropped),
            "over": sum(part.length > part.limit for part in draft.parts),
        }
        print(one, flush=True)
        state.parent.mkdir(parents=True, exist_ok=True)
        with state.open("a", encoding="utf-8") as file:
            file.write(json.dumps(one, ensure_ascii=False) + "\n")
    await model.close()


def measured(state: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in state.read_text("utf-8").splitlines()] if state.exists() else []


def summary(posts: list[dict[str, Any]], to: str, lang: str) -> dict[str, Any]:
    flaws = ("untranslated", "unsure", "dropped", "over")
    clean = [one for one in posts if not any(one[flaw] for flaw in flaws)]
    seconds = sorted(one["seconds"] for one in posts)
    return {
        "model": posts[0]["model"],
        "network": to,
        "language": lang,
        "posts": len(posts),
        "characters a post": round(sum(one["characters"] for one in posts) / len(posts)),
        "seconds a draft": round(sum(seconds) / len(seconds), 1),
        "median": seconds[len(seconds) // 2],
        "all checks first time": round(sum(not one["repaired"] for one in clean) / len(posts), 3),
        "all checks after repair": round(len(clean) / len(posts), 3),
        **{f"drafts {flaw}": sum(bool(one[flaw]) for one in posts) for flaw in flaws},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--model", help="address of an OpenAI-compatible server; measures drafts by its model")
    parser.add_argument("--model-posts", type=int, default=20)
    parser.add_argument("--model-seconds", type=float, default=600.0, help="no new draft is begun that may go beyond")
    parser.add_argument("--to", default="x")
    parser.add_argument("--lang", default="en")
    parser.add_argument("--state", type=Path, default=STATE, help="what is measured; default %(default)s")
    given = parser.parse_args()
    if given.model:
        started = time.perf_counter()
        posts = chosen_posts(given.model_posts, given.lang)
        until = started + given.model_seconds
        asyncio.run(with_model(given.model, posts, given.to, given.lang, until=until, state=given.state))
        wanted = {post.id for post in posts}
        done = [one for one in measured(given.state) if one["post"] in wanted]
        if len(done) < len(wanted):
            raise SystemExit(f"{len(done)} of {len(wanted)} posts measured; run it again to go on")
        result = summary(done, given.to, given.lang)
        write_result("conversion_model", result)
    else:
        result = without_model(given.posts, given.processes)
        write_result("conversion", result)
    for name, value in result.items():
        print(f"{name}: {value}")
    print(hardware())


if __name__ == "__main__":
    main()
