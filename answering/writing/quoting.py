"""An answer in the authors' own sentences: those that answer, and the passage around them for who wants to read on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from konspekt.answering.answer import Citation, Part
from konspekt.answering.parts import merged_marks
from konspekt.answering.reading import Reader
from konspekt.answering.words.vocabulary import content_terms, names
from konspekt.answering.writing.context import GAP
from konspekt.answering.writing.extractive import Closeness, Quote, best_quotes, is_bare_title, is_title
from konspekt.answering.writing.kinds.leaning import needs_antecedent
from konspekt.answering.writing.kinds.lists import whole_lists
from konspekt.answering.writing.kinds.moments import names_of_date
from konspekt.answering.writing.kinds.rows import label_of
from konspekt.answering.writing.kinds.units import Unit, units_of
from konspekt.answering.writing.picking import ENOUGH, gist, picked, stretches, with_context
from konspekt.answering.writing.wanted import Wanted
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage, is_markdown

_ABOUT_AS_WELL = 0.12  # a further passage whose best sentence scores lower than this below the best only distracts
_TAKEN_BACK = 0.6  # of the score of a corrected post that its correction must have
_EXPLAINS = re.compile(
    r"\b(?:почему|зачем|отчего|поч[иеё]му|чем отлича\w+|в ч[её]м|why|how come|difference)\b", re.IGNORECASE
)
_SHORT_CORRECTION = 4  # sentences
_STANDS_ALONE = 0.5  # of all that was read: one sentence of a correction is the answer
_AS_MUCH = 0.6  # of the question's terms that the corrected post has, in a long correction that speaks of the same
_SHARED = 0.5  # of the terms of what a correction may take back
_BEFORE = 1e-6
_HOLDS_STILL = re.compile(
    r"\b(?:(?:оста[её]тся|остаются|осталось|остались)\s+(?:в силе|прежн\w+|как был\w*)|"
    r"по-прежнему (?:в силе|верн\w+|годится)|"
    r"still (?:holds?|appl(?:y|ies)|stands?|true|valid))\b",
    re.IGNORECASE,
)
_READ = 1.0  # of a reader's score, in the choice of the stretch that is quoted
_BULLET = re.compile(r"^(?:[-*•–—]\s+(?=[^\W\d]|[*_`«\"$])|\d{1,2}[.)]\s+(?=[A-ZА-ЯЁ$*«]))")  # «- 5 °C» is none


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A quote, its units, and which of them answer (indices, with what they need around them)."""

    quote: Quote
    units: tuple[Unit, ...]
    chosen: tuple[int, ...]
    score: float = 0.0  # of its best unit, comparable between the excerpts of one question
    titled: bool = False  # its first sentence speaks of what the title says
    shares: tuple[float, ...] = ()  # of each unit, of 1 for all that was read; empty where a rule chose
    share: float = 0.0  # of its best unit
    later: bool = False  # it is shown since it replaces what the one before it says
    lead: str = ""  # a line before it

    @property
    def best(self) -> int:
        """The unit that answers most surely, as far as that is known; else the first of those that answer."""
        return max(self.chosen, key=lambda i: (self.shares[i], -i)) if self.shares else self.chosen[0]

    def choosing(self, indices: Sequence[int]) -> Excerpt:
        """The same with other units chosen."""
        return replace(self, chosen=tuple(with_context(self.units, indices)))

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        return tuple(stretches(self.units, self.chosen))


