"""All facts of the indexed material, mined once for each state of the index."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.answering.words.sentences import split_sentences
from konspekt.assistant.learning.facts import Fact, facts_of
from konspekt.assistant.learning.questions import key_of
from konspekt.assistant.learning.statements import statements
from konspekt.indexer.lexical import terms
from konspekt.indexer.searching.ranking import is_left_out
from konspekt.storage.assisting.learning import Learned
from konspekt.storage.database import Database
from konspekt.storage.index.corrections import corrections_of
from konspekt.storage.index.generations import current_generation

MOST_DOCUMENTS = 2000  # the newest: mining more takes minutes, and nobody is asked so many questions


@dataclass(frozen=True, slots=True)
class Material:
    generation: int
    facts: tuple[Fact, ...]
    by_key: dict[str, Fact]
    sentences: tuple[str, ...]  # all of them, in lower case: what wrong answers are checked against

    def about(self, topic: str | None) -> list[Fact]:
        """The facts whose sentence or title has the topic's words; all without a topic."""
        wanted = set(terms(topic or ""))
        return [fact for fact in self.facts if wanted <= set(terms(f"{fact.source.title} {fact.source.text}"))]


class Bank:
    """Safe to share between threads. `exclude`: phrases of documents that nothing is asked from."""

    def __init__(self, database: Database, *, exclude: Sequence[str] = ()) -> None:
        self._database = database
        self._exclude = tuple(phrase.casefold() for phrase in exclude)
        self._lock = threading.Lock()
        self._mined: Material | None = None

    def material(self) -> Material:
        """Of the current index. Adverts, and posts that a later one corrected, are left out."""
        with self._lock, self._database.read() as session:
            current = current_generation(session)
            number = current.id if current is not None else 0
            if self._mined is not None and self._mined.generation == number:
                return self._mined
            documents = [d for d in Learned(session).material(MOST_DOCUMENTS) if not is_left_out(d, self._exclude)]
            corrected = corrections_of(session, [document.id for document in documents])
            facts: dict[str, Fact] = {}
            said: list[str] = []
            for document in documents:
                said += [sentence.text.lower() for sentence in split_sentences(document.text)]
                if document.id not in corrected:
                    facts |= {key_of(fact): fact for fact in facts_of(list(statements(document)))}
            self._mined = Material(number, tuple(facts.values()), facts, tuple(said))
            return self._mined
