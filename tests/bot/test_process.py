"""The whole process, killed in the middle of its work and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MODELS, ROOT
from tests.fakes.bot_api import FakeBotApi

CHATS, QUESTIONS = 10, 5


class Process:
    """A command that is never left behind; its standard error is kept."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "stderr.txt"
        self._running: subprocess.Popen[bytes] | None = None

    def start(self, *command: str, **environment: str) -> None:
        with self.log.open("ab") as log:
            env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", **environment}
            self._running = subprocess.Popen(command, env=env, cwd=self.log.parent, stderr=log)

    def stop(self, number: signal.Signals) -> int:
        if self._running is None:
            return 0
        self._running.send_signal(number)
        status = self._running.wait(timeout=60)
        self._running = None
        return status

    def finish(self) -> int:
        assert self._running is not None
        return self._running.wait(timeout=120)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path)
    yield process
    process.stop(signal.SIGKILL)


def ask_everything(api: FakeBotApi) -> dict[int, tuple[int, int]]:
    """Five questions in each of ten chats; who asked, and in which message, by update."""
    asked = {}
    for number in range(QUESTIONS):
        for chat_id in range(1, CHATS + 1):
            update = api.private_text(chat_id, f"Вопрос {number} из чата {chat_id}")
            asked[update["update_id"]] = (chat_id, update["message"]["message_id"])
    return asked


def answered(api: FakeBotApi) -> Counter[tuple[int, int]]:
    return Counter((message["chat"]["id"], message["reply_to"]) for message in api.sent())


def updates_that_left(journal: Path) -> set[int]:
    """Updates of which a message was on its way, or had arrived and the database did not know yet."""
    lines = journal.read_text().splitlines() if journal.exists() else []
    came_back = {line[1:] for line in lines if line.startswith("-")}
    return {int(line[1:].split()[0]) for line in lines if line.startswith("+") and line[1:] not in came_back}


@pytest.mark.parametrize("kills", [(0,), (12, 30)])
def test_each_question_is_answered_once_however_often_the_process_is_killed(
    api: FakeBotApi, tmp_path: Path, process: Process, kills: tuple[int, ...]
) -> None:
    """`kills`: after how many answers the process is killed. 0: before the first.

    A kill between the journal's line and the sending leaves a message that counts as sent and never was: only those
    that the journal names and that did not arrive may be missing.
    """
    command = (
        sys.executable,
        "-m",
        "tests.bot.bot_process",
        api.url,
        api.token,
        f"sqlite:///{tmp_path / 'bot.db'}",
        "0.02",
    )
    asked = ask_everything(api)
    doubtful: set[int] = set()
    for count in kills:
        fetched = len(api.called("getUpdates"))
        process.start(*command)
        api.wait_for(lambda count=count, fetched=fetched: len(api.called("getUpdates")) > fetched if count == 0
                     else len(api.sent()) >= count)  # fmt: skip
        process.stop(signal.SIGKILL)
        time.sleep(0.2)  # what it sent last has arrived
        arrived = answered(api)
        doubtful |= {update for update in updates_that_left(tmp_path / "bot.journal") if asked[update] not in arrived}
    started = len(api.called("deleteWebhook"))
    process.start(*command)
    certain = {asked[update] for update in asked.keys() - doubtful}
    api.wait_for(lambda: certain <= answered(api).keys() and len(api.called("deleteWebhook")) > started)  # and it is up
    time.sleep(0.5)  # time for an answer too many to show up
    assert process.stop(signal.SIGTERM) == 0
    assert answered(api) | Counter(certain) == answered(api) <= Counter(asked.values())


@pytest.mark.slow
@pytest.mark.model
def test_konspekt_bot_answers_from_a_real_index_through_a_kill(
    home: Path, api: FakeBotApi, process: Process, e5_path: Path
) -> None:
    """The real command, real search, quoted answers; then a stop in good order, and a log without the token."""
    (home / "notes").mkdir()
    (home / "notes" / "lora.md").write_text("# LoRA\n\nLoRA обучает добавки низкого ранга к весам модели.\n")
    (home / "notes" / "ddim.md").write_text("# DDIM\n\nDDIM шагает по траектории без случайности.\n")
    konspekt = str(Path(sys.executable).with_name("konspekt"))
    environment = {"KONSPEKT_HOME": str(home), "MODELS_DIR": str(MODELS), "OMP_NUM_THREADS": "2"}
    process.start(konspekt, "reindex", str(home / "notes"), **environment)
    assert process.finish() == 0
    environment |= {"TELEGRAM_API_URL": api.url, "TELEGRAM_BOT_TOKEN": api.token, "LOCAL_MODEL": "none"}
    asked = {(chat, api.private_text(chat, "Что такое LoRA?")["message"]["message_id"]) for chat in (1, 2, 3)}
    process.start(konspekt, "bot", **environment)
    api.wait_for(api.sent, patience=120)
    process.stop(signal.SIGKILL)
    asked |= {(chat, api.private_text(chat, "Что такое DDIM?")["message"]["message_id"]) for chat in (1, 2, 3)}
    process.start(konspekt, "bot", **environment)
    api.wait_for(lambda: len(api.sent()) >= len(asked), patience=120)
    assert process.stop(signal.SIGTERM) == 0
    assert answered(api) == Counter(asked)
    assert any("низкого ранга" in text for text in api.texts())
    log = process.log.read_text()
    assert "is ready" in log
    assert api.token not in log
    assert "Что такое" not in log


def test_konspekt_bot_without_or_with_a_wrong_token_says_so(home: Path, api: FakeBotApi, process: Process) -> None:
    konspekt = str(Path(sys.executable).with_name("konspekt"))
    process.start(konspekt, "bot", KONSPEKT_HOME=str(home))
    assert process.finish() == 2
    process.start(konspekt, "bot", KONSPEKT_HOME=str(home), TELEGRAM_BOT_TOKEN="1:wrong", TELEGRAM_API_URL=api.url)
    assert process.finish() == 1
    log = process.log.read_text()
    assert "TELEGRAM_BOT_TOKEN is not set" in log
    assert "does not know this token" in log
    assert "alembic" not in log  # libraries that talk while they are loaded
    assert "pymorphy" not in log
    assert "Traceback" not in log
