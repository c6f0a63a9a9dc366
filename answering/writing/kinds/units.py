"""What a quote is made of: sentences, rows of tables, and whole code blocks and formulas, which are never cut."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from konspekt.answering.words.sentences import split_sentences
from konspekt.answering.writing.kinds.tables import rows_of

_ATOMS = re.compile(r"(?s:```.*?(?:```|\Z))|(?:^[ \t]*\|.*(?:\n|\Z))+|(?s:^\$\$.*?(?:\$\$|\Z))", re.MULTILINE)
_GAP = re.compile(r"^…$", re.MULTILINE)  # where pieces of a long text were left out
_NAMED_FENCE = re.compile(r"^[ \t]*```\w", re.MULTILINE)
_OF_CODE = re.compile(r"[=(){}\[\];<>]|^\s{2,}\S|\S [-+*/] \S|^(?:return|import|print|end)\b")  # in a line of it
_LINE_OF_CODE = re.compile(
    r"\s*(?:import \w|from [\w.]+ import |def \w+\(|class \w+[(:]|return\b|pip3? install |@\w+|"
    r"(?:for|while|with|if) [^а-яё]+:$|[A-Za-z_][\w.\[\]'\", ]*\s[-+*/|]?=\s\S|[A-Za-z_][\w.]*\([^а-яё]*\)$)"
)
_HEADING = re.compile(r"#{1,6}\s+\S")
_TAGS = re.compile(r"(?:#[\w]+[\s,.]*)+$")
_LABEL = (
    r"(?:код|статья|пейпер|папира|ссылк[аи]|пост|видео|демо|сайт|блог(?:пост)?|репозиторий|репа|гитхаб|веса|слайды|запись|"
    r"тред|колаб|источник|code|paper|links?|post|video|demo|(?:web)?site|blog(?:post)?|repo(?:sitory)?|github|"
    r"project(?: page)?|arxiv|weights|slides|recording|thread|colab|source)"
)
# «❱❱ Код», "Paper | Code", «🔥9👍2»: a link without its address, readers' reactions
_LINK = re.compile(rf"[^\w:?#]*{_LABEL}(?:[^\w:?#]+(?:(?:и|and)\s+)?{_LABEL})*[^\w:?#]*", re.IGNORECASE)
_REACTIONS = re.compile(r"(?:\d*[\U0001F300-\U0001FAFF❤♥☀-➿]\ufe0f?\s*\d*\s*)+")
_LONGEST_LABEL = 60  # characters
_CUT = re.compile(
    r"\s(?:that|the|an?|of|to|and|or|in|for|with|by|is|are|as|from|что|и|в|на|с|для|по|из|как|или|а|к|от|при)"
    r"(?:\.\.\.|…)$",
    re.IGNORECASE,
)
_OPENS_AN_ITEM = re.compile(r"[-*•–—#|>]|\d+[.)]")
_FENCE = re.compile(r"```([^\n`]*)\n(.*?)\n?[ \t]*(?:```\s*)?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, a row of a table, or a whole code block or formula: what is never cut."""

    start: int
    end: int
    text: str
    close: float
    is_row: bool = False  # of a table; `text` tells it with the heads of its columns
    is_head: bool = False  # of a table
    line_before: bool = False  # it begins a line

    @property
    def code(self) -> tuple[str, str] | None:
        """Language and text of a fenced code block, or of the rest of one; None for everything else."""
        if fence := _FENCE.fullmatch(self.text):
            return fence.group(1).strip(), fence.group(2)
        rest, closed, _ = self.text.rpartition("\n```")
        return ("", rest) if closed and self.text.endswith("```") and "```" not in rest else None

    @property
    def is_heading(self) -> bool:
        return bool(_HEADING.match(self.text)) and "\n" not in self.text

    @property
    def asks_or_names(self) -> bool:
        """A heading, of a text or a table, or a question says nothing by itself."""
        return self.is_heading or self.is_head or self.text.rstrip("*_ ").endswith("?")

    @property
    def is_tags(self) -> bool:
        """Hashtags, the label of a link, reactions, a sentence that breaks off, or the sign that something was left
        out: none says anything."""
        if _CUT.search(self.text):
            return True  # a link's card, broken off: «we discover that...»
        if self.is_row or (len(self.text) > _LONGEST_LABEL and not self.text.startswith("#")):
            return False
        said_nothing = self.text.strip(" .`") in {"…", ""}
        return said_nothing or any(one.fullmatch(self.text) for one in (_TAGS, _LINK, _REACTIONS))

    @property
    def promises_more(self) -> bool:
        """A heading, a question, or a line that introduces what follows: no end for a quote."""
        return bool(_HEADING.match(self.text)) or self.text.rstrip("*_ ").endswith((":", "—", "?"))


