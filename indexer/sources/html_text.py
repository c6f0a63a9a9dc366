"""The HTML of a Telegram message, exported or from the web → text with entities."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from bs4 import BeautifulSoup, Comment, Tag
from bs4.element import PageElement

from konspekt.indexer.sources.rich_text import RichText

MAX_DEPTH = 200  # deeper nesting is no message, and Python's stack is finite

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "del": "strikethrough",
    "strike": "strikethrough",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
}
_SPACE = re.compile(r"[ \t\r\n\f]+")
_LANGUAGE = re.compile(r"language-([\w+#.-]+)")
_SILENT = frozenset({"script", "style", "svg", "template"})
# Links of an export that lead nowhere: a script shows a tag, a command, a missing emoji.
_SHOWN = {
    "ShowHashtag": "hashtag",
    "ShowCashtag": "cashtag",
    "ShowBotCommand": "bot_command",
    "ShowMentionName": "text_mention",
}


def parse_html(data: str) -> BeautifulSoup:
    return BeautifulSoup(data, "lxml")


def add_html(rich: RichText, node: Tag) -> None:
    """Append what a node shows."""
    _children(rich, node.children, False, 0)


def words(node: Tag | None) -> str:
    """The visible text of a node on one line."""
    if node is None:
        return ""
    rich = RichText()
    add_html(rich, node)
    return " ".join(rich.build()[0].split())


def classes(node: Tag) -> frozenset[str]:
    value = node.get("class")
    return frozenset([value] if isinstance(value, str) else value or ())


def attribute(node: Tag | None, name: str) -> str:
    value = node.get(name) if node is not None else None
    return value if isinstance(value, str) else ""


def _children(rich: RichText, nodes: Iterable[PageElement], preformatted: bool, depth: int) -> None:
    for node in nodes:
        if isinstance(node, Tag):
            if depth < MAX_DEPTH and node.name not in _SILENT:
                _tag(rich, node, preformatted, depth)
        elif not isinstance(node, Comment):
            text = str(node)
            if not preformatted:
                text = _SPACE.sub(" ", text)
                if rich.ends_with_newline:
                    text = text.lstrip(" ")
            rich.add(text)


def _tag(rich: RichText, node: Tag, preformatted: bool, depth: int) -> None:
    if node.name == "br":
        rich.add("\n")
        return
    start = rich.units
    kind, url, language, emoji = _meaning(node)
    block = node.name in ("p", "div", "blockquote", "pre")
    if block and not rich.ends_with_newline:
        rich.add("\n")
        start = rich.units
    _children(rich, node.children, preformatted or node.name == "pre", depth + 1)
    if kind:
        rich.mark(kind, start, url=url, language=language, custom_emoji_id=emoji)
    if block and not rich.ends_with_newline:
        rich.add("\n")


def _meaning(node: Tag) -> tuple[str | None, str | None, str | None, str | None]:
    """Entity kind, url, language, custom emoji of a tag."""
    names = classes(node)
    if node.name == "a":
        return (*_link(node), None, None)
    if node.name == "tg-emoji":
        return "custom_emoji", None, None, attribute(node, "emoji-id") or None
    if "emoji" in names or (node.parent is not None and "emoji" in classes(node.parent)):
        return None, None, None, None  # <i class="emoji"><b>🔥</b></i> is a picture of an emoji, not italics
    if "spoiler" in names or "tg-spoiler" in names:
        return "spoiler", None, None, None
    if node.name == "pre":
        inner = node.find("code")
        inside = attribute(inner, "class") or " ".join(classes(inner)) if isinstance(inner, Tag) else ""
        match = _LANGUAGE.search(" ".join(names) + " " + inside)
        return "pre", None, match[1] if match else attribute(node, "data-language") or None, None
    if node.name == "code" and node.parent is not None and node.parent.name == "pre":
        return None, None, None, None
    if node.name == "blockquote" and (node.has_attr("expandable") or "collapsible" in names):
        return "expandable_blockquote", None, None, None
    return _TAGS.get(node.name), None, None, None


def _link(node: Tag) -> tuple[str | None, str | None]:
    href = attribute(node, "href").strip()
    label = node.get_text().strip()
    shown = next((kind for name, kind in _SHOWN.items() if name in attribute(node, "onclick")), None)
    if shown:
        return shown, None
    if label.startswith("#") and (not href or href.startswith("?q=")):
        return "hashtag", None
    if label.startswith("@") and re.fullmatch(r"https?://t(?:elegram)?\.me/\w+/?", href):
        return "mention", None
    if not re.match(r"(?:https?|tg|mailto|tel):", href, re.IGNORECASE):
        return None, None
    if href.startswith("mailto:"):
        return "email", None
    if href.startswith("tel:"):
        return "phone_number", None
    bare = re.sub(r"^https?://|/$", "", unquote(href))
    return ("url", None) if re.sub(r"^https?://|/$", "", unquote(label)) == bare else ("text_link", href)
