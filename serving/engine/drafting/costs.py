"""What a step costs by the number of its rows: measured when an engine starts, and kept true by the steps that follow.

Rows are cheap while reading the weights takes longer than multiplying with them, and dear beyond that. Where this ends
depends on the processor, the threads, the model and its format, so it is measured: on one core without AVX-512 four
rows of a 1.5B model cost 1.6 times one, and eight rows 3.2 times.
"""

from __future__ import annotations

from bisect import bisect_left

MEASURED = (1, 2, 3, 4, 6, 8, 12, 16)  # rows of the steps that are timed at a start
_SHARE, _OTHERS = 0.1, 0.05  # how far one step moves what is known of its number of rows, and of all others
_STRANGE = 2.0  # a step that took longer than so many times what was expected says more about other programs


class StepCosts:
    """Seconds of a step by its rows. Until something is measured each row is taken to cost a tenth of the first."""

    def __init__(self) -> None:
        self._known: dict[int, float] = {}
        self._rows: list[int] = []
        self._seconds: list[float] = []

    def measured(self, rows: int, seconds: float) -> None:
        """A step of `rows` rows took so long, with nothing in the cache; the shortest of several counts."""
        self._known[rows] = min(seconds, self._known.get(rows, seconds))
        self._sort()

    def clear(self) -> None:
        """Forget what was measured."""
        self._known = {}
        self._sort()

    def observe(self, rows: int, seconds: float) -> None:
        """A step of running answers took so long. All costs follow a little: a long context makes every row dearer."""
        if not self._known or seconds <= 0.0:
            return
        expected = self.seconds(rows)
        off = min(_STRANGE, max(1.0 / _STRANGE, seconds / expected)) - 1.0
        self._known = {known: value * (1.0 + _OTHERS * off) for known, value in self._known.items()}
        self._known[rows] = expected * (1.0 + (_SHARE + _OTHERS) * off)
        self._sort()

    def seconds(self, rows: int) -> float:
        """Between what is known in proportion, beyond it by the average of what a row costs."""
        if not self._rows:
            return 0.9 + 0.1 * rows
        at = bisect_left(self._rows, rows)
        if at == 0:
            return self._seconds[0]
        if at == len(self._rows):
            widest = self._rows[-1] - self._rows[0]
            slope = (self._seconds[-1] - self._seconds[0]) / widest if widest else 0.0
            return self._seconds[-1] + slope * (rows - self._rows[-1])
        share = (rows - self._rows[at - 1]) / (self._rows[at] - self._rows[at - 1])
        return self._seconds[at - 1] + share * (self._seconds[at] - self._seconds[at - 1])

    def _sort(self) -> None:
        """More rows never cost less: what says otherwise is noise."""
        self._rows = sorted(self._known)
        self._seconds, most = [], 0.0
        for rows in self._rows:
            most = max(most, self._known[rows])
            self._seconds.append(most)
