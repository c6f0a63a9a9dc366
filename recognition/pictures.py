"""The text of a picture, by Tesseract from the system's packages (`tesseract-ocr tesseract-ocr-rus`)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import sys

from konspekt.recognition.errors import BusyError, UnreadableError
from konspekt.recognition.limits import GIB, bare_environment

WANTED = ("rus", "eng")
MEMORY, CPU = GIB, 30.0  # address space, seconds of processor time: a page of text takes some three
PATIENCE = 300.0  # seconds: the limit of processor time comes long before
MOST_WAITING = 16
_LETTER = re.compile(r"[^\W\d_]{2}")


def languages() -> str:
    """Those of `WANTED` that Tesseract has here, as it takes them; empty where it is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        return ""
    done = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False)
    known = (done.stdout + done.stderr).split()
    return "+".join(language for language in WANTED if language in known)


class Eyes:
    """One picture at a time, each in a process of its own."""

    def __init__(self, spoken: str) -> None:
        """`spoken`: what `languages` found."""
        self._languages = spoken
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def read(self, picture: bytes) -> str:
        """Lines of text, empty where there are none. Raises BusyError, UnreadableError."""
        if self._waiting >= MOST_WAITING:
            raise BusyError(f"{self._waiting} pictures are waiting")
        self._waiting += 1
        try:
            async with self._turn:
                return tidy(await self._read(picture))
        finally:
            self._waiting -= 1

    async def _read(self, picture: bytes) -> str:
        path = os.pathsep.join(one for one in sys.path if one)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "konspekt.recognition.limited", str(MEMORY), str(CPU)),
            *(shutil.which("tesseract") or "tesseract", "stdin", "stdout", "-l", self._languages),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=bare_environment({"PYTHONPATH": path, "OMP_THREAD_LIMIT": "1"}),
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(picture), PATIENCE)
        except (TimeoutError, OSError) as error:
            raise UnreadableError(type(error).__name__) from error
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode:
            raise UnreadableError(f"tesseract ended with {process.returncode}")
        return said.decode("utf-8", "replace")


def tidy(text: str) -> str:
    """Without lines that are specks and frames: a line needs two letters in a row."""
    lines = [" ".join(line.split()) for line in text.replace("\f", "\n").splitlines()]
    return "\n".join(line for line in lines if _LETTER.search(line))
