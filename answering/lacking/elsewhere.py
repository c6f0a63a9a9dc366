"""What is shown speaks of something else: its number is bound to another name, or stands beside no word of the
question; the condition of a yes or no («на JAX») or the very thing whose working is asked about is nowhere near."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.judging.asked import holds_kind, is_spelled_number, kind_of, tells_number
from konspekt.answering.lacking.attributes import without_named_numbers
from konspekt.answering.lacking.counted import counted
from konspekt.answering.lacking.named import absent, asked_names, together
from konspekt.answering.lacking.quoted import Line, Quoted
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.morphology import part_of_speech
from konspekt.answering.words.vocabulary import content_terms, numbers
from konspekt.indexer.lexical import terms

# «80,2 пункта в бенчмарке VQAv2»
_BOUND = re.compile(
    r"\d[\d.,  ]*\s*(?:%|[а-яёa-z]+)?\s*(?:\([^)]*\)\s*)?(?:на|в|у|во|для|on|in|at|for|of)\s+(?:[а-яёa-z]+\s+){0,2}"
    r"(?P<name>[A-Z]\w+)"
)
_FEW = 2  # words beside the counted noun: with fewer a sentence may tell it and repeat none
_ASKING = re.compile(
    r"\b(?:кто|что|ч[её]|шо|ч[её]м|чему|чего|как\w*|где|куда|откуда|когда|кагда|скольк\w*|сколк\w*|скок\w*|зачем|"
    r"почему|отчего|насколько|нафига|чей|чья|чьё|what|which|how|why|who|where|when|whose|whom|"
    r"про|расскаж\w+|объясн\w+|покаж\w+|дай\w*|скин\w+|подскаж\w+|tell|explain|show|give)\b",
    re.IGNORECASE,
)
# Not how long or how often («на пару дней»), nor what names nothing ("on somehow")
_CONDITION = re.compile(
    r"\b(?:на|для|через|вместо|под|for|on|with|instead of)\s+"
    r"(?!(?:пар[ауы]|д(?:ень|н)|недел|месяц|час|минут|секунд|раз|год|лет|врем|долг|завтра)\w*|"
    r"(?:some|any|every)\w+|no(?:thing|where|body)\b|(?:the|this|that|these|those|them|its?|my|your|our|his|her|each|all|sure|long|now|purpose|"
    r"days?|hours?|weeks?|months?)\b)(?P<noun>[^\W\d_][\w+-]{2,})",
    re.IGNORECASE,
)
_WORKING = re.compile(
    r"^\W*(?:(?:а|и|ну|and|so)\s+)*(?:(?:расскажи|объясни|поясни)\w*\W+)?"
    r"(?:как\s+(?:(?:вообще|там|тут|это|именно|же)\s+)*(?:работа\w+|устроен\w*|действу\w+)|"
    r"(?:зачем|для чего)\s+нуж\w+|"
    r"что\s+(?:умеет|делает)|(?:how (?:does|do)|what (?:does|can))(?!\s+(?:i|we|you|they|one|people)\b)|"
    r"why (?:is|do) (?:we need)?)\s+(?P<thing>[^?]+?)(?:\s+work\w*)?\W*$",
    re.IGNORECASE,
)


def told_elsewhere(question: str, shown: Sequence[Quoted]) -> str | None:
    """What nothing shown speaks of, as the question writes it; empty where it has no short name."""
    lines = [line for one in shown for line in one.lines]
    if any(line.is_row for line in lines):
        return None  # the head of a table may say what its rows hold
    kind = kind_of(question)
    if kind is not None and kind.counts:
        if (lost := _bound_to_another(question, shown)) is not None:
            return lost
        return "" if _of_no_word(question, lines) else None
    if (condition := _condition(question, shown)) is not None:
        return condition
    working = _WORKING.search(question)
    if working and (wanted := content_terms(working["thing"])) and not _speaks(wanted, lines):
        return working["thing"].strip()
    return None


def _bound_to_another(question: str, shown: Sequence[Quoted]) -> str | None:
    """The names of the question that a number would have to be told of, where each number is another name's."""
    wanted, asked = asked_names(question), numbers(question)
    lost = []
    for one in shown:
        for line in one.lines:
            if not wanted or not numbers(without_named_numbers(line.text)) - asked:
                continue
            bound = [match["name"].lower() for match in _BOUND.finditer(line.text)]
            lost = absent(wanted, f"{one.passage.title}\n{line.text}")
            if not bound or not lost or any(name.written.lower() in other for name in lost for other in bound):
                return None
    return together(question, lost) if lost else None


def _of_no_word(question: str, lines: Sequence[Line]) -> bool:
    """Whether a number stands beside no word of the question but the one that is counted."""
    kind, of = kind_of(question), counted(question)
    own = set(of.terms) if of is not None else set()
    wanted = [term for term in content_terms(question) if term not in own and not term.isdigit()]
    if kind is not None and kind.unit is not None:
        wanted = [term for term in wanted if not kind.unit.search(term)]
    asked = numbers(question)
    telling = [
        line for line in lines if numbers(without_named_numbers(line.text)) - asked or holds_kind(question, line.text)
    ]
    if not telling and (kind is None or kind.unit is None or any(_may_count(question, line.text) for line in lines)):
        return False  # «треть времени», «однажды»
    named = asked_names(question)
    if any(len(absent(named, line.about)) < len(named) for line in telling):
        return False  # «cfg» under "Classifier-free guidance"
    return len(wanted) >= _FEW and not _speaks(wanted, telling)


def _may_count(question: str, text: str) -> bool:
    words = re.findall(r"\w+", text)
    return tells_number(question, text) or any(word[0].isdigit() or is_spelled_number(word) for word in words)


def _speaks(wanted: Sequence[str], lines: Sequence[Line]) -> bool:
    return any(there.worth(term) for there in (Terms(terms(line.about)) for line in lines) for term in wanted)


def _condition(question: str, shown: Sequence[Quoted]) -> str | None:
    """«можно ли сдавать на JAX»: what a yes or no hangs on, where no passage shown says a word of it."""
    if _ASKING.search(question):
        return None
    there = [Terms(terms(f"{one.near}\n{one.passage.text}")) for one in shown]
    for match in _CONDITION.finditer(question):
        own = terms(match["noun"])
        if (
            own
            and part_of_speech(match["noun"].lower()) in {"NOUN", None}
            and not any(one.worth(term) for one in there for term in own)
        ):
            return match["noun"]
    return None
