"""What the assistant adds to the bot, built from its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from konspekt.app.settings import Settings
from konspekt.bot.parts.bot_parts import FollowingParts, LearningParts

if TYPE_CHECKING:
    from konspekt.assistant.following.clock import Clock
    from konspekt.indexer.embedding.embeddings import Embedder
    from konspekt.indexer.searching.search import Searcher
    from konspekt.storage.database import Database
    from konspekt.storage.updates import Updates


def build_following(
    settings: Settings,
    database: Database,
    updates: Updates,
    *,
    searcher: Searcher,
    embedder: Embedder,
    clock: Clock | None = None,
) -> FollowingParts:
    from konspekt.assistant.following.clock import SystemClock
    from konspekt.assistant.following.followings import Followings
    from konspekt.assistant.following.letters import Letters
    from konspekt.assistant.following.news import News

    clock = clock or SystemClock()
    return FollowingParts(
        followings=Followings(database, searcher, embedder, clock),
        news=News(database, embedder, clock, exclude=settings.exclude),
        letters=Letters(database, updates, clock),
        clock=clock,
    )


def build_learning(settings: Settings, database: Database, clock: Clock | None = None) -> LearningParts:
    from konspekt.assistant.following.clock import SystemClock
    from konspekt.assistant.learning.bank import Bank
    from konspekt.assistant.learning.quizzes import Quizzes

    return LearningParts(Quizzes(database, Bank(database, exclude=settings.exclude), clock or SystemClock()))
