"""What a sentence states that can be asked for: a definition, a number with its unit, a reason. By rule, no model.

Each fact carries a question in a reader's words and the words of the sentence that answer it. The rules take only what
stays grammatical when it is turned round; a person looks at every question before it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from konspekt.answering.words.sentences import split_sentences
from konspekt.indexer.language import detect_language
from konspekt.indexer.lexical import morphology

Language = Literal["ru", "en"]
What = Literal["definition", "number", "reason"]
LONGEST_SENTENCE, SHORTEST_SENTENCE = 260, 25  # characters
LONGEST_ANSWER = 7  # words, as docs/evaluation.md asks for

_WORD = r"[A-Z][A-Za-z0-9_+/-]*(?:\.[A-Za-z0-9]+)*"
_NAME = rf"{_WORD}(?: (?:{_WORD}|\d+(?:\.\d+)?)){{0,2}}"
_DEFINED_RU = re.compile(rf"^(?P<name>{_NAME}|[А-ЯЁ][а-яё-]+)\s+(?:—|–|-|это)\s+(?:это\s+)?(?P<what>[а-яё].{{12,}})$")
_DEFINED_EN = re.compile(rf"^(?P<name>{_NAME})\s+(?:is|are)\s+(?P<what>(?:a|an|the)\s.{{12,}})$")
_BECAUSE_RU = re.compile(
    r"^(?P<what>[А-ЯЁA-Z][^,;:()]{15,110}), (?:потому что|так как|поскольку) (?P<why>[^;:()]{10,})$"
)
_PURPOSE_RU = re.compile(r"^(?P<what>[А-ЯЁA-Z][^,;:()]{15,110}), чтобы (?P<why>[^;:()]{8,})$")
_BECAUSE_EN = re.compile(r"^(?P<what>[A-Z][^,;:()]{15,110}),? because (?P<why>[^;:()]{10,})$")
_NUMBER_RU = re.compile(
    r"(?<![\w.,×+−=/-])\d+(?:[.,]\d+)?(?: (?:тысяч|миллион|миллиард)\w*)? (?P<unit>[а-яё]{3,})(?![\w-])"
)
_NUMBER_EN = re.compile(
    r"(?<![\w.,×+−=/-])\d+(?:[.,]\d+)?(?: (?:thousand|million|billion))? (?P<unit>[a-z]{3,}s)(?![\w-])"
)
_LATIN_NAME = re.compile(rf"(?<![\w.]){_NAME}(?!\w)(?! и др| et al| и соавт|, \d{{4}})")
_POINTS_BACK = re.compile(
    r"^(?:это|он|она|оно|они|так|такой|здесь|тут|там|что|как|this|it|that|these|they|here)\b", re.IGNORECASE
)
_MEMORY = re.compile(r"(?<![\w.,×+−=/-])\d+(?:[.,]\d+)? (?:ГБ|МБ|КБ|GB|MB|KB)(?!\w)")
_APART = re.compile(r"[,;:()]")
_NEAR = 3  # words at most between a name and its number
_AS_THEY_ARE = {"бит": "бит", "байт": "байт", "грамм": "граммов", "герц": "герц"}
# Words that are counted or defined without saying what of: «сколько раз», «что такое итог»
_EMPTY = frozenset(
    word
    for line in (
        "раз год лето день месяц тысяча миллион миллиард разница процент итог цена код вопрос ответ начало результат",
        "вывод идея смысл пример причина задача плюс минус опыт обычно час минута секунда стр страница пункт",
        "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    )
    for word in line.split()
)


@dataclass(frozen=True, slots=True)
class Fact:
    """`accept`: words of the sentence, in order, that are the answer."""

    what: What
    question: str
    accept: str
    sentence: str
    language: Language


def facts_of(title: str, text: str) -> Iterator[Fact]:
    """Each sentence's facts, in order. A number of a sentence without a name is of what the title names."""
    about = names_of(title)
    for sentence in split_sentences(text):
        stated = sentence.text.strip(" •—–-*").rstrip(".!… ")
        if not SHORTEST_SENTENCE <= len(stated) <= LONGEST_SENTENCE or stated.endswith("?"):
            continue
        if _POINTS_BACK.match(stated) or stated.count("|") > 1:  # a row of a table is no sentence
            continue
        language: Language = "en" if detect_language(stated) == "en" else "ru"
        yield from (_russian if language == "ru" else _english)(stated, about)


