"""What a server's model makes of a text: vLLM's /tokenize and /pooling, as our own server has them.

Blocking, for code that runs in a thread of its own.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from konspekt.llm_client.errors import LLMBadRequest, LLMBadResponse, LLMTimeout, LLMUnavailable

_REMEMBERED = 2000  # pieces of text whose tokens are known
_MOST = 1 << 24  # bytes of an answer


class StateServer:
    """Thread-safe. `base_url` is that of the OpenAI API (…/v1); `timeout` in seconds, of one request."""

    def __init__(self, base_url: str, api_key: str | None, *, timeout: float) -> None:
        self._address = urlsplit(base_url)
        self._root = self._address.path.rstrip("/").removesuffix("/v1")
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {api_key or 'none'}"}
        self._timeout = timeout
        self._tokens: OrderedDict[str, list[int]] = OrderedDict()
        self._lock = threading.Lock()

    def states(self, texts: Sequence[Sequence[str]], layer: int) -> list[list[float]]:
        """The state of each text's last token after `layer` layers. A text comes in pieces that are made tokens of one
        by one, so that what stands before the last piece has the same tokens whatever follows.

        Raises LLMError: LLMUnavailable, LLMTimeout, LLMBadRequest (no such layer, or another kind of server),
        LLMBadResponse.
        """
        prompts = [[token for piece in text for token in self._tokens_of(piece)] for text in texts]
        body = {"input": prompts, "layer": layer, "use_activation": False, "task": "embed"}
        said = self._post("/pooling", body)
        try:
            found = [[float(value) for value in one["data"]] for one in said["data"]]
        except (KeyError, TypeError, ValueError):
            found = []
        if len(found) != len(texts):
            raise LLMBadResponse("the server did not answer in the protocol of vLLM's /pooling")
        return found

    def _tokens_of(self, piece: str) -> list[int]:
        with self._lock:
            if (known := self._tokens.get(piece)) is not None:
                self._tokens.move_to_end(piece)
                return known
        said = self._post("/tokenize", {"prompt": piece, "add_special_tokens": False})
        try:
            tokens = [int(token) for token in said["tokens"]]
        except (KeyError, TypeError, ValueError):
            raise LLMBadResponse("the server did not answer in the protocol of vLLM's /tokenize") from None
        with self._lock:
            self._tokens[piece] = tokens
            while len(self._tokens) > _REMEMBERED:
                self._tokens.popitem(last=False)
        return tokens

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        secure = self._address.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        try:
            connection = kind(self._address.hostname or "", self._address.port, timeout=self._timeout)
            try:
                connection.request("POST", self._root + path, json.dumps(body).encode(), self._headers)
                reply = connection.getresponse()
                status, content = reply.status, reply.read(_MOST)
            finally:
                connection.close()
        except TimeoutError as error:
            raise LLMTimeout(f"{self._address.hostname} did not answer in time") from error
        except (OSError, http.client.HTTPException) as error:
            raise LLMUnavailable(f"{self._address.hostname} cannot be reached, or closed the connection") from error
        if status in {429, 500, 502, 503}:
            raise LLMUnavailable(f"{self._address.hostname} failed with HTTP {status}")
        if status != http.client.OK:
            raise LLMBadRequest(f"{self._address.hostname} rejected the request with HTTP {status}")
        try:
            said = json.loads(content)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise LLMBadResponse(f"{self._address.hostname} did not answer in JSON")
        return said
