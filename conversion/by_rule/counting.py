"""How long a text is, by each network's own way of counting. Pure functions, exact.

Networks disagree: X weighs code points and prices every link at 23, Mastodon counts graphemes but not the host of a
mention, Bluesky has a limit of graphemes and one of bytes, Threads counts an emoji as its bytes, Telegram UTF-16 units.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import regex
from emoji import EMOJI_DATA

from konspekt.conversion.by_rule.tweet_urls import find_mastodon_urls, find_tweet_urls

TWEET_URL_LENGTH = 23
MASTODON_URL_LENGTH = 23

# twitter-text config v3: these code points weigh 1, every other one weighs 2.
_HEAVY = regex.compile(r"[^\u0000-\u10FF\u2000-\u200D\u2010-\u201F\u2032-\u2037]")
# A text without any of these has no emoji of several code points.
_SEQUENCE_HINT = regex.compile(r"[\u200D\uFE0F\u20E3\U0001F1E6-\U0001F1FF\U0001F3FB-\U0001F3FF\U000E0020-\U000E007F]")
# An emoji as a reader sees it; ©, ® and ™ are letters unless a variation selector says otherwise.
_EMOJI = regex.compile(
    r"[#*0-9]\uFE0F?\u20E3|\p{Regional_Indicator}{2}"
    r"|(?:[©®™]\uFE0F|(?![©®™])\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]*)[\U000E0020-\U000E007F]*"
    r"(?:\u200D\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]*)*"
)
_GRAPHEME = regex.compile(r"\X")
_REFUSED = regex.compile(r"[\uFFFE\uFEFF\uFFFF]")
_LINE_END = regex.compile(r"\r\n|\r")
# Mastodon takes only links with a scheme, and counts a mention without its host.
_MASTODON_MENTION = regex.compile(r"(?<![=/\w])@(\w+(?:[\w.-]+\w+)?)(?:@[\w.-]+[\w]+)")


def tweet_length(text: str, *, emoji_parsing: bool = True) -> int:
    """Weighted length on X (twitter-text v3): NFC, weights by range, a link is 23, an emoji sequence is 2.

    `emoji_parsing=False` is the older rule (config v2), where each code point of an emoji is weighed by itself.
    """
    normal = unicodedata.normalize("NFC", text)
    if "\r" in normal:
        normal = _LINE_END.sub("\n", normal)
    urls = find_tweet_urls(normal)
    if not urls:
        return _weigh(normal, emoji_parsing)
    total, last = 0, 0
    for start, end in urls:
        total += _weigh(normal[last:start], emoji_parsing) + TWEET_URL_LENGTH
        last = end
    return total + _weigh(normal[last:], emoji_parsing)


def is_valid_tweet(text: str, limit: int = 280) -> bool:
    """Whether X takes it: not empty, within the limit, without the three code points it refuses."""
    return 0 < tweet_length(text) <= limit and not _REFUSED.search(text)


def _weigh(text: str, emoji_parsing: bool) -> int:
    if text.isascii():
        return len(text)
    total = len(text) + len(_HEAVY.findall(text))
    if emoji_parsing and _SEQUENCE_HINT.search(text):
        return _weigh_sequences(text)
    return total


def _weigh_sequences(text: str) -> int:
    total = len(text) + len(_HEAVY.findall(text))
    for match in _sequences().finditer(text):
        sequence = match.group()
        total -= len(sequence) + len(_HEAVY.findall(sequence)) - 2
    return total


@lru_cache(maxsize=1)
def _sequences() -> regex.Pattern[str]:
    return regex.compile(r"\L<emoji>", emoji=[name for name in EMOJI_DATA if len(name) > 1])


def graphemes(text: str) -> int:
    """User-perceived characters (UAX #29 extended grapheme clusters): Bluesky's first limit."""
    if text.isascii() and "\r" not in text:
        return len(text)
    return len(_GRAPHEME.findall(text))


def utf8_bytes(text: str) -> int:
    """Bytes in UTF-8: Bluesky's second limit, and the unit of its facets."""
    return len(text.encode("utf-8", "surrogatepass"))


def utf16_units(text: str) -> int:
    """UTF-16 code units: Telegram's limits and entity offsets, and what JavaScript calls a string's length."""
    return len(text) + sum(1 for char in text if char > "\uffff") if not text.isascii() else len(text)


def mastodon_length(text: str, *, url_length: int = MASTODON_URL_LENGTH) -> int:
    """Mastodon: graphemes, a link with a scheme counts `url_length`, `@user@host` counts as `@user`.

    Source: `StatusLengthValidator` of mastodon/mastodon (main, 2026). `url_length` is the instance's
    `configuration.statuses.characters_reserved_per_url`.
    """
    total, last = 0, 0
    if "://" in text:
        for start, end in find_mastodon_urls(text):
            total += graphemes(_without_hosts(text[last:start])) + url_length
            last = end
    return total + graphemes(_without_hosts(text[last:]))


def _without_hosts(text: str) -> str:
    return _MASTODON_MENTION.sub(r"@\1", text) if "@" in text else text


def threads_length(text: str) -> int:
    """Threads: every character counts 1, an emoji counts its bytes in UTF-8.

    Source: developers.facebook.com/docs/threads/posts ("Emojis are counted as the number of UTF-8 bytes"), 2026-04.
    """
    if text.isascii():
        return len(text)
    total = len(text)
    for match in _EMOJI.finditer(text):
        total += _emoji_surplus(match.group())
    return total


@lru_cache(maxsize=1024)
def _emoji_surplus(emoji: str) -> int:
    return len(emoji.encode("utf-8")) - len(emoji)
