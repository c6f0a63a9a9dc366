"""The inbox of updates, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from konspekt.storage.database import Database
from konspekt.storage.models import UpdateRow
from konspekt.storage.updates import Updates, sender_of


def question(update_id: int, text: str = "Вопрос", user_id: int = 7) -> dict[str, Any]:
    return {"update_id": update_id, "message": {"from": {"id": user_id}, "chat": {"id": user_id}, "text": text}}


def test_an_update_is_new_once(database: Database) -> None:
    updates = Updates(database, "a")
    assert [update.id for update in updates.take_in([question(1), question(2), question(1)])] == [1, 2]
    assert updates.take_in([question(2)]) == []
    updates.finish(1, "done")
    assert updates.take_in([question(1)]) == []


def test_an_id_with_other_content_is_a_new_update_once_the_old_one_is_done(database: Database) -> None:
    updates = Updates(database, "a")
    updates.take_in([question(1, "От одного бота")])
    assert updates.take_in([question(1, "От другого")]) == []
    updates.finish(1, "done")
    (update,) = updates.take_in([question(1, "От другого")])
    assert update.payload["message"]["text"] == "От другого"
    assert len(updates.pending()) == 1


def test_what_is_pending_comes_back_in_order_with_what_was_done(database: Database) -> None:
    updates = Updates(database, "a")
    updates.take_in([question(3), question(1), question(2)])
    updates.begin(1)
    updates.save_effect(1, {"answer": {"id": 5}})
    updates.finish(2, "failed")
    left = updates.pending()
    assert [(update.id, update.attempts, update.effect) for update in left] == [
        (1, 1, {"answer": {"id": 5}}),
        (3, 0, {}),
    ]
    updates.postpone(1)
    assert updates.pending()[0].attempts == 0


def test_no_text_is_kept_once_an_update_is_done(database: Database) -> None:
    updates = Updates(database, "a")
    updates.take_in([question(1)])
    updates.save_effect(1, {"answer": {"messages": ["текст"]}})
    updates.finish(1, "done")
    with database.read() as session:
        row = session.get_one(UpdateRow, 1)
        assert (row.payload, row.effect) == (None, {})


def test_old_updates_are_pruned_and_pending_ones_are_not(database: Database) -> None:
    updates = Updates(database, "a")
    updates.take_in([question(1), question(2)])
    updates.finish(1, "done")
    assert updates.prune(timedelta(days=1)) == 0
    assert updates.prune(timedelta(seconds=-1)) == 1
    assert len(updates.pending()) == 1


def test_a_user_is_forgotten_with_their_waiting_questions(database: Database) -> None:
    updates = Updates(database, "a")
    updates.take_in([question(1), question(2), question(3, user_id=8), question(4)])
    updates.finish(1, "done")
    assert updates.forget_user(7, except_for=4) == 1
    assert [update.id for update in updates.pending()] == [3, 4]


def test_the_sender_is_found_wherever_an_update_has_one() -> None:
    assert sender_of({"update_id": 1, "callback_query": {"from": {"id": 5}}}) == 5
    assert sender_of({"update_id": 1, "channel_post": {"chat": {"id": -5}}}) is None
    assert sender_of({"update_id": 1}) is None
