"""Where the longest end of a text stood before: a suffix automaton over a prompt and its answer.

Each state stands for the runs of tokens that end at the same places; its link leads to their longest end that stands
at more places. So the longest end of the whole text that occurred before is the link of the last state, found without a
search, however long it is. (Blumer et al. 1985; the construction that adds one token in amortised constant time.)
"""

from __future__ import annotations

from collections.abc import Sequence

MOST = 8192  # tokens; beyond them only the latest are remembered, so that an answer takes some megabytes at most
_RENEWED = 16  # shorter ends of a text whose latest place is noted with each token


class SuffixAutomaton:
    """Grows with a text. `most`: tokens that it remembers; when there are more, it starts anew from the latest half."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._seen = 0  # tokens of the text taken in
        self._clear(0)

    def _clear(self, begin: int) -> None:
        self._begin = begin  # the first token that is remembered
        self._length, self._link, self._after = [0], [-1], [0]
        self._next: list[dict[int, int]] = [{}]
        self._last = 0

    def extend(self, tokens: Sequence[int]) -> None:
        """Take in what `tokens`, the whole text, has grown by since the last call."""
        if len(tokens) - self._begin > self._most:
            self._clear(len(tokens) - self._most // 2)
            self._seen = self._begin
        for at in range(self._seen, len(tokens)):
            self._add(tokens[at], at + 1)
        self._seen = len(tokens)

    def find(self) -> tuple[int, int] | None:
        """(how many of the last tokens stood somewhere before, the place after them there); None if none did."""
        known = self._link[self._last]
        return (self._length[known], self._after[known]) if known > 0 else None

    def _add(self, token: int, after: int) -> None:
        self._renew()
        new = self._state(self._length[self._last] + 1, after, {})
        at = self._last
        while at >= 0 and token not in self._next[at]:
            self._next[at][token] = new
            at = self._link[at]
        self._link[new] = self._linked(at, token) if at >= 0 else 0
        self._last = new

    def _renew(self) -> None:
        """The text goes on: where its ends stood last is here, and something follows."""
        after, at = self._after[self._last], self._link[self._last]
        for _ in range(_RENEWED):
            if at <= 0:
                break
            self._after[at] = after
            at = self._link[at]

    def _linked(self, at: int, token: int) -> int:
        """The state of the longest end that occurred before: the one after `at`, or a copy of its shorter runs."""
        found = self._next[at][token]
        if self._length[found] == self._length[at] + 1:
            return found
        copy = self._state(self._length[at] + 1, self._after[found], dict(self._next[found]))
        self._link[copy] = self._link[found]
        self._link[found] = copy
        while at >= 0 and self._next[at].get(token) == found:
            self._next[at][token] = copy
            at = self._link[at]
        return copy

    def _state(self, length: int, after: int, following: dict[int, int]) -> int:
        self._length.append(length)
        self._after.append(after)
        self._link.append(-1)
        self._next.append(following)
        return len(self._length) - 1
