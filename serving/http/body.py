"""The body of a request: read within bounds, also in chunks, and brought to JSON that everything behind it can take."""

from __future__ import annotations

import asyncio
import json
import re

from starlette.types import Message, Receive

from konspekt.serving.errors import ServingError

MAX_BODY = 4 << 20
_SECONDS = 60  # for a body to arrive
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class BodyError(ServingError):
    """The body cannot be taken; `status` is HTTP's."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ClientLeftError(ServingError):
    """The client no longer waits for an answer."""


async def read_body(receive: Receive) -> bytes:
    """Raises: BodyError (too large, too slow), ClientLeftError."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientLeftError("the client has left")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > MAX_BODY:
                    raise too_large()
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        raise BodyError(f"the body did not arrive within {_SECONDS} s", 408) from None


def too_large() -> BodyError:
    return BodyError(f"the body is larger than {MAX_BODY} bytes", 413)


def plain_json(body: bytes) -> bytes:
    """`body`, checked to be JSON. A lone surrogate (half of an emoji that a client cut in two) becomes U+FFFD, as
    browsers send it; NaN and Infinity are not JSON. Raises BodyError."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse)
        if not _SURROGATE.search(body):
            return body
        text = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
    except UnicodeDecodeError as error:
        raise BodyError(f"the body is not UTF-8: byte {error.start} is {body[error.start]:#04x}", 400) from None
    except RecursionError:
        raise BodyError("the body is nested too deep", 400) from None
    except ValueError as error:
        raise BodyError(f"the body is not JSON: {error}", 400) from None
    return text.decode("utf-16", "replace").encode()


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a JSON number")


def replayed(body: bytes, receive: Receive) -> Receive:
    """`receive` for whoever reads the same request next."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again
