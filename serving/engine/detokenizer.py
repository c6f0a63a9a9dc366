"""Tokens to text as it streams: whole characters only, and never a piece of a stop string."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from konspekt.serving.model.tokenizer import Tokenizer


class Detokenizer:
    """Feed tokens, get the text that is safe to show.

    A character may span tokens, so incomplete UTF-8 waits. A stop string may span tokens too, so the longest suffix
    that could begin one waits; when one is complete the text ends before it.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        stop: Sequence[str] = (),
        *,
        show_control: bool = False,
        visible: frozenset[int] = frozenset(),
    ) -> None:
        self._pieces = tokenizer.token_bytes
        self._hidden = frozenset[int]() if show_control else tokenizer.special.control_ids - visible
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = [text for text in stop if text]
        self._pending = ""
        self.stopped = False

    def feed(self, token: int) -> str:
        """The newly safe text after `token`. After a stop string `stopped` is true and nothing follows."""
        if self.stopped:
            return ""
        if token not in self._hidden and token < len(self._pieces):
            self._pending += self._decoder.decode(self._pieces[token])
        return self._release()

    def finish(self) -> str:
        """What was still held back, when no more tokens follow."""
        if self.stopped:
            return ""
        self._pending += self._decoder.decode(b"", final=True)
        text = self._release()
        rest, self._pending = self._pending, ""
        return text if self.stopped else text + rest

    def _release(self) -> str:
        found = [at for at in (self._pending.find(text) for text in self._stop) if at >= 0]
        if found:
            self.stopped = True
            text, self._pending = self._pending[: min(found)], ""
            return text
        held = self._possible_start()
        cut = len(self._pending) - held
        text, self._pending = self._pending[:cut], self._pending[cut:]
        return text

    def _possible_start(self) -> int:
        """Length of the longest suffix of the pending text that is a proper prefix of a stop string."""
        for length in range(min(len(self._pending), max(map(len, self._stop), default=1) - 1), 0, -1):
            tail = self._pending[-length:]
            if any(len(text) > length and text.startswith(tail) for text in self._stop):
                return length
        return 0
