"""/convert in Telegram, built from the settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from konspekt.app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from konspekt.bot.drafts.desk import Keeps
    from konspekt.bot.services import App
    from konspekt.conversion.by_model.writer import Writer
    from konspekt.conversion.document import Post
    from konspekt.llm_client import ChatModel
    from konspekt.storage.database import Database
    from konspekt.storage.drafts import Drafts
    from konspekt.storage.updates import Updates


def build_convert_feature(
    settings: Settings, database: Database, updates: Updates, model: ChatModel | None
) -> Callable[[App], None]:
    """A feature for `konspekt.bot.runner.Bot`, over the bot's own database, inbox and model.

    Raises UnknownNetwork for a wrong AUTO_CONVERT.
    """
    from konspekt.app.authoring.lessons import AuthorsLessons
    from konspekt.app.drafting import wishes_of, writer_over
    from konspekt.bot.drafts.desk import ConvertParts
    from konspekt.bot.drafts.feature import convert_feature
    from konspekt.conversion.posts.fetching import fetch_post
    from konspekt.conversion.posts.locating import locate
    from konspekt.conversion.targets import parse_targets
    from konspekt.indexer.sources.options import SourceOptions
    from konspekt.storage.authoring.lessons import Lessons
    from konspekt.storage.drafts import Drafts

    options = SourceOptions.from_pairs(settings.channel_usernames, settings.video_urls)

    @lru_cache(maxsize=4)
    def writer_for(speak: str) -> Writer | None:
        return writer_over(settings, model, speak)

    drafts = Drafts(database)
    parts = ConvertParts(
        drafts=drafts,
        keep=keeping(drafts, updates),
        find=lambda link: find_post(link, database),
        fetch=lambda link: locate(link, None, fetch_post),
        read=lambda messages: read_messages(messages, options),
        writer_for=writer_for,
        wishes=wishes_of(settings),
        lessons=AuthorsLessons(Lessons(database)),
        auto=tuple(parse_targets(settings.auto_convert)) if settings.auto_convert else (),
    )
    return convert_feature(parts)


def keeping(drafts: Drafts, updates: Updates) -> Keeps:
    """Stores a draft together with the new state of its update."""

    def keep(update_id: int, effect_of: Callable[[int], dict[str, Any]], /, **draft: Any) -> int:
        def along(session: Session, draft_id: int) -> None:
            updates.write_effect(session, update_id, effect_of(draft_id))

        return drafts.add(**draft, along=along)

    return keep


def find_post(link: str, database: Database) -> Post | None:
    """The indexed post of a link or an id."""
    from konspekt.conversion.errors import PostNotFound
    from konspekt.conversion.posts.locating import locate

    try:
        return locate(link, database)
    except PostNotFound:
        return None


def read_messages(messages: Sequence[dict[str, Any]], options: Any = None) -> Post | None:
    """The post that Bot API messages show. Only a channel's own message has an id and a link of its own; a forward
    keeps the link of where it came from."""
    from konspekt.conversion.posts.reading import post_from_document
    from konspekt.indexer.sources.telegram.live import live_document

    document = live_document(list(messages), options)
    if document is None:
        return None
    post = post_from_document(document)
    first = messages[0]
    if first.get("chat", {}).get("type") == "channel":
        return post
    origin = first.get("forward_origin") or {}
    channel = (origin.get("chat") or {}).get("username")
    url = f"https://t.me/{channel}/{origin['message_id']}" if channel and "message_id" in origin else None
    return replace(post, id="", url=url, forwarded_from=None if url else post.forwarded_from)
