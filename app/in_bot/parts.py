"""The real objects behind what the bot asks for: `konspekt.bot.parts` in terms of storage, indexer and answering."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from konspekt.answering.answer import Answer, Turn
from konspekt.answering.memory import recall, remember
from konspekt.answering.quality.alike import nearly_same
from konspekt.app.durations import duration
from konspekt.app.in_bot.cases import StoredCases
from konspekt.app.in_bot.places import StoredPlaces
from konspekt.app.messages import say
from konspekt.app.operation.several_instances import Several, several_instances
from konspekt.app.settings import Settings
from konspekt.bilingual import Bilingual, joined, of
from konspekt.bot.parts.bot_parts import BotParts, BotSettings
from konspekt.bot.parts.library import CannotIndex, ReindexStep, TryLater
from konspekt.bot.parts.talk import Asker, Found, Said, StoredAnswer
from konspekt.indexer.document_rows import document_of
from konspekt.indexer.documents import Document
from konspekt.indexer.errors import IndexerError, ReindexRunningError, ReindexStoppedError
from konspekt.indexer.reindexing.reports import Progress
from konspekt.indexer.sources.options import SourceOptions
from konspekt.indexer.sources.telegram.live import live_channel, live_document
from konspekt.memory.control import MemoryControl
from konspekt.memory.keeping import keep, withdraw
from konspekt.memory.recalled import Reader, Recalled
from konspekt.storage.assisting.following import Follows
from konspekt.storage.assisting.learning import Learned
from konspekt.storage.conversations import Conversations
from konspekt.storage.database import Database
from konspekt.storage.errors import StorageError
from konspekt.storage.index.documents import by_ids
from konspekt.storage.remembered.words import put_word
from konspekt.storage.statistics import Statistics
from konspekt.storage.updates import Updates

if TYPE_CHECKING:
    from konspekt.answering.answerer import Answerer
    from konspekt.answering.planning import Planner
    from konspekt.indexer.reindexing.reindex import Reindexer
    from konspekt.indexer.searching.search import Searcher
    from konspekt.memory.recollection import Recollection

log = logging.getLogger(__name__)
LONGEST_ALBUM = 10
SCRUB_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
PROBLEMS_SHOWN = 5  # of a /reindex; the command shows all


class StoredMemory:
    """Conversations in the database; an answer and its update's progress in one transaction."""

    def __init__(self, database: Database, updates: Updates) -> None:
        self._database, self._updates = database, updates

    def history(self, asker: Asker, turns: int) -> Sequence[Turn]:
        with self._database.read() as session:
            return recall(session, asker.chat_id, asker.user_id, turns, asker.topic)

    def remember(
        self,
        asker: Asker,
        answer: Answer,
        update_id: int,
        effect_of: Callable[[int], dict[str, Any]],
        recalled: Recalled | None = None,
    ) -> int:
        with self._database.session() as session:
            Conversations(session).seen(asker.user_id, asker.chat_id, asker.chat_type, asker.language)
            answer_id = remember(session, answer, chat_id=asker.chat_id, user_id=asker.user_id, topic_id=asker.topic)
            if recalled is not None:
                keep(session, answer_id, _reader(asker), answer, recalled)
            self._updates.write_effect(session, update_id, effect_of(answer_id))
            return answer_id

    def sent_as(self, answer_id: int, message_id: int) -> None:
        with self._database.session() as session:
            Conversations(session).sent_as(answer_id, message_id)

    def supersede(self, answer_id: int) -> None:
        with self._database.session() as session:
            Conversations(session).supersede(answer_id)
            withdraw(session, answer_id)

    def answer(self, answer_id: int) -> StoredAnswer | None:
        with self._database.read() as session:
            row = Conversations(session).answer(answer_id)
            if row is None:
                return None
            found = tuple(_found(passage) for passage in row.passages)
            cited = frozenset(str(citation["document_id"]) for citation in row.citations)
            return StoredAnswer(row.id, row.chat_id, row.user_id, found, cited)

    def said(self, chat_id: int, message_id: int) -> Said | None:
        with self._database.read() as session:
            row = Conversations(session).answer_sent_as(chat_id, message_id)
            if row is None:
                return None
            shown = () if row.refused else row.citations
            cited = tuple(str(citation["document_id"]) for citation in shown)
            return Said(row.standalone_question, row.text, row.user_id, row.id, cited)

    def correct(
        self, asker: Asker, said: Said, text: str, update_id: int, effect_of: Callable[[int], dict[str, Any]]
    ) -> int:
        with self._database.session() as session:
            asked_by, question = said.user_id, said.question
            word_id = put_word(session, author_id=asker.user_id, asked_by=asked_by, question=question, text=text)
            self._updates.write_effect(session, update_id, effect_of(word_id))
            return word_id

    def question(self, answer_id: int) -> str | None:
        with self._database.read() as session:
            row = Conversations(session).answer(answer_id)
            return (row.standalone_question or row.question) if row is not None else None

    def vote(self, asker: Asker, answer_id: int, value: int) -> Literal["taken", "gone", "not_yours"]:
        with self._database.session() as session:
            row = Conversations(session).answer(answer_id)
            if row is None:
                return "gone"
            if (row.chat_id, row.user_id) != (asker.chat_id, asker.user_id):
                return "not_yours"
            Conversations(session).feedback(answer_id, asker.user_id, value)
            return "taken"

    def reads_plain(self, user_id: int) -> bool:
        with self._database.read() as session:
            return Conversations(session).reads_plain(user_id)

    def keep_forms(self, answer_id: int, forms: dict[str, Any]) -> None:
        with self._database.session() as session:
            Conversations(session).keep_forms(answer_id, forms)

    def read_as(self, asker: Asker, answer_id: int, *, plain: bool) -> tuple[str, dict[str, Any] | None]:
        with self._database.session() as session:
            row = Conversations(session).answer(answer_id)
            if row is not None and (row.chat_id, row.user_id) != (asker.chat_id, asker.user_id):
                return "not_yours", None
            Conversations(session).read_plain(asker.user_id, plain)
            return "taken", row.forms if row is not None else None

    def choose(
        self, asker: Asker, answer_id: int, update_id: int, effect_of: Callable[[str], dict[str, Any]]
    ) -> Literal["taken", "gone", "not_yours"]:
        with self._database.session() as session:
            conversations = Conversations(session)
            row = conversations.answer(answer_id)
            if row is None:
                return "gone"
            if (row.chat_id, row.user_id) != (asker.chat_id, asker.user_id):
                return "not_yours"
            if not conversations.supersede(answer_id):
                return "gone"
            self._updates.write_effect(session, update_id, effect_of(row.standalone_question))
            return "taken"

    def reset(self, asker: Asker) -> int:
        with self._database.session() as session:
            return Conversations(session).reset(asker.chat_id, asker.user_id, asker.topic)

    def forget(self, user_id: int, *, except_for: int) -> dict[str, int]:
        with self._database.session() as session:
            counts = asdict(Conversations(session).forget(user_id))
            counts["follows"] = Follows(session).forget(user_id)
            counts["cards"] = Learned(session).forget(user_id)
        counts["waiting"] = self._updates.forget_user(user_id, except_for=except_for)
        self.scrub()
        return counts

    def scrub(self) -> None:
        """What was erased leaves the files too; tried again where others are reading just now."""
        for pause in SCRUB_PAUSES:
            if self._database.scrub():
                return
            time.sleep(pause)
        log.warning("the database is in use: what was erased leaves its log with the next checkpoint")


