"""`konspekt serve` as a process: ready, answering, stopped, and never left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from openai import OpenAI
from prometheus_client import REGISTRY

from konspekt.app.local_server import LocalServer, LocalServerError
from konspekt.app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def settings(home: Path, model: str) -> Settings:
    return Settings(konspekt_home=home, local_model=model, threads=1)


def gone(pid: int) -> bool:
    """The process has ended (a zombie has, too)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def wait_for_end(pid: int) -> None:
    """Returns when `pid` has ended; a child that stays would hang the test here."""
    while not gone(pid):
        time.sleep(0.05)


@pytest.mark.slow
def test_a_child_answers_with_its_key_only_and_ends_with_the_block(home: Path, tiny_path: Path) -> None:
    with LocalServer(settings(home, str(tiny_path))) as server:
        client = OpenAI(base_url=server.base_url, api_key=server.api_key)
        answer = client.chat.completions.create(
            model=server.model, messages=[{"role": "user", "content": "hi"}], max_tokens=4, temperature=0
        )
        assert answer.usage is not None
        assert answer.usage.completion_tokens >= 1
        assert httpx.get(f"{server.base_url}/models").status_code == 401
        process = server._process
        assert process is not None
        command = Path(f"/proc/{process.pid}/cmdline").read_text("utf-8")
        assert server.api_key not in command
        assert server.alive
    assert not server.alive
    assert process.end() == 0


@pytest.mark.slow
def test_a_child_that_dies_is_started_again_at_the_same_address(
    home: Path, tiny_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("konspekt.app.local_server.FIRST_PAUSE", 0.01)
    before = REGISTRY.get_sample_value("konspekt_local_model_restarts_total")
    assert before is not None
    with LocalServer(settings(home, str(tiny_path))) as server:
        assert server.health() == {"alive": True, "restarts": 0}
        first, address = server.pid, server.base_url
        assert first is not None
        os.kill(first, signal.SIGKILL)
        while server.health() != {"alive": True, "restarts": 1}:  # a server that stays away hangs the test here
            time.sleep(0.05)
        second = server.pid
        assert second not in {None, first}
        assert server.base_url == address
        assert OpenAI(base_url=server.base_url, api_key=server.api_key).models.list().data[0].id == server.model
        assert REGISTRY.get_sample_value("konspekt_local_model_restarts_total") == before + 1
        assert REGISTRY.get_sample_value("konspekt_local_model_up") == 1
    assert second is not None
    assert gone(second)
    assert REGISTRY.get_sample_value("konspekt_local_model_up") == 0


@pytest.mark.slow
def test_a_stop_while_it_is_started_again_leaves_nothing(
    home: Path, tiny_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("konspekt.app.local_server.FIRST_PAUSE", 0.01)
    with LocalServer(settings(home, str(tiny_path))) as server:
        first = server.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        while server.pid == first:
            time.sleep(0.001)
        second = server.pid
    assert second is not None
    assert gone(second)
    assert server.restarts == 0


@pytest.mark.slow
def test_a_killed_parent_leaves_no_orphan(home: Path, tiny_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from konspekt.app.local_server import LocalServer\n"
        "from konspekt.app.settings import Settings\n"
        "s = LocalServer(Settings(konspekt_home=Path(sys.argv[1]), local_model=sys.argv[2], threads=1))\n"
        "s.start()\n"
        "print(s._process.pid, flush=True)\n"
        "time.sleep(3600)\n"
    )
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(home), str(tiny_path)], stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not gone(child)
        parent.send_signal(signal.SIGKILL)
        wait_for_end(child)


def test_what_cannot_start_says_why(home: Path, tiny_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LocalServerError, match="no-such-model"), LocalServer(settings(home, "no-such-model")):
        pass
    monkeypatch.setattr("konspekt.serving.memory.available_memory", lambda _: 1 << 20)
    with pytest.raises(LocalServerError, match=r"needs about \d+ MiB of memory, 1 MiB are free"):
        LocalServer(settings(home, str(tiny_path))).start()


@pytest.mark.slow
def test_a_damaged_model_is_reported_by_the_child(home: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(LocalServerError, match=r"bad\.gguf"), LocalServer(settings(home, str(tmp_path / "bad.gguf"))):
        pass


@pytest.mark.slow
def test_a_taken_port_is_an_error_in_words_and_a_sigterm_a_success(home: Path, tiny_path: Path) -> None:
    del home
    serve = [sys.executable, "-m", "konspekt.cli.main", "serve", "--model", str(tiny_path), "--threads", "1", "--port"]
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "LANGUAGE": "en"}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = [*serve, str(taken.getsockname()[1])]
        russian = environment | {"LANGUAGE": "ru"}
        failed = subprocess.run(words, capture_output=True, text=True, env=russian, check=False)
    assert failed.returncode == 1
    assert "адрес уже занят; выберите другой --port" in failed.stderr
    assert "Traceback" not in failed.stderr
    with subprocess.Popen([*serve, "0"], stdout=subprocess.PIPE, text=True, env=environment) as running:
        assert running.stdout is not None
        assert "is ready at http://127.0.0.1:" in running.stdout.readline()
        running.send_signal(signal.SIGTERM)
        assert running.wait() == 0
