"""Mastodon: 500 characters unless the instance says otherwise; any link is 23, a mention counts without its host."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Any

from konspekt.conversion.by_rule.counting import mastodon_length
from konspekt.conversion.document import Blocks
from konspekt.conversion.error_messages import wrong
from konspekt.conversion.errors import FetchRefused, WrongUsage
from konspekt.conversion.network import (
    Instances,
    Limit,
    Network,
    Options,
)
from konspekt.conversion.pictures.fitting import Photo
from konspekt.conversion.writing.plain import social_style, write_plain
from konspekt.conversion.writing.written import Written

_UNIT = "characters; a link counts 23, @user@host counts @user"


def write(blocks: Blocks, options: Options) -> Written:
    return write_plain(blocks, social_style(options.lang))


_MANNER = (
    "a thread for a technical community, paragraphs of at most 450 characters, calm and precise; it opens with what "
    "is new."
)

_LEAST = 60  # an instance that takes less than a link, a word and a number takes no posts
_HOST = re.compile(r"[^\s/@:?#\\]+(?::\d{1,5})?")


def rules_address(instance: str) -> str:
    """Where an instance (`мастодон.рф`, its address, `@me@mastodon.social`) says its limits. Raises WrongUsage."""
    host = re.sub(r"\Ahttps?://", "", instance.strip(), flags=re.IGNORECASE).split("/", 1)[0].rsplit("@", 1)[-1]
    if not _HOST.fullmatch(host):
        raise WrongUsage(wrong("no_instance", name=repr(instance)))
    return f"https://{host}/api/v2/instance"


def for_instance(instance: dict[str, Any]) -> Network:
    """The rules of one instance, from what its `/api/v2/instance` (or v1) answers. Raises FetchRefused."""
    statuses = _section(_section(instance, "configuration"), "statuses")
    limit = _number(statuses, "max_characters") or _number(instance, "max_toot_chars") or 500
    url_length = _number(statuses, "characters_reserved_per_url") or 23
    media = _number(statuses, "max_media_attachments") or 4
    if limit < _LEAST or url_length > limit:
        raise FetchRefused(wrong("no_rules", reason=f"max_characters {limit}"))
    count = partial(mastodon_length, url_length=url_length)
    unit = f"characters; a link counts {url_length}, @user@host counts @user"
    return replace(MASTODON, limits=(Limit(limit, unit, count),), media_limit=media)


def _section(values: dict[str, Any], name: str) -> dict[str, Any]:
    found = values.get(name)
    if found is not None and not isinstance(found, dict):
        raise FetchRefused(wrong("no_rules", reason=name))
    return found or {}


def _number(values: dict[str, Any], name: str) -> int | None:
    found = values.get(name)
    if found is None:
        return None
    if not isinstance(found, int) or isinstance(found, bool) or not 0 < found < 10**9:
        raise FetchRefused(wrong("no_rules", reason=f"{name} {str(found)[:40]}"))
    return found


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
    photo=Photo(
        most_bytes=16_777_216,
        most_side=5760,
        source="image_size_limit and image_matrix_limit (33,177,600) of mastodon.social/api/v2/instance",
        checked="2026-11-30",
    ),
    shows_code=False,
    picture=(1600, 900),
    manner=_MANNER,
    habit="medium",
    source="docs.joinmastodon.org, Instance entity; StatusLengthValidator of mastodon/mastodon",
    checked="2026-11-21",
    instances=Instances(rules_address, for_instance),
)

NETWORKS = (MASTODON,)
