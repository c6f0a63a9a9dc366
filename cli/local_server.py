"""The model server as a child of another command: started on a free port, stopped with it, never left behind."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO

from cli.settings import Settings


class LocalServerError(Exception):
    """The server could not start; the message says why. The caller can go on with quotes."""


class LocalServer:
    """`with LocalServer(settings) as server:` gives `base_url`, `api_key` and `model` of a server that answers.

    The model is fetched first when it is missing (progress on standard error). The child listens on 127.0.0.1 with
    a random key, writes its log to KONSPEKT_HOME/logs/model-server.log, and ends when its standard input closes:
    on `stop`, and however this process dies.

    Raises LocalServerError: no such model, no memory, damaged file, or no sign of readiness in `timeout` seconds.
    """

    def __init__(self, settings: Settings, *, timeout: float = 180.0) -> None:
        self._settings, self._timeout = settings, timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self.log_path = settings.konspekt_home / "logs" / "model-server.log"
        self.api_key = secrets.token_urlsafe(24)
        self.base_url = ""
        self.model = ""

    def __enter__(self) -> LocalServer:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        path = self._model_path()
        command = [sys.executable, "-m", "cli.main", "serve", "--child", "--model", str(path)]
        command += [
            "--name",
            self._settings.local_model,
            "--host",
            "127.0.0.1",
            "--port",
            str(self._settings.local_port),
        ]
        command += ["--threads", str(self._settings.threads)] if self._settings.threads else []
        environment = os.environ | {"SERVE_API_KEY": self.api_key}  # not in the arguments, which `ps` shows
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        self._log = self.log_path.open("wb")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
            start_new_session=True,  # Ctrl-C goes to the parent, which then stops the child in order
        )
        ready = self._first_line()
        self.base_url, self.model = ready["base_url"], ready["model"]

    def stop(self) -> None:
        """End the child: politely, and after fifteen seconds for good. Harmless when it is not running."""
        if self._process is not None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None
        if self._log is not None:
            self._log.close()
            self._log = None

    def _model_path(self) -> Path:
        from cli.models import fetch_with_progress
        from modelhub import ModelHubError
        from serving.errors import NotEnoughMemoryError
        from serving.memory import check_memory

        try:
            path = fetch_with_progress(self._settings.local_model, self._settings.models)
            check_memory(path)
        except (ModelHubError, NotEnoughMemoryError, OSError) as error:
            raise LocalServerError(str(error)) from None
        return path

    def _first_line(self) -> dict[str, str]:
        """What the child prints when it accepts connections."""
        assert self._process is not None
        assert self._process.stdout is not None
        timer = threading.Timer(self._timeout, self._process.kill)
        timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        try:
            ready: dict[str, str] = json.loads(line)
        except ValueError:
            reason = self.log_path.read_text("utf-8", "replace").strip().splitlines()
            detail = reason[-1] if reason else f"no sign of readiness in {self._timeout:.0f} s"
            raise LocalServerError(f"the local model did not start: {detail} (log: {self.log_path})") from None
        return ready
