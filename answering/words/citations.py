"""Marks of sources in a model's text: spellings repaired, numbers that do not exist dropped, the rest renumbered.

A mark is `⟦n⟧`: nobody's text holds these brackets (`harmless` takes them out of what a model is shown), so that
`[0, 1]`, `a[2]` and an author's own `[5]` are never taken for one. Models that write `[n]` all the same are understood,
except where the very same brackets stand behind the same word in what they were shown: those are the author's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from konspekt.answering.words.sentences import split_sentences

MARK = re.compile(r"⟦(\d{1,2})⟧")
_M = r"⟦\d{1,2}⟧"

_WORD = r"(?:источник(?:и|а|ов|е)?|ист\.|source|sources|ref|document|документ|пост|post|№|#|n|n=|\^)"
_INSIDE = rf"{_WORD}?\s*\d{{1,2}}(?:\s*(?:[,;–—-]|и|and)\s*{_WORD}?\s*\d{{1,2}})*"
_BRACKETED = re.compile(
    rf"[\[【〔⟦]\s*({_INSIDE})\s*(?:†[^\]】〕⟧\n]{{0,40}})?[\]】〕⟧](?:\([^()\s]*\))?", re.IGNORECASE
)
_PLAIN = re.compile(r"\[[\d\s,;–—-]+\]")  # brackets that may as well be an author's
_NAMED = re.compile(rf"\(\s*(?:см\.?\s*|see\s+)?{_WORD}\s*({_INSIDE})\s*\)", re.IGNORECASE)
_ROUND = re.compile(r"(?<=[\w»\")%])\s*\((\d{1,2})\)(?=\s*(?:[.!?,;:\[(]|$|\n))")
_SUPERSCRIPT = re.compile(r"(?<=[\w.!?»\")])([¹²³⁴⁵⁶⁷⁸⁹]+)(?=[\s.,;!?]|$)")
_SUPERSCRIPTS = str.maketrans("¹²³⁴⁵⁶⁷⁸⁹", "123456789")
_SPOKEN = re.compile(rf"\b(?:в|из|по|согласно|according to|in)\s+{_WORD}\w*\s+(?=⟦)", re.IGNORECASE)
_LISTED = re.compile(rf"({_M})\s*(?:[,;]|и|and)\s*(?={_M})")
_PARENTHESISED = re.compile(rf"[ \t]*\(\s*(?:см\.?|see|cf\.?)?\s*((?:{_M}\s*)+)\)", re.IGNORECASE)
_FOOTNOTE = re.compile(r"^[ \t]*\[\^\d{1,2}\]:.*$", re.MULTILINE)
_LEADING = re.compile(rf"^((?:{_M})+)[ \t]*[,:—–-]?[ \t]*([^\n⟦⟧]+?)([.!?…]+)(?=\s|$)", re.MULTILINE)
_RUN = re.compile(rf"(?:{_M}[ \t]*)+")
_OPENS = re.compile(r"[\w«\"“(`*$–—-]")
_CLOSED = re.compile(r"(?:^|[.!?…:;»\"”)|]\s|\n)\s*(?:[-*•]\s*)?$")
_RANGE = re.compile(r"(\d{1,2})\s*[–—-]\s*(?:\D*?)(\d{1,2})")
_TRAILING_LIST = re.compile(
    r"\n+\s*(?:[*#_>-]*\s*)?(?:источники|ссылки|использованные источники|список источников|литература|sources|"
    r"references|links)\s*[*_]*\s*:?\s*[*_]*\s*(?:\n.*|\[.*)?$",
    re.IGNORECASE | re.DOTALL,
)


def repair_marks(text: str, sources: int, shown: Iterable[str] = ()) -> str:
    """Every known spelling of a citation becomes `⟦n⟧`; `sources` is how many there are, `shown` their texts.

    `[1]`, `[Источник 1]`, `【1】`, `[1, 2]`, `[1-3]`, `[^1]`, `(источник 2)`, `[1](address)`, `([1], [2])`, `слово¹` —
    and `слово (1).` only where the text cites in no other way, because a number in round brackets may be part of it.
    """
    theirs = _squeezed("\n".join(shown))
    text = _FOOTNOTE.sub("", text)
    text = _BRACKETED.sub(lambda match: match.group() if _is_theirs(match, theirs) else _marks(match.group(1)), text)
    text = _NAMED.sub(lambda match: _marks(match.group(1)), text)
    text = _SPOKEN.sub("", text)
    if not MARK.search(text):
        text = _ROUND.sub(lambda m: f" ⟦{m.group(1)}⟧" if 1 <= int(m.group(1)) <= sources else m.group(), text)
        text = _SUPERSCRIPT.sub(
            lambda m: (
                m.group()
                if _squeezed(_word_before(m) + m.group()) in theirs
                else "".join(f"⟦{digit}⟧" for digit in m.group(1).translate(_SUPERSCRIPTS))
            ),
            text,
        )
    text = _PARENTHESISED.sub(lambda match: f" {match.group(1).strip()}", _LISTED.sub(r"\1", text))
    return _marks_last(text) if _leads(text) else _LEADING.sub(_mark_last, text)


def _is_theirs(match: re.Match[str], theirs: str) -> bool:
    """Whether brackets are an author's: an interval from 0, an index (`a[2]`), or as they stand in what was shown."""
    brackets = match.group()
    if not _PLAIN.fullmatch(brackets):
        return False
    if re.search(r"(?<!\d)0(?!\d)", brackets):
        return True  # no source has this number
    before = _word_before(match)
    attached = bool(before) and not before[-1].isspace()
    if attached and re.search(r"(?:^|\W)(?:[^\W\d]|[A-Za-z_]*_\w*)$", before):
        return True  # `a[2]`, `block_table[1]`
    same = _squeezed(before + brackets)
    return same in theirs and (bool(before.strip()) or (_squeezed(brackets) in theirs and match.start() > 0))


