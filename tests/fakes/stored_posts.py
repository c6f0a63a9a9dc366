"""Rows of posts, for tests that need an index's tables and no index."""

from __future__ import annotations

from sqlalchemy.orm import Session

from konspekt.storage.models import DocumentRow, SourceRow


def store_posts(session: Session, *titles: str) -> None:
    """Posts `s/1`, `s/2`, … of the channel `s`."""
    session.add(SourceRow(id="s", kind="telegram", title="Канал", location="x"))
    session.flush()
    for number, title in enumerate(titles, 1):
        session.add(
            DocumentRow(id=f"s/{number}", source_id="s", kind="post", title=title, text="т", language="ru",
                        content_hash="h", fold_hash="h")
        )  # fmt: skip
    session.flush()
