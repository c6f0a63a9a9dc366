"""Finding, when posts are indexed, which earlier post a new one takes back: «Поправка», «UPD», «занятие переносится».

By rule alone. A post says in its first line that it corrects; what it corrects is the post it answers, else an own post
that it links to, else the earlier post of its channel that shares most of its rare words. A course that is announced
under the same title again next term replaces last year's announcement.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from konspekt.indexer.documents import Document
from konspekt.indexer.lexical import terms
from konspekt.storage.index.corrections import chunks_before, dated_documents, earlier_documents
from konspekt.storage.index.full_text import search_terms
from konspekt.storage.index.term_counts import count_chunks, count_chunks_with

FIRST_LINE = 120  # characters in which a post says what it is
SAYS_SO = re.compile(
    r"\b(?:поправк|поправля|исправлени|исправля|upd\b|update[ds]?\b|апдейт|обновлени|обновил|уточнени|опечатк|"
    r"ошиб(?:ся|лась|лись|ка в)|была? (?:не ?)прав|correct(?:ion|ed)|erratum|errata|i was wrong|"
    r"перенос(?:ится|ятся|им\b|у\b)|перенес(?:ен|ли|ла)|перенос (?:занят|лекци|семинар|защит|встреч|дедлайн|срок|дат)|"
    r"rescheduled|postponed|moved to|меня(?:ем|ется|ются) (?:день|дат|время(?! на)|место|цен|срок|адрес|распис))",
    re.I,
)
WORDS_BEFORE = 5  # of the mark: a sentence that only mentions a correction does not count
LINK = re.compile(r"https?://[^\s<>)\]]+|(?<![\w/])t\.me/[^\s<>)\]]+")
OLDEST = timedelta(days=400)  # a post does not correct by rare words what is older
SHARED_WORDS, SHARED_WEIGHT = 3, 0.3  # at least so many words, and so much of all their rarity
LOOKED_AT = 10
COURSE = re.compile(
    r"курс|набор|запись|поток|семестр|цен[аы]|стоимост|расписани|course|enrol|registration|price|schedule", re.I
)
CHANGING = re.compile(r"\b\d+\b|\b(?:осен|весн|зим|лет)\w*|\b(?:spring|summer|autumn|fall|winter)\b", re.I)
NEXT_TERM = timedelta(days=100)


def says_it_corrects(text: str) -> bool:
    """Does the first line say among its first words that this is a correction?"""
    line = text.strip().split("\n", 1)[0][:FIRST_LINE].replace("ё", "е")
    mark = SAYS_SO.search(line)
    return mark is not None and len(line[: mark.start()].split()) <= WORDS_BEFORE


def find_corrections(session: Session, documents: Iterable[Document]) -> set[tuple[str, str]]:
    """(corrected, corrected by) for documents that are in the index already."""
    found: set[tuple[str, str]] = set()
    for document in documents:
        if document.kind != "post" or document.published_at is None:
            continue
        if says_it_corrects(document.text):
            target = _answered(session, document) or _linked(session, document) or _alike(session, document)
            if target is not None:
                found.add((target, document.id))
        if COURSE.search(document.title):
            found.update((earlier, document.id) for earlier in _last_terms(session, document))
    return found


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
    """The earlier post of the channel that shares most of the document's rare words."""
    assert document.published_at is not None
    earlier = chunks_before(session, document.source_id, document.published_at - OLDEST, document.published_at)
    words = [term for term in dict.fromkeys(terms(document.text)) if not SAYS_SO.match(term)]
    if not earlier or len(words) < SHARED_WORDS:
        return None
    total, counts = count_chunks(session), count_chunks_with(session, words)
    rarity = {word: math.log(1 + total / (1 + counts[word])) for word in words}
    best = search_terms(session, words, LOOKED_AT, list(earlier))
    shared = {chunk: [w for w in words if search_terms(session, [w], 1, [chunk])] for chunk, _ in best[:3]}
    fitting = [
        chunk
        for chunk, held in shared.items()
        if len(held) >= SHARED_WORDS and sum(rarity[w] for w in held) >= SHARED_WEIGHT * sum(rarity.values())
    ]
    return earlier[fitting[0]] if fitting else None


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


def _without_year(title: str) -> tuple[str, ...]:
    return tuple(terms(CHANGING.sub(" ", title)))
