"""Links as X's own counter sees them: with and without a scheme, known top-level domains, Cyrillic paths, `t.co`.

The grammar follows twitter-text 3 (https://github.com/twitter/twitter-text, `regexp/` of its JavaScript edition,
Apache-2.0, read 2026-11-21); the conformance cases of that project are the proof. A link never contains white space,
so the text is cut into tokens first and the answer for a token is remembered: posts repeat their links.

Mastodon counts with the same library, but lets any letter stand in a path and a query
(`config/initializers/twitter_regex.rb` of mastodon/mastodon, read 2026-11-30).
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import regex

_MAX_URL = 4096
_MAX_TCO_SLUG = 40

_SPACES = r"\x09-\x0D\x20\x85\xA0\u1680\u180E\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
_DIRECTION = r"\u202A-\u202E\u061C\u200E\u200F\u2066-\u2069"
_INVALID = r"\uFFFE\uFEFF\uFFFF"
_PUNCT = r"\!'#%&\(\)*\+,\\\-\./:;<=>\?@\[\]\^_{|}~\$"
_LATIN = (
    r"\xC0-\xD6\xD8-\xF6\xF8-\xFF\u0100-\u024F\u0253\u0254\u0256\u0257\u0259\u025B\u0263\u0268\u026F\u0272\u0289"
    r"\u028B\u02BB\u0300-\u036F\u1E00-\u1EFF"
)
_CYRILLIC = r"\u0400-\u04FF"

_DOMAIN_CHAR = rf"[^{_PUNCT}{_SPACES}{_INVALID}{_DIRECTION}]"
_TLD = r"(?:(?:\L<tlds>)(?=[^0-9a-zA-Z@+-]|$)|xn--[-0-9a-z]+)"
# Possessive, and of at most thirteen labels: a post may hold `x.x.x.x…` for a thousand of them.
_SUBDOMAIN = rf"(?:{_DOMAIN_CHAR}++(?:[_-]++{_DOMAIN_CHAR}++)*+\.)"
_DOMAIN_NAME = rf"(?:{_DOMAIN_CHAR}++(?:-++{_DOMAIN_CHAR}++)*+\.)"
_DOMAIN = rf"(?:{_SUBDOMAIN}{{0,12}}{_DOMAIN_NAME}{_TLD})"

_PATH_CHAR = rf"[a-z{_CYRILLIC}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"
_PARENS = rf"\((?:{_PATH_CHAR}+|(?:{_PATH_CHAR}*\({_PATH_CHAR}+\){_PATH_CHAR}*))\)"
_PATH_END = rf"(?:[+\-a-z{_CYRILLIC}0-9=_#/{_LATIN}]|{_PARENS})"
_PATH = rf"(?:(?:{_PATH_CHAR}*(?:{_PARENS}{_PATH_CHAR}*)*{_PATH_END})|(?:@{_PATH_CHAR}+/))"
_QUERY = r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]"

_MASTODON_CHAR = r"[^\p{White_Space}<>()?]"
_MASTODON_PARENS = rf"\((?:{_MASTODON_CHAR}+|(?:{_MASTODON_CHAR}*\({_MASTODON_CHAR}+\){_MASTODON_CHAR}*))\)"
_MASTODON_END = rf"""(?:[^\p{{White_Space}}()?!*"'「」<>;:=,.$%\[\]~&|@]|{_MASTODON_PARENS})"""
_MASTODON_PATH = (
    rf"(?:(?:{_MASTODON_CHAR}*(?:{_MASTODON_PARENS}{_MASTODON_CHAR}*)*{_MASTODON_END})|(?:{_MASTODON_CHAR}+/))"
)
_ANY_LETTER = r"\xA0-\uD7FF\uE000-\uFDCF\uFDF0-\uFFEF\U00010000-\U0010FFFD"
_MASTODON_QUERY = rf"\?[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@\^{_ANY_LETTER}]*[a-z0-9_&=#/\-{_ANY_LETTER}]"
_MASTODON_SCHEME = "(?:https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini)://"


@lru_cache(maxsize=1)
def _tlds() -> tuple[str, ...]:
    lines = files("konspekt.conversion").joinpath("data/tlds.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def _ends() -> frozenset[str]:
    return frozenset(_tlds())


def _grammar(scheme: str, path: str, query: str) -> regex.Pattern[str]:
    return regex.compile(
        rf"(?P<before>[^A-Za-z0-9@＠$#＃{_INVALID}]|[{_DIRECTION}]|^)"
        rf"(?P<url>(?P<scheme>{scheme})?(?P<domain>{_DOMAIN})(?::[0-9]+)?(?P<path>/{path}*)?(?:{query})?)",
        regex.IGNORECASE,
        tlds=_tlds(),
    )


_X = _grammar("https?://", _PATH, _QUERY)
_MASTODON = _grammar(_MASTODON_SCHEME, _MASTODON_PATH, _MASTODON_QUERY)
_ASCII_DOMAIN = regex.compile(rf"(?:[\-a-z0-9{_LATIN}]++\.){{1,13}}{_TLD}", regex.IGNORECASE, tlds=_tlds())
_END = regex.compile(r"\.([a-z]+)", regex.IGNORECASE)
_TCO = regex.compile(rf"^https?://t\.co/([a-z0-9]+)(?:{_QUERY})?", regex.IGNORECASE)
_TOKEN = regex.compile(rf"(?<![^{_SPACES}])[^{_SPACES}.]*+\.[^{_SPACES}]++")
_HAS_SCHEME = regex.compile(_MASTODON_SCHEME, regex.IGNORECASE)
_BAD_BEFORE = frozenset("-_./")


def find_tweet_urls(text: str) -> list[tuple[int, int]]:
    """Start and end (in code points of `text`, which must be NFC) of every link that X would shorten to t.co."""
    return _find(text, _X)


def find_mastodon_urls(text: str) -> list[tuple[int, int]]:
    """Start and end of every link with a scheme, as Mastodon counts them: a link without one is text there."""
    return [(start, end) for start, end in _find(text, _MASTODON) if _HAS_SCHEME.match(text, start)]


def _find(text: str, grammar: regex.Pattern[str]) -> list[tuple[int, int]]:
    if "." not in text:
        return []
    found: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(text):
        base = token.start()
        found.extend((base + start, base + end) for start, end in _urls_of_token(token.group(), grammar))
    return found


@lru_cache(maxsize=8192)
def _urls_of_token(token: str, grammar: regex.Pattern[str]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    if (
        token.isascii()
        and not any(end.lower() in _ends() for end in _END.findall(token))
        and "xn--" not in token.lower()
    ):
        return ()
    for match in grammar.finditer(token):
        start, end = match.span("url")
        domain, scheme = match["domain"], match["scheme"]
        if not _encodable(match["url"], scheme, domain):
            continue
        if scheme:
            end = _end_of_tco(match["url"], start, end)
            if end:
                found.append((start, end))
        elif not (match["before"] and match["before"] in _BAD_BEFORE):
            found.extend(_schemeless(domain, start, end, has_path=bool(match["path"])))
    return tuple(found)


def _schemeless(domain: str, start: int, end: int, *, has_path: bool) -> list[tuple[int, int]]:
    """Without a scheme only the ASCII domains count; the path, if any, belongs to the last of them."""
    spans = [(start + found.start(), start + found.end()) for found in _ASCII_DOMAIN.finditer(domain)]
    if spans and has_path:
        spans[-1] = (spans[-1][0], end)
    return spans


def _end_of_tco(url: str, start: int, end: int) -> int:
    """X's own short links end after their slug; one with an impossible slug is no link at all (0)."""
    match = _TCO.match(url)
    if match is None:
        return end
    return 0 if len(match[1]) > _MAX_TCO_SLUG else start + match.end()


def _encodable(url: str, scheme: str | None, domain: str) -> bool:
    try:
        encoded = domain.encode("idna")  # IDNA 2003, labels of at most 63 bytes: as the reference does
    except UnicodeError:
        return False
    # The reference adds the scheme's length once too often; kept, because X counts that way.
    return len(scheme or "https://") + len(url) + len(encoded) - len(domain) <= _MAX_URL
