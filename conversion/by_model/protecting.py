"""What the model must not touch, hidden behind placeholders: links, code, mentions, hashtags, terms of the glossary."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from konspekt.conversion.document import (
    Mark,
    Paragraph,
    Run,
    Runs,
    merge_runs,
)
from konspekt.conversion.parsing.inline import is_bare
from konspekt.conversion.parsing.markdown import blocks_from_markdown

SLOT = re.compile(r"⟦\s*(\d+)\s*⟧")
_LIKE_SLOT = re.compile(r"[\[【〚⟨]{1,2}\s*(\d{1,2})\s*[\]】〛⟩]{1,2}(?!\()")
_LABELLED = re.compile(r"\[([^\[\]]*)\]\s?\(?\s*⟦\s*(\d+)\s*⟧\s*\)?")
_SHOWN: tuple[Mark, ...] = ("bold", "italic")


@dataclass(frozen=True, slots=True)
class Protected:
    """A line for the model. `slots` are the runs behind ⟦1⟧, ⟦2⟧ …; a link with words is `[words](⟦1⟧)`."""

    text: str
    slots: tuple[Run, ...]
    marks: frozenset[Mark]  # on every run alike: kept aside and put back
    marked_up: bool  # the text has `**` or `*` of its own

    def mended(self, answer: str) -> str:
        return mended(answer, self.text, len(self.slots))

    def lost(self, answer: str) -> list[str]:
        """Placeholders that an answer lacks, or has more often than once."""
        found = [int(number) for number in SLOT.findall(answer)]
        wrong = [n for n in range(1, len(self.slots) + 1) if found.count(n) != 1]
        wrong += [n for n in found if n > len(self.slots) or n < 1]
        return [f"⟦{n}⟧" for n in dict.fromkeys(wrong)]

    def without_links(self) -> Protected | None:
        """The line with its links' words as plain text, where links are all that it hides; see `with_links`."""
        labelled = _LABELLED.findall(self.text)
        if not labelled or len(labelled) != len(self.slots):
            return None
        return Protected(_LABELLED.sub(r"\1", self.text), (), self.marks, self.marked_up)

    def with_links(self, runs: Runs) -> Runs:
        """The translation of `without_links` with each link on its words, or after the line if they are not there."""
        for label, number in _LABELLED.findall(self.text):
            slot = self._slot(number)
            if slot is not None and slot.url:
                runs = _linked(runs, label.strip("*"), slot.url)
        return runs

    def restore(self, answer: str) -> Runs:
        """The answer with everything back in its place."""
        pieces: list[Run] = []
        position = 0
        for match in _LABELLED.finditer(answer):
            pieces += self._words(answer[position : match.start()])
            slot = self._slot(match[2])
            label = match[1].strip()
            if slot is not None and slot.url and label:
                pieces += [replace(run, url=slot.url, kind="text") for run in self._words(label)]
            position = match.end()
        pieces += self._words(answer[position:])
        return merge_runs([replace(run, marks=run.marks | self.marks) for run in pieces])

    def _slot(self, number: str) -> Run | None:
        index = int(number) - 1
        return self.slots[index] if 0 <= index < len(self.slots) else None

    def _words(self, text: str) -> list[Run]:
        if not text:
            return []
        runs = _inline(text) if self.marked_up else (Run(text),)
        found: list[Run] = []
        for run in runs:
            position = 0
            for match in SLOT.finditer(run.text):
                found.append(run.with_text(run.text[position : match.start()]))
                slot = self._slot(match[1])
                if slot is not None:
                    found.append(replace(slot, marks=slot.marks | run.marks))
                position = match.end()
            found.append(run.with_text(run.text[position:]))
        return [run for run in found if run.text]


def mended(answer: str, text: str, count: int) -> str:
    """An answer with `[1]` or `【1】` for ⟦1⟧, as models write it, corrected if the text has none itself."""

    def mend(match: re.Match[str]) -> str:
        number = int(match[1])
        known = 1 <= number <= count and match[0] not in text
        return f"⟦{number}⟧" if known and f"⟦{number}⟧" not in answer else match[0]

    return _LIKE_SLOT.sub(mend, answer)


def _linked(runs: Runs, label: str, url: str) -> Runs:
    for position, run in enumerate(runs):
        start = run.text.find(label) if run.url is None else -1
        if start >= 0 and label:
            pieces = (run.text[:start], label, run.text[start + len(label) :])
            before, link, after = (run.with_text(piece) for piece in pieces)
            return merge_runs([*runs[:position], before, replace(link, url=url), after, *runs[position + 1 :]])
    return (*runs, Run(" "), Run(url, url=url))


def protect(runs: Runs, glossary: tuple[str, ...] = ()) -> Protected:
    """A line as the model sees it."""
    shared: frozenset[Mark] = (
        frozenset.intersection(*(run.marks for run in runs if run.text.strip()))
        if any(run.text.strip() for run in runs)
        else frozenset()
    )
    shared -= {"code"}
    terms = terms_pattern(glossary)
    slots: list[Run] = []
    out: list[str] = []
    marked_up = False

    def slot(run: Run) -> str:
        slots.append(replace(run, marks=run.marks - shared))
        return f"⟦{len(slots)}⟧"

    for position, run in enumerate(runs):
        own = [mark for mark in _SHOWN if mark in run.marks - shared]
        if run.url and not is_bare(run):
            continued = position + 1 < len(runs) and runs[position + 1].url == run.url
            begun = position and runs[position - 1].url == run.url
            out.append(("" if begun else "[") + run.text + ("" if continued else f"]({slot(run)})"))
        elif run.url or run.kind in ("mention", "hashtag") or "code" in run.marks:
            out.append(slot(run))
        else:
            text = terms.sub(lambda match: slot(Run(match[0])), run.text) if terms else run.text
            core = text.strip()
            if own and core:
                marked_up = True
                sign = "".join({"bold": "**", "italic": "*"}[mark] for mark in own)
                text = text.replace(core, f"{sign}{core}{sign[::-1]}")
            out.append(text)
    return Protected("".join(out), tuple(slots), shared, marked_up)


def terms_pattern(glossary: tuple[str, ...]) -> re.Pattern[str] | None:
    names = sorted({term.strip() for term in glossary if term.strip()}, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)", re.IGNORECASE) if names else None


def _inline(text: str) -> Runs:
    """Bold and italic of an answer; everything else in it is text. Spaces at the ends survive."""
    core = text.strip()
    blocks = blocks_from_markdown(core)
    if len(blocks) != 1 or not isinstance(blocks[0], Paragraph):
        return (Run(text.replace("**", "")),)
    start = text.index(core) if core else 0
    return (Run(text[:start]), *blocks[0].runs, Run(text[start + len(core) :]))
