"""Lessons of authors between the database and the writing of drafts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from konspekt.conversion.learnt.lessons import Lesson, LessonKind

if TYPE_CHECKING:
    from konspekt.storage.authoring.lessons import Lessons


class AuthorsLessons:
    """What a person changed in drafts, for the command, the bot and the page. Calls block."""

    def __init__(self, lessons: Lessons) -> None:
        self.stored = lessons

    def of(self, user_id: int | None) -> tuple[Lesson, ...]:
        """The newest first; None: all that were learnt here."""
        return tuple(
            Lesson(cast("LessonKind", row.kind), row.said, row.instead, row.language, row.network)
            for row in self.stored.known(user_id)
        )

    def learn(self, user_id: int | None, lessons: Iterable[Lesson]) -> tuple[Lesson, ...]:
        """Those that are known now; one that takes an earlier one back is forgotten with it."""
        return tuple(
            lesson
            for lesson in lessons
            if self.stored.learn(
                user_id,
                kind=lesson.kind,
                language=lesson.lang,
                network=lesson.network,
                said=lesson.said,
                instead=lesson.instead,
            )
            is not None
        )
