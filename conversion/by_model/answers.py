"""An answer of the model: stripped of what small models wrap around it, and checked against the line asked about."""

from __future__ import annotations

import re

from konspekt.conversion.by_model.prompts import language_name
from konspekt.conversion.by_model.protecting import Protected
from konspekt.conversion.by_model.terms import missed_terms
from konspekt.conversion.facts.facts import invented_numbers, missing_numbers, numbers_of
from konspekt.conversion.facts.number_words import unsaid_words
from konspekt.conversion.meaning.comparing import doubts
from konspekt.indexer.sources.rich_text import clean_text

CYRILLIC = re.compile(r"[Ѐ-ӿ]")
LETTER = re.compile(r"[^\W\d_]")
CYRILLIC_LANGUAGES = frozenset({"ru", "uk", "be", "bg", "sr", "kk", "mk"})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)*")
_VERSION = re.compile(r"[A-Z][a-z]+ \d+(?![\d.,]*[\dx×%])")  # `Flash Attention 2` is not any Flash Attention
_SHORT_NAME = re.compile(r"(?<![\w.-])[A-Z][a-z](?![\w.-])")  # `Li`, `Ho`
_PROSE = re.compile(r"(?<![\w-])[a-z]+(?: [a-z]+)+(?![\w-])")  # `scale factor` is English, `xformers` a name
_SCALED = re.compile(r"(\d[\d.,]*)\s?(к|k|тыс|млн|миллион|млрд|миллиард)(?:[а-я]{0,3}(?!\w)|\.)", re.IGNORECASE)
_THOUSANDS, _MILLIONS, _BILLIONS = (
    (r"\dk\b", "тыс", "thousand", "000"),
    ("million", "млн", r"\dM\b"),
    ("billion", "млрд", r"\dB\b"),
)
_SCALES = {
    "к": _THOUSANDS,
    "k": _THOUSANDS,
    "тыс": _THOUSANDS,
    "млн": _MILLIONS,
    "милл": (*_MILLIONS, *_BILLIONS),
    "млрд": _BILLIONS,
}
_LABEL = re.compile(r"^\s*(?:translation|перевод|english|russian|answer|output)\s*:\s*", re.IGNORECASE)


def cleaned(answer: str, source: str) -> str:
    """An answer without what small models wrap around it: labels, quotes, fences."""
    text = clean_text(answer).strip()
    text = re.sub(r"^```\w*\n?|\n?```$", "", text).strip()
    text = _LABEL.sub("", text)
    for left, right in (('"', '"'), ("“", "”"), ("«", "»")):
        if text.startswith(left) and text.endswith(right) and len(text) > 2 and not source.strip().startswith(left):
            text = text[1:-1].strip()
    if "\n" not in source.strip():
        text = re.split(r"\n\s*\n", text)[0]
        text = " ".join(line.strip() for line in text.split("\n"))
    if "\\(" not in source:
        text = re.sub(r"\\[()]", "", text)  # TeX around a formula that had none
    text = text.strip()
    if source.strip()[-1:].isalnum() and text.endswith(".") and "." not in text[:-1]:
        text = text[:-1]  # a title stays a title
    if source.rstrip().endswith(":") and text.endswith((".", ",")):
        text = text[:-1] + ":"  # it announces the next line, and keeps to it when the post is cut
    return text


