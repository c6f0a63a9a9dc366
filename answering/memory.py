"""Memory of conversations: what an answer may know of the turns before, and where it is kept."""

from __future__ import annotations

from sqlalchemy.orm import Session

from konspekt.answering.answer import Answer, Turn
from konspekt.answering.export import citation_fields, passage_fields, timing_fields
from konspekt.storage.conversations import Conversations


def recall(session: Session, chat_id: int, user_id: int, turns: int, topic_id: int = 0) -> tuple[Turn, ...]:
    """The last `turns` questions and answers of this user in this topic of this chat, oldest first."""
    lines = Conversations(session).history(chat_id, user_id, turns, topic_id)
    return tuple(Turn("user" if line.role == "user" else "assistant", line.text, line.cited) for line in lines)


def remember(
    session: Session,
    answer: Answer,
    *,
    chat_id: int | None,
    user_id: int | None,
    channel: str = "telegram",
    telegram_message_id: int | None = None,
    topic_id: int = 0,
) -> int:
    """Store an answer with its whole retrieved set, and both lines as memory; the answer's id (for feedback).

    An inline answer belongs to no conversation: `chat_id` None stores it without making it memory.
    """
    return Conversations(session).record(
        chat_id=chat_id,
        user_id=user_id,
        question=answer.question,
        standalone_question=answer.standalone_question,
        text=answer.text,
        refused=answer.refused,
        extractive=answer.extractive,
        model=answer.model,
        citations=[citation_fields(citation) for citation in answer.citations],
        passages=[passage_fields(passage) for passage in answer.passages],
        timings=timing_fields(answer.timings),
        channel=channel,
        telegram_message_id=telegram_message_id,
        topic_id=topic_id,
    )
