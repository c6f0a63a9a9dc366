"""A model's raw text becomes an answer: marks repaired, unknown links out, every sentence borne out by a source.

What stands in a source word for word, be it a sentence or `2*n*d*b` within one, becomes text that nothing reads as
Markdown; only the model's own words are Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from konspekt.answering.answer import Citation, Part, Partial
from konspekt.answering.judging.support import Evidence, SupportChecker
from konspekt.answering.parts import merged_marks, plain_text
from konspekt.answering.words.citations import (
    MARK,
    cited,
    drop_source_list,
    drop_unknown_marks,
    renumber,
    repair_marks,
    without_marks,
)
from konspekt.answering.words.links import strip_links
from konspekt.answering.words.sentences import split_sentences
from konspekt.answering.words.vocabulary import content_terms
from konspekt.answering.writing.context import PromptSource
from konspekt.answering.writing.prompts import NO_ANSWER, says_no_answer
from konspekt.answering.writing.wording import worded
from konspekt.indexer.passages import is_markdown

_ECHO = re.compile(
    r"^\s*(?:\*\*)?(?:ответ|answer|вопрос:[^\n]*\n+\s*ответ)(?:\*\*)?\s*(?:\[\d\])?\s*:\s*(?:\*\*)?\s*", re.IGNORECASE
)
_HASHTAG = re.compile(r"#\w+")
_ITEM = re.compile(r"^\s*(?:[-*•–—]|\d{1,2}[.)])\s+")
_UNFINISHED_MARK = re.compile(r"[\[【〔⟦(][^\]】〕⟧)\n]{0,14}$")
_FENCED = re.compile(r"\A\s*```[\w-]*\n(.*?)(?:\n?```\s*)?\Z", re.DOTALL)
_NUMBER = re.compile(r"^\W{0,3}[\[⟦]\d{1,2}[\]⟧]\s*")
_DATE = re.compile(r"\s*\(\d{4}-[\d-]*\)?$")


@dataclass(frozen=True, slots=True)
class Checked:
    """Parts with marks 1…m by first appearance; `removed` sentences that no source bears out were taken out."""

    parts: tuple[Part, ...]
    citations: tuple[Citation, ...]
    removed: int

    @property
    def text(self) -> str:
        return plain_text(self.parts)


def tidy(raw: str, sources: Sequence[PromptSource], known: frozenset[str]) -> str:
    """The model's text with its habits repaired: echoes, marks, lists of sources, links."""
    text = raw.strip()
    if (fenced := _FENCED.fullmatch(text)) and not any("```" in source.passage.text for source in sources):
        text = fenced.group(1)  # the whole answer in a code block
    text = _own_lines(_ECHO.sub("", text), sources)[0]
    shown = [f"{source.passage.title}\n{source.passage.text}" for source in sources]
    text = repair_marks(drop_source_list(text), len(sources), shown)
    return drop_unknown_marks(strip_links(text, known), len(sources)).strip()


def starts_another(text: str, sources: Sequence[PromptSource]) -> bool:
    """Whether a model that has said something goes on to the heading of a next source: it only recites from there."""
    return _own_lines(text, sources)[1]


def _own_lines(text: str, sources: Sequence[PromptSource]) -> tuple[str, bool]:
    """Small models open with "[1] Title (date)", as the prompt shows a source, and then may go on to the next one.

    The text without the heading at its beginning, up to the next one; and whether there was a next one.
    """
    kept: list[str] = []
    for line in text.split("\n"):
        if _is_heading(line, sources):
            if any(kept):
                return "\n".join(kept).strip(), True
        elif line.strip() or kept:
            kept.append(line)
    return "\n".join(kept).strip(), False


def _is_heading(line: str, sources: Sequence[PromptSource], *, unfinished: bool = False) -> bool:
    words = _heading_words(line)
    titles = [_heading_words(source.passage.title) for source in sources]
    return bool(words) and (words in titles or (unfinished and any(title.startswith(words) for title in titles)))


def _heading_words(line: str) -> str:
    return _plain(_DATE.sub("", _NUMBER.sub("", line.strip()))).strip("# ")