def _reader(asker: Asker) -> Reader:
    return Reader(asker.chat_id, asker.user_id, asker.chat_type == "private", asker.topic)


def _found(passage: dict[str, Any]) -> Found:
    date = passage.get("published_at")
    moment = datetime.fromisoformat(date) if date else None
    return Found(passage["document_id"], passage["title"], passage.get("url"), moment, passage["text"])


class LiveIndex:
    """Reindexing on an admin's request, and the channel's posts as they come."""

    def __init__(self, database: Database, reindexer: Reindexer, options: SourceOptions) -> None:
        self._database, self._reindexer, self._options = database, reindexer, options

    def reindex(self, on_progress: Callable[[ReindexStep], None], should_stop: Callable[[], bool]) -> Bilingual:
        def step(progress: Progress) -> None:
            on_progress(ReindexStep(progress.step, progress.source, progress.done, progress.total))

        try:
            if not self._reindexer.remembered_paths():
                raise CannotIndex(say("reindex_nothing"))
            report = self._reindexer.run(progress=step, should_stop=should_stop)
        except ReindexStoppedError as error:
            raise TryLater(of(error)) from error
        except (IndexerError, StorageError) as error:
            raise CannotIndex(of(error)) from error
        lines = [
            f"{source.title}: +{source.added} ~{source.changed} −{source.removed} ={source.unchanged}"
            for source in report.sources
        ]
        total = joined(", ", (f"Σ {report.documents}", duration(report.seconds)))
        return joined("\n", (*lines, total, *islice(report.all_problems(), PROBLEMS_SHOWN)))

    def index_posts(self, messages: Sequence[dict[str, Any]]) -> int:
        channel = live_channel(messages[0])
        try:
            existing = self._existing(channel.id, int(messages[0]["message_id"]))
            document = live_document(messages, self._options, existing)
            if document is not None:
                report = self._reindexer.index_documents(channel, [document])
                return sum(source.added + source.changed for source in report.sources)
            if existing is not None and not existing.extra.get("message_ids"):  # its words were taken out
                return self._reindexer.remove_documents([existing.id])
        except (ReindexRunningError, StorageError) as error:
            raise TryLater(of(error)) from error
        return 0

    def _existing(self, source_id: str, message_id: int) -> Document | None:
        """The indexed post that this message is (a part of): an album carries the id of its first message."""
        ids = [f"{source_id}/{number}" for number in range(message_id - LONGEST_ALBUM + 1, message_id + 1)]
        with self._database.read() as session:
            found = [document_of(row) for row in by_ids(session, ids)]
        for document in found:
            if document.id == ids[-1] or message_id in document.extra.get("message_ids", ()):
                return document
        return None


