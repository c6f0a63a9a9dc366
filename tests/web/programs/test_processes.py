"""`konspekt mcp` as it is run: by an assistant on standard input and output, on a port, killed, started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from konspekt.app.programs.tokens import StoredTokens
from konspekt.app.settings import Settings
from konspekt.storage.database import Database
from tests.cli.guarded import konspekt
from tests.cli.notes_home import index_notes
from tests.conftest import MODELS, ROOT
from tests.web.programs.served import NOTES, Served, make_tokens

mcp = pytest.importorskip("mcp")
QUESTION = "За сколько шагов DDIM делает выборку?"


def environment(real: Served) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "KONSPEKT_HOME": str(real.settings.konspekt_home),
        "MODELS_DIR": str(MODELS),
        "LOCAL_MODEL": "none",
        "LANGUAGE": "en",
        "OMP_NUM_THREADS": "1",
    }


BEGIN = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}
COMMAND = [sys.executable, "-m", "konspekt.cli.main", "mcp"]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, e5_path: Path) -> Served:
    """A home for processes of their own, which embed as users' do."""
    folder = index_notes(tmp_path_factory.mktemp("mcp"), NOTES)
    settings = Settings(_env_file=None, konspekt_home=folder / "home", models_dir=MODELS)  # type: ignore[call-arg]
    return Served("", folder, settings, make_tokens(settings.database))


@pytest.mark.model
async def test_an_assistant_starts_it_and_asks(real: Served) -> None:
    asked = mcp.StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=environment(real), cwd=str(real.home))
    steps: list[str | None] = []

    async def note(_done: float, _total: float | None, message: str | None) -> None:
        steps.append(message)

    async with mcp.Client(asked) as client:
        assert client.server_info.name == "konspekt"
        answer = await client.call_tool("ask", {"question": QUESTION}, progress_callback=note)
        assert "двадцать шагов" in answer.content[0].text
        found = await client.call_tool("get_post", {"id": "course:notes/cache.md"})
        assert "KV cache" in found.content[0].text
    assert steps == ["searching"]


@pytest.mark.model
def test_it_writes_nothing_but_the_protocol_and_ends_with_its_input(real: Served) -> None:
    done = subprocess.run(
        COMMAND,
        input=f"this is no JSON\n{json.dumps(BEGIN)}\n",
        capture_output=True,
        text=True,
        env=environment(real),
        cwd=real.home,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(message["jsonrpc"] == "2.0" for message in said)
    answered = next(message for message in said if message.get("id") == 1)
    assert answered["result"]["serverInfo"]["name"] == "konspekt"
    assert "Traceback" not in done.stderr


@pytest.mark.model
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_ends_it_although_its_input_is_open(real: Served, number: int, status: int) -> None:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(COMMAND, **pipes, text=True, env=environment(real), cwd=real.home) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(json.dumps(BEGIN) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        process.send_signal(number)
        assert process.wait() == status
        assert "Traceback" not in process.stderr.read()


@contextmanager
def listening(real: Served, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the address that it tells."""
    process = subprocess.Popen(
        [*COMMAND, "--listen", f"127.0.0.1:{port}"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(real),
        cwd=real.home,
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "/mcp" in line, line + process.stderr.read()
        yield process, line.split("MCP: ", 1)[1].split("/mcp", 1)[0]
    finally:
        process.kill()
        process.wait()


def ask(base: str, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{base}/api/v1/documents", headers=headers, trust_env=False, timeout=60)


@pytest.mark.model
def test_killed_and_started_again_it_answers_as_before(real: Served) -> None:
    with listening(real) as (process, base):
        assert len(ask(base, real.tokens["all"]).json()) == 3
        assert httpx.get(f"{base}/", trust_env=False).status_code == 404  # programs alone: no page
        process.kill()
        process.wait()
        port = int(base.rpartition(":")[2])
        with listening(real, port) as (again, same):
            assert same == base
            assert len(ask(base, real.tokens["all"]).json()) == 3
            again.send_signal(signal.SIGTERM)
            assert again.wait() in (0, -signal.SIGTERM)


@pytest.mark.model
def test_a_taken_port_is_named_with_what_to_do(real: Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        place = f"127.0.0.1:{other.getsockname()[1]}"
        done = subprocess.run(
            [*COMMAND, "--listen", place, "--no-llm"],
            capture_output=True,
            text=True,
            env=environment(real),
            cwd=real.home,
            check=False,
        )
    assert done.returncode == 1
    assert place in done.stderr
    assert "--listen" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("at_server_home")
@pytest.mark.parametrize("listen", ["8765", "127.0.0.1:port", "127.0.0.1:99999", "127.0.0.1:-1", ""])
def test_a_wrong_address_is_wrong_usage(listen: str) -> None:
    result: Any = konspekt("mcp", "--listen", listen)
    assert result.exit_code == 2
    assert "host:port" in result.output


# ---------------------------------------------------------------- tokens


@pytest.mark.usefixtures("at_server_home")
def test_a_token_is_shown_once_listed_and_revoked(server: Served) -> None:
    made = konspekt("tokens", "make", "notebook", "--scopes", "search, documents", "--days", "30")
    assert made.exit_code == 0
    token = made.stdout.strip()
    assert token.startswith("konspekt_")
    assert ask(server.base, token).status_code == 200
    assert konspekt("tokens", "make", "notebook").exit_code == 1
    listed = {one["name"]: one for one in json.loads(konspekt("tokens", "list", "--json").stdout)}
    assert listed["notebook"]["scopes"] == ["search", "documents"]
    assert listed["notebook"]["expires_at"] > listed["notebook"]["created_at"]
    assert listed["notebook"]["used_at"] is not None
    assert listed["ask"]["used_at"] is None or listed["ask"]["expires_at"] is None
    shown = konspekt("tokens", "list")
    assert "notebook" in shown.stdout
    assert token not in shown.stdout
    assert konspekt("tokens", "revoke", "notebook").exit_code == 0
    assert ask(server.base, token).status_code == 401
    assert konspekt("tokens", "revoke", "notebook").exit_code == 3


@pytest.mark.usefixtures("at_server_home")
@pytest.mark.parametrize(
    "arguments",
    [
        ["a name"],
        ["x" * 65],
        [""],
        ["a", "--scopes", "admin"],
        ["a", "--scopes", "search,delete"],
        ["a", "--scopes", ","],
        ["a", "--days", "0"],
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(arguments: list[str]) -> None:
    assert konspekt("tokens", "make", *arguments).exit_code == 2


def test_an_expired_token_is_none(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from konspekt.app.programs import tokens
    from konspekt.storage.models import utc_now

    database = Database(server.settings.database)
    stored = StoredTokens(database)
    token = stored.make("short", ["search"], days=1)
    assert token is not None
    assert stored.holder(token) is not None
    monkeypatch.setattr(tokens, "utc_now", lambda: utc_now() + timedelta(days=1, seconds=1))
    assert stored.holder(token) is None
    stored.revoke("short")
    database.close()
