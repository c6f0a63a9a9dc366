"""`konspekt doctor` names what is wrong, says what to do, and changes nothing."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faiss
import pytest
from typer.testing import CliRunner

from konspekt.app.settings import Settings
from konspekt.cli.commands.doctor.checks import check_embedding_model, check_language_model
from konspekt.cli.main import build_app
from konspekt.storage.database import Database
from konspekt.storage.models import ChunkRow, IndexGenerationRow
from tests.conftest import MODELS
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.openai_server import FakeOpenAIServer
from tests.fakes.stored_posts import store_posts


@pytest.fixture(autouse=True)
def _logging_stays_on() -> Iterator[None]:
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def _no_model_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading it takes seconds and is tested where it belongs; here its absence is what matters."""
    monkeypatch.setattr(
        "konspekt.cli.commands.doctor.checks.CHECKS", tuple(c for c in _checks() if c[0] != "embedding model")
    )


def _checks() -> Any:
    from konspekt.cli.commands.doctor.checks import CHECKS

    return CHECKS


def examine() -> tuple[int, dict[str, list[dict[str, str]]]]:
    result = CliRunner().invoke(build_app(), ["doctor", "--json"])
    findings: dict[str, list[dict[str, str]]] = {}
    for finding in json.loads(result.stdout):
        findings.setdefault(finding["check"], []).append(finding)
    return result.exit_code, findings


def make_index(home: Path, *, model: str = "multilingual-e5-small", file: bool = True) -> None:
    database = Database(f"sqlite:///{home / 'konspekt.db'}")
    database.migrate()
    with database.session() as session:
        store_posts(session, "Т")
        session.add(ChunkRow(document_id="s/1", ordinal=0, text="т", token_count=1, text_hash="h"))
        generation = {"dimension": 384, "kind": "flat", "filename": "1.faiss", "vector_count": 1, "current": True}
        session.add(IndexGenerationRow(model=model, **generation))
    database.close()
    if file:
        (home / "index").mkdir()
        faiss.write_index(faiss.IndexIDMap2(faiss.IndexFlatIP(384)), str(home / "index" / "1.faiss"))


def test_a_fresh_home_is_fine_with_hints(home: Path) -> None:
    status, findings = examine()
    assert status == 0
    assert findings["database"][0]["level"] == "warning"
    assert "konspekt reindex PATH" in findings["database"][0]["cure"]
    assert findings["Telegram"][0]["level"] == "warning"
    assert list(home.iterdir()) == []


def test_a_working_index_and_bot_are_said_to_be_fine(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_index(home)
    with FakeBotApi() as api:
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", api.token)
        monkeypatch.setenv("TELEGRAM_API_URL", api.url)
        monkeypatch.setenv("ADMIN_IDS", "42")
        status, findings = examine()
    assert status == 0
    assert findings["index"][0]["found"].startswith("1 documents, 1 passages")
    assert [finding["level"] for finding in findings["Telegram"]] == ["ok"]
    assert "@konspekt_test_bot" in findings["Telegram"][0]["found"]


def test_what_is_wrong_is_named_with_its_cure(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_index(home, file=False)
    with FakeBotApi() as api:
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:wrong")
        monkeypatch.setenv("TELEGRAM_API_URL", api.url)
        monkeypatch.setenv("METRICS_LISTEN", "203.0.113.1:1")
        status, findings = examine()
    assert status == 1
    assert "does not know the token" in findings["Telegram"][0]["found"]
    assert "@BotFather" in findings["Telegram"][0]["cure"]
    assert "missing" in findings["index"][0]["found"]
    assert "METRICS_LISTEN" in findings["addresses"][0]["found"]


def test_a_changed_embedding_model_is_noticed(home: Path) -> None:
    make_index(home, model="another-model")
    status, findings = examine()
    assert status == 1
    assert "reindex --full" in findings["index"][0]["cure"]


def test_servers_that_are_not_there_are_named_without_secrets(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1234567:secret-secret-secret-secret")
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://user:secret@127.0.0.1:9/db")
    status, findings = examine()
    assert status == 1
    assert findings["Telegram"][0]["level"] == findings["database"][0]["level"] == "error"
    assert "index" not in findings
    assert "secret" not in json.dumps(findings)


def test_a_damaged_database_and_a_setting_that_cannot_be_are_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "konspekt.db").write_bytes(b"this is no database" * 100)
    status, findings = examine()
    assert status == 1
    assert findings["database"][0]["level"] == "error"
    monkeypatch.setenv("ADMIN_IDS", "@me")
    status, findings = examine()
    assert status == 2
    assert "ADMIN_IDS" in findings["settings"][0]["found"]


def test_a_model_folder_without_the_model_is_noticed(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("LOCAL_MODEL", "qwen2.5-coder-1.5b")
    _, findings = examine()
    assert "konspekt models fetch" in findings["language model"][0]["cure"]
    monkeypatch.setenv("MODELS_DIR", str(MODELS))
    monkeypatch.setenv("LOCAL_MODEL", "none")
    _, findings = examine()
    assert "quotations" in findings["language model"][0]["found"]


def test_a_torn_embedding_model_is_an_error_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "e5-small-q4.bin").write_bytes(b"torn")
    (finding,) = check_embedding_model(Settings(models_dir=tmp_path))
    assert finding.level == "error"
    assert "damaged" in finding.found
    assert "Delete the file" in finding.cure


def test_what_others_may_look_into_is_named_and_left_as_it_is(home: Path) -> None:
    database = Database(f"sqlite:///{home / 'konspekt.db'}")
    database.migrate()
    database.close()
    home.chmod(0o755)
    (home / "konspekt.db").chmod(0o644)
    _, findings = examine()
    told = [
        finding for finding in findings["disk"] if finding["level"] == "warning" and "look into" in finding["found"]
    ]
    assert [finding["cure"] for finding in told] == [f"chmod go= {home}", f"chmod go= {home / 'konspekt.db'}"]
    assert (home / "konspekt.db").stat().st_mode & 0o777 == 0o644


def test_each_endpoint_of_the_model_is_asked_and_one_that_is_away_is_a_warning_while_another_answers() -> None:
    with FakeOpenAIServer() as server:
        urls = f"http://127.0.0.1:9/v1,{server.base_url}"
        found = list(check_language_model(Settings(_env_file=None, openai_base_url=urls, openai_model="m")))
        assert [finding.level for finding in found] == ["warning", "ok"]
        assert "127.0.0.1:9" in str(found[0].found)
