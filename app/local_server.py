"""The model server that another command brings along: on a free port, restarted when it dies, never left behind."""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from prometheus_client import Counter, Gauge

from konspekt.app.local_model.messages import say
from konspekt.app.local_model.running import Running, announce, withdraw
from konspekt.app.model_process import LocalServerError, ModelProcess
from konspekt.app.settings import Settings
from konspekt.bilingual import of
from konspekt.storage.private import private_file, private_folder

UP = Gauge("konspekt_local_model_up", "1 while the embedded model server runs, 0 while it does not")
RESTARTS = Counter("konspekt_local_model_restarts", "Times that the embedded model server died and was started again")

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before it is started again, doubled with each failure in a row
STEADY = 60.0  # seconds after which a server that dies counts as having worked

__all__ = ["LocalServer", "LocalServerError"]

log = logging.getLogger(__name__)


class LocalServer:
    """`with LocalServer(settings) as server:` gives `base_url`, `api_key` and `model` of a server that answers.

    The model is fetched first when it is missing (progress on standard error). The child listens on 127.0.0.1 with
    a random key, writes its log to KONSPEKT_HOME/logs/model-server.log, and ends when its standard input closes:
    on `stop`, and however this process dies. When it dies by itself it is started again, at the same address.
    `announced`: other commands on this machine find it meanwhile; `lasting` tells them that it will stay.

    Raises LocalServerError: no such model, no memory, damaged file, or no sign of readiness within `timeout` seconds.
    """

    def __init__(
        self, settings: Settings, *, timeout: float = 180.0, announced: bool = False, lasting: bool = False
    ) -> None:
        self._settings, self._timeout = settings, timeout
        self._announced, self._lasting = announced, lasting
        self._note: Running | None = None
        self._lock = threading.Lock()  # of `_process` and of the decision to start one
        self._process: ModelProcess | None = None
        self._keeper: threading.Thread | None = None
        self._stopping = threading.Event()
        self.log_path = settings.konspekt_home / "logs" / "model-server.log"
        self.api_key = secrets.token_urlsafe(24)
        self.base_url = ""
        self.model = ""
        self.restarts = 0

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
        return self._process is not None and self._process.alive

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def health(self) -> dict[str, object]:
        """For /health. A bot whose model is away answers with quotes: that is no reason to restart it."""
        return {"alive": self.alive, "restarts": self.restarts}

    def start(self) -> None:
        path = self._model_path()
        private_folder(self._settings.konspekt_home)
        private_folder(self.log_path.parent)
        private_file(self.log_path)
        self.log_path.write_bytes(b"")
        self._launch(path, self._settings.local_port)
        if self._announced:
            self._announce()
        self._keeper = threading.Thread(target=self._keep, args=(path,), name="model-server", daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """End the child and its supervision. Harmless when nothing runs."""
        self._stopping.set()
        if self._note is not None:
            withdraw(self._settings.konspekt_home, self._note)
        with self._lock:
            process = self._process
        if process is not None:
            process.end()
        if self._keeper is not None:
            self._keeper.join()
        UP.set(0)

    def _announce(self) -> None:
        note = Running(self.base_url, self.api_key, self.model, os.getpid(), self._lasting)
        try:
            announce(self._settings.konspekt_home, note)
        except OSError as error:
            log.warning("%s", say("not_announced", reason=error))
        else:
            self._note = note

    def _keep(self, path: Path) -> None:
        """Waits for the child to end; unless that was requested, starts another one. Runs in its own thread."""
        port, failures = urlsplit(self.base_url).port or 0, 0
        while True:
            started = time.monotonic()
            status = self._process.wait() if self._process is not None else 0
            if self._stopping.is_set():
                return
            UP.set(0)
            failures = 0 if time.monotonic() - started > STEADY else failures
            while True:
                pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**failures)
                failures += 1
                log.warning("the model server ended (status %d); starting it again in %.0f s", status, pause)
                if self._stopping.wait(pause):
                    return
                try:
                    self._launch(path, port)
                except LocalServerError as error:
                    log.warning("%s", error)
                    continue
                break
            if self._stopping.is_set():
                return
            self.restarts += 1
            RESTARTS.inc()
            log.warning("the model server answers again")

    def _launch(self, path: Path, port: int) -> None:
        """A child that answers. Raises LocalServerError, and leaves nothing behind then."""
        from konspekt.serving.errors import NotEnoughMemoryError
        from konspekt.serving.memory import check_memory

        arguments = ["--model", str(path), "--name", self._settings.local_model, "--host", "127.0.0.1"]
        arguments += ["--port", str(port), "--device", self._settings.local_device]
        arguments += ["--threads", str(self._settings.threads)] if self._settings.threads else []
        arguments += ["--sleep-minutes", str(self._settings.local_sleep_minutes)]
        with self._lock:
            if self._stopping.is_set():
                return
            try:
                if self._settings.local_device == "cpu":  # the child asks the GPU itself
                    check_memory(path)
                process = self._process = ModelProcess(arguments, self.api_key, self.log_path)
            except (NotEnoughMemoryError, OSError) as error:
                raise LocalServerError(of(error)) from None
        try:
            ready = process.ready(self._timeout)
        except LocalServerError:
            process.end()
            raise
        self.base_url, self.model = ready["base_url"], ready["model"]
        UP.set(1)

    def _model_path(self) -> Path:
        from konspekt.app.model_fetch import fetch_with_progress
        from konspekt.modelhub import ModelHubError

        try:
            return fetch_with_progress(self._settings.local_model, self._settings.models)
        except (ModelHubError, OSError) as error:
            raise LocalServerError(of(error)) from None
