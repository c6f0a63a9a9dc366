"""SentencePiece's unigram for a query or two, without its 250,000 pieces made into a trie, which takes a second.

Only the pieces that occur in the text are looked up, by numpy, in the vocabulary as it lies in the file; the best cut
is then found as SentencePiece finds it (`EncodeOptimized` of its unigram_model.cc, in float32, the first of equals).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from konspekt.indexer.embedding.e5.file import E5File
from konspekt.indexer.embedding.e5.normalising import normalised

SPACE = "\u2581"
UNKNOWN_PENALTY = np.float32(10.0)  # below the least likely piece
HEAD = 8  # bytes of a piece that are compared first


class LightTokenizer:
    """The same ids as `E5Tokenizer`."""

    def __init__(self, file: E5File) -> None:
        self._pieces, self._unk, self._bos, self._eos = file.pieces, file.unk, file.bos, file.eos
        offsets = file.pieces.offsets.astype(np.int64)
        lengths = offsets[1:] - offsets[:-1]  # [pieces], in bytes
        self._special = frozenset((file.bos, file.eos, file.pad, file.unk))
        self._longest = int(lengths.max())
        self._heads = _heads(file, lengths)
        ordinary = np.ones(len(lengths), bool)
        ordinary[list(self._special)] = False
        self._worst = np.float32(file.pieces.scores[ordinary].min()) - UNKNOWN_PENALTY

    def framed(self, text: str, limit: int) -> list[int]:
        """With <s> and </s>; a text of more than `limit` tokens, these two included, loses its end."""
        return [self._bos, *self.ids(text)[: limit - 2], self._eos]

    def ids(self, text: str) -> list[int]:
        """Without special tokens, never cut."""
        words = [word for word in normalised(text).split(" ") if word]
        text = "".join(SPACE + word for word in words)
        known = self._known_in(text)
        size = len(text)
        scores = [np.float32(0.0)] * (size + 1)
        came = [(-1, self._unk)] * (size + 1)  # of the best cut up to a place: where its last piece begins, and its id
        for start in range(size):
            before, single = scores[start], False
            for end in range(start + 1, min(size, start + self._longest) + 1):
                found = known.get(text[start:end])
                if found is None:
                    continue
                single = single or end == start + 1
                score = np.float32(before + found[1])
                if came[end][0] < 0 or score > scores[end]:
                    scores[end], came[end] = score, (start, found[0])
            end, score = start + 1, np.float32(before + self._worst)
            if not single and (came[end][0] < 0 or score > scores[end]):
                scores[end], came[end] = score, (start, self._unk)
        return self._walked(came)

    def _walked(self, came: list[tuple[int, int]]) -> list[int]:
        """The ids of the best cut; unknown characters side by side are one unknown."""
        ids: list[int] = []
        at = len(came) - 1
        while at > 0:
            at, number = came[at]
            if number != self._unk or ids[-1:] != [self._unk]:
                ids.append(number)
        return ids[::-1]

    def _known_in(self, text: str) -> dict[str, tuple[int, np.float32]]:
        """The pieces that occur in the text: id and log-probability."""
        places = range(len(text))
        wanted = {text[i:j] for i in places for j in range(i + 1, min(len(text), i + self._longest) + 1)}
        heads = {int.from_bytes(piece.encode()[:HEAD].ljust(HEAD, b"\0"), "little") for piece in wanted}
        likely = np.flatnonzero(np.isin(self._heads, np.array(sorted(heads), np.uint64)))
        found: dict[str, tuple[int, np.float32]] = {}
        for number in likely.tolist():
            piece = self._pieces[number]
            if piece in wanted and number not in self._special:
                found.setdefault(piece, (number, np.float32(self._pieces.scores[number])))
        return found


def _heads(file: E5File, lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The first bytes of every piece as one number, uint64 [pieces]; shorter ones are filled with zeros."""
    offsets, blob = file.pieces.offsets, file.pieces.blob
    columns = np.arange(HEAD)
    places = np.minimum(offsets[:-1, None].astype(np.int64) + columns, len(blob) - 1)
    heads = np.where(columns < lengths[:, None], blob[places], 0).astype(np.uint8)  # [pieces, HEAD]
    numbers: NDArray[np.uint64] = np.ascontiguousarray(heads).view("<u8")[:, 0]
    return numbers
