"""An index of short token runs, for prompt-lookup speculation."""

from __future__ import annotations

_LONGEST, _SHORTEST = 4, 2  # tokens that must match


class NgramTable:
    """Where each run of 2 … 4 tokens was last followed by something."""

    def __init__(self) -> None:
        self._after: dict[tuple[int, ...], int] = {}
        self._seen = 0

    def extend(self, tokens: list[int]) -> None:
        """Take in the tokens added since the last call, except the very end, which nothing follows yet."""
        for end in range(max(self._seen, 1), len(tokens)):
            for length in range(_SHORTEST, _LONGEST + 1):
                if end >= length:
                    self._after[tuple(tokens[end - length : end])] = end
        self._seen = len(tokens)

    def find(self, tokens: list[int]) -> int | None:
        """The place after the latest earlier occurrence of the longest matching end of `tokens`."""
        for length in range(_LONGEST, _SHORTEST - 1, -1):
            if len(tokens) >= length and (at := self._after.get(tuple(tokens[-length:]))) is not None:
                return at
        return None
