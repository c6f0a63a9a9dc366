"""Links that a model wrote: only those that stand in the sources it was shown may stay. The rest is taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from konspekt.answering.words.link_scanner import find_links

_REFERENCE = re.compile(r"^[ \t]*\[[^\]\n]{1,200}\]:[ \t]*\S.*$", re.MULTILINE)
_HTML = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_LEFTOVERS = re.compile(r"\(\s*\)|<\s*>|\[\s*\]|«\s*»|\"\s*\"")


def _plain(link: str) -> str:
    link = link.lower().rstrip(".,;:!?…)")
    return re.sub(r"^https?://(?:www\.)?", "", link).rstrip("/")


def known_links(texts: Iterable[str | None]) -> frozenset[str]:
    """Links that stand in these texts and addresses, in one spelling (no scheme, no `www.`, no trailing slash)."""
    return frozenset(_plain(text[start:end]) for text in texts if text for start, end in find_links(text))


_PASSES = 4  # what is left of one link may make another with what stands beside it: `/a()1`


def strip_links(text: str, known: frozenset[str]) -> str:
    """Text without any link that is not in `known`; a label stays, its address goes.

    What looks like a link and is not costs a word; the other way round it would cost a reader's trust. Takes time in
    proportion to the text.
    """
    for _ in range(_PASSES):
        before, text = text, _stripped(text, known)
        if text == before:
            break
    return text


def _stripped(text: str, known: frozenset[str]) -> str:
    text = _HTML.sub("", _unlabelled(_REFERENCE.sub("", text)))
    kept: list[str] = []
    position = 0
    removed = False
    for start, end in find_links(text):
        if _plain(text[start:end]) in known:
            continue
        kept.append(text[position:start])
        position, removed = end, True
    kept.append(text[position:])
    text = "".join(kept)
    if removed:
        text = _LEFTOVERS.sub(" ", text)
        text = re.sub(r"(?<![ \t])[ \t]+([.,;:!?…])(?=\s|$)", r"\1", re.sub(r"(?<=\S)[ \t]{2,}", " ", text))
        text = re.sub(r"([.,;:])\.(?![.\w])", ".", text)  # "see <link>." leaves "see." and not "see.."
    return text


def _unlabelled(text: str) -> str:
    """`[label](address)` as `label`, with the address kept as text where it may turn out to be a known one."""
    kept: list[str] = []
    position = opened = 0
    joint = text.find("](")
    while joint >= 0:
        opened = text.rfind("[", position, joint)
        closed = text.find(")", joint)
        if closed < 0:
            break
        if opened >= 0 and "\n" not in text[joint:closed]:
            image = opened > position and text[opened - 1] == "!"
            label = text[opened + 1 : joint]
            kept += [text[position : opened - image], _label(label, text[joint + 2 : closed])]
            position = closed + 1
        joint = text.find("](", max(position, joint + 2))
    return "".join([*kept, text[position:]])


def _label(label: str, inside: str) -> str:
    if label.strip().isdigit():
        return f"[{label.strip()}]"
    if inside.strip() and not any(True for _ in find_links(inside)):
        return f"[{label}]({inside})"  # `arr[i](see below)` is no link
    address = next(iter(inside.split()), "").strip("<>")
    return label if not address or address in label else f"{label} ({address})"
