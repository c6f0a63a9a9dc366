"""What a shell, a pipe and a .env may hand over: nothing of it ends in a traceback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from konspekt.cli.dates import parse_date
from tests.conftest import ROOT


def konspekt(
    home: Path, *args: str | bytes, stdin: bytes | None = b"", stdout: Any = subprocess.PIPE, **env: str
) -> subprocess.CompletedProcess[bytes]:
    clean = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    environment = clean | {"KONSPEKT_HOME": str(home / "data"), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"} | env
    return subprocess.run(
        [sys.executable, "-m", "konspekt.cli.main", *args],
        check=False,
        input=stdin,
        env=environment,
        cwd=home,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("command", [["documents"], ["bot"]])
def test_a_wrong_setting_is_named_by_every_command(tmp_path: Path, command: list[str]) -> None:
    done = konspekt(tmp_path, *command, ADMIN_IDS="abc", OPENAI_API_KEY="sk-secret")
    assert done.returncode == 2
    assert done.stdout == b""
    assert "ADMIN_IDS: entry 1 is not a Telegram user id" in done.stderr.decode()
    assert len(done.stderr.splitlines()) == 1


def test_every_wrong_setting_of_a_env_file_is_named_and_none_is_shown(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "no equals here\nLLM_TIMEOUT=hunter2\nLOG_LEVEL=loud\nTELEGRAM_BOT_TOKEN=\n", "utf-8"
    )
    done = konspekt(tmp_path, "documents")
    assert done.returncode == 2
    message = done.stderr.decode().splitlines()[-1]
    assert "LLM_TIMEOUT" in message
    assert "LOG_LEVEL" in message
    assert "hunter2" not in message


def test_a_env_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("GLOSSARY=диффузия".encode("cp1251"))
    done = konspekt(tmp_path, "documents")
    assert done.returncode == 2
    assert done.stderr.decode().startswith("konspekt: .env cannot be read: it is not UTF-8")


@pytest.mark.parametrize(
    ("written", "end", "meant"),
    [
        ("2024", False, "2024-01-01T00:00:00+00:00"),
        ("2024-05", True, "2024-05-31T23:59:59.999999+00:00"),
        ("2024-12", True, "2024-12-31T23:59:59.999999+00:00"),
        ("9999", True, "9999-12-31T23:59:59.999999+00:00"),
        ("2024-05-17", False, "2024-05-17T00:00:00+00:00"),
        ("2024-05-17T10:00+03:00", False, "2024-05-17T10:00:00+03:00"),
    ],
)
def test_dates_are_written_as_a_person_writes_them(written: str, end: bool, meant: str) -> None:
    parsed = parse_date(written, "--since", end_of_day=end)
    assert parsed is not None
    assert parsed.isoformat() == meant


@pytest.mark.parametrize("written", ["", "0", "2024-13", "2024-05-17-3", "yesterday", "2024-02-30"])
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a date"):
        parse_date(written, "--since")


CHANNEL = {
    "name": "[/b] канал [red]", "type": "public_channel", "id": 777,
    "messages": [
        {"id": 1, "type": "message", "date_unixtime": "1704067200", "text": "Шум",
         "text_entities": [{"type": "plain", "text": "\ud83d [/b] Шум и диффузия \0"}]}
    ],
}  # fmt: skip


def test_a_channel_with_brackets_in_its_name_is_reported_and_lacking_links_are_explained(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text(json.dumps(CHANNEL), "utf-8")
    models = str(Path(__file__).parents[2] / "data" / "models")
    done = konspekt(tmp_path, "reindex", "result.json", MODELS_DIR=models)
    assert done.returncode == 0, done.stderr.decode()
    assert "[/b] канал [red]" in done.stdout.decode()
    assert done.stderr.decode().count("hint: ") == 1
    setting = re.search(r'set CHANNEL_USERNAMES="(.+?)=<username>"', done.stderr.decode())
    assert setting is not None

    done = konspekt(tmp_path, "reindex", "--json", MODELS_DIR=models, CHANNEL_USERNAMES=f"{setting[1]}=noise_channel")
    assert json.loads(done.stdout)["ok"]
    assert "hint: " not in done.stderr.decode()
    done = konspekt(tmp_path, "documents", "--json", MODELS_DIR=models)
    assert [row["url"] for row in json.loads(done.stdout)] == ["https://t.me/noise_channel/1"]


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("indexed")
    (home / "note.md").write_text("# Диффузия\n\nШум добавляют по шагам, а сеть учится его убирать.\n", "utf-8")
    models = str(Path(__file__).parents[2] / "data" / "models")
    done = konspekt(home, "reindex", "note.md", MODELS_DIR=models)
    assert done.returncode == 0, done.stderr.decode()
    return home


def test_bytes_that_are_no_text_are_answered_like_any_other_line(indexed: Path) -> None:
    models = str(Path(__file__).parents[2] / "data" / "models")
    lines = b"\xff\xfe \xd0\n\x00\r\n\n" + "шум\x00".encode() + b"\r\nlast"
    done = konspekt(indexed, "ask", "-", "--no-llm", stdin=lines, MODELS_DIR=models)
    assert done.returncode == 0, done.stderr.decode()
    assert [json.loads(line)["question"] for line in done.stdout.splitlines()] == ["�� �", "шум", "last"]
    done = konspekt(indexed, "search", "-", stdin=lines, MODELS_DIR=models)
    assert done.returncode == 0, done.stderr.decode()
    assert len(done.stdout.splitlines()) == 5
    done = konspekt(indexed, "chat", "--no-llm", stdin=lines, MODELS_DIR=models)
    assert done.returncode == 0, done.stderr.decode()
    with Path("/dev/full").open("wb") as full:
        done = konspekt(indexed, "documents", "--json", MODELS_DIR=models, stdout=full)
    assert done.returncode == 1
    assert done.stderr.decode() == "konspekt: the output: No space left on device\n"
    done = konspekt(indexed, "ask", b"\xff\xfe \xd1\x88\xd1\x83\xd0\xbc", "--no-llm", "--json", MODELS_DIR=models)
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["question"] == "?? шум"
