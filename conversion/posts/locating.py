"""The post that an author names: by its link, its id in the index, or by nothing but a date."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from konspekt.conversion.document import Post
from konspekt.conversion.error_messages import wrong
from konspekt.conversion.errors import PostNotFound
from konspekt.conversion.posts.reading import post_from_document
from konspekt.indexer.document_rows import document_of
from konspekt.storage.database import Database
from konspekt.storage.models import DocumentRow, SourceRow

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
    with database.session() as session:
        wanted = {f"https://{host}/{channel}/{number}" for host in ("t.me", "telegram.me")}
        row = session.scalars(select(DocumentRow).where(DocumentRow.url.in_(wanted)).limit(1)).first()
        if row is None:  # names of channels do not know upper and lower case
            tail = f"%/{channel.replace('_', '!_')}/{number}"
            row = session.scalars(select(DocumentRow).where(DocumentRow.url.ilike(tail, "!")).limit(1)).first()
        return _post(row, session.get(SourceRow, row.source_id)) if row is not None else None


def _by_id(name: str, database: Database) -> Post | None:
    with database.session() as session:
        row = session.get(DocumentRow, name)
        return _post(row, session.get(SourceRow, row.source_id)) if row is not None else None


def _post(row: DocumentRow, source: SourceRow | None) -> Post:
    return post_from_document(document_of(row), _folder(source))


def _folder(source: SourceRow | None) -> Path | None:
    """The export that media paths are relative to."""
    if source is None or "://" in source.location:
        return None
    path = Path(source.location)
    return path if path.is_dir() else path.parent


def posts_since(database: Database, since: datetime | None, source: str | None = None) -> Iterator[Post]:
    """Every indexed post from a day on, oldest first."""
    query = select(DocumentRow.id).where(DocumentRow.kind == "post").order_by(DocumentRow.published_at, DocumentRow.id)
    if since:
        query = query.where(DocumentRow.published_at >= since)
    if source:
        query = query.where(DocumentRow.source_id == source)
    with database.session() as session:
        ids = list(session.scalars(query))
    for name in ids:
        post = _by_id(name, database)
        if post:
            yield post
