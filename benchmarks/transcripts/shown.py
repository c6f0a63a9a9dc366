"""A message in Telegram HTML as Markdown lines: what a reader sees, with what is folded marked as such."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

_TAGS = (
    (re.compile(r"</?b>"), "**"),
    (re.compile(r"</?i>"), "_"),
    (re.compile(r"</?s>"), "~~"),
    (re.compile(r'<pre><code class="language-([\w+#.-]+)">'), r"\n```\1\n"),
    (re.compile(r"</code></pre>|</?pre>"), "\n```\n"),
    (re.compile(r"</?code>"), "`"),
)
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_FOLDED = re.compile(r"<blockquote(?: expandable)?>(.*?)</blockquote>", re.DOTALL)


def as_markdown(message: dict[str, Any]) -> list[str]:
    """Lines of one message; marks keep their links, buttons stand in the last line."""
    html = _FOLDED.sub(
        lambda match: "\n" + _quoted(match.group(1)) + "\n", str(message.get("html") or message.get("text", ""))
    )
    html = _LINK.sub(lambda match: match.group(2), html)
    for tag, sign in _TAGS:
        html = tag.sub(sign, html)
    lines = re.sub(r"\n{3,}", "\n\n", unescape(re.sub(r"<[^>]*>", "", html))).strip().split("\n")
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    buttons = " ".join(f"[{button['text']}]" for row in rows for button in row)
    return [*lines, "", f"`{buttons}`"] if buttons else lines


def _quoted(text: str) -> str:
    return "\n".join(f"&gt; {line}".rstrip() for line in text.split("\n"))
