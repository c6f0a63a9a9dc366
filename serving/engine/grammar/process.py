"""The process that compiles grammars, seen from the server: started when first needed, and again when it has died."""

from __future__ import annotations

import contextlib
import json
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from konspekt.serving.engine.grammar.spec import GrammarSpec
from konspekt.serving.errors import EngineStoppedError, InvalidRequestError

_WORKER = Path(__file__).with_name("worker.py")
_START = 180  # seconds to import xgrammar and read a vocabulary, on a busy machine
_GRACE = 10  # seconds after `wall` in which the worker must have told its own child's end


@dataclass(frozen=True, slots=True)
class GrammarLimits:
    """What one grammar may cost. `source`: characters. `seconds`: processor time. `wall`: seconds by the clock.
    `memory`: bytes while it is compiled. `result`: bytes of the compiled grammar as JSON."""

    source: int = 256 << 10
    seconds: int = 10
    wall: int = 60
    memory: int = 768 << 20
    result: int = 24 << 20


class CompilationStoppedError(Exception):
    """The grammar is no longer waited for."""


class _DiedError(Exception):
    """The worker died while it was in use."""


class CompilerProcess:
    """`compile` one grammar at a time, from any thread. `vocabulary()`: xgrammar's TokenizerInfo as JSON."""

    def __init__(self, vocabulary: Callable[[], str], limits: GrammarLimits) -> None:
        self._vocabulary, self._limits = vocabulary, limits
        self._lane = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self.failed = False  # the last attempt to start it did not succeed

    @property
    def pid(self) -> int | None:
        """None: not started yet, or ended."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def compile(self, spec: GrammarSpec, stopped: threading.Event) -> str:
        """The compiled grammar as xgrammar's JSON. Raises: InvalidRequestError (wrong, or over a limit),
        CompilationStoppedError once `stopped` is set, EngineStoppedError when no worker can be kept alive."""
        while not self._lane.acquire(timeout=0.1):
            if stopped.is_set():
                raise CompilationStoppedError
        try:
            for _ in range(2):  # whatever killed the first worker, the second is a new one
                if self._closed:
                    raise EngineStoppedError("the server is shutting down")
                try:
                    return self._judge(spec, self._exchange(spec, stopped))
                except _DiedError:
                    self._kill()
            self.failed = True
            raise EngineStoppedError("the process that compiles grammars does not stay alive")
        finally:
            self._lane.release()

    def close(self) -> None:
        """End the worker; a grammar that is being compiled is refused, and no other is taken."""
        self._closed = True
        self._kill()

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def _exchange(self, spec: GrammarSpec, stopped: threading.Event) -> bytes:
        process = self._started()
        self._send(process, json.dumps({"kind": spec.kind, "source": spec.source}).encode())
        ends, told = time.monotonic() + self._limits.wall + _GRACE, False
        while not _readable(process, 0.1):
            if time.monotonic() > ends:
                raise _DiedError
            if stopped.is_set() and not told:
                self._send(process, b"")
                told = True
        return self._receive(process)

    def _judge(self, spec: GrammarSpec, reply: bytes) -> str:
        kind, text = reply[:1], reply[1:].decode("utf-8", "replace")
        limits = self._limits
        if kind == b"+":
            return text
        if kind == b"s":
            raise CompilationStoppedError
        reasons = {
            b"t": f"it takes more than {limits.seconds} s to compile; make it smaller or less deep",
            b"m": f"it takes more than {limits.memory >> 20} MiB to compile; make it smaller or less deep",
            b"l": "it is too large once compiled; make it smaller",
        }
        reason = reasons.get(kind, text)
        raise InvalidRequestError(f"the {spec.kind} cannot be compiled: {reason}", spec.field, "invalid_grammar")

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._kill()
        limits = json.dumps({k: v for k, v in asdict(self._limits).items() if k != "source"})
        process = self._process = subprocess.Popen(
            [sys.executable, "-P", str(_WORKER), limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C goes to the server, whose end closes the worker's input
        )
        timer = threading.Timer(_START, process.kill)
        timer.start()
        try:
            self._send(process, self._vocabulary().encode())
            self._receive(process)
        finally:
            timer.cancel()
        self.failed = False
        return process

    def _send(self, process: subprocess.Popen[bytes], data: bytes) -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(struct.pack(">I", len(data)) + data)
            process.stdin.flush()
        except (OSError, ValueError):  # ValueError: closed by `close`
            raise _DiedError from None

    def _receive(self, process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout is not None
        try:
            head = process.stdout.read(4)
            size = struct.unpack(">I", head)[0] if len(head) == 4 else 0
            data = process.stdout.read(size)
        except (OSError, ValueError):
            raise _DiedError from None
        if not size or len(data) < size:
            raise _DiedError
        return data


def _readable(process: subprocess.Popen[bytes], seconds: float) -> bool:
    assert process.stdout is not None
    try:
        return bool(select.select([process.stdout], [], [], seconds)[0])
    except (OSError, ValueError):
        raise _DiedError from None
