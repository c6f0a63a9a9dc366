"""Documents in the database: how a `Document` becomes rows and comes back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from konspekt.indexer.documents import (
    Anchor,
    Document,
    Entity,
    Media,
)
from konspekt.storage.models import DocumentRow

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses NUL, UTF-8 lone surrogates
NOT_WORD = re.compile(r"[\W_]+")


def document_to_json(document: Document) -> dict[str, Any]:
    fields = _storable({name: value for name, value in asdict(document).items() if name != "counts"})
    if document.published_at is not None:
        fields["published_at"] = document.published_at.isoformat()
    return dict(fields)


def document_from_json(fields: Mapping[str, Any]) -> Document:
    published_at = fields["published_at"]
    return Document(
        **{
            **fields,
            "published_at": datetime.fromisoformat(published_at) if published_at else None,
            "entities": tuple(Entity(**entity) for entity in fields["entities"]),
            "media": tuple(Media(**medium) for medium in fields["media"]),
            "anchors": tuple(Anchor(**anchor) for anchor in fields["anchors"]),
        }
    )


COLUMNS = ("id", "source_id", "kind", "title", "text", "url", "author", "language")
IN_FIELDS = ("entities", "media", "anchors", "forwarded_from", "reply_to", "extra")


def document_row(document: Document, content_hash: str) -> dict[str, Any]:
    """The values of a `DocumentRow`, for a bulk insert."""
    as_json = document_to_json(document)
    return {
        **{name: as_json[name] for name in COLUMNS},
        "published_at": document.published_at,
        "content_hash": content_hash,
        "fold_hash": fold_hash(document.text),
        "fields": {name: as_json[name] for name in IN_FIELDS},
    }


def document_of(row: DocumentRow) -> Document:
    values = {name: getattr(row, name) for name in COLUMNS}
    published_at = row.published_at.isoformat() if row.published_at else None
    return document_from_json({**values, **row.fields, "published_at": published_at})


def fold_hash(text: str) -> str:
    """Equal for a post and its forward: only letters and digits count, not case, spaces, the form of links or emoji."""
    words = NOT_WORD.sub(" ", text.casefold().replace("ё", "е")).strip()
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return UNSTORABLE.sub("�", value) if UNSTORABLE.search(value) else value
    if isinstance(value, Mapping):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value
