"""All that Telegram turns into a link by itself, found in one pass over the text.

Addresses with and without a scheme (`evil.to`, `www.…`, `ftp.…`, `xn--…`, Cyrillic and full-width ones), e-mail,
addresses of machines, @handles and /commands. Every pattern here is a single run of one class of characters, so that
the time grows with the text and no text makes it grow faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

# A dot or an at sign that names are read with as well: the length stays.
_SAME = str.maketrans({"。": ".", "．": ".", "｡": ".", "＠": "@", "／": "/", "：": ":"})
_TOKEN = re.compile(r"[^\s<>\"'«»“”„‘’`|{}\[\]]+")
_SCHEME = re.compile(
    r"(?<![a-z0-9])(?:[a-z][a-z0-9+.-]{1,20}:/{1,3}|(?:mailto|javascript|data|tg|tel|magnet|ton):)(?=\w|@|%)", re.I
)
_RUN = re.compile(r"[\w.-]+")
_HANDLE = re.compile(r"(?<![\w@/.])@[A-Za-z]\w{2,31}")
_COMMAND = re.compile(r"/[A-Za-z]\w{0,63}(?:@\w{3,32})?")
_TAIL = ".,;:!?…)"
_AFTER = frozenset("/?#:")
# Names of files and calls that carry a top-level domain by accident, as people write of code.
_FILES = re.compile(
    r"(?:readme|license|changelog|main|setup|train|test|tests|index|app|run|config|utils|model|models|data|install|build|"
    r"__init__|__main__|script|example|demo|notebook|server|client|bot)\.(?:md|py|sh|rs)",
    re.IGNORECASE,
)
_CALLS = re.compile(
    r"(?:torch|np|tf|nn|os|sys|df|self|cls|model|tensor|pipe|x|y|args|image|images|batch|inputs|outputs)\.(?:to|in|is|cat|"
    r"click|name|data|open|zip|top)",
    re.IGNORECASE,
)  # fmt: skip


@cache
def _top_level() -> frozenset[str]:
    text = resources.files("konspekt.answering.words").joinpath("tlds.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def find_links(text: str) -> Iterator[tuple[int, int]]:
    """Where links stand, in order, without the punctuation behind them. A link reaches to the end of its word."""
    for token in _TOKEN.finditer(text.translate(_SAME)):
        word = token.group()
        start = _link_start(word)
        if start is None:
            continue
        link = word[start:].rstrip(_TAIL) or word[start:]
        yield token.start() + start, token.start() + start + len(link)


def _link_start(word: str) -> int | None:
    """Where the first link of a word begins."""
    starts: list[int] = []
    if ":" in word and (scheme := _SCHEME.search(word)):
        starts.append(scheme.start())
    if "@" in word and (handle := _HANDLE.search(word)):
        starts.append(handle.start())
    if word[0] in "/(" and (command := _COMMAND.fullmatch(word.strip("()").rstrip(_TAIL))):
        starts.append(word.index(command.group()))
    if "." in word:
        starts += [at for run in _RUN.finditer(word) if (at := _domain_start(word, run)) is not None][:1]
    return min(starts, default=None)


def _domain_start(word: str, run: re.Match[str]) -> int | None:
    """Where a domain or a machine's address begins in a run of letters, digits, dots and hyphens."""
    bare = run.group().rstrip(".")
    labels = bare.split(".")
    if len(labels) < 2 or not labels[-1]:
        return None
    following = word[run.start() + len(bare) : run.start() + len(bare) + 2]
    opens_path = following[:1] in _AFTER and len(following) > 1
    if len(labels) == 4 and all(label.isdigit() and len(label) <= 3 for label in labels):
        return _mailbox_start(word, run.start())
    first = len(labels) - 1
    while first > 0 and labels[first - 1]:
        first -= 1
    own = labels[first:]
    if len(own) < 2 or not any(char.isalpha() for char in own[-2] + own[-1]):
        return None
    last = own[-1].lower().strip("_")
    name = ".".join(own)
    if not opens_path and (_FILES.fullmatch(name) or _CALLS.fullmatch(name)):
        return None
    known = last in _top_level() or last.startswith("xn--")
    any_with_path = following[:1] == "/" and last.isalpha() and 2 <= len(last) <= 24
    prefixed = own[0].lower() in {"www", "ftp"} and len(own) > 1
    if known or any_with_path or prefixed:
        return _mailbox_start(word, run.start() + len(".".join(labels[:first])) + bool(first))
    return None


def _mailbox_start(word: str, domain: int) -> int:
    """`a.b+c@` and `user:password@` in front of a domain belong to it."""
    if domain and word[domain - 1] == "@":
        before = re.search(r"[\w.+:%-]*$", word[: domain - 1])
        return before.start() if before else domain
    return domain
