"""What the judge reads of a window: made once, remembered while there is room, and kept with the index."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import torch
from torch import Tensor

from konspekt.answering.judging.late import WIDTH
from konspekt.answering.judging.rows import packed, unpacked
from konspekt.storage.readings import Readings, ReadingsFile

_REMEMBERED = 15_000_000  # bytes: more than 1,000 windows
_FIXED = "Что написано, то и прочтут: what is written will be read, 1 time or 2."  # tells one judge from another


class ReadWindows:
    """Thread-safe. Rows are a byte a number, whether they were kept or not: an answer must not depend on that."""

    def __init__(self, make: Callable[[Sequence[str]], Sequence[Tensor]], kept: ReadingsFile | None) -> None:
        """`make`: texts -> [tokens, width] of each."""
        self._make, self._file = make, kept
        self._lock = threading.Lock()
        self._known: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def of(self, documents: Mapping[str, str]) -> dict[str, Tensor]:
        """Window -> what is read of it, [tokens, width]. `documents`: window -> the id of its document."""
        with self._lock:
            found = {text: self._known[text] for text in documents if text in self._known}
            for text in found:
                self._known.move_to_end(text)
        if missing := [text for text in documents if text not in found]:
            new = self._kept.get(missing) if self._kept else {}
            new |= self._made({text: documents[text] for text in missing if text not in new})
            found |= new
            self._remember(new)
        return {text: torch.from_numpy(unpacked(rows, WIDTH)) for text, rows in found.items()}

    def _made(self, documents: Mapping[str, str]) -> dict[str, bytes]:
        texts = list(documents)
        rows = self._make(texts) if texts else []
        made = {text: packed(one.numpy()) for text, one in zip(texts, rows, strict=True)}
        for document in dict.fromkeys(documents.values()):
            if self._kept and document:
                self._kept.put(document, {text: one for text, one in made.items() if documents[text] == document})
        return made

    @cached_property
    def _kept(self) -> Readings | None:
        return self._file.of("window", self._make([_FIXED])[0].numpy()) if self._file else None

    def _remember(self, windows: Mapping[str, bytes]) -> None:
        with self._lock:
            for text, rows in windows.items():
                if text not in self._known:
                    self._known[text] = rows
                    self._bytes += len(rows)
            while self._bytes > _REMEMBERED:
                self._bytes -= len(self._known.popitem(last=False)[1])
