"""A line of a post through the model and back, checked and repaired: nothing lost, nothing added."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass

from conversion import prompts
from conversion.document import Run, Runs, merge_runs, runs_text, slice_runs
from conversion.facts import invented_numbers, missing_numbers, numbers_of
from conversion.protecting import Protected, protect
from conversion.splitting import cut_text
from conversion.wishes import Wishes
from llm_client import ChatModel

_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_LETTER = re.compile(r"[^\W\d_]")
_CYRILLIC_LANGUAGES = frozenset({"ru", "uk", "be", "bg", "sr", "kk", "mk"})
_ORDINAL = re.compile(r"(\d+)\s?-(?:ый|ой|ий|й|ая|я|ое|е|го|му|ом|м|ые|ых|х|ю)\b")
_MARKER = re.compile(r"\s*(?:\d{1,3}[.)]|[^\w\s⟦«\"'(#@*$€£+-]+)\s+(?=\S)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)*")
_VERSION = re.compile(r"[A-Z][a-z]+ \d+(?![\d.,]*[\dx×%])")  # `Flash Attention 2` is not any Flash Attention
_PROSE = re.compile(r"(?<![\w-])[a-z]+(?: [a-z]+)+(?![\w-])")  # `scale factor` is English, `xformers` a name
_LABEL = re.compile(r"^\s*(?:translation|перевод|english|russian|answer|output)\s*:\s*", re.IGNORECASE)
_KEPT = 4096  # translations remembered, so that the second network costs nothing


@dataclass(frozen=True, slots=True)
class Translation:
    """`trouble` names the checks that failed first; `kept`: no try passed, the line stands as it was."""

    runs: Runs
    trouble: tuple[str, ...] = ()
    kept: bool = False


class Translator:
    """Translates (or rewrites in the same language) line by line, remembering every line."""

    def __init__(self, model: ChatModel, *, lessons: int = 3) -> None:
        self._model = model
        self._lessons = lessons
        self._known: OrderedDict[tuple[object, ...], Translation] = OrderedDict()

    async def line(self, runs: Runs, source: str, target: str, wishes: Wishes) -> Translation:
        """A line with its formatting. Raises llm_client.LLMError when the model cannot be asked."""
        if not needs_translation(runs, source, target):
            return Translation(runs)
        marker, runs_left = _without_marker(runs)
        if marker:
            rest = await self.line(runs_left, source, target, wishes)
            return Translation(merge_runs([*marker, *rest.runs]), rest.trouble, rest.kept)
        key = (runs, source, target, wishes)
        if key not in self._known:
            self._known[key] = await self._try(runs, source, target, wishes)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[key]

    async def _try(self, runs: Runs, source: str, target: str, wishes: Wishes) -> Translation:
        protected = protect(_ordinals(runs) if (source, target) == ("ru", "en") else runs, wishes.glossary)
        trouble: list[str] = []
        hint, text = "", protected.text
        if (source, target) == ("ru", "en"):
            text = prompts.with_terms(prompts.with_results(text))
        for lesson in range(self._lessons):
            answer = await self._ask(text, (source, target), wishes, hint, lesson + wishes.attempt)
            wrong = faults(protected, answer, source, target)
            if not wrong:
                return Translation(protected.restore(answer), tuple(trouble))
            trouble += [name for name, _ in wrong]
            hint = "; ".join(advice for _, advice in wrong) + "."
        sentences = list(cut_text(runs, 1))
        if len(sentences) > 1:
            return await self._by_sentence(sentences, source, target, wishes, trouble)
        return Translation(runs, tuple(trouble), kept=True)

    async def _by_sentence(
        self, sentences: list[tuple[Runs, str]], source: str, target: str, wishes: Wishes, trouble: list[str]
    ) -> Translation:
        """A long line in smaller bites; what still fails stays as it was, sentence by sentence."""
        pieces: list[Run] = []
        kept = False
        for runs, glue in sentences:
            done = await self.line(runs, source, target, wishes)
            kept = kept or done.kept
            pieces += [*([Run(glue)] if glue else []), *done.runs]
        return Translation(merge_runs(pieces), tuple(trouble), kept=kept)

    async def _ask(self, text: str, pair: tuple[str, str], wishes: Wishes, hint: str, lesson: int) -> str:
        completion = await self._model.complete(
            prompts.translation(text, *pair, wishes, hint),
            max_tokens=60 + len(text),
            temperature=0.0 if lesson == 0 else 0.4,
            stop=["\n\n\n", f"\n{prompts.language_name(pair[0])}:"],
        )
        return cleaned(completion.text, text)


def needs_translation(runs: Runs, source: str, target: str) -> bool:
    """A formula, a name or a line of code has no word of its language: it stays, letter for letter."""
    words = runs_text(tuple(run for run in runs if run.kind in ("text", "emoji") and "code" not in run.marks))
    if source == target:
        return len(words) > 40
    letters = _CYRILLIC if source in _CYRILLIC_LANGUAGES and target not in _CYRILLIC_LANGUAGES else _LETTER
    return len(letters.findall(words)) >= 2


def _without_marker(runs: Runs) -> tuple[Runs, Runs]:
    """`2. ` or `• ` before the words, which small models drop; and the words."""
    match = _MARKER.match(runs_text(runs))
    if match is None or match.end() == len(runs_text(runs)):
        return (), runs
    return slice_runs(runs, 0, match.end()), slice_runs(runs, match.end(), len(runs_text(runs)))


def _ordinals(runs: Runs) -> Runs:
    """`1-й` is what small models leave as it is."""
    return tuple(run.with_text(_ORDINAL.sub(_ordinal, run.text)) if run.kind == "text" else run for run in runs)


def _ordinal(match: re.Match[str]) -> str:
    number = match[1]
    last = "th" if number[-2:] in ("11", "12", "13") else {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")
    return number + last


def cleaned(answer: str, source: str) -> str:
    """An answer without what small models wrap around it: labels, quotes, fences."""
    text = answer.strip()
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
    if source.rstrip().endswith(":") and text.endswith("."):
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
    names = lost_names(protected.text, answer) if source in _CYRILLIC_LANGUAGES else []
    if names:
        wrong.append(("name", f"keep these names: {', '.join(names[:8])}"))
    terms = prompts.missed_terms(protected.text, answer) if (source, target) == ("ru", "en") else []
    if terms:
        wrong.append(("term", "; ".join(f"{russian} is {english}" for russian, english in terms)))
    if not right_language(answer, protected.text, source, target):
        wrong.append(("language", f"write in {prompts.language_name(target)} only"))
    if re.search(r"https?://", answer):
        wrong.append(("link", "do not write links"))
    length, whole = len(answer), len(protected.text)
    if not answer or length > 2.5 * whole + 40 or (whole > 60 and length < 0.35 * whole):
        wrong.append(("length", "translate the whole text, and nothing but the text"))
    if length > 200 and _repeats(answer):
        wrong.append(("repetition", "do not repeat yourself"))
    return wrong


def lost_names(given: str, answer: str) -> list[str]:
    """Latin words of a Cyrillic line: names of models, methods, cards. They come through as they are."""
    have = re.sub(r"[\s\-_.]", "", answer).casefold()
    prose = {word for pair in _PROSE.findall(given) for word in pair.split()}
    names = dict.fromkeys(name for name in _NAME.findall(given) if len(name) > 2 and name not in prose)
    names |= dict.fromkeys(_VERSION.findall(given))
    return [name for name in names if re.sub(r"[\s\-_.]", "", name).casefold() not in have]


def right_language(answer: str, given: str, source: str, target: str) -> bool:
    """Told by letters: a Latin language has no Cyrillic, a Cyrillic one mostly has."""
    cyrillic = len(_CYRILLIC.findall(answer))
    letters = len(_LETTER.findall(answer))
    if target not in _CYRILLIC_LANGUAGES:
        return cyrillic == 0 or source == target
    return letters < 12 or cyrillic >= 0.25 * letters or (len(_CYRILLIC.findall(given)) == 0 and source == target)


def _repeats(text: str) -> bool:
    words = text.split()
    return any(words[i : i + 5] == words[i + 5 : i + 10] for i in range(len(words) - 9))
