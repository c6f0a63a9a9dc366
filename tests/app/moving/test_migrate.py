"""`konspekt migrate` as it is typed: what it takes along, what it says, what it leaves alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from konspekt.app.moving.files import copy_files, files_of
from konspekt.app.moving.house import without_password
from konspekt.indexer.reindexing.locking import reindex_lock
from konspekt.indexer.reindexing.reindex import Reindexer
from konspekt.indexer.searching.search import Searcher
from konspekt.storage.database import Database
from konspekt.storage.errors import MoveError
from konspekt.storage.index.generations import make_current
from konspekt.storage.models import DocumentRow, IndexGenerationRow
from konspekt.storage.vectors.choosing import open_store
from tests.cli.guarded import konspekt
from tests.fakes.full_place import contents, fill
from tests.fakes.hash_embedder import HashEmbedder
from tests.fakes.list_source import ListSource, posts


@pytest.fixture
def blank(_migrated_file: Path, tmp_path: Path) -> Path:
    """A database that nothing was ever written into."""
    return Path(shutil.copy(_migrated_file, tmp_path / "blank.db"))


@pytest.fixture
def full(home: Path, _migrated_file: Path) -> Database:
    """A home with an index file and a few files of its own."""
    shutil.copy(_migrated_file, home / "konspekt.db")
    database = Database(f"sqlite:///{home / 'konspekt.db'}")
    fill(database, 6)
    with database.session() as session:
        generation = IndexGenerationRow(
            id=50, model="hash", dimension=4, kind="flat", filename="50.faiss", vector_count=1
        )
        make_current(session, generation)
    for name, text in {
        "index/50.faiss": "vectors",
        "index/49.faiss": "left over",
        "index/reindex.lock": "",
        "web.key": "k" * 32,
        "calibration.json": "{}",
        "questions/mine.jsonl": "{}\n",
        "questions/deep/more.jsonl": "{}\n",
        "logs/bot.log": "private",
        "models/big.bin": "0",
        "outbox.journal": "of one run",
    }.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    return database


def test_to_another_folder_with_its_files(full: Database, home: Path, tmp_path: Path) -> None:
    new_home = tmp_path / "far" / "away"
    done = konspekt("migrate", "--home", str(new_home), "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert sorted(told["files"]) == [
        "calibration.json",
        "index/50.faiss",
        "questions/deep/more.jsonl",
        "questions/mine.jsonl",
        "web.key",
    ]
    for name in told["files"]:
        assert (new_home / name).read_bytes() == (home / name).read_bytes()
        assert (new_home / name).stat().st_mode & 0o077 == 0
    assert told["settings"] == {"KONSPEKT_HOME": str(new_home)}
    assert told["rows"]["documents"] == 6
    assert told["copied"] == sum(told["rows"].values())
    new = Database(f"sqlite:///{new_home / 'konspekt.db'}")
    assert contents(new) == contents(full)
    assert not list(new_home.glob("**/*.moving"))
    again = konspekt("migrate", "--home", str(new_home), "--json")
    assert (again.exit_code, json.loads(again.stdout)["copied"]) == (0, 0)


def test_a_dry_run_makes_nothing(full: Database, tmp_path: Path, blank: Path) -> None:
    done = konspekt("migrate", "--home", str(tmp_path / "new"), "--dry-run")
    assert done.exit_code == 0
    assert "nothing has been changed" in done.stdout
    assert not (tmp_path / "new").exists()
    before = blank.read_bytes()
    assert konspekt("migrate", "--to", f"sqlite:///{blank}", "--dry-run", "--json").exit_code == 0
    assert blank.read_bytes() == before


def test_it_says_in_both_languages_what_to_do_next(
    full: Database, blank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{blank}"
    english = konspekt("migrate", "--to", url)
    assert f"DATABASE_URL={url}" in english.stdout
    assert "KONSPEKT_HOME" not in english.stdout
    assert "stop a bot that still runs there" in english.stderr
    monkeypatch.setenv("LANGUAGE", "ru")
    russian = konspekt("migrate", "--to", url)
    assert f"впишите в .env: DATABASE_URL={url}" in russian.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ((), 2, "where to?"),
        (("--to", "mysql://u:p@h/d"), 2, "mysql is not supported"),
        (("--to", "nonsense"), 2, "not a database URL"),
        (("--to", "postgresql://u:secret@127.0.0.1:1/d"), 1, "127.0.0.1:1/d: the database cannot be reached"),
        (("--to", "sqlite:///{home}/konspekt.db"), 1, "the new place is the old one"),
        (("--home", "{home}"), 1, "the folder that is in use"),
        (("--home", "{home}/new", "--vectors", "pgvector"), 2, "VECTOR_STORE=pgvector needs PostgreSQL"),
        (("--home", "{home}/new", "--vectors", "redis"), 2, "VECTOR_STORE is faiss, pgvector"),
    ],
)
def test_what_cannot_be_moved_to_is_one_message(
    full: Database, home: Path, arguments: tuple[str, ...], status: int, said: str
) -> None:
    done = konspekt("migrate", *(word.format(home=home) for word in arguments))
    assert done.exit_code == status, done.output
    assert said in done.stderr
    assert "secret" not in done.output


def test_not_while_a_reindex_runs(full: Database, home: Path, tmp_path: Path) -> None:
    with reindex_lock(full, home / "index"):
        done = konspekt("migrate", "--home", str(tmp_path / "new"))
    assert done.exit_code == 1
    assert "a reindex is already running" in done.stderr
    assert not (tmp_path / "new" / "konspekt.db").exists()


def test_a_file_that_cannot_be_copied_is_named(tmp_path: Path) -> None:
    old = tmp_path / "old"
    (old / "questions").mkdir(parents=True)
    (old / "questions" / "mine.jsonl").write_text("{}")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "questions").write_text("a file where the folder should be")
    with pytest.raises(MoveError, match=r"mine\.jsonl: cannot be copied"):
        copy_files(old, tmp_path / "new", list(files_of(old, None)))


@pytest.mark.postgres
def test_the_vectors_go_into_another_store_as_they_are(
    database_of_posts: tuple[Database, Path], postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, index_dir = database_of_posts
    monkeypatch.setattr(HashEmbedder, "embed_passages", None)  # nothing is embedded again
    monkeypatch.setenv("KONSPEKT_HOME", str(index_dir.parent))
    done = konspekt("migrate", "--to", postgres_url, "--vectors", "pgvector", "--json")
    if "pgvector" in done.stderr:
        pytest.skip(done.stderr)  # a server without the extension
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["settings"]["VECTOR_STORE"] == "pgvector"
    new = Database(postgres_url)
    found = Searcher(new, index_dir, HashEmbedder(), vectors=open_store("pgvector", new, index_dir))
    with old.read() as session:
        before = {row.id: row.text for row in session.scalars(select(DocumentRow))}
    for number in (0, 7, 19):
        hit = found.search(before[f"channel/{number}"], 1, mode="dense")[0]
        assert (hit.document_id, round(hit.dense_score or 0, 3)) == (f"channel/{number}", 1.0)
    again = konspekt("migrate", "--to", postgres_url, "--vectors", "pgvector", "--json")
    assert (again.exit_code, json.loads(again.stdout)["copied"]) == (0, 0)
    new.close()


@pytest.fixture
def database_of_posts(home: Path, _migrated_file: Path) -> tuple[Database, Path]:
    """Twenty posts that are indexed."""
    shutil.copy(_migrated_file, home / "konspekt.db")
    database = Database(f"sqlite:///{home / 'konspekt.db'}")
    source = ListSource("channel", posts(20), location="/channel")
    Reindexer(database, home / "index", HashEmbedder(), recognise=lambda _path, _known: [source]).run(["/channel"])
    return database, home / "index"


def test_a_password_of_a_vector_store_is_not_shown() -> None:
    assert without_password("milvus://me:secret@host:19530/base") == "milvus://***@host:19530/base"
    assert without_password("milvus:///srv/vectors.db") == "milvus:///srv/vectors.db"
    assert without_password("pgvector") == "pgvector"
