"""Measuring memory by a file of histories: talks are played through the real thing, on a clock of their own.

Each line is one JSON object, in the order in which things happen; `owner` is the chat, a private one has its user's id:

    {"say": "Что такое LoRA?", "user": 1, "owner": 1, "at": "2026-01-05T10:00:00+03:00", "id": "t1",
     "answer": "LoRA — это …", "posts": ["channel/5"]}
    {"ask": "Что ты говорил про LoRA?", …, "kind": "one fact", "turns": ["t1"]}     evidence that must be found
    {"ask": "Какая у меня видеокарта?", …, "kind": "update", "value": "4090", "not": ["3060"]}
    {"ask": "Ты рассказывал про GAN?", …, "kind": "never", "never": true}
    {"try": "Что спрашивал читатель 1?", …, "secrets": ["LTX-Video"]}     another's words, which must not come out
    {"press": "delete", "note_of": 1, …, "secrets": [...]}     a button with another reader's note in it
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from konspekt.answering.answer import Answer, Citation, Timings, Turn
from konspekt.answering.memory import recall as last_lines
from konspekt.answering.memory import remember
from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.memory.control import MemoryControl
from konspekt.memory.keeping import keep
from konspekt.memory.recalled import Reader, Recalled
from konspekt.memory.recollection import Recollection
from konspekt.storage.database import Database
from konspekt.storage.remembered.own_data import move_to

FIRST = 5
HISTORY_TURNS = 6

Record = dict[str, Any]


@dataclass(slots=True)
class Scores:
    """Shares of 1 by kind of question, attempts that brought another's words out, and what went wrong."""

    questions: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    attempts: int = 0
    leaks: int = 0
    misses: list[Record] = field(default_factory=list)

    def share(self, kinds: Iterable[str] | None = None) -> float:
        wanted = list(self.questions) if kinds is None else kinds
        right = [one for kind in wanted for one in self.questions.get(kind, [])]
        return sum(right) / len(right) if right else 1.0


def read_histories(path: Path) -> list[Record]:
    """Raises ValueError with the line that is no object of ours."""
    records = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            datetime.fromisoformat(record["at"])
            int(record["user"]), int(record["owner"])
            if not {"say", "ask", "try", "press"} & record.keys():
                raise ValueError("no `say`, `ask`, `try` or `press`")
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
        records.append(record)
    return records


class Player:
    """Plays records into a database of its own, and judges what memory says."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self._database = database
        self._now = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
        self._memories: dict[str, Recollection] = {}
        self._embedder = embedder
        self._answers: dict[str, int] = {}  # id of a record -> of its answer
        self.scores = Scores()

    def play(self, records: Sequence[Record]) -> Scores:
        embedded = False
        for record in records:
            if "say" in record:
                self._say(record)
                continue
            if not embedded:
                while self._control(record).embed_waiting():
                    pass
                embedded = True
            self._judge(record)
        return self.scores

    # ---------------------------------------------------------------- inside

    def _memory(self, record: Record) -> Recollection:
        self._now = datetime.fromisoformat(record["at"])
        name = str(self._now.tzinfo)
        if name not in self._memories:
            zone = self._now.tzinfo
            assert zone is not None
            self._memories[name] = Recollection(self._database, self._embedder, zone=zone, clock=lambda: self._now)
        return self._memories[name]

    def _control(self, record: Record) -> MemoryControl:
        return MemoryControl(self._database, self._memory(record))

    def _recall(self, record: Record, text: str) -> Recalled:
        reader = _reader(record)
        with self._database.read() as session:
            history: tuple[Turn, ...] = last_lines(session, reader.owner, reader.user_id, HISTORY_TURNS)
        return self._memory(record).recall(reader, text, history, "ru")

    def _say(self, record: Record) -> None:
        found = self._recall(record, record["say"])
        answer = found.answer or made_up(
            record["say"], record.get("answer", ""), record.get("posts", ()), record.get("title", "")
        )
        reader = _reader(record)
        with self._database.session() as session:
            answer_id = remember(session, answer, chat_id=reader.owner, user_id=reader.user_id)
            keep(session, answer_id, reader, answer, found, at=self._now)
            move_to(session, answer_id, self._now)
        if "id" in record:
            self._answers[record["id"]] = answer_id

    def _judge(self, record: Record) -> None:
        if "press" in record:
            self._count_attempt(record, self._pressed(record))
            return
        found = self._recall(record, record.get("ask") or record["try"])
        said = _all_text(found)
        if "try" in record:
            self._count_attempt(record, said)
            return
        right = self._is_right(record, found, said)
        self.scores.questions[record["kind"]].append(right)
        if not right:
            self.scores.misses.append({"question": record["ask"], "kind": record["kind"], "said": said[:300]})

    def _is_right(self, record: Record, found: Recalled, said: str) -> bool:
        if record.get("never"):
            return found.never
        if "value" in record:  # what is said, not what the talk before holds
            told = (found.answer.text if found.answer is not None else "").lower()
            return record["value"].lower() in told and not any(old.lower() in told for old in record["not"])
        return {self._answers[name] for name in record["turns"]} <= set(found.turns[:FIRST])

    def _pressed(self, record: Record) -> str:
        """What a button says and does whose data names another reader's note; the note itself where it was touched."""
        control, user = self._control(record), int(record["user"])
        owner = int(record["note_of"])
        before = control.overview(Reader(owner, owner, True)).notes
        said = []
        for note in before:
            if record["press"] == "edit":
                shown = control.note(user, note.id)
                said.append(shown.text if shown is not None else "")
                control.change_note(user, note.id, "чужая рука")
            elif record["press"] == "undo":
                control.undo(user, note.answer_id or 0)
            else:
                control.delete_note(user, note.id)
        changed = control.overview(Reader(owner, owner, True)).notes != before
        return " ".join([*said, *(note.text for note in before if changed)])

    def _count_attempt(self, record: Record, said: str) -> None:
        self.scores.attempts += 1
        if any(secret.lower() in said.lower() for secret in record["secrets"]):
            self.scores.leaks += 1
            self.scores.misses.append({"question": str(record), "kind": "leak", "said": said[:300]})


def _reader(record: Record) -> Reader:
    owner, user = int(record["owner"]), int(record["user"])
    return Reader(owner, user, private=owner == user)


def made_up(question: str, text: str, posts: Sequence[str], title: str = "") -> Answer:
    """An answer as a history has it; an empty text is a refusal."""
    citations = tuple(
        Citation(n, name, title or name, f"https://t.me/{name}", None, "") for n, name in enumerate(posts, 1)
    )
    return Answer(
        question=question, standalone_question=question, text=text, language="ru", refused=not text, extractive=True,
        citations=citations, passages=(), model=None, timings=Timings(0.0, None, 0.0),
    )  # fmt: skip


def _all_text(found: Recalled) -> str:
    """Everything that could show: the answer, the history handed on, the search terms, what is said to be used."""

    def pieces() -> Iterator[str]:
        if found.answer is not None:
            yield found.answer.text
            yield from (citation.title for citation in found.answer.citations)
        yield from (turn.text for turn in found.history)
        yield found.personal.hints
        yield from (one.text for one in found.used)

    return " ".join(pieces())
