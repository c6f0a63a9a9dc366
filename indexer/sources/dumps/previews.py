"""The preview of a link that a page shows under a post: words of another page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.indexer.sources.dumps.shape import is_labels

PREVIEW_LINES = 4  # site, title, and a description that may be broken in two
SITE_CHARS = 30

_DOMAIN = re.compile(r"(?:[\w-]+\.)+[A-Za-z]{2,}(?:/\S*)?")
_SITES = frozenset({
    "telegram", "telegraph", "youtube", "github", "medium", "habr", "хабр", "arxiv", "twitter", "x", "gist", "reddit",
    "linkedin", "vimeo", "google docs", "notion", "substack", "vk", "instagram", "facebook", "spotify", "wikipedia",
    "hugging face", "rutube",
})  # fmt: skip
_SITE_NAME = re.compile(r"[^\W\d_][\w .&'-]*")


def without_preview(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines of a post, and those of a preview at its end. Without a second copy only known sites are believed."""
    words = [number for number, line in enumerate(lines) if line]
    for number in words[1:][-PREVIEW_LINES:]:
        rest = [line for line in lines[number:] if line]
        if is_preview(rest, after_copy=False):
            return lines[:number], rest
    return lines, []


def is_preview(lines: Sequence[str], *, after_copy: bool) -> bool:
    """A site's name, a page's title, perhaps its description. After a second copy, an unknown name is a site too."""
    if not 2 <= len(lines) <= PREVIEW_LINES or any(map(is_labels, lines[1:])):
        return False  # "GitHub" above an address is a label and not the name of a site
    site = lines[0]
    if _DOMAIN.fullmatch(site) or site.casefold() in _SITES:
        return True
    return after_copy and len(site) <= SITE_CHARS and bool(_SITE_NAME.fullmatch(site))
