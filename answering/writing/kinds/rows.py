"""Which row of a table, or item of a list, is asked for: whose first cell or label («PNG: …») the question names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from konspekt.answering.judging.asked import lacks_kind
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import GENERIC, numbers
from konspekt.answering.writing.kinds.lists import lists_in
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import terms

NAMED, OTHER = 4.0, -4.0  # log-odds of the row that is named, of the other rows of its table
TOLD = 4.0  # and more of one that tells all that is asked: no sentence that is about the same says it better
_PARTLY, _SURELY = 0.5, 0.8  # of the question's words, in the row and what stands around its table
_BEYOND = 0.4  # of those that are not its label: GPTQ's row tells its perplexity, and not what came before GPTQ
_LABEL = re.compile(r"\s*(?:[-*•–—➤►]|\d{1,2}[.)])?\s*[*_«\"]*(?P<of>\w[^.!?:—\n]{0,30}?)[*_»\"]*(?::|\s[—–-])\s")
_PIECE = 14.0  # log-odds of the item on a letter of a name, where it is asked what that letter means
_OF_A_NAME = re.compile(
    r"[«\"']?(?P<part>\w{1,6})[»\"']?\s+(?:(?:значит|означает|mean|stands? for)\s+)?(?:в|in)\s+"
    r"[«\"']?(?P<name>\w+(?:[_-]\w+)*)",
    re.IGNORECASE,
)
_AROUND = 3  # sentences before a table that say what it tells


def named_rows(question: str, title: str, units: Sequence[Unit]) -> list[float]:
    """Of each unit: the share of the question that a row which it names tells; -1 for the other rows of its table."""
    found = [0.0] * len(units)
    asked = {term: 1.0 for term in terms(question) if term not in GENERIC and not (term.isalpha() and numbers(term))}
    for rows in _tables(units) if asked else ():
        first = [frozenset(terms(label_of(units[i]))) & asked.keys() for i in rows]
        most = max(map(len, first))
        if not most or sum(len(one) == most for one in first) > 1:
            continue
        around = terms(" ".join([title, *(unit.text for unit in units[max(0, rows[0] - 1 - _AROUND) : rows[0]])]))
        heading = next((unit.text for unit in reversed(units[: rows[0]]) if unit.is_heading), "")
        shares = []
        for i, one in zip(rows, first, strict=True):
            told = Terms([*terms(units[i].text), *around, *terms(heading)])
            beyond = {term: weight for term, weight in asked.items() if term not in one}
            tells_more = not units[i].is_row or (beyond and told.share(beyond) >= _BEYOND)
            shares.append(told.share(asked) if len(one) == most and tells_more else 0.0 if len(one) == most else -1.0)
        if max(shares) > 0:
            for i, share in zip(rows, shares, strict=True):
                found[i] = share
    return found


def worth_of_rows(question: str, title: str, units: Sequence[Unit]) -> list[float]:
    """Log-odds for each unit."""
    shares = named_rows(question, title, units)
    if max(shares, default=0.0) < _PARTLY:
        return [0.0] * len(units)
    worth = [NAMED * share if share > 0 else OTHER * -share for share in shares]
    for i, share in enumerate(shares):
        worth[i] += TOLD * (share >= _SURELY and _fits(question, title, units, i))
    return worth


def pieces_told(question: str, title: str, units: Sequence[Unit]) -> list[float]:
    """Log-odds for each unit: «M — medium» below «Буквы в Q4_K_M» tells what K_M means in that name."""
    found = [0.0] * len(units)
    match = next((one for one in _OF_A_NAME.finditer(question) if one["part"].lower() in one["name"].lower()), None)
    if match is None or match["name"].lower() not in title.lower():
        return found
    part = match["part"].lower()
    pieces = {*re.split(r"[_-]", part), *(part if part.isalpha() else "")}  # XS is X and S
    return [_PIECE * (label_of(unit).strip(' *_`«»"').lower() in pieces) for unit in units]


def tells(question: str, title: str, units: Sequence[Unit]) -> bool:
    """Whether a row tells what is asked of the very thing that it is of, at the very numbers that are asked for."""
    shares = named_rows(question, title, units)
    return any(share >= _SURELY and _fits(question, title, units, i) for i, share in enumerate(shares))


def _fits(question: str, title: str, units: Sequence[Unit], place: int) -> bool:
    """Whether a row holds every number of the question, and with what stands before its table the kind asked for."""
    before = [unit.text for unit in units[:place] if not unit.is_row][-_AROUND:]
    row = units[place].text
    return numbers(question) <= numbers(f"{title} . {row}") and not lacks_kind(question, "\n".join([*before, row]))


def label_of(unit: Unit) -> str:
    """What a row or an item is of; empty where it does not begin with that."""
    if unit.is_row:  # «GPTQ — 3 бита: 12.4», «№ 5: Тема: …»
        return unit.text.partition(" — " if " — " in unit.text else ": ")[0]
    label = _LABEL.match(unit.text)
    return label["of"] if label else ""


def _tables(units: Sequence[Unit]) -> Iterator[list[int]]:
    """Rows in a row, and the labelled items of a list."""
    for one in lists_in(units):
        labelled = [begins for begins, _ in one.items if label_of(units[begins])]
        if len(labelled) > 1 and not units[labelled[0]].is_row:
            yield labelled
    rows: list[int] = []
    for i, unit in enumerate(units):
        if unit.is_row:
            rows.append(i)
        elif rows:
            yield rows
            rows = []
    if rows:
        yield rows