def _word_before(match: re.Match[str]) -> str:
    """The word in front of a match, with the blanks between."""
    return re.search(r"\S*\s*$", match.string[max(0, match.start() - 40) : match.start()]).group()  # type: ignore[union-attr]


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text.lower())


def _leads(text: str) -> bool:
    """Whether every mark of the text stands before what it is the source of: `[1] It is so. [2] It is not.`"""
    marks = list(_RUN.finditer(text))
    return (
        bool(marks)
        and not text[: marks[0].start()].strip(" \n-*•")
        and all(_OPENS.match(text, mark.end()) and _CLOSED.search(text[: mark.start()]) for mark in marks)
    )


def _marks_last(text: str) -> str:
    """Marks before sentences as marks at their ends; a mark holds for all sentences up to the next one."""
    runs = list(_RUN.finditer(text))
    moved = text[: runs[0].start()]
    for run, following in zip(runs, [*runs[1:], None], strict=True):
        said = text[run.end() : following.start() if following else len(text)]
        end = 0
        for sentence in split_sentences(said):
            stop = re.search(r"[.!?…]+[»\"”)]*$", sentence.text)
            at = sentence.start + (stop.start() if stop else len(sentence.text))
            mark = f" {run.group().strip()}" if stop else ""  # one that is still being written gets its mark at its end
            moved += f"{said[end:at].lstrip() if not end else said[end:at]}{mark}{stop.group() if stop else ''}"
            end = sentence.end
        moved += said[end:]
    return moved.rstrip()


def _mark_last(match: re.Match[str]) -> str:
    """`[1] it is so.` as `It is so [1].`"""
    marks, sentence, stop = match.groups()
    return f"{sentence[0].upper()}{sentence[1:].rstrip()} {marks}{stop}"


def _marks(inside: str) -> str:
    spread = _RANGE.sub(
        lambda m: (
            ",".join(str(n) for n in range(int(m.group(1)), int(m.group(2)) + 1))
            if int(m.group(1)) < int(m.group(2)) <= int(m.group(1)) + 9
            else m.group()
        ),
        inside,
    )
    return "".join(f"⟦{int(number)}⟧" for number in re.findall(r"\d{1,2}", spread))


def drop_source_list(text: str) -> str:
    """Without the list of sources that small models add at the end: the program writes its own."""
    return _TRAILING_LIST.sub("", text).rstrip()


def drop_unknown_marks(text: str, sources: int) -> str:
    """Without the marks of sources that do not exist, and without a mark said twice in a row."""
    text = MARK.sub(lambda match: match.group() if 1 <= int(match.group(1)) <= sources else "", text)
    text = re.sub(rf"({_M})(?:\s*\1)+", r"\1", text)
    return re.sub(r"[ \t]+([.,;:!?])", r"\1", re.sub(r"(?<=\S)[ \t]{2,}", " ", text))


def cited(text: str) -> list[int]:
    """Numbers of the marks in order of their first appearance."""
    return list(dict.fromkeys(int(match.group(1)) for match in MARK.finditer(text)))


def renumber(text: str) -> tuple[str, dict[int, int]]:
    """Marks numbered by first appearance, so that a reader sees 1, 2, 3; and the map of old to new numbers."""
    order: Mapping[int, int] = {old: new for new, old in enumerate(cited(text), start=1)}
    return MARK.sub(lambda match: f"⟦{order[int(match.group(1))]}⟧", text), dict(order)


def without_marks(text: str) -> str:
    return re.sub(rf"\s*{_M}", "", text)
