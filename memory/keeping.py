"""What is kept of a message: its turn, the posts that it showed, the notes in it. All in the answer's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from konspekt.answering.answer import Answer
from konspekt.answering.texts import Language
from konspekt.memory.recalled import Reader, Recalled
from konspekt.memory.replies import shown
from konspekt.memory.search import turn_terms
from konspekt.memory.texts import say
from konspekt.memory.understanding.notes import MOST, Statement, replaces
from konspekt.storage.conversations import Conversations
from konspekt.storage.remembered.notes import Notes, StoredNote
from konspekt.storage.remembered.turns import drop_turn, put_reads, put_turn


def told_of(
    new: Sequence[Statement], held: Sequence[StoredNote], language: Language
) -> tuple[list[str], list[Statement]]:
    """What is said about new statements, and those that are to be kept."""
    lines: list[str] = []
    kept: list[Statement] = []
    for one in new:
        replaced = [note for note in held if replaces(one, note.kind, note.subject)]
        if not one.ends and any(_same(one, note) for note in replaced):
            lines.append(say("known_already", language, text=shown(replaced[0].text, 300)))
        elif one.ends:
            lines.append(say("ended", language, text=shown(one.text, 300)))
            kept.append(one)
        elif len(held) - len(replaced) + len(kept) >= MOST:
            lines.append(say("too_many", language, count=len(held)))
        else:
            lines.append(say("kept", language, text=shown(one.text, 300)))
            lines += [say("replaced", language, text=shown(note.text, 300)) for note in replaced[:1]]
            kept.append(one)
    if kept:
        lines.append(say("how", language))
    return lines, kept


def keep(
    session: Session, answer_id: int, reader: Reader, answer: Answer, recalled: Recalled, *, at: datetime | None = None
) -> None:
    """Called where the answer itself is stored."""
    if recalled.notes and reader.private:
        _keep_notes(session, answer_id, reader.user_id, recalled.notes, at)
    if not recalled.keeps:
        return
    terms = turn_terms(answer.standalone_question, "" if answer.refused else answer.text)
    put_turn(session, answer_id, reader.owner, terms, at, topic_id=reader.topic)
    if not answer.refused:
        put_reads(session, reader.owner, [citation.document_id for citation in answer.citations], at)


def withdraw(session: Session, answer_id: int) -> None:
    """Its question was edited: the turn is not found any more, and what was kept with it is not."""
    row = Conversations(session).answer(answer_id)
    drop_turn(session, answer_id)
    if row is not None and row.user_id is not None:
        Notes(session).undo(row.user_id, answer_id)


def _keep_notes(session: Session, answer_id: int, user_id: int, new: Sequence[Statement], at: datetime | None) -> None:
    """Looks again at what holds: another message may have been worked on in between."""
    notes = Notes(session)
    for one in new:
        held = notes.of(user_id)
        replaced = [note for note in held if replaces(one, note.kind, note.subject)]
        if not one.ends and (any(_same(one, note) for note in replaced) or len(held) - len(replaced) >= MOST):
            continue
        added = None
        if not one.ends:
            added = notes.add(
                user_id, kind=one.kind, subject=one.subject, text=one.text, value=one.value, answer_id=answer_id, at=at
            )
        notes.close(user_id, [note.id for note in replaced], added, at)


def _same(one: Statement, note: StoredNote) -> bool:
    """Nearly the same words."""
    return one.value.casefold() == note.value.casefold() and one.subject == note.subject
