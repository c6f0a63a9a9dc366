"""From scored chunks to hits: duplicates folded, the best chunk of a document with its others that also matched."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from konspekt.indexer.passages import Passage, Piece
from konspekt.storage.models import ChunkRow, DocumentRow

PASSAGE_TOKENS = 600  # a hit's best chunk with others of its document is no longer than this
CONTINUED = 0.5  # of the distance to a better chunk right before it
ABOUT_IT = 0.0  # a fused score above the mean of the candidates: the chunk has to do with the question
GAP = "\n…\n"  # between chunks that do not touch
TIE = 6  # decimals of a score: beyond them two candidates fit equally well
FOLD_SHINGLES = 15  # shorter texts are folded only when they are equal
FOLD_ALIKE = 0.8  # Jaccard similarity
WORD = re.compile(r"\w+")
SPACE = re.compile(r"\s*")
FENCE = "```"
FENCED = re.compile(r"^[ \t]*```", re.MULTILINE)
LONGEST_CODE = 1500  # characters of code that comes along
ANNOUNCED = re.compile(r"\s*(?:[-*•–—➤►]\s|\d{1,2}[.)]\s|\||```|\$\$)")
ANNOUNCES = re.compile(r"[^\n]+:[*_]*\s*\Z")
LONGEST_LINE, LONGEST_TABLE = 300, 4000  # characters
ROWS_BEFORE = re.compile(r"(?:^[ \t]*\|[^\n]*\n)+\Z", re.MULTILINE)
HEADS = re.compile(r"[^\n]*\n[ \t]*\|(?:[ \t]*:?-{2,}:?[ \t]*\|)+[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Candidate:
    chunk: ChunkRow
    document: DocumentRow
    score: float
    even: float | None  # the cosine without what is only the language
    dense: float | None  # the cosine
    lexical: float | None


@dataclass(slots=True)
class Hit:
    best: Candidate
    words: frozenset[tuple[str, ...]]  # shingles of its best chunk
    folded: list[str] = field(default_factory=list)
    corrected_by: str | None = None


def is_left_out(document: DocumentRow, phrases: Sequence[str]) -> bool:
    """Whether it is an advert, or holds one of these phrases (casefolded)."""
    if document.fields.get("extra", {}).get("advert"):
        return True
    text = document.text.casefold() if phrases else ""
    return any(phrase in text for phrase in phrases)


def popular_first(
    candidates: Sequence[Candidate], order: Callable[[list[str]], Mapping[str, tuple[int, int]]]
) -> list[Candidate]:
    """Candidates that fit equally well, the more popular first; nothing else changes its place.

    `order` maps document ids to what they are compared by, and is asked only where there is something to decide.
    """
    groups = [list(group) for _, group in groupby(candidates, key=lambda one: round(one.score, TIE))]
    tied = sorted({one.document.id for group in groups if len(group) > 1 for one in group})
    if len(tied) < 2:
        return list(candidates)
    known = order(tied)
    none = (0, 0)
    return [
        one for group in groups for one in sorted(group, key=lambda one: known.get(one.document.id, none), reverse=True)
    ]


def fold(candidates: Sequence[Candidate], k: int) -> list[Hit]:
    """At most `k` documents from candidates in order of score, each with those that say the same."""
    hits: dict[str, Hit] = {}
    of_text: dict[str, Hit] = {}  # fold hash -> the hit that stands for this text
    for candidate in candidates:
        document = candidate.document
        if document.id in hits:
            continue
        words = shingles(candidate.chunk.text)
        twin = of_text.get(document.fold_hash) or next((h for h in hits.values() if alike(words, h.words)), None)
        if twin is not None:
            if document.id not in twin.folded:
                twin.folded.append(document.id)
        elif len(hits) < k:
            hits[document.id] = of_text[document.fold_hash] = Hit(candidate, words)
    return list(hits.values())


def newer_first(
    hits: Sequence[Hit], corrections: Mapping[str, str], newer: Mapping[str, Candidate], k: int
) -> list[Hit]:
    """At most `k` hits, each with its correction, though that was not found by itself.

    The correction comes right before what it corrects where it has to do with the question, else right after: it may
    take back a sentence other than the one asked about. `corrections`: document id -> id of the one that
    corrects it; `newer`: the best chunk of a document by id.
    """
    by_id = {hit.best.document.id: hit for hit in hits}
    ordered: dict[str, Hit] = {}
    met: set[str] = set()

    def put(document_id: str, hit: Hit) -> None:
        if document_id in met:
            return
        met.add(document_id)
        by = hit.corrected_by = corrections.get(document_id)
        correction = newer.get(by) if by is not None else None
        if by is not None and correction is not None and correction.score > ABOUT_IT:
            put(by, by_id.get(by) or Hit(correction, shingles(correction.chunk.text)))
        ordered[document_id] = hit
        if by is not None and correction is not None:
            put(by, by_id.get(by) or Hit(correction, shingles(correction.chunk.text)))

    for document_id, hit in by_id.items():
        put(document_id, hit)
    return list(ordered.values())[:k]


def assemble(hits: Sequence[Hit], candidates: Sequence[Candidate]) -> list[Passage]:
    """The hits as passages, each of the best of its document's chunks among the candidates."""
    others: dict[str, list[Candidate]] = {hit.best.document.id: [] for hit in hits}
    best = {hit.best.chunk.id for hit in hits}
    for candidate in sorted(candidates, key=lambda candidate: (-candidate.score, candidate.chunk.id)):
        if candidate.document.id in others and candidate.chunk.id not in best:
            others[candidate.document.id].append(candidate)
    return [_passage(rank, hit, others[hit.best.document.id]) for rank, hit in enumerate(hits, start=1)]


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Its runs of three words."""
    words = WORD.findall(text.casefold().replace("ё", "е"))
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def alike(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    """The same text but for a footer or an edit: a forward, a cross-post. Posts of one template are less alike."""
    return min(len(one), len(other)) >= FOLD_SHINGLES and len(one & other) >= FOLD_ALIKE * len(one | other)


def _passage(rank: int, hit: Hit, others: Sequence[Candidate]) -> Passage:
    best, document = hit.best, hit.best.document
    taken = _with_others(best, others)
    chunks = [candidate.chunk for candidate in taken]
    return Passage(
        rank=rank,
        score=best.score,
        document_id=document.id,
        chunk_id=best.chunk.id,
        title=document.title,
        url=best.chunk.url or document.url,
        published_at=document.published_at,
        source=document.source_id,
        text=joined(chunks, document.text),
        language=document.language,
        token_count=sum(chunk.token_count for chunk in chunks),
        dense_score=best.dense,
        lexical_score=best.lexical,
        folded=tuple(hit.folded),
        corrected_by=hit.corrected_by,
        pieces=tuple(Piece(candidate.chunk.text, candidate.score) for candidate in taken),
        opens=chunks[0].ordinal == 0,
    )


def _with_others(best: Candidate, others: Sequence[Candidate]) -> list[Candidate]:
    """The best chunk and further ones of its document, best first while they fit, in the order of the text.

    Whether they touch does not matter: a post often answers in its first lines and in its last. But what follows a good
    chunk may go on about its subject without naming it, and gains from it.
    """
    scores = {candidate.chunk.ordinal: candidate.score for candidate in [best, *others]}

    def worth(candidate: Candidate) -> float:
        before = scores.get(candidate.chunk.ordinal - 1, candidate.score)
        return candidate.score + CONTINUED * max(0.0, before - candidate.score)

    taken, tokens = [best], best.chunk.token_count
    for other in sorted(others, key=worth, reverse=True):
        if tokens + other.chunk.token_count <= PASSAGE_TOKENS:
            taken.append(other)
            tokens += other.chunk.token_count
    return sorted(taken, key=lambda candidate: candidate.chunk.ordinal)


def joined(chunks: Sequence[ChunkRow], whole: str) -> str:
    """The chunks as they stand in the document's text, with a gap between those that do not touch.

    A list, table or code that opens a chunk comes with the line that announces it in the chunk before.
    """
    text = _announcement(chunks[0].text, whole) + chunks[0].text
    for before, chunk in pairwise(chunks):
        touch = chunk.ordinal == before.ordinal + 1
        text += _space_between(before.text, chunk.text, whole) if touch else GAP + _announcement(chunk.text, whole)
        text += chunk.text
    return text


def _announcement(chunk: str, whole: str) -> str:
    """What a chunk is read with that stands before it: the beginning of the code, or the heads of the table, that it
    goes on with; «Варианты:», where it opens with what that line announces, with the blank lines between."""
    if code := _code_before(chunk, whole):
        return code
    at = whole.find(chunk) if ANNOUNCED.match(chunk) else -1
    if at <= 0:
        return ""
    if chunk.lstrip().startswith("|") and (table := ROWS_BEFORE.search(whole[max(0, at - LONGEST_TABLE) : at])):
        heads = HEADS.match(table.group())
        return heads.group() if heads else ""
    line = ANNOUNCES.search(whole[max(0, at - LONGEST_LINE) : at])
    return line.group() if line else ""


def _code_before(chunk: str, whole: str) -> str:
    """The beginning of a code block that was cut where the chunk begins: the rest alone runs nowhere."""
    if FENCE not in whole or (at := whole.find(chunk)) <= 0:
        return ""
    before = whole[:at]
    cut = len(FENCED.findall(before)) % 2 == 1
    start = before.rfind("\n" + FENCE) + 1 if cut else at
    return before[start:] if 0 < at - start <= LONGEST_CODE else ""


def _space_between(one: str, other: str, whole: str) -> str:
    """Nothing but white space falls between two chunks, but which: a paragraph may have been cut in the middle."""
    at = whole.find(one)
    while at >= 0:
        space = SPACE.match(whole, at + len(one))
        if space and whole.startswith(other, space.end()):
            return space.group()
        at = whole.find(one, at + 1)
    return "\n\n"