def bot_settings(settings: Settings) -> BotSettings:
    assert settings.telegram_bot_token is not None
    secret = settings.webhook_secret
    return BotSettings(
        token=settings.telegram_bot_token.get_secret_value().strip(),
        api_url=settings.telegram_api_url,
        admins=settings.admins,
        questions_per_minute=settings.questions_per_minute,
        question_max_chars=settings.question_max_chars,
        concurrent_answers=settings.concurrent_answers,
        memory_turns=settings.memory_turns,
        voice_seconds=settings.voice_seconds,
        memory_days=settings.memory_days,
        direct_messages=settings.direct_messages,
        group_answers=settings.group_answers,
        rich_answers=settings.rich_answers,
        suggest_to=settings.suggested_to,
        webhook_url=settings.webhook_url,
        webhook_secret=secret.get_secret_value() if secret else None,
        webhook_listen=settings.webhook_listen,
        metrics_listen=settings.metrics_listen,
        journal=settings.konspekt_home / "outbox.journal",
    )


def assemble(
    settings: Settings,
    database: Database,
    searcher: Searcher,
    answerer: Answerer,
    reindexer: Reindexer,
    *,
    recollection: Recollection,
    overview: Planner | None = None,
) -> tuple[BotParts, Updates]:
    """The bot's parts, and its inbox for callers that store something together with an update."""
    own, several = bot_settings(settings), Several()
    updates = Updates(database, "konspekt")
    if own.webhook_url is not None and not database.is_sqlite:
        several = several_instances(settings.konspekt_home, database, own.token)
        own, updates = replace(own, journal=several.journal), several.updates or updates
    options = SourceOptions.from_pairs(settings.channel_usernames, settings.video_urls)
    parts = BotParts(
        settings=own,
        answers=answerer,
        search=searcher,
        memory=StoredMemory(database, updates),
        inbox=updates,
        meters=several.meters,
        bell=several.bell,
        library=Statistics(database, nearly_same),
        cases=StoredCases(database, searcher),
        warm_up=searcher.warm_up,
        recollection=recollection,
        memory_control=MemoryControl(database, recollection, days=settings.memory_days),
        indexing=LiveIndex(database, reindexer, options),
        planner=overview,
        places=StoredPlaces(database),
    )
    return parts, updates
