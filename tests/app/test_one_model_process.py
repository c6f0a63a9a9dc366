"""The command and the bot use one model process: it is found where it runs, and a note that outlived it is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from konspekt.app.build import build_probe
from konspekt.app.local_model.at_hand import model_at_hand, with_judge
from konspekt.app.local_model.running import NOTE, Running, announce, find_running, read_note, withdraw
from konspekt.app.local_server import LocalServer
from konspekt.app.settings import Settings
from konspekt.bilingual import Bilingual, told
from konspekt.serving.model.model import Model, load_model
from tests.serving.served import KEY, Served
from tests.serving.tiny import write_tiny


@pytest.fixture(scope="module")
def tiny_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture(scope="module")
def tiny(tiny_path: Path) -> Model:
    return load_model(tiny_path)


@pytest.fixture
def served(tiny: Model) -> Iterator[Served]:
    running = Served(tiny)
    yield running
    running.close()


def note_of(served: Served, **changes: object) -> Running:
    note = Running(f"{served.url}/v1", KEY, "tiny", os.getpid(), lasting=True)
    return replace(note, **changes)  # type: ignore[arg-type]


class Said(list[str]):
    def __call__(self, message: Bilingual) -> None:
        self.append(told(message, "en"))


def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_server_that_answers_is_found_by_its_owner_alone(home: Path, served: Served) -> None:
    note = note_of(served)
    announce(home, note)
    assert find_running(home) == note
    assert (home / NOTE).stat().st_mode & 0o777 == 0o600
    assert not list(home.glob(f".{NOTE}.*"))


@pytest.mark.parametrize(
    "changes",
    [{"api_key": "another"}, {"model": "another"}, {"base_url": "http://127.0.0.1:9/v1"}, {"base_url": "nonsense"}],
)
def test_a_note_that_does_not_fit_what_answers_is_no_server(
    home: Path, served: Served, changes: dict[str, str]
) -> None:
    announce(home, note_of(served, **changes))
    assert find_running(home) is None
    assert (home / NOTE).exists()  # its process lives: it may only be restarting


def test_a_note_whose_process_is_gone_is_removed(home: Path, served: Served) -> None:
    announce(home, note_of(served, base_url="http://127.0.0.1:9/v1", pid=dead_pid()))
    assert find_running(home) is None
    assert not (home / NOTE).exists()


def test_a_server_in_another_container_is_found_although_its_number_means_nothing_here(
    home: Path, served: Served
) -> None:
    announce(home, note_of(served, pid=dead_pid()))
    assert find_running(home) is not None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"base_url": "x"}', '{"base_url":"x","api_key":"k","model":"m","pid":"x"}']
)
def test_a_damaged_note_is_none(home: Path, text: str) -> None:
    (home / NOTE).write_text(text, "utf-8")
    (home / NOTE).chmod(0o600)
    assert find_running(home) is None


def test_a_note_that_others_may_write_is_not_believed(home: Path, served: Served) -> None:
    announce(home, note_of(served))
    (home / NOTE).chmod(0o666)
    assert read_note(home) is None
    assert find_running(home) is None


def test_only_the_own_note_is_taken_back(home: Path, served: Served) -> None:
    first, second = note_of(served, pid=1), note_of(served)
    announce(home, first)
    announce(home, second)
    withdraw(home, first)
    assert read_note(home) == second
    withdraw(home, second)
    assert read_note(home) is None


def test_a_command_uses_what_runs_and_says_so(home: Path, served: Served) -> None:
    announce(home, note_of(served))
    said = Said()
    with model_at_hand(Settings(local_model="qwen2.5-coder-1.5b"), said) as (settings, own):
        assert own is None
        assert settings.openai_base_url == f"{served.url}/v1"
        assert settings.openai_api_key is not None
        assert settings.openai_api_key.get_secret_value() == KEY
        assert settings.openai_model == "tiny"
        assert settings.llm_copies
    assert said == [f"using tiny, which runs at {served.url}/v1"]


def test_what_runs_judges_too_unless_another_judge_is_named(home: Path, served: Served) -> None:
    announce(home, note_of(served))
    for settings in (with_judge(Settings()), with_judge(Settings(local_model="none"))):
        assert settings.judge_base_url == f"{served.url}/v1"
        assert settings.judge_api_key is not None
        assert settings.judge_api_key.get_secret_value() == KEY
        assert settings.openai_base_url is None
    named = Settings(local_model="qwen2.5-coder-1.5b", judge_base_url="http://elsewhere/v1")
    assert with_judge(named) == named
    with model_at_hand(named, Said()) as (settings, _):
        assert settings.judge_base_url == "http://elsewhere/v1"
        assert settings.openai_base_url == f"{served.url}/v1"
    (home / "model-server.json").unlink()
    assert with_judge(Settings()) == Settings()
    assert build_probe(Settings()) is None


def test_a_configured_endpoint_and_quotes_only_ask_nobody(home: Path, served: Served) -> None:
    announce(home, note_of(served))
    said = Said()
    for given in (Settings(openai_base_url="http://elsewhere/v1"), Settings(local_model="none")):
        with model_at_hand(given, said) as (settings, own):
            assert settings == given
            assert own is None
    assert not said


def test_a_service_does_not_lean_on_a_chat(home: Path, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    announce(home, note_of(served, lasting=False))
    monkeypatch.setattr("konspekt.serving.memory.available_memory", lambda _: 1 << 20)
    said = Said()
    with model_at_hand(Settings(local_model=str(served_path(home))), said, lasting=True) as (settings, _):
        assert settings.openai_base_url is None
    assert "needs about" in said[0]


def served_path(home: Path) -> Path:
    return write_tiny(home / "other.gguf")


def test_a_model_that_is_not_here_is_not_fetched_for_one_question(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELS_DIR", str(home / "models"))
    monkeypatch.setattr("konspekt.app.local_model.running.PORT", 9)
    said = Said()
    with model_at_hand(Settings(local_model="qwen2.5-coder-1.5b"), said) as (settings, own):
        assert settings.openai_base_url is None
        assert own is None
    assert said == ["qwen2.5-coder-1.5b is not on this machine, so answers will be quotes: "
                    "`konspekt models fetch qwen2.5-coder-1.5b`"]  # fmt: skip


@pytest.mark.slow
def test_a_server_is_started_for_as_long_as_it_is_needed(
    home: Path, tiny_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("konspekt.app.local_model.running.PORT", 9)
    said, asked = Said(), Settings(local_model=str(tiny_path), threads=1)
    with model_at_hand(asked, said) as (settings, own):
        assert own is not None
        assert own.alive
        assert settings.openai_base_url == own.base_url
        assert read_note(home) is None  # it may end at any moment
    assert not own.alive
    assert said[0].startswith("starting ")


@pytest.mark.slow
def test_a_lasting_server_is_announced_while_it_runs(home: Path, tiny_path: Path) -> None:
    with LocalServer(Settings(local_model=str(tiny_path), threads=1), announced=True, lasting=True) as server:
        found = find_running(home)
        assert found is not None
        assert (found.base_url, found.lasting) == (server.base_url, True)
        with model_at_hand(Settings(local_model="other"), Said(), lasting=True) as (settings, own):
            assert own is None
            assert settings.openai_model == server.model
    assert not (home / NOTE).exists()


@pytest.mark.slow
def test_serve_announces_itself(home: Path, tiny_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "konspekt.cli.main", "serve", "--model", str(tiny_path), "--port", "0"]
    environment = os.environ | {"PYTHONPATH": f"{root / 'src'}:{root}", "SERVE_API_KEY": "k1", "THREADS": "1"}
    with subprocess.Popen([*command, "--no-embeddings"], stdout=subprocess.PIPE, env=environment) as running:
        assert running.stdout is not None
        running.stdout.readline()
        while (found := find_running(home)) is None:
            assert running.poll() is None
        assert (found.api_key, found.pid, found.lasting) == ("k1", running.pid, True)
        assert json.loads((home / NOTE).read_text("utf-8"))["model"] == tiny_path.stem
        running.terminate()
        running.wait()
    assert not (home / NOTE).exists()
