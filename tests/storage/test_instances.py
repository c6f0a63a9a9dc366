"""Several instances on one PostgreSQL: whose a chat is, what becomes of a dead one's work, limits kept together."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, text

from konspekt.bot.updates.raw_updates import home_of
from konspekt.storage.database import Database
from konspekt.storage.errors import LostClaim
from konspekt.storage.instances import inbox
from konspekt.storage.instances.bell import Bell
from konspekt.storage.instances.identity import Identity, identify
from konspekt.storage.instances.inbox import SharedUpdates
from konspekt.storage.instances.meters import Dues, SharedMeters
from konspekt.storage.instances.models_instances import ChatHomeRow, FloodMeterRow, InstanceRow
from konspekt.storage.models import UpdateRow

pytestmark = pytest.mark.postgres
TABLES = "updates, instances, chat_homes, flood_meters"
LONG_AGO = timedelta(minutes=5)


@pytest.fixture
def store(_shared_postgres: Database) -> Iterator[Database]:
    with _shared_postgres.session() as session:
        session.execute(text(f"TRUNCATE {TABLES}"))
    yield _shared_postgres
    with _shared_postgres.session() as session:
        session.execute(text(f"TRUNCATE {TABLES}"))


def instance(store: Database, name: str) -> SharedUpdates:
    """Registered, as after its start."""
    inbox = SharedUpdates(store, Identity(name, Path("unused")), home_of)
    inbox.pending()
    return inbox


def said(update_id: int, chat: int, **more: Any) -> dict[str, Any]:
    return {"update_id": update_id, "message": {"from": {"id": chat}, "chat": {"id": chat}, "message_id": 1, **more}}


def ids(found: list[Any]) -> list[int]:
    return [one.id for one in found]


def die(store: Database, name: str) -> None:
    with store.session() as session:
        row = session.get_one(InstanceRow, name)
        row.seen_at -= LONG_AGO


def pass_by(store: Database, hours: float) -> None:
    with store.session() as session:
        for row in session.scalars(select(ChatHomeRow)):
            row.used_at -= timedelta(hours=hours)


def test_a_chats_updates_go_to_one_instance_whichever_takes_them_in(store: Database) -> None:
    a, b = instance(store, "a"), instance(store, "b")
    assert ids(a.take_in([said(1, 7)])) == [1]
    assert ids(b.take_in([said(2, 7)])) == []
    assert ids(b.take_in([said(3, 8)])) == [3]
    assert ids(a.collect()) == [2]
    assert a.collect() == []
    b.take_in([said(4, 7)])
    assert ids(a.take_in([said(5, 7)])) == [4, 5]  # what was handed over before comes first
    assert ids(a.take_in([said(4, 7)])) == []  # delivered again
    assert a.alive() == b.alive() == ["a", "b"]


@pytest.mark.parametrize(
    "raw",
    [
        {"callback_query": {"from": {"id": 5}, "message": {"chat": {"id": 7}}, "data": "stop:1"}},
        {"stopped_message_generation": {"chat": {"id": 7}, "draft_id": 1}},
        {"edited_message": {"from": {"id": 5}, "chat": {"id": 7}, "message_id": 1}},
        {"message": {"from": {"id": 6}, "chat": {"id": 7}, "media_group_id": "m"}},
        {"message_reaction": {"user": {"id": 5}, "chat": {"id": 7}}},
        {"inline_query": {"from": {"id": 7}, "query": "x"}},  # in that person's own chat
        {"poll_answer": {"user": {"id": 7}}},
    ],
)
def test_whatever_belongs_to_a_chat_goes_to_its_home(store: Database, raw: dict[str, Any]) -> None:
    a, b = instance(store, "a"), instance(store, "b")
    a.take_in([said(1, 7)])
    assert b.take_in([{"update_id": 2, **raw}]) == []
    assert ids(a.collect()) == [2]


def test_a_job_of_the_bots_own_stays_where_it_was_made(store: Database) -> None:
    a, b = instance(store, "a"), instance(store, "b")
    a.take_in([said(1, 7)])
    assert ids(b.take_in([{"update_id": -1, "job": {"from": {"id": 7}}}])) == [-1]


def test_a_living_instances_work_is_left_alone_and_a_dead_ones_is_taken_over_whole(store: Database) -> None:
    a, b, c = (instance(store, name) for name in "abc")
    a.take_in([said(1, 7), said(2, 8), said(3, 7)])
    a.begin(1)
    a.save_effect(1, {"answer": {"id": 5}})
    b.take_in([said(4, 7)])
    assert b.collect() == c.collect() == []
    die(store, "a")
    found = b.collect()
    assert ids(found) == [1, 2, 3, 4]
    assert (found[0].attempts, found[0].effect) == (1, {"answer": {"id": 5}})
    assert c.collect() == []
    assert c.take_in([said(5, 8)]) == []  # the chat went along
    assert ids(b.collect()) == [5]


def test_who_takes_an_update_in_for_a_dead_instance_takes_its_work_first(store: Database) -> None:
    a, b = instance(store, "a"), instance(store, "b")
    a.take_in([said(1, 7), said(2, 8)])
    die(store, "a")
    assert ids(b.take_in([said(3, 7)])) == [1, 2, 3]


def test_an_instance_that_was_given_up_changes_nothing_any_more(store: Database) -> None:
    a, b = instance(store, "a"), instance(store, "b")
    a.take_in([said(1, 7)])
    assert a.holds()
    die(store, "a")
    assert ids(b.collect()) == [1]
    for change in (a.begin, a.postpone):
        with pytest.raises(LostClaim):
            change(1)
    with pytest.raises(LostClaim):
        a.save_effect(1, {"answer": {}})
    with pytest.raises(LostClaim):
        a.finish(1, "done")
    with pytest.raises(LostClaim):
        a.take_in([said(2, 9)])
    assert not a.renew()  # it learns of it here, and begins anew
    assert a.renew()
    assert ids(a.take_in([said(2, 9)])) == [2]
    b.finish(1, "done")


def test_no_claim_is_certain_once_the_lease_may_have_run_out(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(inbox, "time", SimpleNamespace(monotonic=lambda: now[0]))
    short = SharedUpdates(store, Identity("a", Path("unused")), home_of, timedelta(seconds=30))
    assert not short.holds()
    short.pending()
    assert short.holds()
    short.take_in([said(1, 7)])
    now[0] += 25
    assert not short.holds()
    assert short.confirm(1)  # late, and not given up: it goes on
    assert short.holds()
    assert not short.confirm(2)
    die(store, "a")
    instance(store, "b")  # which takes its work over at the start
    assert not short.confirm(1)
    assert not short.renew()


def test_a_restart_goes_on_with_its_own_at_once_and_an_end_in_order_leaves_it_to_the_others(store: Database) -> None:
    a, b = instance(store, "a"), instance(store, "b")
    a.take_in([said(1, 7)])
    again = SharedUpdates(store, Identity("a", Path("unused")), home_of)
    assert ids(again.pending()) == [1]
    assert b.collect() == []
    with pytest.raises(LostClaim):
        a.take_in([said(2, 7)])  # the process before
    again.leave()
    assert ids(b.collect()) == [1]


def test_what_an_older_version_or_long_polling_left_is_taken_up(store: Database) -> None:
    with store.session() as session:
        for number, claimed in enumerate(("some-host", None), 1):
            row = UpdateRow(id=number, status="pending", payload=said(number, 7), claimed_by=claimed, fingerprint="")
            session.add(row)
    assert ids(SharedUpdates(store, Identity("a", Path("unused")), home_of).pending()) == [1, 2]


def test_a_chat_that_was_silent_may_move_and_is_forgotten_in_the_end(store: Database) -> None:
    a, b = instance(store, "a"), instance(store, "b")
    a.take_in([said(1, 7), said(2, 8)])
    pass_by(store, 1)
    assert ids(b.take_in([said(3, 7)])) == [3]
    pass_by(store, 23.5)
    b.prune()
    b.forget_user(7)
    with store.read() as session:
        assert session.scalars(select(ChatHomeRow.chat)).all() == []


def test_instances_that_notice_a_death_at_once_split_no_chat(store: Database) -> None:
    """Four living ones sweep and take in at the same time; each chat's updates end at one of them."""
    dead, *living = (instance(store, name) for name in "dabce")
    dead.take_in([said(number, chat) for chat in range(8) for number in (chat, chat + 100)])
    die(store, "d")

    def notice(number: int) -> list[int]:
        inbox = living[number % 4]
        return ids(inbox.take_in([said(1000 + number, number % 8)]) if number % 2 else inbox.collect())

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(notice, range(16)))
    found += [ids(inbox.collect()) for inbox in living]
    with store.read() as session:
        rows = list(session.execute(select(UpdateRow.id, UpdateRow.claimed_by, UpdateRow.payload)))
    owners: dict[int, set[str]] = {}
    for _, owner, payload in rows:
        owners.setdefault(payload["message"]["chat"]["id"], set()).add(owner)
    assert all(len(of_chat) == 1 for of_chat in owners.values())
    handed = [number for some in found for number in some]
    assert sorted(handed) == sorted(row[0] for row in rows)  # each given to one of them, once


