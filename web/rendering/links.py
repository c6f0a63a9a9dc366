"""Which addresses may be followed from the page."""

from __future__ import annotations

from html import escape
from urllib.parse import quote, urlsplit

SCHEMES = frozenset({"http", "https", "mailto", "tg"})


def safe_url(url: str | None) -> str | None:
    """The address, or None for `javascript:` and its like, and for what hides its host in what looks like another."""
    if not url or any(ord(char) <= 32 or 0x7F <= ord(char) <= 0x9F or char == "\\" for char in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme.lower() not in SCHEMES or (parts.scheme.lower() in {"http", "https"} and not parts.hostname):
        return None
    return url


def link_open(url: str) -> str:
    """The opening tag of a link to elsewhere: it learns nothing of where the reader came from."""
    return f'<a href="{escape(url)}" rel="noopener noreferrer nofollow ugc" target="_blank">'


def post_path(document_id: str, words: str = "") -> str:
    """Where the page shows a document, opened at these words."""
    at = f"&q={quote(words[:600], safe='')}#here" if words else ""
    return f"/post?id={quote(document_id, safe='')}{at}"
