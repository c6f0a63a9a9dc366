"""A program of its own: compiles grammars that strangers wrote, each in a child with little time and memory.

It is started by path and knows nothing of Konspekt. The vocabulary is loaded once; a child forked for one grammar has
it already, and what that child wastes goes when it is killed. So a bad grammar costs no start of an interpreter.

Standard input: frames (four bytes of length, big-endian, then that many bytes). The first one is the vocabulary, each
other a request as JSON: {"kind", "source"}. An empty frame stops the grammar that is being compiled.
Standard output: a frame for each request. Its first byte says what it is: `+` the compiled grammar, `-` why it is
refused, `t` too much time, `m` too much memory, `l` too large a result, `s` stopped.
"""

from __future__ import annotations

import json
import os
import re
import resource
import select
import signal
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

import xgrammar

STACK = 64 << 20  # bytes: deep nesting is refused by the parser rather than by a crash


def read_exactly(size: int) -> bytes:
    """Raises: EOFError when the server has gone."""
    parts = []
    while size:
        part = os.read(0, min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def read_frame() -> bytes:
    return read_exactly(struct.unpack(">I", read_exactly(4))[0])


def write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def write_frame(data: bytes) -> None:
    write_all(1, struct.pack(">I", len(data)) + data)


def compile_one(vocabulary: xgrammar.TokenizerInfo, kind: str, source: str) -> bytes:
    compiler = xgrammar.GrammarCompiler(vocabulary, max_threads=1, cache_enabled=False)
    try:
        if kind == "json_schema":
            # with unlimited white space small models write it for ever
            compiled = compiler.compile_json_schema(source, any_whitespace=False)
        elif kind == "regex":
            compiled = compiler.compile_regex(source)
        elif kind == "structural_tag":
            compiled = compiler.compile_structural_tag(source)
        else:
            compiled = compiler.compile_grammar(source)
        matcher = xgrammar.GrammarMatcher(compiled)  # a first mask that takes minutes is found here, not in the engine
        matcher.fill_next_token_bitmask(xgrammar.allocate_token_bitmask(1, vocabulary.vocab_size), 0)
        return b"+" + compiled.serialize_json().encode()
    except MemoryError:
        return b"m"
    except (RuntimeError, ValueError, TypeError) as error:
        return b"m" if "bad_alloc" in str(error) else b"-" + reason(str(error)).encode("utf-8", "replace")


def reason(message: str) -> str:
    """xgrammar's message without its own file and line, and without the caller's whole schema in it."""
    message = re.sub(r"^\[[0-9:]+\] \S+:\d+: ", "", message.strip().splitlines()[-1] if message.strip() else "")
    return message if len(message) <= 200 else message[:199] + "…"


def bound(seconds: int, memory: int) -> None:
    """Limits of this process: processor time in seconds, and bytes of memory beyond what it has."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    statm = Path("/proc/self/statm")
    if statm.exists():  # elsewhere the processor time alone bounds it
        now = int(statm.read_text("ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + memory, now + memory))


def in_child(work: Callable[[], bytes], seconds: int, memory: int) -> tuple[int, int]:
    """(process id, where its result can be read) of a forked child; this process has one thread, so forking is safe."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child:
        os.close(theirs)
        return child, ours
    status = 1
    try:
        os.close(ours)
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        os.nice(5)  # running answers go first
        bound(seconds, memory)
        write_all(theirs, work())
        status = 0
    except MemoryError:
        write_all(theirs, b"m")
    finally:
        os._exit(status)


def gather(child: int, pipe: int, wall: float, largest: int) -> bytes:
    """The child's result, or why there is none. Raises: EOFError when the server has gone."""
    ends, result = time.monotonic() + wall, b""
    parts: list[bytes] = []
    size = 0
    try:
        while not result:
            ready, _, _ = select.select([pipe, 0], [], [], max(0.0, ends - time.monotonic()))
            if not ready:
                result = b"t"
            elif 0 in ready:
                read_frame()  # nothing but an empty frame comes before the answer
                result = b"s"
            elif part := os.read(pipe, 1 << 20):
                parts.append(part)
                size += len(part)
                result = b"l" if size > largest else b""
            else:
                break
    finally:
        os.close(pipe)
        if result or sys.exc_info()[0] is not None:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if result:
        return result
    if os.WIFSIGNALED(status):
        return b"t" if os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL) else b"m"
    return b"".join(parts) or b"m"


def main() -> None:
    limits = json.loads(sys.argv[1])
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if soft != resource.RLIM_INFINITY and soft < STACK and hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_STACK, (STACK, hard))
    try:
        vocabulary = xgrammar.TokenizerInfo.deserialize_json(read_frame().decode())
        write_frame(b"+")
        while True:
            frame = read_frame()
            if not frame:
                continue  # its grammar was ready before it came
            request = json.loads(frame)

            def work(request: dict[str, str] = request) -> bytes:
                return compile_one(vocabulary, request["kind"], request["source"])

            child, pipe = in_child(work, limits["seconds"], limits["memory"])
            write_frame(gather(child, pipe, limits["wall"], limits["result"]))
    except (EOFError, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
