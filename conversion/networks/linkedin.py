"""LinkedIn: 3,000 characters of "little text", where fifteen characters must be escaped or the post is cut short.

The part's `text` is little text, as the Posts API takes it; `readable` gives what a person pastes into the editor.
"""

from __future__ import annotations

import re

from konspekt.conversion.by_rule.counting import utf16_units
from konspekt.conversion.document import Blocks
from konspekt.conversion.network import (
    Limit,
    Network,
    Options,
)
from konspekt.conversion.pictures.fitting import Photo
from konspekt.conversion.writing.plain import PlainStyle, quotes_of, write_plain
from konspekt.conversion.writing.written import Written

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_ESCAPED = re.compile(r"\\([\\|{}@\[\]()<>#*_~])")
_HASHTAG = re.compile(r"\{hashtag\|\\#\|((?:[^\\|{}]|\\.)*)\}")

_BOLD_LETTERS = {
    **{chr(ord("A") + i): chr(0x1D5D4 + i) for i in range(26)},
    **{chr(ord("a") + i): chr(0x1D5EE + i) for i in range(26)},
    **{chr(ord("0") + i): chr(0x1D7EC + i) for i in range(10)},
}
_BOLD = str.maketrans(_BOLD_LETTERS)


def escape(text: str) -> str:
    """Little text of plain text."""
    return _RESERVED.sub(lambda match: "\\" + match[0], text)


def unescape(text: str) -> str:
    """Plain text of little text, hashtags included: what the reader sees."""
    pieces: list[str] = []
    last = 0
    for match in _HASHTAG.finditer(text):
        pieces += [_ESCAPED.sub(r"\1", text[last : match.start()]), "#" + _ESCAPED.sub(r"\1", match[1])]
        last = match.end()
    return "".join([*pieces, _ESCAPED.sub(r"\1", text[last:])])


def hashtag(tag: str) -> str:
    return f"{{hashtag|\\#|{escape(tag.lstrip('#'))}}}"


def bold(text: str) -> str:
    """Letters of the mathematical alphabet that look bold. Latin and digits only: there is no bold Cyrillic."""
    return text.translate(_BOLD)


def write(blocks: Blocks, options: Options) -> Written:
    style = PlainStyle(
        quotes=quotes_of(options.lang),
        escape=escape,
        hashtag=hashtag,
        heading=bold if options.bold_letters else None,
        bold=bold if options.bold_letters else None,
    )
    return write_plain(blocks, style)


_MANNER = (
    "a story that the author tells: a first line that makes one open the rest, then what the trouble was, what was "
    "done, what came out. Paragraphs of one to three sentences with a blank line between them. No headings, no lists "
    "of emoji, no invitation to comment."
)

LINKEDIN = Network(
    name="linkedin",
    title="LinkedIn",
    limits=(Limit(3000, "UTF-16 units of the escaped text", utf16_units),),
    write=write,
    readable=unescape,
    overflow="comments",
    formatting=("bold letters, if asked",),
    links="in the text",
    hashtags="{hashtag|\\#|tag}",
    mentions="@name, as text",
    bold_letters=True,
    likes_stories=True,
    handles=True,
    shows_spoilers=True,
    media_limit=20,
    photo=Photo(
        most_bytes=8_000_000,
        most_side=6012,
        source="learn.microsoft.com/linkedin Images API: fewer than 36,152,320 pixels (bytes: ours)",
        checked="2026-11-30",
    ),
    tags_kept=5,
    shows_code=False,
    picture=(1200, 1200),
    manner=_MANNER,
    habit="medium",
    source="learn.microsoft.com/linkedin: little Text Format, MultiImage API; linkedctl#194",
    checked="2026-11-21",
)

NETWORKS = (LINKEDIN,)
