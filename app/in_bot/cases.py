"""/cases in Telegram: answers that failed, and the post that an admin says is right, in terms of storage and search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from konspekt.answering.quality.alike import nearly_same
from konspekt.indexer.evaluation import holds_answer
from konspekt.indexer.searching.links import LINK, look_up
from konspekt.storage.asked.cases import Cases, OpenCase
from konspekt.storage.index.documents import by_id_or_url, by_ids

if TYPE_CHECKING:
    from konspekt.bot.parts.talk import Search
    from konspekt.storage.database import Database

READ = 12  # passages among which the words of a post are looked for
LONGEST_PHRASE = 120  # characters that still are an answer's words rather than a whole post


class StoredCases:
    """`konspekt.bot.parts.library.Cases` over the database and the index. Calls block."""

    def __init__(self, database: Database, search: Search) -> None:
        self._database, self._search = database, search
        self._cases = Cases(database, nearly_same)

    def next(self, before: int | None = None) -> OpenCase | None:
        return self._cases.next(before)

    def decide(self, answer_id: int, verdict: Literal["right", "absent", "dropped"]) -> bool:
        return self._cases.decide(answer_id, verdict)

    def kept(self) -> int:
        return len(self._cases.kept())

    def point(self, answer_id: int, words: str) -> str | None:
        """The title of the post that was meant, "" when the answer is gone; None when no such post is indexed."""
        found = self._by_link(words) or self._by_words(words)
        if found is None:
            return None
        document_id, accept = found
        with self._database.read() as session:
            row = by_id_or_url(session, document_id)
            title, url = (row.title or document_id, row.url) if row is not None else (document_id, None)
        kept = self._cases.decide(answer_id, "post", document_id=document_id, url=url, accept=accept)
        return title if kept else ""

    def _by_link(self, words: str) -> tuple[str, tuple[str, ...]] | None:
        """The post of a link or an id; words beside the link that stand in it are the answer."""
        with self._database.read() as session:
            linked = look_up(session, words)
            if linked is not None:
                document_id, rest = linked.documents[0], LINK.sub(" ", words).strip()
            elif (row := by_id_or_url(session, words.strip())) is not None:
                document_id, rest = row.id, ""
            else:
                return None
            texts = [f"{row.title}\n{row.text}" for row in by_ids(session, [document_id])]
        said = rest and len(rest) <= LONGEST_PHRASE and any(holds_answer(text, [rest]) for text in texts)
        return document_id, ((rest,) if said else ())

    def _by_words(self, words: str) -> tuple[str, tuple[str, ...]] | None:
        """The post in which the words stand; few words are the answer itself, many are the post."""
        if not any(letter.isalnum() for letter in words):
            return None
        passages = self._search.search(words, READ)
        for passage in passages:
            if holds_answer(f"{passage.title}\n{passage.text}", [words]):
                return passage.document_id, ((words.strip(),) if len(words) <= LONGEST_PHRASE else ())
        ids = list(dict.fromkeys(passage.document_id for passage in passages))
        with self._database.read() as session:
            texts = {row.id: f"{row.title}\n{row.text}" for row in by_ids(session, ids)}
        for document_id in ids:  # a whole post is longer than its passages
            if holds_answer(texts.get(document_id, ""), [words]):
                return document_id, ()
        return None
