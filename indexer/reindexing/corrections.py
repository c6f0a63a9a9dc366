"""Finding, when posts are indexed, which earlier post a new one takes back: «Поправка», «UPD», «занятие переносится».

By rule alone. A post says in its first line that it corrects; what it corrects is the post it answers, else an own post
that it links to, else the earlier post of its channel that shares most of its rare words. A post that only hints at a
change («теперь …, а не …»), and an answer to one's own post, correct where they give another value or deny what was
said. A sentence that takes a number back («вместо двадцати часов — 12») corrects the post that holds it. What is
announced anew next term is told by `konspekt.indexer.reindexing.announcements`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from konspekt.indexer.documents import Document
from konspekt.indexer.lexical import base_form, terms
from konspekt.indexer.numbered import spelled
from konspekt.indexer.reindexing.correction_marks import (
    SAYS_SO,
    has_heading,
    hints_at_change,
    says_it_corrects,
    subject,
    takes_back,
    turns_back,
)
from konspekt.indexer.reindexing.likeness import Likeness
from konspekt.indexer.told_values import gone_numbers, told_values
from konspekt.storage.index.corrections import dated_documents, earlier_documents
from konspekt.storage.index.documents import by_ids

LINK = re.compile(r"https?://[^\s<>)\]]+|(?<![\w/])t\.me/[^\s<>)\]]+")
AFTER_LINK = ".,;:!?»”\"'"  # of the sentence, not of the link
OLDEST = timedelta(days=400)  # a post does not correct by rare words what is older
SHARED_WORDS, SHARED_WEIGHT = 3, 0.3  # at least so many words, and so much of all their rarity
SHARED_OF_THE_SAME = 0.2  # where the older one counts the same thing by the very number that is taken back
LOOKED_AT = 3  # of the most similar
LEADING = 3  # sentences and lines in which a post names what it corrects
SUBJECT_SHARED = 0.7  # of the weight of what a post is about must stand in what it corrects
SENTENCES = re.compile(r"(?<=[.!?])\s|\n+")


@dataclass(slots=True)
class Corrections:
    """Finds what documents correct, within one transaction in which the index holds them already."""

    session: Session
    likeness: Likeness = field(init=False)
    _linked_to: dict[str, dict[str, list[tuple[datetime, str]]]] = field(default_factory=dict)  # source -> link -> own

    def __post_init__(self) -> None:
        self.likeness = Likeness(self.session)

    def find(self, documents: Iterable[Document]) -> set[tuple[str, str]]:
        """(corrected, corrected by) for documents that are in the index already."""
        found: set[tuple[str, str]] = set()
        for document in documents:
            if document.kind != "post" or document.published_at is None:
                continue
            target = self._corrected(document, document.published_at)
            if target is not None:
                found.add((target, document.id))
        return found

    def _corrected(self, document: Document, published: datetime) -> str | None:
        answered = self._answered(document, published)
        if says_it_corrects(document.text):
            return answered or self._linked(document, published) or self._alike(document, published)
        if answered is not None:
            if has_heading(document.text):  # a post of its own, on what comes next
                return None
            back = turns_back(document.text) or takes_back(document.text, self._text(answered))
            return answered if back else None
        if hints_at_change(document.text):
            similar = self._alike(document, published)
            if similar is not None and takes_back(document.text, self._text(similar)):
                return similar
        return self._counted_before(document, published)

    def _counted_before(self, document: Document, published: datetime) -> str | None:
        """The earlier post with the very number that a sentence says holds no more («вместо двадцати часов — 12»), and
        with words of that sentence."""
        for sentence in SENTENCES.split(document.text.strip()):
            gone = gone_numbers(sentence)
            words = [word for word in _words(sentence) if spelled(word, base_form) is None] if gone else []
            if len(words) < SHARED_WORDS:
                continue
            of_what = {kind for kind, values in told_values(sentence).items() if values & gone}
            title = [word for word in _words(document.title) if word not in words]
            rarity = self.likeness.rarity(words)
            since = published - OLDEST
            for like in self.likeness.best([*words, *title], document.source_id, since, published, LOOKED_AT):
                held = [word for word in words if word in like.held]
                share = sum(rarity[word] for word in held) / sum(rarity.values())
                before = [told_values(one) for one in SENTENCES.split(self._text(like.document_id))]
                same = any(gone & told.get(kind, frozenset()) for told in before for kind in of_what)
                other = any(gone & values for told in before for values in told.values())
                least = SHARED_OF_THE_SAME if same else SHARED_WEIGHT
                if (same or other) and len(held) >= SHARED_WORDS and share >= least:
                    return like.document_id
        return None

    def _text(self, document_id: str) -> str:
        return "".join(f"{row.title}\n{row.text}" for row in by_ids(self.session, [document_id]))

    def _answered(self, document: Document, published: datetime) -> str | None:
        if document.reply_to is None:
            return None
        return next(iter(earlier_documents(self.session, published, [document.reply_to])), None)

    def _linked(self, document: Document, published: datetime) -> str | None:
        """The earlier own post that the post's first such link leads to."""
        links = [
            *(link.rstrip(AFTER_LINK) for link in LINK.findall(document.text)),
            *(entity.url for entity in document.entities if entity.url),
        ]
        if not links:
            return None
        own = self._own_links(document.source_id)
        for link in links:
            for moment, name in own.get(link if "://" in link else f"https://{link}", ()):
                if moment < published:
                    return name
        return None

    def _own_links(self, source_id: str) -> dict[str, list[tuple[datetime, str]]]:
        """Read once: a document's link has no index in the database."""
        if source_id not in self._linked_to:
            found = self._linked_to[source_id] = {}
            for other in dated_documents(self.session, source_id):
                if other.url is not None and other.id.startswith(f"{source_id}/"):
                    found.setdefault(other.url, []).append((other.published_at, other.id))
        return self._linked_to[source_id]

    def _alike(self, document: Document, published: datetime) -> str | None:
        """The earlier post of the channel that shares most of the rare words of the document's beginning.

        Numbers do not count, since they are what changes; what the post says it is about has to be in it.
        """
        words = _words(" ".join(SENTENCES.split(document.text.strip())[:LEADING]))
        about = _words(subject(document.text))
        about = about if len(about) > 1 else []  # «Маленькая поправка: …»
        if len(words) < SHARED_WORDS:
            return None
        rarity = self.likeness.rarity([*words, *about])
        wanted, subject_weight = sum(rarity[w] for w in words), sum(rarity[w] for w in about)
        for like in self.likeness.best(words, document.source_id, published - OLDEST, published, LOOKED_AT):
            if (
                len(like.held) >= SHARED_WORDS
                and sum(rarity[w] for w in words if w in like.held) >= SHARED_WEIGHT * wanted
                and sum(rarity[w] for w in about if w in like.held) >= SUBJECT_SHARED * subject_weight
            ):
                return like.document_id
        return None


def _words(text: str) -> list[str]:
    """Terms without numbers and the words of correcting, each once."""
    found = dict.fromkeys(terms(text))
    return [term for term in found if not SAYS_SO.match(term) and not any(letter.isdigit() for letter in term)]
