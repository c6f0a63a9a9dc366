"""The model server that runs on this machine: where it listens and its key, noted in KONSPEKT_HOME for its owner alone.

So that the command and the bot use one model process. A note can outlive its server (a crash, a power cut): only one
that answers with its key counts.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from konspekt.serving.address import PORT
from konspekt.storage.private import FILE, OTHERS, private_folder

NOTE = "model-server.json"
PATIENCE = 3.0  # seconds for an answer: the server answers this question between two steps, also under load


@dataclass(frozen=True, slots=True)
class Running:
    """`lasting`: it stays until it is told to end; else it ends with the command that brought it along."""

    base_url: str
    api_key: str
    model: str
    pid: int
    lasting: bool = False


def announce(home: Path, running: Running) -> None:
    """Note it down, whole or not at all. Raises OSError."""
    private_folder(home)
    fresh = home / f".{NOTE}.{os.getpid()}"
    fresh.unlink(missing_ok=True)  # of an earlier process with our number
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE), "w", encoding="utf-8") as file:
        json.dump(asdict(running), file)
    fresh.replace(home / NOTE)


def withdraw(home: Path, running: Running) -> None:
    """Take the note back, unless another server has written its own meanwhile."""
    if read_note(home) == running:
        with contextlib.suppress(OSError):
            (home / NOTE).unlink()


def find_running(home: Path) -> Running | None:
    """The noted server, if it answers. A note whose process is gone and whose address is silent is removed."""
    running = read_note(home)
    if running is None:
        return None
    if running.model in _served(running.base_url, running.api_key):
        return running
    if not _lives(running.pid):
        withdraw(home, running)
    return None


def at_usual_port(port: int = 0) -> Running | None:
    """A `konspekt serve` of another home, which asks for no key, at `port` or the one that it takes by itself."""
    base_url = f"http://127.0.0.1:{port or PORT}/v1"
    names = _served(base_url, "local")
    return Running(base_url, "local", names[0], 0, lasting=True) if names else None


def read_note(home: Path) -> Running | None:
    """None where there is none, or it is damaged, or others could have written or read it."""
    try:
        with (home / NOTE).open("rb") as file:
            state = os.fstat(file.fileno())
            if state.st_mode & OTHERS or (hasattr(os, "getuid") and state.st_uid != os.getuid()):
                return None
            said = json.loads(file.read(1 << 16))
        return Running(
            str(said["base_url"]), str(said["api_key"]), str(said["model"]), int(said["pid"]), said["lasting"] is True
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _served(base_url: str, api_key: str) -> list[str]:
    """The models that answer there to this key. Without httpx, whose import alone takes a quarter second."""
    try:
        address = urlsplit(base_url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", f"{address.path}/models", headers={"Authorization": f"Bearer {api_key}"})
            reply = connection.getresponse()
            models = json.loads(reply.read(1 << 16))["data"] if reply.status == http.client.OK else []
            return [str(model["id"]) for model in models]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return []


def _lives(pid: int) -> bool:
    """A process of that number is there. One in another container may not be seen from here, and is not missed: it
    would have answered."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError, ValueError):
        return False
    return True