def presentable(raw: str, sources: Sequence[PromptSource], known: frozenset[str]) -> str:
    """What of an unfinished text can be shown: no half word, half mark or half link, and not yet "no answer"."""
    letters = " ".join(re.findall(r"[^\W\d_]+", raw.upper()))
    if says_no_answer(raw) or any(phrase.startswith(letters) for phrase in NO_ANSWER.values()):
        return ""
    if not raw[-1:].isspace():
        raw = raw[: max(raw.rfind(" "), raw.rfind("\n")) + 1]
    *lines, last = raw.split("\n")
    raw = "\n".join(lines) if _is_heading(last, sources, unfinished=True) else raw
    text = tidy(_UNFINISHED_MARK.sub("", raw.rstrip()), sources, known)
    return renumber(text)[0]


def partial(shown: str, sources: Sequence[PromptSource]) -> Partial:
    """An answer that is still being written, as `presentable` gave it."""
    said = MARK.sub(lambda match: f"[{match.group(1)}]", shown)
    return Partial(said, tuple(worded(said, (), "", [source.passage.text for source in sources])))


def check(
    raw: str, sources: Sequence[PromptSource], known: frozenset[str], checker: SupportChecker, question: str
) -> Checked:
    """Every sentence against the sources it cites, then against the others; what none bears out is removed."""
    text = tidy(raw, sources, known)
    kept: list[Part] = []
    quotes: dict[int, str] = {}
    said = {_plain(question).rstrip("?. ")}
    theirs = [source.passage.text for source in sources]
    removed = 0
    end = 0
    lead = ""  # "Да." and the like say nothing by themselves: they stay with what follows
    for sentence in split_sentences(text):
        gap = text[end : sentence.start] or " "
        end = sentence.end
        bare = _ITEM.sub("", sentence.text)
        plain = _plain(bare)
        if plain.endswith("?") or plain in said or not _HASHTAG.sub("", plain).strip():
            continue  # a heading or hashtags copied from a post, the question again, something said before
        said.add(plain)
        if not content_terms(without_marks(bare)):
            lead += gap + without_marks(sentence.text)
            continue
        found = _bear_out(bare, sources, checker, question)
        if not found:
            removed += 1
            lead = ""
            continue
        for number, evidence in found.items():
            quotes.setdefault(number, evidence.quote)
        before = (lead + gap) if kept or lead.strip() else ""
        written = worded(without_marks(sentence.text), tuple(found), before.lstrip() if not kept else before, theirs)
        if len(written) == 1 and all(is_markdown(sources[n - 1].passage.document_id) for n in found):
            written = [replace(one, kind="authored") if one.kind == "text" else one for one in written]
        kept += written
        lead = ""
    order = {old: new for new, old in enumerate(dict.fromkeys(mark for part in kept for mark in part.marks), 1)}
    numbered = [replace(part, marks=tuple(order[mark] for mark in part.marks)) for part in kept]
    citations = tuple(_citation(sources[old - 1], new, quotes[old]) for old, new in order.items())
    return Checked(merged_marks(numbered), citations, removed)


def _plain(sentence: str) -> str:
    return without_marks(sentence).strip(' *_»".!:').lower()


def _bear_out(
    sentence: str, sources: Sequence[PromptSource], checker: SupportChecker, question: str
) -> dict[int, Evidence]:
    """The cited sources that bear the sentence out; if none does, the best of the others; {} if none at all."""

    def evidence(number: int) -> Evidence:
        passage = sources[number - 1].passage
        return checker.check(sentence, passage.text, passage.title, question)

    marks = cited(sentence)
    by_cited = {number: found for number in marks if (found := evidence(number)).supported}
    if by_cited:
        return by_cited
    if len(marks) > 1:  # a sentence drawn from two sources at once
        together = "\n".join(sources[number - 1].passage.text for number in marks)
        titles = " ".join(sources[number - 1].passage.title for number in marks)
        if checker.check(sentence, together, titles, question).supported:
            return {number: evidence(number) for number in marks}
    others = {source.n: evidence(source.n) for source in sources if source.n not in marks}
    best = max(others, key=lambda number: others[number].probability, default=None)
    return {best: others[best]} if best is not None and others[best].supported else {}


def _citation(source: PromptSource, number: int, quote: str) -> Citation:
    passage = source.passage
    return Citation(number, passage.document_id, passage.title, passage.url, passage.published_at, quote)
