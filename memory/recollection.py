"""What the bot remembers of a reader, brought to bear on a message: the one entrance for whoever answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cached_property

import numpy as np
from sqlalchemy.orm import Session

from konspekt.answering.answer import Citation, Part, Turn
from konspekt.answering.personal import Personal
from konspekt.answering.question.follow_up import is_follow_up
from konspekt.answering.texts import Language
from konspekt.answering.words.morphology import part_of_speech
from konspekt.answering.words.vocabulary import content_terms
from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.memory import replies
from konspekt.memory.author_word import word_for
from konspekt.memory.keeping import told_of
from konspekt.memory.recalled import Reader, Recalled, Used
from konspekt.memory.search import Vector
from konspekt.memory.texts import day, say
from konspekt.memory.turns import Found, TurnFinder
from konspekt.memory.understanding.about_me import AboutMe, about_me
from konspekt.memory.understanding.notes import Statement, asks_to_keep, shaping, statements
from konspekt.memory.understanding.past import PastQuestion, past_question
from konspekt.memory.understanding.personal import asks_whats_new, hints_for, wants_unseen
from konspekt.storage.database import Database
from konspekt.storage.index.documents import published_after
from konspekt.storage.remembered.notes import Notes, StoredNote, Switches, clock_offset, switches_of
from konspekt.storage.remembered.turns import last_said, last_visit, reads_of, said_in
from konspekt.storage.remembered.words import words

TALK_ENDS_AFTER = timedelta(hours=6)  # of silence


class Recollection:
    """Safe to share between threads. `clock` and `zone`: now, and the time zone that «вчера» is meant in."""

    def __init__(
        self,
        database: Database,
        embedder: Embedder | None,
        *,
        zone: tzinfo = UTC,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._zone = zone
        self._clock = clock

    def recall(self, reader: Reader, question: str, history: Sequence[Turn], language: Language) -> Recalled:
        """What memory adds to a message, or says to it by itself."""
        with self._database.read() as session:
            one = _Recalling(
                self, session, reader, question=question.strip(), history=tuple(history), language=language
            )
            return one.recalled()

    def now(self) -> datetime:
        return self._clock().astimezone(self._zone)

    def vector(self, text: str) -> Vector | None:
        if self._embedder is None:
            return None
        return np.asarray(self._embedder.embed_queries([text])[0], np.float32)

    @property
    def embedder(self) -> Embedder | None:
        return self._embedder

    @property
    def zone(self) -> tzinfo:
        return self._zone


class _Recalling:
    """One message."""

    def __init__(
        self,
        memory: Recollection,
        session: Session,
        reader: Reader,
        *,
        question: str,
        history: tuple[Turn, ...],
        language: Language,
    ) -> None:
        self._memory, self._session, self._reader = memory, session, reader
        self._question, self._history, self._language = question, history, language
        offset = clock_offset(session, reader.user_id) if reader.private else None
        self._zone = memory.zone if offset is None else timezone(timedelta(minutes=offset))
        self._now = memory.now().astimezone(self._zone)
        self._plain = Recalled(question, history)

    def recalled(self) -> Recalled:
        if (word := word_for(self._question, words(self._session), self._memory.embedder)) is not None:
            parts = replies.authors(word, self._language, self._zone)
            return self._answered(parts, keeps=self._is_on)
        past = past_question(self._question, self._now)
        kept, rest = statements(self._question)
        if self._is_on and self._reader.private and not kept and asks_to_keep(self._question):
            return self._answered(replies.plain(say("what", self._language)))
        if not self._is_on:
            asks = (past is not None and past.kind != "reference") or any(one.asked for one in kept)
            return (
                self._answered(replies.plain(say("off", self._language)), keeps=False)
                if asks
                else replace(self._plain, keeps=False)
            )
        if asks_whats_new(self._question) and (news := self._whats_new()) is not None:
            return news
        if (unseen := wants_unseen(self._question)) is not None:
            return self._shaped(self._without_seen(unseen))
        of_the_past = past is not None and past.kind != "reference"
        mine = about_me(self._question, self._notes) if self._reader.private else None
        if mine is not None and (mine.notes or not of_the_past) and (mine.kind != "fact" or not of_the_past):
            return self._about_reader(mine)
        if past is not None and of_the_past:
            recalled = self._about_past(past)
            return recalled if not recalled.never or mine is None else self._about_reader(mine)
        if kept:
            return self._kept(kept, rest)
        return self._shaped(self._leaning(past))

    # ---------------------------------------------------------------- switches and notes

    @cached_property
    def _is_on(self) -> bool:
        return remembers(self._session, self._reader, self._now)

    @cached_property
    def _notes(self) -> list[StoredNote]:
        return Notes(self._session).of(self._reader.user_id) if self._reader.private else []

    def _kept(self, kept: Sequence[Statement], rest: str) -> Recalled:
        if not self._reader.private:
            if rest or not any(one.asked for one in kept):
                return self._shaped(self._leaning(None))
            return self._answered(replies.plain(say("in_private", self._language)))
        known = [replace(one, value=self._meant()) if one.kind == "known" and not one.value else one for one in kept]
        lines, stored = told_of(known, self._notes, self._language)
        if not rest:
            return replace(self._answered(replies.plain(*lines)), notes=tuple(stored))
        # «у меня 8 ГБ видеопамяти, что делать?»: what is told is what the question is about
        asked = replace(self._leaning(None), question=rest if _names_a_thing(rest) else self._question)
        used = [Used(line) for line in lines]
        return replace(self._shaped(asked), notes=tuple(stored), used=(*asked.used, *used))

    def _meant(self) -> str:
        """«мы это проходили»: what was asked before."""
        return next((turn.text for turn in reversed(self._history) if turn.role == "user"), "")

    def _about_reader(self, mine: AboutMe) -> Recalled:
        if mine.notes:
            return self._answered(replies.notes(mine.notes, self._language, self._zone))
        return self._answered(replies.plain(say("never_told_me", self._language)), never=True)

    # ---------------------------------------------------------------- the past

    def _about_past(self, past: PastQuestion) -> Recalled:
        found = self._finder.about(past)
        said = said_in(self._session, found.ids, self._reader.owner)
        turns = [said[i] for i in found.ids if i in said]
        opening = self._opening(past, found)
        if not turns:
            return self._never(past, found)
        zone, language = self._zone, self._language
        if past.kind == "recommended":
            parts, citations = replies.posts(turns, language, zone)
            if not citations:
                parts, citations = replies.told(turns, language, zone, say("told", language))
        elif past.kind == "asked" and not past.topic:
            parts, citations = replies.asked(turns, found.total, language, zone, say("asked", language)), []
        else:
            parts, citations = replies.told(turns, language, zone, say("told", language))
        return self._answered(replies.opened(parts, *opening), citations, found.ids)

    def _opening(self, past: PastQuestion, found: Found) -> list[str]:
        lines = []
        if found.elsewhere and past.when is not None:
            lines += [say("never_then", self._language, period=past.when.shown()), say("but_then", self._language)]
        if found.event_unknown and past.when is not None:
            lines.append(say("no_event", self._language, event=past.when.event or ""))
        return lines

    def _never(self, past: PastQuestion, found: Found) -> Recalled:
        if not found.any_turns:
            line = say("nothing_yet", self._language)
        elif past.when is not None and past.when.shown() and not past.topic:
            line = say("nothing_then", self._language, period=past.when.shown())
        else:
            line = say("never", self._language)
        return self._answered(replies.plain(line), never=True)

    @cached_property
    def _finder(self) -> TurnFinder:
        return TurnFinder(self._session, self._reader, self._now, self._memory)

    # ---------------------------------------------------------------- questions to the channel

    def _leaning(self, past: PastQuestion | None) -> Recalled:
        """A follow-up is read with the turn that it refers to, however long ago that was."""
        if past is not None:
            found = self._finder.about(past)
            asked = past.question
        else:
            found = self._finder.leant_on(self._question) if self._is_late_follow_up() else Found()
            asked = self._question
        said = said_in(self._session, found.ids[:1], self._reader.owner)
        if not said:
            return replace(self._plain, question=asked)
        turn = said[found.ids[0]]
        lines = (Turn("user", turn.standalone_question), Turn("assistant", turn.text, turn.cited))
        used = Used(
            say(
                "used_turn", self._language, date=day(turn.created_at, self._zone),
                question=replies.shown(turn.question, replies.QUESTION_CHARS),
            )
        )  # fmt: skip
        return replace(
            self._plain, question=asked, history=(*self._history, *lines), used=(used,), turns=(turn.answer_id,)
        )

    def _whats_new(self) -> Recalled | None:
        """Posts since the talk before this one; None where there was none: then it is a question like any other."""
        visit = last_visit(self._session, self._reader.owner, TALK_ENDS_AFTER, self._now)
        if visit is None:
            return None
        rows, total = published_after(self._session, visit, replies.LISTED)
        date = day(visit, self._zone)
        if not rows:
            return self._answered(replies.plain(say("nothing_since", self._language, date=date)), keeps=True)
        parts, citations = replies.news(rows, total, self._language, say("since_last", self._language, date=date))
        return self._answered(parts, citations, keeps=True)

    def _is_late_follow_up(self) -> bool:
        last = last_said(self._session, self._reader.owner, self._reader.user_id, self._reader.topic)
        late = last is not None and self._now - last > TALK_ENDS_AFTER
        return late and is_follow_up(self._question, self._history or (Turn("user", "…"),))

    def _without_seen(self, question: str) -> Recalled:
        seen = frozenset(reads_of(self._session, self._reader.owner))
        used = (Used(say("used_reads", self._language, count=len(seen))),) if seen else ()
        return replace(self._plain, question=question, personal=Personal(leave_out=seen), used=used)

    def _shaped(self, recalled: Recalled) -> Recalled:
        """With what the notes change of an answer."""
        if not self._notes:
            return recalled
        short, simple = shaping([(note.kind, note.value) for note in self._notes])
        used = list(recalled.used)
        noted = hints_for(recalled.question, self._notes)
        used += [Used(say("used_hints", self._language, text=replies.shown(note.text, 120))) for note in noted]
        used += [Used(say("used_short", self._language))] if short else []
        used += [Used(say("used_simple", self._language), by_model=True)] if simple else []
        hints = " ".join(note.value for note in noted)
        personal = replace(recalled.personal, hints=hints, short=short, simple=simple)
        return replace(recalled, personal=personal, used=tuple(used))

    def _answered(
        self,
        parts: Sequence[Part],
        citations: Sequence[Citation] = (),
        ids: Sequence[int] = (),
        *,
        never: bool = False,
        keeps: bool = False,
    ) -> Recalled:
        """Talk about the talk is not itself remembered, and what it quotes is not stored a second time."""
        answer = replies.made_answer(self._question, parts, self._language, citations)
        return replace(
            self._plain, answer=answer, stored_text=parts[0].text, turns=tuple(ids), never=never, keeps=keeps
        )


def remembers(session: Session, reader: Reader, now: datetime) -> bool:
    """Whether anything of this reader's may be looked at and kept now."""
    switches = switches_of(session, reader.user_id)
    if switches.off:
        return False
    return switches.talk_off_since is None or not _same_talk(session, reader, switches, now)


def _same_talk(session: Session, reader: Reader, switches: Switches, now: datetime) -> bool:
    """A talk ends after hours of silence (or with /reset, which clears the switch)."""
    assert switches.talk_off_since is not None
    last = last_said(session, reader.owner, reader.user_id, reader.topic)
    return now - max(switches.talk_off_since, last or switches.talk_off_since) <= TALK_ENDS_AFTER


def _names_a_thing(question: str) -> bool:
    """«Что делать?», «хватит?» and the like have no word for what they ask of."""
    return any(part_of_speech(term) not in {"VERB", "INFN", "ADVB", "PRED"} for term in content_terms(question))