def _russian(stated: str, about: Sequence[str]) -> Iterator[Fact]:
    if match := _DEFINED_RU.match(stated):
        asked = match["name"] if match["name"].isascii() else _common_noun(match["name"])
        if asked and _says_what_it_is(match["what"]):
            yield Fact("definition", f"Что такое {asked}?", _beginning(match["what"]), stated, "ru")
    if (match := _BECAUSE_RU.match(stated)) and _can_be_asked(match["what"]):
        asked = _lower_first(match["what"])
        yield Fact("reason", f"Почему {asked}?", _beginning(match["why"]), stated, "ru")
    for match in _MEMORY.finditer(stated):
        named = _names_beside(stated, match) or about
        if len(named) == 1:
            yield Fact("number", f"Сколько памяти нужно {named[0]}?", match.group(), stated, "ru")
    if (match := _PURPOSE_RU.match(stated)) and _can_be_asked(match["what"]):
        yield Fact("reason", f"Зачем {_lower_first(match['what'])}?", _beginning(match["why"]), stated, "ru")
    for match in _NUMBER_RU.finditer(stated):
        many, named = _of_many(match["unit"]), _names_beside(stated, match) or about
        if many is not None and len(named) == 1:
            yield Fact("number", f"Сколько {many} у {named[0]}?", match.group(), stated, "ru")


def _english(stated: str, about: Sequence[str]) -> Iterator[Fact]:
    if match := _DEFINED_EN.match(stated):
        yield Fact("definition", f"What is {match['name']}?", _beginning(match["what"]), stated, "en")
    if (match := _BECAUSE_EN.match(stated)) and _can_be_asked(match["what"]):
        asked = _lower_first(match["what"])
        yield Fact("reason", f"Why is it that {asked}?", _beginning(match["why"]), stated, "en")
    for match in _NUMBER_EN.finditer(stated):
        named = _names_beside(stated, match) or about
        if len(named) == 1:
            yield Fact("number", f"How many {match['unit']} for {named[0]}?", match.group(), stated, "en")


def _names_beside(stated: str, number: re.Match[str]) -> list[str]:
    """Names within a few words of a number, in the same clause; nothing where the sentence has names elsewhere."""
    found = [match for match in _LATIN_NAME.finditer(stated) if not _opens_english(stated, match)]
    beside: list[str] = []
    for match in found:
        first, second = sorted((match.span(), number.span()))
        between = stated[first[1] : second[0]]
        if (
            len(match.group()) > 1
            and first[1] <= second[0]
            and not _APART.search(between)
            and len(between.split()) <= _NEAR
        ):
            beside.append(match.group())
    return list(dict.fromkeys(beside)) or (["", ""] if found else [])


def _opens_english(stated: str, match: re.Match[str]) -> bool:
    """A capital that is only the beginning of an English sentence."""
    return match.start() == 0 and match.group()[1:].islower() and detect_language(stated) == "en"


def names_of(text: str) -> list[str]:
    """Latin names that a reader would ask about: with a capital inside or a digit, as `SmoothQuant` and `GPT-4` are."""
    found = [match.group() for match in _LATIN_NAME.finditer(text)]
    return list(dict.fromkeys(name for name in found if _is_a_thing(name)))


def _is_a_thing(name: str) -> bool:
    first, *others = name.split(" ")
    if others and not all(part[0].isdigit() for part in others):
        return False
    inner = any(letter.isupper() for letter in first[1:]) or any(letter.isdigit() for letter in name)
    general = re.split(r"[- ]", name)[0].upper() in _GENERIC
    return len(name) > 2 and inner and not general and not _FORMAT.fullmatch(name)


