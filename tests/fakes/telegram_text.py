"""Telegram's own reading of HTML messages, strict as the server is: an independent check of what the bot sends.

Source: https://core.telegram.org/bots/api#html-style
"""

from __future__ import annotations

import re
from html import unescape

_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler", "a", "tg-emoji", "code",
         "pre", "blockquote"}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href"},
    "span": {"class"},
    "tg-emoji": {"emoji-id"},
    "code": {"class"},
    "blockquote": {"expandable"},
}
_TOKEN = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:=\"[^\"<>]*\")?)*)\s*>|(<)|(&(?:#\d+|#x[0-9a-fA-F]+|\w+);)|(&)"
)
_ENTITIES = {"&lt;", "&gt;", "&amp;", "&quot;"}


class Malformed(ValueError):
    """What Telegram answers `can't parse entities` to."""


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(source: str) -> str:
    """The visible text. Raises Malformed for an unknown tag, a bad attribute, a bare `<`, or tags out of order."""
    stack: list[str] = []
    visible: list[str] = []
    position = 0
    for match in _TOKEN.finditer(source):
        visible.append(source[position : match.start()])
        position = match.end()
        closing, name, attributes, bare, entity, _ampersand = match.groups()
        if bare:
            raise Malformed(f"Unexpected start tag at byte offset {match.start()}")
        if entity:
            visible.append(unescape(entity) if entity in _ENTITIES or entity.startswith("&#") else entity)
        elif name is None:
            visible.append("&")
        elif closing:
            if not stack or stack[-1] != name:
                raise Malformed(f'Unmatched end tag "{name}" at byte offset {match.start()}')
            stack.pop()
        else:
            if name not in _TAGS:
                raise Malformed(f'Unsupported start tag "{name}" at byte offset {match.start()}')
            given = set(re.findall(r"([a-zA-Z-]+)(?:=|\s|$)", re.sub(r"\"[^\"]*\"", "", attributes or "")))
            if given - _ATTRIBUTES.get(name, set()):
                raise Malformed(f'Unsupported attribute in tag "{name}" at byte offset {match.start()}')
            if name in {"code", "pre"} and stack and not (name == "code" and stack[-1] == "pre") and "code" in stack:
                raise Malformed(f'Tag "{name}" must not be nested')
            if name == "blockquote" and "blockquote" in stack:
                raise Malformed("Blockquotes must not be nested")
            if name == "a" and not re.search(r'href="[^"]+"', attributes or ""):
                raise Malformed("Link without an address")
            stack.append(name)
    if stack:
        raise Malformed(f'Can\'t find end tag corresponding to start tag "{stack[-1]}"')
    visible.append(source[position:])
    return "".join(visible)
