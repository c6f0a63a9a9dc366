"""How much memory Konspekt needs on the sample material without a language model: what fits a small server.

    python -m benchmarks.product.memory

Each row is a process of its own, started as a user starts it: indexing the sample from nothing, one question on the
command line, and the bot (against the fake Bot API) answering twelve questions at once. Checked first: the index is
complete, the question is answered with a link, every chat gets its answer. Peaks are the kernel's (resident memory,
pages of shared libraries included). Results go to benchmarks/results/memory.json.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.common.machine import write_result
from benchmarks.common.paths import MODEL_FILES, ROOT
from tests.fakes.bot_api import FakeBotApi

KONSPEKT = [sys.executable, "-m", "konspekt.cli.main"]
CHATS = 12


def environment(home: str) -> dict[str, str]:
    models = {"MODELS_DIR": str(MODEL_FILES)}
    return {
        **os.environ,
        **models,
        "KONSPEKT_HOME": home,
        "LOCAL_MODEL": "none",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }


def finished(home: str, *command: str) -> tuple[dict[str, Any], float]:
    """A command's JSON, and its peak in MB."""
    process = subprocess.Popen([*KONSPEKT, *command, "--json"], env=environment(home), stdout=subprocess.PIPE)
    assert process.stdout is not None
    written = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, f"{command[0]} failed"
    result: dict[str, Any] = json.loads(written)
    return result, usage.ru_maxrss / 1024


def bot_peak(home: str) -> float:
    with FakeBotApi() as api:
        settings = {"TELEGRAM_BOT_TOKEN": api.token, "TELEGRAM_API_URL": api.url}
        bot = subprocess.Popen(
            [*KONSPEKT, "bot"], env={**environment(home), **settings}, stderr=subprocess.DEVNULL, cwd=home
        )
        api.wait_for(lambda: api.called("setMyCommands"), patience=120)
        for chat in range(1, CHATS + 1):
            api.private_text(chat, f"Что такое DDIM и зачем он нужен? {chat}")
        api.wait_for(lambda: len({message["chat"]["id"] for message in api.sent()}) == CHATS, patience=300)
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{bot.pid}/status").read_text("utf-8"))
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(60) == 0
    assert peak is not None
    return int(peak[1]) / 1024


def main() -> None:
    rows: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as home:
        report, rows["reindex of the sample"] = finished(home, "reindex", str(ROOT / "sample"))
        assert report["documents"] >= 100, report
        answer, rows["ask"] = finished(home, "ask", "Что такое DDIM и зачем он нужен?")
        assert answer["citations"][0]["url"], answer
        rows[f"bot, {CHATS} questions at once"] = bot_peak(home)
    peaks = {name: round(peak) for name, peak in rows.items()}
    for name, peak in peaks.items():
        print(f"{peak:6} MB  {name}")
    print(f"written to {write_result('memory', {'peak_mb': peaks}).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
