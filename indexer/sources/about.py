"""What a channel says about itself, as a document: readers ask who writes it."""

from __future__ import annotations

from konspekt.indexer.documents import Document
from konspekt.indexer.language import detect_language


def about_channel(source_id: str, name: str, description: str, url: str | None, language: str) -> Document:
    """What a channel says about itself: who writes it, and what about."""
    text = f"{name}\n\n{description}"
    return Document(
        id=f"{source_id}/about",
        source_id=source_id,
        kind="post",
        title=name,
        text=text,
        url=url,
        author=name,
        language=detect_language(text, language),
        extra={"about": True},
    )