# Abbreviations of things in general: nobody asks for the licence of a GPU
_GENERIC = frozenset(
    term
    for line in (
        "GPU CPU TPU CUDA VAE FID GAN GANS RAM PNG JPEG PDF API ODE SDE BOS WER SOTA CEO CV NLP LLM LLMS AI ML DL RL",
        "UI OS HTTP URL JSON KL EMA SNR MSE SVD SSM MHA KV AI/ML ML/DL PHD MIT QK PV OK FAQ UPD PS",
        "RAG KIB LECTURE CHAPTER PART STEP",
    )
    for term in line.split()
)
_FORMAT = re.compile(r"(?:INT|FP|BF|TF|UINT|W\dA|E\dM)\d+\w*|[A-Z]\d{1,2}", re.IGNORECASE)


def _can_be_asked(clause: str) -> bool:
    """«Почему …?» takes a clause that states something: no advice, no verbless one, no formatting."""
    first: Any = morphology().parse(clause.split(maxsplit=1)[0].lower())[0]
    advice = str(first.tag.mood) == "impr" or clause.split(maxsplit=1)[0].lower() in _ADVICE
    return not advice and not any(mark in clause for mark in "—–*`|") and not clause.endswith(" так")


_ADVICE = frozenset(
    [
        "store",
        "keep",
        "use",
        "take",
        "avoid",
        "do",
        "choose",
        "set",
        "add",
        "put",
        "run",
        "make",
        "let",
        "try",
        "never",
        "always",
        "please",
    ]
)


def _beginning(text: str) -> str:
    """The first clause's words, as many as an accepted phrase has."""
    clause = re.split(r"[,;:(—]| – ", text, maxsplit=1)[0].split()
    words = clause if len(clause) >= 2 else text.split()
    return " ".join(words[:LONGEST_ANSWER]).rstrip(",;:(—- ")


def _lower_first(text: str) -> str:
    """Without the capital of a sentence's beginning; a name keeps its own."""
    first = text.split(" ", 1)[0]
    named = any(letter.isupper() or letter.isdigit() for letter in first[1:]) or first == "I"
    return text if named or (first.isascii() and detect_language(text) == "ru") else text[0].lower() + text[1:]


_COUNTED = frozenset({"gent", "datv", "ablt", "loct"})


def _of_many(word: str) -> str | None:
    """A noun as it stands after «сколько»: «шага» -> «шагов»; None for what is no noun, or says nothing."""
    parsed: Any = morphology().parse(word)[0]
    if parsed.tag.POS != "NOUN" or not morphology().word_is_known(word) or parsed.normal_form in _EMPTY:
        return None
    if not any(reading.tag.case in _COUNTED for reading in morphology().parse(word)):
        return None  # «175 миллиардов авторы сжали»: the next word is of another phrase
    if parsed.normal_form in _AS_THEY_ARE:
        return _AS_THEY_ARE[parsed.normal_form]
    many = parsed.inflect({"plur", "gent"})
    return str(many.word) if many is not None else None


def _common_noun(word: str) -> str | None:
    """In lower case; None for a person's name, for what is no noun, and for a word that needs no definition."""
    parsed: Any = morphology().parse(word.lower())[0]
    named = {"Name", "Surn", "Patr", "Geox"} & set(parsed.tag.grammemes)
    if parsed.tag.POS != "NOUN" or parsed.tag.case != "nomn" or named or parsed.normal_form in _EMPTY:
        return None
    return word.lower()


def _says_what_it_is(what: str) -> bool:
    """It goes on with a noun, or what describes one, in the nominative: «градиент логарифма», not «для генерации»."""
    parsed: Any = morphology().parse(what.split(maxsplit=1)[0].strip(",;:«»"))[0]
    return parsed.tag.POS in {"NOUN", "ADJF", "PRTF"} and parsed.tag.case in {"nomn", "accs"}
