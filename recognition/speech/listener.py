"""Keeps the process that hears: started for the first recording, one recording at a time, ended when it is idle.

A recording that takes it down (a broken file, too much memory, too much time) costs that recording only: the next one
gets a fresh process.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from pathlib import Path

from konspekt.recognition.errors import BusyError, UnreadableError
from konspekt.recognition.limits import bare_environment
from konspekt.recognition.results import Heard
from konspekt.recognition.speech.wire import heard_in, line

log = logging.getLogger(__name__)
WORKER = "konspekt.recognition.speech.worker"
LONGEST_LINE = 1 << 20
MOST_WAITING = 24
IDLE = 600.0  # seconds after which its memory is given back
SILENCE = 900.0  # seconds without an answer: the system's limit of processor time comes long before


class Listener:
    """`await hear(...)` from one event loop; `await close()` at the end."""

    def __init__(self, model: Path, *, threads: int = 0, idle: float = IDLE) -> None:
        """`model`: the folder of a Whisper model as CTranslate2 reads it."""
        self._model, self._threads, self._idle = model, threads, idle
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._process: asyncio.subprocess.Process | None = None
        self._going: asyncio.TimerHandle | None = None

    async def hear(self, audio: bytes, language: str, *, longest: float, hints: str = "") -> Heard:
        """`longest`: seconds that the recording may have. Raises BusyError, TooLongError, UnreadableError."""
        if self._waiting >= MOST_WAITING:
            raise BusyError(f"{self._waiting} recordings are waiting")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._heard(audio, line(bytes=len(audio), language=language, hints=hints, longest=longest))
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        await self._end()

    async def _heard(self, audio: bytes, head: bytes) -> Heard:
        if self._going is not None:
            self._going.cancel()
        answered = False
        try:
            process = await self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(head + audio)
            await process.stdin.drain()
            answer = await asyncio.wait_for(process.stdout.readline(), SILENCE)
            answered = bool(answer)
            return heard_in(answer)
        except (TimeoutError, OSError) as error:
            raise UnreadableError(type(error).__name__) from error
        finally:
            if answered:
                self._going = asyncio.get_running_loop().call_later(self._idle, self._leave)
            else:  # it died, hangs, or is not waited for any more: it must not answer the next one with this
                await self._end()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        environment = bare_environment({"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)})
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            WORKER,
            str(self._model.resolve()),
            str(self._threads),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            limit=LONGEST_LINE,
        )
        assert self._process.stdout is not None
        if not await asyncio.wait_for(self._process.stdout.readline(), SILENCE):
            log.error("the speech model in %s does not load: is konspekt[speech] installed?", self._model)
            raise UnreadableError("the model does not load")
        return self._process

    def _leave(self) -> None:
        if not self._turn.locked():
            self._kill()

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _end(self) -> None:
        if self._going is not None:
            self._going.cancel()
        self._kill()
        if self._process is not None:
            await self._process.wait()
            self._process = None
