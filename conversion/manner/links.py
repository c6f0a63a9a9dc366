"""Links as each network can show them: `❱❱ Код ❱❱ Статья` with addresses of its own becomes a list of them."""

from __future__ import annotations

import re
from dataclasses import replace

from konspekt.conversion.by_rule.labels import is_dead_label
from konspekt.conversion.document import (
    Block,
    Blocks,
    ListBlock,
    ListItem,
    Paragraph,
    Run,
    Runs,
    block_runs,
    merge_runs,
    runs_text,
    slice_runs,
)
from konspekt.conversion.parsing.inline import is_bare

_ORNAMENT = re.compile(r"^[^\w#@]+|[^\w)»”\"!?]+$")
_LONGEST_NAME = 60


def named_links(blocks: Blocks) -> list[tuple[str, str]]:
    """Every address of the post once, in reading order, with the words that carry it; no words for a bare one."""
    found: dict[str, str] = {}
    for block in blocks:
        for runs in block_runs(block):
            for name, url in _links(runs):
                if len(name) <= _LONGEST_NAME and not found.get(url):
                    found[url] = name
    return [(name, url) for url, name in found.items()]


def _links(runs: Runs) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for place, run in enumerate(runs):
        if not run.url:
            continue
        if place and runs[place - 1].url == run.url and found:
            found[-1] = (found[-1][0] + run.text, run.url)
        else:
            found.append(("" if is_bare(run) else run.text, run.url))
    return [(_ORNAMENT.sub("", name), url) for name, url in found]


def listed_labels(blocks: Blocks, *, as_list: bool) -> Blocks:
    """The blocks with their lines of labels that carry links one to a line: items of a list, or `Код: https://…`."""
    result: list[Block] = []
    for block in blocks:
        if isinstance(block, Paragraph) and not block.inset:
            result += _listed(block, as_list=as_list)
        else:
            result.append(block)
    return tuple(result)


def _listed(block: Paragraph, *, as_list: bool) -> list[Block]:
    """The block in pieces: its text, and each run of lines of labels as a list."""
    text = runs_text(block.runs)
    groups: list[tuple[bool, list[Runs]]] = []  # whether its lines are labels, and they
    start = 0
    for line in text.split("\n"):
        runs = slice_runs(block.runs, start, start + len(line))
        start += len(line) + 1
        labels = is_label_line(runs)
        if groups and groups[-1][0] == labels:
            groups[-1][1].append(runs)
        else:
            groups.append((labels, [runs]))
    if not any(labels for labels, _ in groups):
        return [block]
    pieces: list[Block] = []
    for labels, lines in groups:
        tight = True if pieces else block.tight
        if labels:
            pieces += _list_of([link for runs in lines for link in _links(runs)], as_list=as_list, tight=tight)
        else:
            joined = [run for place, runs in enumerate(lines) for run in ((Run("\n"),) if place else ()) + runs]
            pieces.append(replace(block, runs=merge_runs(joined), tight=tight))
    return pieces


def is_label_line(runs: Runs) -> bool:
    """Whether a line is made of labels that all carry a link of their own."""
    links = [run for run in runs if run.url and not is_bare(run)]
    rest = "".join(run.text for run in runs if not run.url)
    return bool(links) and not re.search(r"\w", rest) and (len(_links(runs)) > 1 or is_dead_label(runs_text(runs)))


def _list_of(links: list[tuple[str, str]], *, as_list: bool, tight: bool) -> list[Block]:
    if as_list:
        return [ListBlock(tuple(ListItem((Run(name, url=url),)) for name, url in links), tight=tight)]
    return [
        Paragraph((Run(f"{name}: "), Run(url, url=url)), tight=tight or place > 0)
        for place, (name, url) in enumerate(links)
    ]
