"""The post that an author names: by its link, its id in the index, or by nothing but a date."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from konspekt.conversion.document import Post
from konspekt.conversion.error_messages import wrong
from konspekt.conversion.errors import PostNotFound
from konspekt.conversion.posts.reading import post_from_document
from konspekt.indexer.document_rows import document_of
from konspekt.storage.database import Database
from konspekt.storage.posts import StoredPost, post_by_address, post_by_id, post_ids

LINK = re.compile(
    r"(?:https?://)?(?:www\.)?(?:t|telegram)\.me/(?:s/)?(?P<channel>[A-Za-z]\w{3,31})/(?P<id>\d+)(?:[/?#]\S*)?"
)
PRIVATE_LINK = re.compile(r"(?:https?://)?(?:t|telegram)\.me/c/(?P<chat>\d+)/(?:\d+/)?(?P<id>\d+)(?:[/?#]\S*)?")

Fetch = Callable[[str, int], Post]


def post_link(text: str) -> tuple[str, int] | None:
    """Channel and message number of a public `t.me/<channel>/<id>` link."""
    match = LINK.fullmatch(text.strip())
    return (match["channel"], int(match["id"])) if match and match["channel"] != "c" else None


def locate(name: str, database: Database | None, fetch: Fetch | None = None) -> Post:
    """The post of a link or document id: from the index, else fetched. Raises PostNotFound, FetchRefused."""
    link = post_link(name)
    if database is not None:
        found = _by_link(*link, database) if link else _by_id(name, database)
        if found:
            return found
    if link and fetch:
        return fetch(*link)
    if PRIVATE_LINK.fullmatch(name.strip()):
        raise PostNotFound(wrong("private", name=name))
    raise PostNotFound(wrong("not_indexed" if link else "nothing_named", name=name))


def _by_link(channel: str, number: int, database: Database) -> Post | None:
    stored = post_by_address(database, channel, number)
    return _post(stored) if stored else None


def _by_id(name: str, database: Database) -> Post | None:
    stored = post_by_id(database, name)
    return _post(stored) if stored else None


def _post(stored: StoredPost) -> Post:
    return post_from_document(document_of(stored.document), folder_of(stored.location))


def folder_of(location: str | None) -> Path | None:
    """The export that media paths are relative to."""
    if location is None or "://" in location:
        return None
    path = Path(location)
    return path if path.is_dir() else path.parent


def posts_since(database: Database, since: datetime | None, source: str | None = None) -> Iterator[Post]:
    """Every indexed post from a day on, oldest first."""
    for name in post_ids(database, since, source):
        post = _by_id(name, database)
        if post:
            yield post