def units_of(text: str, close: Sequence[float] = ()) -> list[Unit]:
    """Units in order; `close` are cosines of a question with the sentences of the text."""
    atoms = list(_atoms(text))
    found: list[Unit] = []
    for i, sentence in enumerate(split_sentences(text)):
        value = close[i] if i < len(close) else min(close, default=0.0)
        start, end = sentence.start, sentence.end
        for a, b in atoms:
            if a < end and start < b:
                start, end = min(start, a), max(end, b)
        if found and (start < found[-1].end or _wrapped(text, found[-1], start)):
            last = found.pop()
            start, end, value = min(start, last.start), max(end, last.end), max(value, last.close)
        body = text[start:end]
        start, end = start + len(body) - len(body.lstrip()), end - len(body) + len(body.rstrip())
        found.append(Unit(start, end, body.strip(), value, line_before="\n" in text[_end(found) : start]))
    return [row for unit in found for row in _rows(text, unit)]


def _atoms(text: str) -> Iterator[tuple[int, int]]:
    """Stretches that are never cut: code, tables, formulas. Of a long text only pieces are here, and one that begins
    within code has its closing fence first."""
    start = 0
    for gap in [*_GAP.finditer(text), None]:
        end = gap.start() if gap else len(text)
        fence = text.find("```", start, end)
        if fence >= 0 and _closes(text, start, fence, end):
            yield start, fence + 3
            start = fence + 3
        for match in _ATOMS.finditer(text, start, end):
            yield match.span()
        start = gap.end() if gap else end


def _closes(text: str, start: int, fence: int, end: int) -> bool:
    """Whether the first fence of a piece closes code that began before it: it has no language and no partner, and
    stands below a line of code."""
    if text[fence + 3 : end].split("\n", 1)[0].strip():
        return False
    named = _NAMED_FENCE.search(text, start, end)
    if text.count("```", start, named.start() if named else end) % 2 == 0:
        return False
    before = text[start:fence].rstrip(" \t").removesuffix("\n").rsplit("\n", 1)[-1]
    return not text[start:fence].strip() or bool(_OF_CODE.search(before))


def _end(units: Sequence[Unit]) -> int:
    return units[-1].end if units else 0


def _rows(text: str, unit: Unit) -> list[Unit]:
    """A table's heads and rows, each a unit; any other unit as it is."""
    if unit.text[:1] != "|":
        return [unit]
    rows = rows_of(text, unit.start, unit.end)
    return [
        Unit(row.start, row.end, row.told or text[row.start : row.end], unit.close, bool(row.told), not row.told, True)
        for row in rows
    ] or [unit]


def is_line_of_code(line: str) -> bool:
    """Whether a line is one of a program, by how it begins: `import torch`, `x = f(y)`, `f(y)`."""
    return bool(_LINE_OF_CODE.match(line))


def _wrapped(text: str, before: Unit, start: int) -> bool:
    """Whether a line only goes on: files of a course break lines within sentences."""
    gap = text[before.end : start]
    if gap.strip(" ") == "\n" and before.text.count("$") % 2 and "$" in text[start:].split("\n", 1)[0]:
        return True  # within a formula
    if gap.strip(" ") == "\n" and before.text.endswith(",") and not (before.code or _OPENS_AN_ITEM.match(text, start)):
        return True  # a formula or a name opens the line that goes on
    if gap.strip(" ") != "\n" or before.code or before.is_heading or before.is_tags or before.text.lstrip()[:1] == "|":
        return False
    if is_line_of_code(text[start:].split("\n", 1)[0]) or is_line_of_code(before.text):
        return False  # a post's code without a fence
    return text[start].islower() and not before.text.rstrip("*_ ").endswith((".", "!", "?", "…", ":", ";"))
