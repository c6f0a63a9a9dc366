"""Which anchor holds a place of a text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from konspekt.indexer.documents import Anchor


def anchor_at(anchors: Sequence[Anchor], offset: int) -> Anchor | None:
    """The anchor that holds at this character, or None before the first."""
    index = bisect_right([anchor.offset for anchor in anchors], offset)
    return anchors[index - 1] if index else None