def test_a_bell_is_heard_at_once_by_whom_it_rings_for(store: Database) -> None:
    heard = {name: threading.Event() for name in "ab"}
    bells = [Bell(store, name, event.set) for name, event in heard.items()]
    a, b = instance(store, "a"), instance(store, "b")
    a.take_in([said(0, 7)])
    while not heard["a"].is_set():  # the first may come before it listens
        b.take_in([said(int(time.monotonic_ns() // 1000), 7)])
        heard["a"].wait(0.1)
    assert not heard["b"].is_set()
    for bell in bells:
        bell.close()


def test_an_identity_is_kept_in_its_home_and_two_processes_never_share_one(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    first, second = identify(home), identify(home)
    assert first.name != second.name
    assert first.journal != second.journal
    assert second._lock is None
    assert first._lock is not None
    first._lock.release()
    again = identify(home)
    assert (again.name, again.journal) == (first.name, first.journal)
    assert again._lock is not None
    again._lock.release()


@pytest.mark.parametrize("written", [None, "", "no name\nat all", "name-without-more", "name 0", "\x00 1"])
def test_a_copied_or_damaged_home_is_another_instance(tmp_path: Path, written: str | None) -> None:
    home, copied = tmp_path / "home", tmp_path / "copied"
    home.mkdir()
    first = identify(home)
    shutil.copytree(home, copied)
    if written is not None:
        (copied / "instance").write_text(written)
    other = identify(copied)
    assert other.name not in (first.name, *(written or "").split())
    assert identify(copied).name != other.name  # it is held
    assert other.journal == copied / "outbox.journal"


def test_places_are_taken_one_by_one_whoever_takes_them(store: Database) -> None:
    def place(_now: float, dues: list[Dues]) -> float:
        dues[0].due += 1.0
        dues[1].due += 0.5
        return dues[1].due

    meters = [SharedMeters(store, "42") for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        places = list(threads.map(lambda n: meters[n % 4].change((str(n % 3), "*"), place), range(60)))
    assert sorted(places) == [number * 0.5 for number in range(1, 61)]
    with store.read() as session:
        dues = {row.chat: row.due for row in session.scalars(select(FloodMeterRow))}
    assert dues == {"0": 20.0, "1": 20.0, "2": 20.0, "*": 30.0}
    assert SharedMeters(store, "43").change(("0", "*"), place) == 0.5  # another bot has limits of its own
    assert SharedMeters(store, "42").prune() == 4
