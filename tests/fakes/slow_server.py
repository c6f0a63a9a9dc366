"""A server that never ends an answer and never falls silent: a byte of it comes every few moments."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

BEGINNINGS = {
    "silent": b"",
    "head": b"HTTP/1.1 200 OK\r\nX-Slow: ",
    "interim": b"HTTP/1.1 102 Processing\r\n\r\n",
    "body": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000000\r\n\r\n",
}
REST = {"silent": b"", "head": b"a", "interim": b"HTTP/1.1 102 Processing\r\n\r\n", "body": b"a"}
PAUSE = 0.02


@contextmanager
def slow_server(way: str) -> Iterator[str]:
    """Its address. `way`: what of the answer is slow, one of BEGINNINGS."""
    stopped = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def drip(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(65536)
            connection.sendall(BEGINNINGS[way])
            for piece in cycle((REST[way],)):
                if stopped.wait(PAUSE):
                    return
                connection.sendall(piece)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=drip, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopped.set()
        listener.close()
