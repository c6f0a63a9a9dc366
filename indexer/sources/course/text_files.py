"""Bytes of a text file → text, and the small things that every course format needs: title, links, language."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from urllib.parse import urlsplit

from konspekt.bilingual import Bilingual
from konspekt.indexer.errors import IndexerError
from konspekt.indexer.language import detect_language
from konspekt.indexer.sources.messages import say

TITLE_MAX_CHARS = 150
BYTES_PER_BAD = 50  # a NUL among so many bytes is damage, more of them are binary data
GOOD_PER_BAD = 5  # characters beyond ASCII that are whole, for each one that is not

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+", re.DOTALL)
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a]")
_NUMBER_PREFIX = re.compile(r"^(\d+)[-_. ]+(?=\D)")


class UnreadableFileError(IndexerError):
    """A file that cannot become a document: what is wrong with it, and what its owner can do."""

    def __init__(self, what: Bilingual, cure: Bilingual) -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure


def decode(data: bytes) -> str:
    """UTF-8 or UTF-16 by its mark, else UTF-8, else the Cyrillic code page that fits. Line ends become `\\n`.

    A few bad bytes in a UTF-8 text become U+FFFD each; `bad_lines` says where. Raises `UnreadableFileError` for bytes
    that are no text at all.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    elif b"\0" in data and (data.count(b"\0") * BYTES_PER_BAD > len(data) or _CONTROL.search(data)):
        raise UnreadableFileError(say("binary"), say("true_extension"))
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("utf-8-sig", "replace") if _is_damaged_utf8(data) else _decode_legacy(data)
        text = text.replace("\0", "\ufffd")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def bad_lines(data: bytes) -> list[int]:
    """The numbers of the lines of a text file in which `decode` has put U+FFFD for a byte, one for each."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or "\ufffd".encode() in data:
        return []
    text = decode(data)
    return [number for number, line in enumerate(text.split("\n"), 1) for _ in range(line.count("\ufffd"))]


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether it is UTF-8 but for some bytes: of a code page hardly any character beyond ASCII decodes."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return sum(character > "\x7f" for character in text) - bad >= GOOD_PER_BAD * bad


def _decode_legacy(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=["cp1251", "koi8_r", "cp866", "cp1252"]).best()
    if best is None:
        raise UnreadableFileError(say("unknown_encoding"), say("save_utf8"))
    return str(best)


def tidy(text: str) -> str:
    """No control characters, no trailing blanks, at most one empty line in a row."""
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff]", "", text)
    text = re.sub(r"[ \t]+\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def language_of(text: str, default: str = "ru") -> str:
    """The language of the prose: code and links of a lecture are English in every language."""
    return detect_language(_CODE.sub(" ", text), default)


def shorten(title: str) -> str:
    title = " ".join(title.split())
    if len(title) <= TITLE_MAX_CHARS:
        return title
    return title[:TITLE_MAX_CHARS].rsplit(" ", 1)[0].rstrip(",;:—-") + "…"


def title_from_name(path: Path) -> str:
    """`03-noise_schedules.ru.vtt` → `3. noise schedules`: a title when the file itself has none."""
    stem = re.sub(r"\.(ru|en|orig|auto)$", "", path.stem, flags=re.IGNORECASE)
    stem = _NUMBER_PREFIX.sub(lambda match: f"{int(match[1])}. ", unicodedata.normalize("NFC", stem))
    return shorten(re.sub(r"[-_]+", " ", stem)) or path.name


def web_url(value: object) -> str | None:
    """The address if it is a plain http(s) one, else None: nothing else may become a link of an answer."""
    if not isinstance(value, str):
        return None
    value = value.strip()
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s<>\"]", value):
        return None
    return value


def sidecar_url(path: Path) -> str | None:
    """Address in a file beside it (`lecture.pdf.url` or `lecture.url`): bare, or as a shortcut of Windows."""
    for candidate in (path.with_name(path.name + ".url"), path.with_suffix(".url")):
        if candidate.is_file():
            lines = decode(candidate.read_bytes()).splitlines()
            found = (web_url(line.removeprefix("URL=")) for line in lines)
            return next((url for url in found if url), None)
    return None
