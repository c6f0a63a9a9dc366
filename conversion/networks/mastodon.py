"""Mastodon: 500 characters unless the instance says otherwise; any link is 23, a mention counts without its host."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from konspekt.conversion.by_rule.counting import mastodon_length
from konspekt.conversion.network import (
    Blocks,
    Limit,
    Network,
    Options,
)
from konspekt.conversion.writing.plain import social_style, write_plain
from konspekt.conversion.writing.written import Written

_UNIT = "characters; a link counts 23, @user@host counts @user"


def write(blocks: Blocks, options: Options) -> Written:
    return write_plain(blocks, social_style(options.lang))


_MANNER = (
    "a thread for a technical community, paragraphs of at most 450 characters, calm and precise; it opens with what "
    "is new."
)

MASTODON = Network(
    name="mastodon",
    title="Mastodon",
    limits=(Limit(500, _UNIT, mastodon_length),),
    write=write,
    overflow="thread",
    numbered=True,
    formatting=(),
    links="in the text, 23 each",
    hashtags="#tag",
    mentions="@name or @name@host",
    handles=True,
    shows_spoilers=True,
    media_limit=4,
    manner=_MANNER,
    habit="medium",
    source="docs.joinmastodon.org, Instance entity; StatusLengthValidator of mastodon/mastodon",
    checked="2026-11-21",
)


def for_instance(instance: dict[str, Any]) -> Network:
    """The rules of one instance, from what its `/api/v2/instance` (or v1) answers."""
    statuses = instance.get("configuration", {}).get("statuses", {})
    limit = int(statuses.get("max_characters") or instance.get("max_toot_chars") or 500)
    url_length = int(statuses.get("characters_reserved_per_url") or 23)
    media = int(statuses.get("max_media_attachments") or 4)
    count = partial(mastodon_length, url_length=url_length)
    unit = f"characters; a link counts {url_length}, @user@host counts @user"
    return replace(MASTODON, limits=(Limit(limit, unit, count),), media_limit=media)


NETWORKS = (MASTODON,)
