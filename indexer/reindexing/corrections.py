"""Finding, when posts are indexed, which earlier post a new one takes back: «Поправка», «UPD», «занятие переносится».

By rule alone. A post says in its first line that it corrects; what it corrects is the post it answers, else an own post
that it links to, else the earlier post of its channel that shares most of its rare words. A post that only hints at a
change («теперь …, а не …»), and an answer to one's own post, correct where they give another value or deny what was
said. A course, a school or a contest that is announced under the same title again next term replaces last year's
announcement.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy.orm import Session

from konspekt.indexer.documents import Document
from konspekt.indexer.lexical import terms
from konspekt.indexer.reindexing.correction_marks import (
    SAYS_SO,
    has_heading,
    hints_at_change,
    says_it_corrects,
    subject,
    takes_back,
    turns_back,
)
from konspekt.storage.index.corrections import chunks_before, dated_documents, earlier_documents
from konspekt.storage.index.documents import by_ids
from konspekt.storage.index.full_text import search_terms
from konspekt.storage.index.term_counts import count_chunks, count_chunks_with

LINK = re.compile(r"https?://[^\s<>)\]]+|(?<![\w/])t\.me/[^\s<>)\]]+")
OLDEST = timedelta(days=400)  # a post does not correct by rare words what is older
SHARED_WORDS, SHARED_WEIGHT = 3, 0.3  # at least so many words, and so much of all their rarity
LOOKED_AT = 10
LEADING = 3  # sentences and lines in which a post names what it corrects
COURSE = re.compile(
    r"курс|набор|запись|поток|семестр|цен[аы]|стоимост|расписани|школ|лагер|конкурс|фестивал|смена|взнос|"
    r"course|enrol|registration|price|schedule|school|camp|contest|festival",
    re.I,
)
CHANGING = re.compile(r"\b\d+\b|\b(?:осен|весн|зим|лет)\w*|\b(?:spring|summer|autumn|fall|winter)\b", re.I)
TERM = re.compile(r"\b20\d\d\b|\b(?:осень|весна|зима|лето|spring|summer|autumn|fall|winter)\b", re.I)
NEXT_TERM = timedelta(days=100)
SUBJECT_SHARED = 0.7  # of the weight of what a post is about must stand in what it corrects
SENTENCES = re.compile(r"(?<=[.!?])\s|\n+")


def find_corrections(session: Session, documents: Iterable[Document]) -> set[tuple[str, str]]:
    """(corrected, corrected by) for documents that are in the index already."""
    found: set[tuple[str, str]] = set()
    for document in documents:
        if document.kind != "post" or document.published_at is None:
            continue
        target = _corrected(session, document)
        if target is not None:
            found.add((target, document.id))
        if COURSE.search(document.title):
            found.update((earlier, document.id) for earlier in _last_terms(session, document))
    return found


def _corrected(session: Session, document: Document) -> str | None:
    answered = _answered(session, document)
    if says_it_corrects(document.text):
        return answered or _linked(session, document) or _alike(session, document)
    if answered is not None:
        if has_heading(document.text):  # a post of its own, on what comes next
            return None
        back = turns_back(document.text) or takes_back(document.text, _text(session, answered))
        return answered if back else None
    if hints_at_change(document.text):
        similar = _alike(session, document)
        return similar if similar is not None and takes_back(document.text, _text(session, similar)) else None
    return None


def _text(session: Session, document_id: str) -> str:
    return "".join(f"{row.title}\n{row.text}" for row in by_ids(session, [document_id]))


def _answered(session: Session, document: Document) -> str | None:
    if document.reply_to is None or document.published_at is None:
        return None
    return next(iter(earlier_documents(session, document.published_at, ids=[document.reply_to])), None)


def _linked(session: Session, document: Document) -> str | None:
    links = [*LINK.findall(document.text), *(entity.url for entity in document.entities if entity.url)]
    if not links or document.published_at is None:
        return None
    urls = [link if "://" in link else f"https://{link}" for link in links]
    own = earlier_documents(session, document.published_at, urls=urls)
    return next((name for name in own if name.startswith(f"{document.source_id}/")), None)


def _alike(session: Session, document: Document) -> str | None:
    """The earlier post of the channel that shares most of the rare words of the document's beginning.

    Numbers do not count, since they are what changes; what the post says it is about has to be in it.
    """
    assert document.published_at is not None
    earlier = chunks_before(session, document.source_id, document.published_at - OLDEST, document.published_at)
    words = _words(" ".join(SENTENCES.split(document.text.strip())[:LEADING]))
    about = _words(subject(document.text))
    about = about if len(about) > 1 else []  # «Маленькая поправка: …»
    if not earlier or len(words) < SHARED_WORDS:
        return None
    total, counts = count_chunks(session), count_chunks_with(session, [*words, *about])
    rarity = {word: math.log(1 + total / (1 + counts[word])) for word in [*words, *about]}
    best = search_terms(session, words, LOOKED_AT, list(earlier))
    shared = {chunk: [w for w in words if search_terms(session, [w], 1, [chunk])] for chunk, _ in best[:3]}
    fitting = [
        chunk
        for chunk, held in shared.items()
        if len(held) >= SHARED_WORDS
        and sum(rarity[w] for w in held) >= SHARED_WEIGHT * sum(rarity[w] for w in words)
        and sum(rarity[w] for w in about if w in held) >= SUBJECT_SHARED * sum(rarity[w] for w in about)
    ]
    return earlier[fitting[0]] if fitting else None


def _words(text: str) -> list[str]:
    """Terms without numbers and the words of correcting, each once."""
    found = dict.fromkeys(terms(text))
    return [term for term in found if not SAYS_SO.match(term) and not any(letter.isdigit() for letter in term)]


def _last_terms(session: Session, document: Document) -> Sequence[str]:
    """Posts of the same title but for years, numbers and seasons, a term or more before."""
    assert document.published_at is not None
    before: datetime = document.published_at - NEXT_TERM
    name = _without_year(document.title)
    return [
        other.id
        for other in dated_documents(session, document.source_id)
        if other.published_at <= before and len(name) > 1 and _without_year(other.title) == name
    ]


@lru_cache(maxsize=1 << 14)  # each announcement is held against every earlier title
def _without_year(title: str) -> tuple[str, ...]:
    """What is announced: up to a colon where a year or a season stands before it."""
    name, colon, _ = title.partition(":")
    return tuple(terms(CHANGING.sub(" ", name if colon and TERM.search(name) else title)))
