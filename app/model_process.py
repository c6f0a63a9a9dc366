"""One process of `konspekt serve`: started, ready, ended. It never outlives this one."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from konspekt.app.messages import say


class LocalServerError(Exception):
    """The server could not start; the message says why. The caller can go on with quotes."""


class ModelProcess:
    """A child that reports on its standard output when it accepts connections, and ends when its input closes.

    Its log is appended to `log_path`. `end()` may be called at any time, from any thread, also twice.
    """

    def __init__(self, arguments: Sequence[str], api_key: str, log_path: Path) -> None:
        environment = os.environ | {"SERVE_API_KEY": api_key}  # not in the arguments, which `ps` shows
        self._log_path = log_path
        with log_path.open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "konspekt.cli.main", "serve", "--child", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,  # Ctrl-C goes to the parent, which then stops the child in good order
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def ready(self, timeout: float) -> dict[str, str]:
        """What the child says when it accepts connections: `base_url` and `model`. Raises LocalServerError."""
        assert self._child.stdout is not None
        timer = threading.Timer(timeout, self._child.kill)
        timer.start()
        try:
            line = self._child.stdout.readline()
        finally:
            timer.cancel()
        try:
            said: dict[str, str] = json.loads(line)
        except ValueError:
            lines = self._log_path.read_text("utf-8", "replace").strip().splitlines()
            reason = lines[-1].removeprefix("konspekt: ") if lines else say("model_not_ready", seconds=timeout)
            raise LocalServerError(say("model_not_started", reason=reason, log=self._log_path)) from None
        return said

    def wait(self) -> int:
        """Until it ends; its exit status."""
        return self._child.wait()

    def end(self) -> int:
        """Politely, and after fifteen seconds for good; its exit status."""
        if self._child.stdin is not None:
            with contextlib.suppress(OSError):
                self._child.stdin.close()
        try:
            self._child.wait(15)
        except subprocess.TimeoutExpired:
            self._child.kill()
        status = self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()
        return status