def faults(protected: Protected, answer: str, source: str, target: str) -> list[tuple[str, str]]:
    """Every check that an answer fails: its name, and what to tell the model."""
    wrong: list[tuple[str, str]] = []
    lost = protected.lost(answer)
    if lost:
        wrong.append(("placeholder", f"keep each of {', '.join(lost[:6])} exactly once"))
    missing = missing_numbers(numbers_of(protected.text), answer)
    if missing:
        wrong.append(("number", f"keep these numbers: {', '.join(missing[:8])}"))
    invented = invented_numbers(protected.text, answer)
    if invented:
        wrong.append(("invented", f"do not add numbers such as {', '.join(invented[:4])}"))
    words = unsaid_words(protected.text, answer)
    if words:
        wrong.append(("count", f"the text does not say {', '.join(words)}"))
    if "?" in protected.text and "?" not in answer:
        wrong.append(("question", "a question stays a question, do not answer it"))
    scales = lost_scales(protected.text, answer)
    if scales:
        wrong.append(("number", f"keep {', '.join(scales)} as large as it is"))
    names = lost_names(protected.text, answer) if source in CYRILLIC_LANGUAGES else []
    if names:
        wrong.append(("name", f"keep these names: {', '.join(names[:8])}"))
    terms = missed_terms(protected.text, answer) if (source, target) == ("ru", "en") else []
    if terms:
        wrong.append(("term", "; ".join(f"{russian} is {english}" for russian, english in terms)))
    wrong += [(doubt.kind, doubt.advice) for doubt in doubts(protected.text, answer, source, target)]
    if not right_language(answer, protected.text, source, target) or _mixes(answer, protected.text):
        wrong.append(("language", f"write in {language_name(target)} only"))
    if source == target and _drifts(protected.text, answer):
        wrong.append(("drift", "change the wording, keep what is said"))
    if re.search(r"https?://", answer):
        wrong.append(("link", "do not write links"))
    length, whole = len(answer), len(protected.text)
    if not answer or length > 2.5 * whole + 40 or (whole > 60 and length < 0.35 * whole):
        wrong.append(("length", "translate the whole text, and nothing but the text"))
    if length > 200 and _repeats(answer):
        wrong.append(("repetition", "do not repeat yourself"))
    return wrong


def lost_scales(given: str, answer: str) -> list[str]:
    """`20к`, `3 млн`: numbers whose thousands or millions an answer has dropped."""
    return [
        match[0]
        for match in _SCALED.finditer(given)
        if not any(re.search(said, answer, re.IGNORECASE) for said in _SCALES[match[2].casefold()[:4]])
    ]


def lost_names(given: str, answer: str) -> list[str]:
    """Latin words of a Cyrillic line: names of models, methods, cards. They come through as they are."""
    have = re.sub(r"[\s\-_.]", "", answer).casefold()
    prose = {word for pair in _PROSE.findall(given) for word in pair.split()}
    names = dict.fromkeys(name for name in _NAME.findall(given) if len(name) > 2 and name not in prose)
    names |= dict.fromkeys(_VERSION.findall(given))
    short = [name for name in _SHORT_NAME.findall(given) if not re.search(rf"\b{name}\b", answer)]
    return short + [name for name in names if re.sub(r"[\s\-_.]", "", name).casefold() not in have]


def right_language(answer: str, given: str, source: str, target: str) -> bool:
    """Told by letters: a Latin language has no Cyrillic, a Cyrillic one mostly has."""
    cyrillic = len(CYRILLIC.findall(answer))
    letters = len(LETTER.findall(answer))
    if target not in CYRILLIC_LANGUAGES:
        return cyrillic == 0 or source == target
    return letters < 12 or cyrillic >= 0.25 * letters or (len(CYRILLIC.findall(given)) == 0 and source == target)


def _mixes(answer: str, given: str) -> bool:
    """Whether a word mixes the two alphabets (`токенizer`) and is not the author's own."""
    return any(word not in given for word in re.findall(r"\w*(?:[а-яё]{2}[a-z]{2}|[a-z]{2}[а-яё]{2})\w*", answer))


def _drifts(given: str, answer: str) -> bool:
    """Whether a text rewritten in its own language says too much that the given one does not."""
    have = {word[:4].casefold() for word in re.findall(r"\w{4,}", given)}
    words = [word[:4].casefold() for word in re.findall(r"\w{4,}", answer)]
    return len(words) > 4 and sum(word in have for word in words) < 0.6 * len(words)


def _repeats(text: str) -> bool:
    words = text.split()
    return any(words[i : i + 5] == words[i + 5 : i + 10] for i in range(len(words) - 9))
