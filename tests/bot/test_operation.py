"""Start, stop, webhook, metrics, health; and that no secret and no text gets into a log."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

import konspekt.bot.runner
from konspekt.app.logs import setup_logs
from konspekt.bot.errors import AddressInUse, TokenError, UnreachableError
from konspekt.bot.wire.journal import Journal
from konspekt.bot.wire.request import api_base
from konspekt.storage.database import Database
from konspekt.storage.errors import LostClaim, StorageError
from konspekt.storage.updates import Updates
from tests.bot.harness import RecordedIndexing, ScriptedAnswers, running_bot
from tests.fakes.bot_api import FakeBotApi

SECRET = "webhook-secret"
HEADER = {"X-Telegram-Bot-Api-Secret-Token": SECRET}


def private(update_id: int, text: str) -> dict[str, Any]:
    sender = {"id": 7, "is_bot": False, "first_name": "x", "language_code": "ru"}
    chat = {"id": 7, "type": "private", "first_name": "x"}
    return {
        "update_id": update_id,
        "message": {"message_id": update_id, "date": 1, "chat": chat, "from": sender, "text": text},
    }


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The process's logs as `konspekt bot` writes them, at the most talkative level."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    setup_logs("debug", "json", [FakeBotApi().token, SECRET])
    yield stream
    root.handlers[:], root.level = before, level


@pytest.mark.parametrize("root", ["http://h:1", "http://h:1/", "http://h:1/bot", "http://h:1/bot/", " http://h:1 "])
def test_the_servers_address_may_be_written_in_any_usual_way(root: str) -> None:
    assert api_base(root) == "http://h:1/bot"


async def test_a_wrong_token_is_said_clearly(store: Database) -> None:
    with FakeBotApi(token="1:right") as api:
        api.token, wrong = "1:right", "1:wrong"
        with pytest.raises(TokenError, match="TELEGRAM_BOT_TOKEN"):
            async with running_bot(api, store, token=wrong):
                pass


async def test_a_server_that_is_not_there_is_said_clearly(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(konspekt.bot.runner, "START_PAUSES", (0.01,))
    with FakeBotApi() as api, pytest.raises(UnreachableError, match=r"127\.0\.0\.1 cannot be reached"):
        async with running_bot(api, store, api_url="http://127.0.0.1:9"):
            pass


async def test_a_token_revoked_while_running_ends_the_run(store: Database) -> None:
    async def revoke_while_running(api: FakeBotApi) -> None:
        async with running_bot(api, store) as run:
            api.token = "1:another"
            await asyncio.wait([run.task])

    with FakeBotApi() as api, pytest.raises(TokenError, match="no longer"):
        await revoke_while_running(api)


async def test_a_graceful_stop_finishes_running_answers(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=ScriptedAnswers(pace=0.3)) as run:
        api.private_text(7, "Первый")
        api.private_text(7, "Второй")
        await run.until(lambda: run.answers.asked)
    assert len(api.sent(7)) == 1
    async with running_bot(api, store) as run:
        await run.idle()
    assert len(api.sent(7)) == 2


async def test_an_answer_that_takes_too_long_to_finish_is_written_after_the_restart(
    api: FakeBotApi, store: Database
) -> None:
    async with running_bot(api, store, answers=ScriptedAnswers(pace=30), stop_seconds=0.1) as run:
        api.private_text(7, "Вопрос")
        await run.until(lambda: run.answers.asked)
    assert api.sent(7) == []
    async with running_bot(api, store) as run:
        await run.idle()
    assert len(api.sent(7)) == 1


async def test_the_webhook_takes_updates_with_the_secret_only(api: FakeBotApi, store: Database) -> None:
    options = {"webhook_url": "https://example.org/hook", "webhook_secret": SECRET, "webhook_listen": "127.0.0.1:0"}
    async with running_bot(api, store, **options) as run, httpx.AsyncClient() as client:
        await run.until(lambda: api.webhook)
        assert api.webhook["url"] == "https://example.org/hook"
        assert api.webhook["secret_token"] == SECRET
        assert run.bot.webhook is not None
        url = f"http://127.0.0.1:{run.bot.webhook.port}/hook"
        assert (await client.post(url, json=private(1, "Без секрета"))).status_code == 403
        wrong = {"X-Telegram-Bot-Api-Secret-Token": "другой".encode()}
        assert (await client.post(url, json=private(1, "Чужой"), headers=wrong)).status_code == 403
        assert (await client.post(url, content=b"no json", headers=HEADER)).status_code == 400
        assert (await client.post(url, json={"update_id": "x"}, headers=HEADER)).status_code == 400
        assert (await client.post(url + "x", json=private(1, "Мимо"), headers=HEADER)).status_code == 404
        question = api.private_text(7, "Вопрос")
        for _ in range(2):  # Telegram repeats what it got no answer for
            assert (await client.post(url, json=question, headers=HEADER)).status_code == 200
        await run.until(lambda: api.sent(7))
        assert run.bot.health()["ok"]
    assert [question for question, _ in run.answers.asked] == ["Вопрос"]
    assert api.called("getUpdates") == []


@pytest.mark.parametrize("error", [StorageError("the server is being started"), LostClaim()])
async def test_an_update_that_could_not_be_stored_is_not_confirmed(
    api: FakeBotApi, store: Database, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    real, failures = Updates.take_in, iter([error])

    def failing(self: Updates, batch: Any) -> Any:
        if (failure := next(failures, None)) is not None:
            raise failure
        return real(self, batch)

    monkeypatch.setattr(Updates, "take_in", failing)
    options = {"webhook_url": "https://example.org/hook", "webhook_secret": SECRET, "webhook_listen": "127.0.0.1:0"}
    async with running_bot(api, store, **options) as run, httpx.AsyncClient() as client:
        await run.until(lambda: run.bot.webhook is not None)
        assert run.bot.webhook is not None
        url, question = f"http://127.0.0.1:{run.bot.webhook.port}/hook", api.private_text(7, "Вопрос")
        answers = [(await client.post(url, json=question, headers=HEADER)).status_code for _ in range(3)]
        assert answers == [503, 200, 200]
        await run.until(lambda: api.sent(7))
    assert len(api.sent(7)) == 1


async def test_metrics_and_health_are_served(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, metrics_listen="127.0.0.1:0") as run, httpx.AsyncClient() as client:
        api.private_text(7, "Вопрос")
        await run.idle()
        assert run.bot.operation is not None
        url = f"http://127.0.0.1:{run.bot.operation.port}"
        metrics = (await client.get(url + "/metrics")).text
        health = await client.get(url + "/health")
        monkey = run.bot._contact
        run.bot._contact = monkey - 1000
        silent = await client.get(url + "/health")
        run.bot._contact = monkey
        run.bot.parts = replace(run.bot.parts, model_health=lambda: {"alive": False, "restarts": 2})
        without_model = await client.get(url + "/health")
    assert 'konspekt_answers_total{outcome="answered"}' in metrics
    assert "konspekt_answer_seconds_bucket" in metrics
    assert (health.status_code, health.json()["ok"]) == (200, True)
    assert (silent.status_code, silent.json()["ok"]) == (503, False)
    assert "local_model" not in health.json()
    assert without_model.status_code == 200  # it answers with quotes meanwhile
    assert without_model.json()["local_model"] == {"alive": False, "restarts": 2}


async def test_an_address_that_is_taken_is_said_clearly(api: FakeBotApi, store: Database) -> None:
    with pytest.raises(AddressInUse, match="cannot listen on"):
        async with running_bot(api, store, metrics_listen=f"127.0.0.1:{api.port}"):
            pass


async def test_no_text_and_no_secret_gets_into_the_logs(
    api: FakeBotApi, store: Database, log_lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("konspekt.bot.wire.delivery.FIRST_PAUSE", 0.01)
    broken = ScriptedAnswers(script=lambda q, h: ValueError(f"ТАЙНЫЙ {q}"))
    api.fail("sendMessage", 1, 500, "ТАЙНЫЙ ответ сервера")
    api.fail("sendMessage", 1, 400, "Bad Request: can't parse entities in ТАЙНЫЙ")
    api.private_text(7, "ТАЙНЫЙ вопрос")
    api.inject("message", {"message_id": "ТАЙНЫЙ", "chat": 3})
    async with running_bot(api, store, answers=broken) as run:
        await run.idle()
    logging.getLogger("anything").warning("address %s/bot%s/getMe, header %s", api.url, api.token, SECRET)
    lines = log_lines.getvalue()
    events = [json.loads(line) for line in lines.splitlines()]
    assert any(event.get("error") == "ValueError" and "questions.py" in event["at"] for event in events)
    for hidden in ("ТАЙНЫЙ", api.token, SECRET):
        assert hidden not in lines


async def test_a_stop_does_not_wait_for_indexing_that_waits_for_another_process(
    api: FakeBotApi, store: Database
) -> None:
    class Stuck(RecordedIndexing):
        def index_posts(self, messages: Sequence[dict[str, Any]]) -> int:
            super().index_posts(messages)
            threading.Event().wait()
            return 0

    async with running_bot(api, store, indexing=Stuck(), stop_seconds=0.1) as run:
        api.channel_post(-100, "Пост")
        await run.until(lambda: run.indexing.posts)
    async with running_bot(api, store) as run:
        await run.idle()
    assert len(run.indexing.posts) == 1


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself; key and certificate in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    path = tmp_path / "server.pem"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*command, "-keyout", path, "-out", tmp_path / "cert.pem"], check=True, capture_output=True)
    path.write_text(path.read_text() + (tmp_path / "cert.pem").read_text())
    return path


async def test_the_bot_speaks_tls_and_checks_the_certificate(
    store: Database, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with Telegram itself; and what leaves is journalled there too."""
    monkeypatch.setattr(konspekt.bot.runner, "START_PAUSES", ())
    left: list[str] = []
    real = Journal.left
    monkeypatch.setattr(Journal, "left", lambda self, number, step: (left.append(step), real(self, number, step)))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    with FakeBotApi(tls=tls) as api:
        with pytest.raises(UnreachableError):
            async with running_bot(api, store):
                pass
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with running_bot(api, store) as run:
            api.private_text(7, "Вопрос " + "слово " * 100)
            await run.idle()
        assert len(api.sent(7)) == 1
    assert left == ["answer-0"]
