"""Links that a model wrote: only those that stand in the sources it was shown may stay. The rest is taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What a reader's program would turn into a link, besides addresses with a scheme. Endings that are everyday names in
# code (`model.to`, `x.in`, `np.is`) are left out: with a path behind them they are taken for links all the same.
_TLDS = (
    "com|org|net|edu|gov|info|biz|io|ai|dev|app|me|ru|su|рф|co|gg|ly|xyz|online|site|tech|club|pro|link|top|shop|store|"
    "cloud|space|wiki|blog|news|live|tv|cc|ua|by|kz|eu|uk|us|de|fr|cn|jp|ws|sh|page|click|zip|mov"
)
_SCHEME = r"\b[a-z][a-z0-9+.-]{1,20}:/{1,3}[^\s<>\"'»\[\])]+"
_OTHER_SCHEME = r"\b(?:mailto|javascript|data|tg|tel|magnet):[^\s<>\"'»\[\])]+"
_EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_WITH_PATH = r"(?<![\w@/.-])[\w-]+(?:\.[\w-]+)*\.[a-zа-я]{2,24}/[^\s<>\"'»\[\])]*"
_DOMAIN = rf"(?<![\w@/.-])(?:[\w-]+\.)+(?:{_TLDS})(?![\w-]|\.\w)"
_IP = r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:/[^\s<>\"'»\[\])]*)?(?![\w.])"
_HANDLE = r"(?<![\w@/.])@[A-Za-z]\w{3,31}"
LINK = re.compile("|".join((_SCHEME, _OTHER_SCHEME, _EMAIL, _WITH_PATH, _DOMAIN, _IP, _HANDLE)), re.IGNORECASE)

_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LABELLED = re.compile(r"\[([^\[\]]*)\]\(\s*<?([^\s)>]*)>?[^)]*\)")
_REFERENCE = re.compile(r"^\s*\[[^\]]+\]:\s*\S+.*$", re.MULTILINE)
_HTML = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)
_LEFTOVERS = re.compile(r"\(\s*\)|<\s*>|\[\s*\]|«\s*»|\"\s*\"")


def _plain(link: str) -> str:
    link = link.lower().rstrip(".,;:!?…)")
    return re.sub(r"^https?://(?:www\.)?", "", link).rstrip("/")


def known_links(texts: Iterable[str | None]) -> frozenset[str]:
    """Links that stand in these texts and addresses, in one spelling (no scheme, no `www.`, no trailing slash)."""
    return frozenset(_plain(match.group()) for text in texts if text for match in LINK.finditer(text))


def strip_links(text: str, known: frozenset[str]) -> str:
    """Text without any link that is not in `known`; a label stays, its address goes.

    Addresses with and without a scheme, bare domains, addresses of machines, e-mail, @handles, Markdown and HTML links.
    A word such as `torch.nn` or `README.md` is no link. What looks like one and is not costs a word; the other way
    round it would cost a reader's trust.
    """
    text = _IMAGE.sub(r"\1", text)
    text = _REFERENCE.sub("", text)
    text = _LABELLED.sub(_label, text)
    text = _HTML.sub("", text)
    removed = False

    def keep(match: re.Match[str]) -> str:
        nonlocal removed
        if _plain(match.group()) in known:
            return match.group()
        removed = True
        return "".join(re.findall(r"[.,;:!?…]+$", match.group()))

    while True:  # taking one out may leave another behind (`evil.example.com` inside `a.b@…`)
        shorter = LINK.sub(keep, text)
        if shorter == text:
            break
        text = shorter
    if removed:
        text = _LEFTOVERS.sub("", text)
        text = re.sub(r"[ \t]+([.,;:!?…])", r"\1", re.sub(r"(?<=\S)[ \t]{2,}", " ", text))
        text = re.sub(r"([.,;:])\.(?!\.)", ".", text)  # "see <link>." leaves "see." and not "see.."
    return text


def _label(match: re.Match[str]) -> str:
    """`[label](address)` as `label`, with the address kept as text where it may turn out to be a known one."""
    label, address = match.group(1), match.group(2)
    if label.strip().isdigit():
        return f"[{label.strip()}]"
    return label if not address or address in label else f"{label} ({address})"