def excerpts(  # noqa: PLR0917 - what there is to judge by, the last two where there is
    question: str,
    passages: Sequence[Passage],
    weights: Mapping[str, float],
    reader: Reader,
    closeness: Closeness | None = None,
    wanted: Wanted | None = None,
) -> list[Excerpt]:
    """The best stretch of the best passages, best first; `weights` are the question's terms with their rarity."""
    found: list[Excerpt] = []
    explaining = is_explaining(question)
    wanted = wanted or Wanted(question)
    passages = wanted.ordered(passages)
    told = _Told(question, reader, wanted)
    quotes = best_quotes(passages, weights, closeness, told.worth)
    for correction in _corrections(quotes, passages):
        quotes += best_quotes([correction], weights, closeness, told.worth)
    for quote in quotes:
        units = units_of(quote.text)
        scores = told.scores(quote, units)
        chosen = wanted.chosen(quote.passage, units, ENOUGH)
        chosen = wanted.whole(units, chosen or picked(units, scores, enough=ENOUGH, explaining=explaining))
        titled = chosen[0] == 0 and opens(quote) and needs_antecedent(units[0].text)
        found.append(Excerpt(quote, tuple(units), tuple(chosen), max(scores), titled))
    found = without_corrected(found, question)
    best = max((excerpt.score for excerpt in found), default=0.0)
    return sorted((one for one in found if one.score >= best - _ABOUT_AS_WELL), key=lambda one: -one.score)


def is_explaining(question: str) -> bool:
    """Whether a question asks why or how things differ, so that the sentences behind the nearest one explain."""
    return bool(_EXPLAINS.search(question))


class _Told:
    """What a reader makes of each unit of a passage, which is read once and whole, and what is wanted beside it."""

    def __init__(self, question: str, reader: Reader, wanted: Wanted) -> None:
        self._question, self._reader, self._wanted = question, reader, wanted
        self._read: dict[str, tuple[list[Unit], tuple[float, ...]]] = {}

    def worth(self, passage: Passage, units: Sequence[Unit]) -> list[float]:
        """For the choice of a stretch of a long passage: `units` are of its text."""
        wanted = self._wanted.worth(passage, units)
        return [_READ * one + more for one, more in zip(self._scores(passage, units, 0), wanted, strict=True)]

    def scores(self, quote: Quote, units: Sequence[Unit]) -> list[float]:
        """For the choice of sentences: `units` are of the quote."""
        at = max(0, quote.passage.text.find(quote.text.removesuffix(GAP)))
        wanted = self._wanted.worth(quote.passage, units)
        return [one + more for one, more in zip(self._scores(quote.passage, units, at), wanted, strict=True)]

    def _scores(self, passage: Passage, units: Sequence[Unit], at: int) -> list[float]:
        """Of each unit the best of what was read where it stands, `at` characters into the passage."""
        if passage.text not in self._read:
            whole = units_of(passage.text)
            scores = self._reader.read(self._question, passage.title, [unit.text for unit in whole]).scores
            self._read[passage.text] = whole, scores
        whole, scores = self._read[passage.text]
        least = min(scores, default=0.0)
        return [
            max(
                (score for one, score in zip(whole, scores, strict=True)
                 if one.start < at + unit.end and at + unit.start < one.end),
                default=least,
            )
            for unit in units
        ]  # fmt: skip


def _corrections(quotes: Sequence[Quote], passages: Sequence[Passage]) -> list[Passage]:
    """Found passages that take back what is quoted, and are not quoted themselves."""
    wanted = {quote.passage.corrected_by for quote in quotes} - {quote.passage.document_id for quote in quotes}
    return [passage for passage in passages if passage.document_id in wanted]


