"""A post as JSON beside its draft, so that it can be written again when it is stored nowhere else."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from konspekt.conversion.by_rule.output import fingerprint
from konspekt.conversion.document import MediaItem, Post
from konspekt.conversion.parsing.markdown import blocks_from_markdown
from konspekt.conversion.writing.markdown import write_markdown


def post_to_json(post: Post) -> dict[str, Any]:
    """Text as Markdown, which reads back to the same blocks."""
    return {
        "id": post.id,
        "title": post.title,
        "lang": post.lang,
        "url": post.url,
        "author": post.author,
        "forwarded_from": post.forwarded_from,
        "markdown": write_markdown(post.blocks).text,
        "media": [asdict(item) for item in post.media],
    }


def post_from_json(data: dict[str, Any]) -> Post:
    return Post(
        blocks_from_markdown(data["markdown"]),
        id=data["id"],
        title=data["title"],
        lang=data["lang"],
        url=data["url"],
        author=data["author"],
        forwarded_from=data["forwarded_from"],
        media=tuple(MediaItem(**item) for item in data["media"]),
    )


def source_hash(post: Post) -> str:
    """Equal for the same text; a post that was edited is another source."""
    return fingerprint(post, "")


def document_id(post: Post) -> str:
    """The id of an indexed post; the hash of one that came as text."""
    return post.id if post.id and not post.id.startswith("text:") else f"text:{source_hash(post)}"
