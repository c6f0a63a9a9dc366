"""Who owns which page of the KV cache, and which pages hold a prefix that a later request may share.

A page is shared only when it is full, under a hash of all tokens up to its end: equal hash, equal keys and values.
Unused pages that carry a hash stay until their room is needed; the longest unused go first.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import OrderedDict
from collections.abc import Sequence


def page_key(previous: bytes, tokens: Sequence[int]) -> bytes:
    """Hash of a full page, chained to the page before it (128 bits: collisions are not a case to handle)."""
    return hashlib.blake2b(previous + array("q", tokens).tobytes(), digest_size=16).digest()


class BlockManager:
    """Reference counts, free list and prefix index of `pages` pages."""

    def __init__(self, pages: int, page_size: int, *, prefix_cache: bool = True) -> None:
        self.pages, self.page_size = pages, page_size
        self._prefix_cache = prefix_cache
        self._free = list(range(pages - 1, -1, -1))
        self._uses = [0] * pages
        self._key_of: dict[int, bytes] = {}
        self._page_of: dict[bytes, int] = {}
        self._evictable: OrderedDict[int, None] = OrderedDict()  # unused pages with a key, least recently used first

    @property
    def available(self) -> int:
        """Pages that `allocate` can still give."""
        return len(self._free) + len(self._evictable)

    @property
    def used(self) -> int:
        return self.pages - self.available

    @property
    def cached(self) -> int:
        """Unused pages that still hold a known prefix."""
        return len(self._evictable)

    def allocate(self) -> int | None:
        """A page for one owner, or None when every page is in use."""
        if self._free:
            page = self._free.pop()
        elif self._evictable:
            page, _ = self._evictable.popitem(last=False)
            del self._page_of[self._key_of.pop(page)]
        else:
            return None
        self._uses[page] = 1
        return page

    def release(self, pages: Sequence[int]) -> None:
        """Give up one use of each page. The end of a prefix goes first, so that its beginning survives longest."""
        for page in reversed(pages):
            self._uses[page] -= 1
            assert self._uses[page] >= 0, f"page {page} was released twice"
            if self._uses[page] == 0:
                if page in self._key_of:
                    self._evictable[page] = None
                else:
                    self._free.append(page)

    def match(self, tokens: Sequence[int]) -> tuple[list[int], list[bytes]]:
        """Take the cached pages of the longest known prefix of `tokens`, never all of it: the last token must be
        computed to know what follows. -> (pages, their keys); release the pages when done."""
        pages: list[int] = []
        keys: list[bytes] = []
        key = b""
        for end in range(self.page_size, len(tokens), self.page_size):
            key = page_key(key, tokens[end - self.page_size : end])
            page = self._page_of.get(key) if self._prefix_cache else None
            if page is None:
                break
            self._evictable.pop(page, None)
            self._uses[page] += 1
            pages.append(page)
            keys.append(key)
        return pages, keys

    def publish(self, page: int, key: bytes) -> None:
        """`page` is full and computed: others may share it. The first of two equal pages keeps the name."""
        if self._prefix_cache and key not in self._page_of and page not in self._key_of:
            self._page_of[key] = page
            self._key_of[page] = key

    def is_shared(self, page: int) -> bool:
        """More than one owner reads it."""
        return self._uses[page] > 1

    def copy_of(self, page: int) -> int:
        """A page of its own for one owner of `page`, who gives up this one; `available` must not be 0."""
        copy = self.allocate()
        assert copy is not None
        self.release([page])
        return copy

    def unpublish(self, page: int) -> None:
        """Its only owner changes what is in it: it holds no known prefix any longer."""
        if (key := self._key_of.pop(page, None)) is not None:
            del self._page_of[key]

    def forget(self) -> None:
        """No page holds a known prefix any longer."""
        self._free.extend(self._evictable)
        self._evictable.clear()
        self._key_of.clear()
        self._page_of.clear()

    def check(self) -> None:
        """Raise AssertionError if a page is lost or owned twice (for tests)."""
        in_use = {page for page in range(self.pages) if self._uses[page]}
        assert len(self._free) == len(set(self._free)), "a page is free twice"
        assert not in_use & set(self._free), "a used page is free"
        assert not in_use & set(self._evictable), "a used page is evictable"
        assert len(in_use) + len(self._free) + len(self._evictable) == self.pages, "a page is lost"
        assert {self._page_of[key]: key for key in self._page_of} == self._key_of, "the prefix index is inconsistent"