def without_corrected(found: Sequence[Excerpt], question: str) -> list[Excerpt]:
    """What a later post takes back is left to that post, where it speaks of what is asked as well.

    A post that moves the day says nothing of the price that stands in the same post.
    """
    asked, named = frozenset(content_terms(question)), frozenset(names(question))
    newer = {excerpt.quote.passage.document_id: excerpt for excerpt in found}
    lifted: dict[str, list[Excerpt]] = {}  # corrections of what is asked, with what they take back

    def is_taken_back(excerpt: Excerpt) -> bool:
        later = newer.get(excerpt.quote.passage.corrected_by or "")
        if later is None or not _same_matter(excerpt, later, asked) or of_another_date(question, excerpt, later):
            return False
        if named & _terms_of(excerpt.quote.passage) - _terms_of(later.quote.passage):
            return False  # «чем Euler отличается от Heun» where the newer post knows nothing of Heun
        if still_holds(question, later):
            return False
        taken_back = later.score >= _TAKEN_BACK * excerpt.score
        short = len(later.units) <= _SHORT_CORRECTION
        stands_before = taken_back or _untitled(later.quote.passage)  # else it has a matter of its own
        if stands_before and (short or later.quote.score >= _AS_MUCH * excerpt.quote.score):
            lifted.setdefault(later.quote.passage.document_id, []).append(excerpt)
        return taken_back

    kept = [excerpt for excerpt in found if not is_taken_back(excerpt)]
    return [_lifted(one, lifted.get(one.quote.passage.document_id, ())) for one in kept]


def still_holds(question: str, later: Excerpt) -> bool:
    """Whether a later post says of the very thing that is asked of that the older advice holds: «для SDXL прежний совет
    остаётся в силе»."""
    named = names(question)
    return any(_HOLDS_STILL.search(one.text) and named & set(terms(one.text)) for one in later.units)


def _terms_of(passage: Passage) -> set[str]:
    return set(terms(f"{passage.title}\n{passage.text}"))


def _same_matter(excerpt: Excerpt, later: Excerpt, asked: frozenset[str]) -> bool:
    """Whether a correction speaks of what the chosen sentences say: it shares a term of the question with them, or half
    of their terms; or it has no title, as a reply to the post itself has none, and leans on it."""
    if _untitled(later.quote.passage):
        return True
    said = set(content_terms(" ".join(excerpt.units[at].text for at in excerpt.chosen)))
    whole = f"{later.quote.passage.title}\n{later.quote.passage.text}"
    best = excerpt.units[excerpt.best]
    if not names(best.text).intersection(terms(label_of(best))) <= set(terms(whole)):
        return False  # «UniPC — …» holds still where the list of samplers was renewed and says nothing of it
    shared = said & set(content_terms(whole))
    return bool(shared & asked) or len(shared) >= _SHARED * len(said)


def of_another_date(question: str, excerpt: Excerpt, later: Excerpt) -> bool:
    """Whether a date is asked for that the chosen sentences name, and the correction does not: it moved another one."""
    named = {term for at in excerpt.chosen for term in names_of_date(question, excerpt.units[at].text)}
    return bool(named) and named.isdisjoint(terms(f"{later.quote.passage.title}\n{later.quote.passage.text}"))


def _untitled(passage: Passage) -> bool:
    """Whether a post is named by its first words, since it has no title."""
    units = units_of(passage.text)
    return (
        bool(units)
        and passage.text.startswith(passage.title.rstrip("…."))
        and not is_bare_title(units[0], passage.title)
    )


def _lifted(correction: Excerpt, corrected: Sequence[Excerpt]) -> Excerpt:
    """A correction stands before what it takes back; a short one whole, since it leans on the post that it corrects,
    unless one of its sentences surely answers by itself."""
    if not corrected:
        return correction
    alone = correction.share >= _STANDS_ALONE and not needs_antecedent(correction.units[correction.best].text)
    whole = len(correction.units) <= _SHORT_CORRECTION and not alone
    chosen = tuple(range(len(correction.units))) if whole else correction.chosen
    score = max(correction.score, *(one.score + _BEFORE for one in corrected))
    share = max(correction.share, *(one.share + _BEFORE for one in corrected))
    return replace(correction, chosen=chosen, score=score, share=share)


def opens(quote: Quote) -> bool:
    """Whether a quote is the beginning of a text whose first line is its title."""
    before, _, _ = quote.passage.text.partition(quote.text)
    return bool(before.strip()) and is_title(before.strip(), quote.passage.title)


