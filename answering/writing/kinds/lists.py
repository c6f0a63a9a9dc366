"""Lists are shown whole, with the line that announces them: an item that is left out is a wrong answer, and a line that
only announces says nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import content_terms
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import terms

_TAG = re.compile(r"#\w")
_NUMBERED = re.compile(r"\s*(\d{1,2})(?:[.)]|\ufe0f?\u20e3)\s")
_BETWEEN = 2  # lines
ANNOUNCED = 4.0
_OF_ITS_TITLE = 13.0  # log-odds of a line that announces the kinds of what the title names
_ITS_WORDS = 0.5  # of the announcing line's words that the question has
LONGEST_ITEM = 400  # characters of an item that is shown with all its sentences
LONGEST = 700  # characters of a list that is shown whole
_ITEM = re.compile(
    r"^\s*(?:[-*•–—▪▫◦‣·➤►▶→✔✅☑]\ufe0f?|\d{1,2}[.)]|\d\ufe0f?\u20e3|[a-zа-я]\))\s+\S|^\s*[▪▫➤►▶✔✅☑]\ufe0f?\S"
    r"|[\w.+-]{1,12}\s[—–-]\s",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*•–—▪▫◦‣·➤►▶→✔✅☑]\ufe0f?|\d{1,2}[.)]|\d\ufe0f?\u20e3)\s*")
_WORDS_OF_A_NAME = 3
_SEVERAL = re.compile(
    r"\b(?:какие|каких|каким[ие]?|какими|что (?:нужно|надо|входит|делать|проверить|взять|сделать|лечит)|с чего начать|"
    r"как (?:же )?(?:это )?(?:выб\w+|леч\w+|исправ\w+|бороться|вылеч\w+|избежать|починить)|"
    r"выбрать|перечисл\w+|список\w*|шаг[аи]\w*|этап\w*|способ\w*|вариант\w*|лекарств\w*|лечени\w+|метод[аыо]\w*|вид[аыов]+|"
    r"тип[аыов]+|порядок|порядк\w+|правила|ошибк[иа]\w*|причины|из чего|"
    r"which|what are|what (?:to|should (?:i|we)) (?:do|check|try)|lists?|steps?|ways?|options|how (?:to|do i|can i)|"
    r"checklist|kinds|types|methods|"
    r"choose|pick|rules|mistakes|reasons|cures?|remed\w+|fix(?:es)?)\b",
    re.IGNORECASE,
)

# «Какие методы X бывают?», and the line that announces them in a text that is called X: «Семейства:»
_KINDS = (
    r"\b(?:метод(?:ы|ов|ами)?|способ(?:ы|ов)?|вид(?:ы|ов)|тип(?:ы|ов)|разновидност\w+|семейств[ао]?|подход(?:ы|ов)|"
    r"вариант(?:ы|ов)|kinds|types|methods|ways|families|approaches|variants)\b"
)
_ASKS_KINDS = re.compile(rf"\b(?:какие|каковы|перечисли\w*|назови\w*|which|what|list)\b.*{_KINDS}", re.IGNORECASE)
_TELLS_KINDS = re.compile(_KINDS, re.IGNORECASE)

# What to do about it: a list of remedies or steps answers, whatever its words
_TO_DO = re.compile(
    r"\bчто\s+(?:(?:мне|нам|же|нужно|надо|стоит)\s+)*(?:с?делать|проверить|попробовать)\b|"
    r"\bкак\s+(?:(?:же|это|его|её|их)\s+)*(?:исправ\w+|леч\w+|вылеч\w+|почин\w+|бороться|избав\w+)|"
    r"\bwhat (?:to|should (?:i|we)|do i|can i) (?:do|check|try)\b|\bhow (?:to|do i|can i) (?:fix|cure|avoid|get rid)\b",
    re.IGNORECASE,
)
_ASKS_HOW = re.compile(r"^\W*(?:(?:а|и|ну)\s+)?(?:как\b|how (?:do|does|is|are|to|can)\b)", re.IGNORECASE)
_HOW_IT_WORKS = re.compile(
    r"\bкак\s+(?:\w+\s+)?(?:работа[ею]т|устроен\w*|действу[ею]т)\b|\b(?:идея|суть|алгоритм|принцип\w*)\b|"
    r"\bhow (?:do|does) .* works?\b",
    re.IGNORECASE,
)
# A line that announces how something works, and the words that it may have beside the thing's name
_TELLS_HOW = re.compile(
    r"\b(?:иде[яи]|суть|алгоритм\w*|принцип\w*|схем[аы]|шаги|работа[ею]т|устроен\w*|idea|algorithm|steps|works?)\b",
    re.IGNORECASE,
)
_OF_HOW = frozenset(
    content_terms(
        "идея суть алгоритм принцип схема шаг работает устроен простой простая очень так следующий такой сам основной "
        "idea algorithm step work simple basic main"
    )
)
_MOST_OF_IT = 0.6  # of the words of a question how, in the line that announces the steps and the one before it


@dataclass(frozen=True, slots=True)
class Listed:
    """Units of one list: what announces it (the place of its first item where nothing does), and its items, each with
    the places of its first unit and of the one behind its last."""

    opening: int
    items: tuple[tuple[int, int], ...]

    @property
    def places(self) -> range:
        return range(self.opening, self.items[-1][1])


def asks_for_several(question: str) -> bool:
    return bool(_SEVERAL.search(question))


def lists_in(units: Sequence[Unit]) -> list[Listed]:
    """Lists of two items at least, and the rows of tables, in order."""
    found: list[Listed] = []
    i = 0
    while i < len(units):
        items: list[tuple[int, int]] = []
        first = i
        while i < len(units) and opens_an_item(units, i):
            begins, i = i, i + 1
            while i < len(units) and not _breaks(units, i):
                i += 1
            i = _next_number(units, begins, i)
            items.append((begins, i))
        while not items and i < len(units) and units[i].is_row:
            i += 1
        items = items or [(row, row + 1) for row in range(first, i)]
        asked = sum(ends - begins > 1 and units[begins].text.rstrip("*_ ").endswith("?") for begins, ends in items)
        if len(items) > 1 and 2 * asked < len(items):  # «— Вопрос? Ответ.»: each item answers another question
            led = first > 0 and (announces(units[first - 1]) or _stands_over_names(units, first, items))
            found.append(Listed(first - led, tuple(items)))
        i = max(i, first + 1)
    return found


def _stands_over_names(units: Sequence[Unit], first: int, items: Sequence[tuple[int, int]]) -> bool:
    """«Игру рисует сеть на ходу» above «• ATLAS», «• RUBY»: bare names say nothing without the line above them."""
    above = units[first - 1]
    if above.is_tags or above.asks_or_names or above.code is not None or units[first].start - above.end > 1:
        return False
    return all(ends - begins == 1 and _is_name(units[begins]) for begins, ends in items)


def _is_name(unit: Unit) -> bool:
    text = _BULLET.sub("", unit.text)
    return text != unit.text and len(text.split()) <= _WORDS_OF_A_NAME and not unit.is_row and text[-1:] not in ".!?:;"


def _next_number(units: Sequence[Unit], begins: int, ends: int) -> int:
    """The place of the item with the next number, where only a formula or a line of code stands between."""
    number = _NUMBERED.match(units[begins].text)
    for i in range(ends, min(ends + _BETWEEN + 1, len(units)) if number else ends):
        following = _NUMBERED.match(units[i].text)
        if following and number and int(following[1]) == int(number[1]) + 1:
            return i
    return ends


def announced(question: str, title: str, units: Sequence[Unit]) -> list[float]:
    """Log-odds for each unit: a line gains that announces, in the question's words, the list that is asked for, or the
    kinds of the very thing that the title names."""
    found = [0.0] * len(units)
    several, how = asks_for_several(question), bool(_ASKS_HOW.search(question))
    works = bool(_HOW_IT_WORKS.search(question))
    if not several and not how and not works:
        return found
    asked, wanted = Terms(terms(question)), dict.fromkeys(content_terms(question), 1.0)
    kinds = _asks_for_kinds_of(question, title)
    for one in lists_in(units):
        if one.opening == one.items[0][0]:
            continue
        if kinds and _TELLS_KINDS.search(units[one.opening].text):
            found[one.opening] = _OF_ITS_TITLE
            continue
        said = content_terms(units[one.opening].text)
        if several and said and asked.share(dict.fromkeys(said, 1.0)) >= _ITS_WORDS:
            found[one.opening] = ANNOUNCED
        elif how and not said and one.opening and wanted:  # «… перевести в INT8. Для этого:»
            before = Terms(terms(units[one.opening - 1].text))
            found[one.opening] = ANNOUNCED * (before.share(wanted) >= _MOST_OF_IT)
        elif works and _tells_how(units[one.opening], wanted):
            found[one.opening] = ANNOUNCED
    return found


def _asks_for_kinds_of(question: str, title: str) -> bool:
    """Whether the kinds are asked for of just what a title names, before its colon or as a whole."""
    if not _ASKS_KINDS.search(question):
        return False
    asked = set(content_terms(_TELLS_KINDS.sub(" ", question)))
    named = set(content_terms(_TELLS_KINDS.sub(" ", re.split(r"[:—–(]", title)[0])))
    return bool(named) and named <= asked


def steps_of(question: str, units: Sequence[Unit]) -> list[int]:
    """The list that says how the thing works which a question asks of, with the line that announces it («Идея BPE очень
    простая:»); nothing where there is none."""
    wanted = dict.fromkeys(content_terms(question), 1.0)
    if not _HOW_IT_WORKS.search(question):
        return []
    lists = (one for one in lists_in(units) if one.opening < one.items[0][0] and not units[one.items[0][0]].is_row)
    told = next((one for one in lists if _tells_how(units[one.opening], wanted)), None)
    return [] if told is None else list(_fitting(units, told, (), LONGEST))


def _tells_how(unit: Unit, wanted: Mapping[str, float]) -> bool:
    """Whether a line announces how the thing works, and nothing else: it names the thing, and words like «идея»."""
    said = set(content_terms(unit.text))
    return bool(_TELLS_HOW.search(unit.text) and said & set(wanted) and not said - set(wanted) - _OF_HOW)


def to_do(question: str, units: Sequence[Unit], chosen: Sequence[int]) -> list[int]:
    """The list that says what to do, where that is asked for and no list was chosen: the one that opens a text, or that
    a line announces which says nothing else («Варианты:»)."""
    if not _TO_DO.search(question):
        return []
    lists = [one for one in lists_in(units) if not units[one.items[0][0]].is_row]
    if any(set(one.places) & set(chosen) for one in lists):
        return []
    for one in lists:
        led = one.opening < one.items[0][0]
        bare = led and len(content_terms(units[one.opening].text)) <= 1
        if (bare or one.opening <= 1) and _length(units, one.places) <= LONGEST:
            return list(one.places)
    return []


def opens_an_item(units: Sequence[Unit], place: int) -> bool:
    """Whether an item of a list begins there: on a line of its own, or the row of a table."""
    unit = units[place]
    return bool(_ITEM.match(unit.text)) and not unit.is_row and (place == 0 or _breaks(units, place))


def announces(unit: Unit) -> bool:
    """«Варианты:» says nothing without what follows."""
    return unit.text.rstrip("*_ ").endswith(":") and unit.code is None and not _TAG.match(unit.text)


def whole_lists(question: str, units: Sequence[Unit], chosen: Sequence[int], longest: int = LONGEST) -> list[int]:
    """The chosen units with the whole of each list that answers: several things are asked for, two of its items or the
    line that announces it were chosen, or its last item with what stands behind it. Of another list an item comes
    whole; of one that is too long, what fits behind its beginning, without gaps."""
    kept = set(chosen)
    several = asks_for_several(question)
    for one in lists_in(units):
        touched = [item for item in one.items if kept & set(range(*item))]
        leads = one.opening in kept and one.opening < one.items[0][0]
        if not touched and not leads:
            continue
        table = units[one.items[0][0]].is_row
        if table and not several:
            continue  # a row says what it is of
        goes_beyond = not table and touched == [one.items[-1]] and one.places.stop in kept
        named = one.opening < one.items[0][0] and not table and not announces(units[one.opening])  # bare names
        if (
            several
            or leads
            or named
            or len(touched) > 1
            or (goes_beyond and _length(units, one.places) <= LONGEST_ITEM)
        ):
            kept = kept - set(one.places) | _shown(units, one, touched, longest)
        elif _length(units, range(*touched[0])) <= LONGEST_ITEM:
            kept |= set(range(*touched[0]))
    return sorted(kept)


def together(units: Sequence[Unit], chosen: Sequence[int]) -> set[int]:
    """Of the chosen units those that stand in a list of which at least two items are chosen."""
    found: set[int] = set()
    for one in lists_in(units):
        if sum(bool(set(chosen) & set(range(*item))) for item in one.items) > 1:
            found |= set(one.places) & set(chosen)
    return found


def _shown(units: Sequence[Unit], one: Listed, touched: Sequence[tuple[int, int]], longest: int) -> set[int]:
    """Of a list that is too long, and whose chosen items stand far apart, these alone where they are short."""
    fitting = _fitting(units, one, touched, longest)
    apart = {place for item in touched for place in range(*item)}
    if apart <= set(fitting) or sum(_length(units, range(*item)) for item in touched) > LONGEST_ITEM:
        return set(fitting)
    return apart


def _fitting(units: Sequence[Unit], one: Listed, touched: Sequence[tuple[int, int]], longest: int) -> range:
    """The whole list; of one that is too long its beginning, or its chosen items with what stands between them."""
    if _length(units, one.places) <= longest:
        return one.places
    needed = range(touched[0][0], touched[-1][1]) if touched else range(*one.items[0])
    best = needed
    for _, end in one.items:
        if end >= needed.stop and _length(units, range(one.opening, end)) <= longest:
            best = range(one.opening, end)
    if best is needed and _length(units, needed) > longest and touched:
        return range(*touched[0])
    return best


def _length(units: Sequence[Unit], places: range) -> int:
    return units[places.stop - 1].end - units[places.start].start


def _breaks(units: Sequence[Unit], place: int) -> bool:
    """Whether a unit begins a new line: sentences of one item stand in one line."""
    before, unit = units[place - 1], units[place]
    return unit.start > before.end and unit.line_before
