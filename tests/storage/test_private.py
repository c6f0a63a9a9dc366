"""What Konspekt keeps is for its owner alone, whatever the umask says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from konspekt.bot.wire.journal import Journal
from konspekt.storage.database import Database
from konspekt.storage.models import JobRow
from konspekt.storage.private import close_to_others, open_to_others, private_file, private_folder

pytestmark = pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX")


@pytest.fixture(autouse=True, params=[0o000, 0o022, 0o077])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def written(path: Path) -> set[int]:
    """The rights of the database's files while it is open and written to."""
    with closing(Database(f"sqlite:///{path}")) as database:
        database.migrate()
        with database.session() as session:
            session.add(JobRow(kind="reindex", status="done"))
            session.flush()
            return {mode(file) for file in path.parent.glob(f"{path.name}*")}


def test_a_new_database_with_its_log_and_its_folder_is_private(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    assert written(home / "konspekt.db") == {0o600}
    assert mode(home) == 0o700


def test_an_open_database_is_closed_when_it_is_migrated_and_its_folder_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    written(folder / "konspekt.db")
    (folder / "konspekt.db").chmod(0o644)
    assert written(folder / "konspekt.db") == {0o600}
    assert mode(folder) == 0o755


def test_the_journal_is_private_also_after_it_was_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "home" / "outbox.journal"
    with closing(Journal(path)) as journal:
        journal.left(1, "answer-0")
        assert mode(path) == 0o600
        assert mode(path.parent) == 0o700
        path.chmod(0o644)
        journal.keep_only({1})
        assert mode(path) == 0o600


def test_folders_and_files_are_made_and_made_private(tmp_path: Path) -> None:
    private_folder(tmp_path / "a" / "b")
    private_file(tmp_path / "a" / "b" / "c")
    assert [mode(tmp_path / "a" / "b"), mode(tmp_path / "a" / "b" / "c")] == [0o700, 0o600]
    (tmp_path / "a" / "b" / "c").write_text("kept")
    (tmp_path / "a" / "b" / "c").chmod(0o664)
    private_file(tmp_path / "a" / "b" / "c")
    assert mode(tmp_path / "a" / "b" / "c") == 0o600
    assert (tmp_path / "a" / "b" / "c").read_text() == "kept"


def test_a_folder_that_all_share_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    close_to_others(tmp_path)
    assert mode(tmp_path) == 0o1777
    close_to_others(tmp_path / "not there")


def test_what_others_may_look_into_is_found(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    written(tmp_path / "konspekt.db")
    private_folder(tmp_path / "logs")
    private_file(tmp_path / "logs" / "model-server.log")
    assert list(open_to_others(tmp_path)) == []
    for path in (tmp_path, tmp_path / "konspekt.db", tmp_path / "logs" / "model-server.log"):
        path.chmod(0o755)
    assert [path.name for path in open_to_others(tmp_path)][1:] == ["konspekt.db", "model-server.log"]
    assert list(open_to_others(tmp_path / "not there")) == []