def summed_up(passages: Sequence[Passage]) -> list[Excerpt]:
    """What each passage is about: its first sentences below the title, and what it says was done."""
    found = []
    for quote in (quote for passage in passages for quote in best_quotes([passage], {}, told=_beginning)):
        units = units_of(quote.text)
        chosen = whole_lists("", units, gist(units))
        found.append(Excerpt(quote, tuple(units), tuple(chosen), titled=needs_antecedent(units[chosen[0]].text)))
    return found


def _beginning(_: Passage, units: Sequence[Unit]) -> list[float]:
    """Worth of each unit where the first ones are wanted."""
    return [1.0 / (place + 1) for place in range(len(units))]


def united(found: Sequence[Excerpt]) -> list[Excerpt]:
    """One excerpt a document: two questions may be answered in one place."""
    kept: dict[str, Excerpt] = {}
    for excerpt in found:
        document = excerpt.quote.passage.document_id
        before = kept.get(document)
        if before is None:
            kept[document] = excerpt
        elif before.quote.text == excerpt.quote.text:
            kept[document] = replace(before, chosen=tuple(sorted({*before.chosen, *excerpt.chosen})))
        else:
            kept[f"{document} {len(kept)}"] = excerpt
    return list(kept.values())


def quoted(found: Sequence[Excerpt], first: int = 1) -> tuple[tuple[Part, ...], tuple[Citation, ...]]:
    """Parts and citations of an answer made of these; their numbers begin with `first`."""
    parts: list[Part] = []
    citations: list[Citation] = []
    for number, excerpt in enumerate(found, first):
        passage = excerpt.quote.passage
        mark = (number,)
        if excerpt.lead:
            parts.append(Part(excerpt.lead, before="\n\n" if parts else ""))
        if excerpt.titled and 0 in excerpt.chosen:
            parts.append(Part(passage.title, before="\n\n" if parts else ""))
        for place, (start, end) in enumerate(excerpt.spans):
            titled = excerpt.titled and not place and 0 in excerpt.chosen
            led = titled or (not place and bool(excerpt.lead))
            before = "" if not parts else "\n" if place or led else "\n\n"
            parts += _stretch(excerpt, start, end, mark, before)
        citations.append(
            Citation(
                number,
                passage.document_id,
                passage.title,
                passage.url,
                passage.published_at,
                excerpt.quote.text,
                excerpt.spans,
            )
        )
    return merged_marks(parts), tuple(citations)


def _stretch(excerpt: Excerpt, start: int, end: int, mark: tuple[int, ...], before: str) -> list[Part]:
    """Text in one part; code blocks, and the rows of a table as items of a list, in parts of their own."""
    parts: list[Part] = []
    text = excerpt.quote.text
    kind: Literal["authored", "text"] = "authored" if is_markdown(excerpt.quote.passage.document_id) else "text"
    at = start
    rows: list[str] = []

    def say(said: str) -> None:
        if said := said.strip():
            parts.append(Part(said, mark, kind, "\n" if parts else before))

    for unit in excerpt.units:
        code = unit.code
        if not start <= unit.start < end or not (code or unit.is_row or unit.is_head):
            continue
        if text[at : unit.start].strip():
            _tell(rows, say)
            say(text[at : unit.start])
        at = unit.end
        if unit.is_row:
            rows.append(unit.text)
        elif code is not None:
            _tell(rows, say)
            parts.append(Part(code[1], mark, "code", "\n" if parts else before, code[0]))
    _tell(rows, say)
    say(text[at:end])
    first = parts[0] if parts else None
    if first and first.kind != "code" and "\n" not in first.text:  # a single item of a list is a sentence here
        parts[0] = replace(first, text=_BULLET.sub("", first.text))
    return parts


def _tell(rows: list[str], say: Callable[[str], None]) -> None:
    """A row alone is a sentence, several are items of a list; what was told is forgotten."""
    say("\n".join(f"- {row}" for row in rows) if len(rows) > 1 else "".join(rows))
    rows.clear()
