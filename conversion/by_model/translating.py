"""The lines of a post through the model and back, checked and repaired: nothing lost, nothing added."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from konspekt.conversion.by_model import prompts
from konspekt.conversion.by_model.answers import (
    CYRILLIC,
    CYRILLIC_LANGUAGES,
    LETTER,
    cleaned,
    faults,
)
from konspekt.conversion.by_model.protecting import protect
from konspekt.conversion.by_model.terms import eased, uneased
from konspekt.conversion.by_model.together import together
from konspekt.conversion.by_rule.cutting import cut_text
from konspekt.conversion.document import (
    Run,
    Runs,
    merge_runs,
    runs_text,
    slice_runs,
)
from konspekt.conversion.meaning.comparing import Kind
from konspekt.conversion.wishes import Wishes
from konspekt.llm_client import ChatModel

_ORDINAL = re.compile(r"(\d+)\s?-(?:ый|ой|ий|й|ая|я|ое|е|го|му|ом|м|ые|ых|х|ю)\b")
_MARKER = re.compile(r"\s*(?:\d{1,3}[.)]|[^\w\s⟦«\"'(#@*$€£+-]+)\s+(?=\S)")
_LONG, _BITE = 350, 240  # characters
# faults of a translation that is still better than none
_SOFT = frozenset({"name", "term", "count", *get_args(Kind)})
_KEPT = 4096  # translations kept, so that the second network costs nothing


@dataclass(frozen=True, slots=True)
class Translation:
    """`trouble` names the checks that failed first. When no try passed them all, `doubts` names those that the line
    still fails (it may have lost a name, or turned round who does what), or it is `kept` as it was."""

    runs: Runs
    trouble: tuple[str, ...] = ()
    kept: bool = False
    doubts: tuple[str, ...] = ()


class Translator:
    """Translates (or rewrites in the same language) lines, several at once, remembering every one.

    `parallel`: requests that a server is given at once; a local one decodes four in little more time than one.
    """

    name: str | None = None  # of a model that only translates

    def __init__(self, model: ChatModel | None, *, lessons: int = 3, parallel: int = 4) -> None:
        self._model = model
        self._lessons = lessons
        self._turns = asyncio.Semaphore(parallel)
        self._known: OrderedDict[tuple[object, ...], Translation] = OrderedDict()

    async def lines(
        self,
        lines: Sequence[Runs],
        source: str,
        target: str,
        wishes: Wishes,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[Translation]:
        """Each line with its formatting. Raises llm_client.LLMError when the model cannot be asked."""
        done = 0

        async def one(line: Runs) -> Translation:
            nonlocal done
            result = await self._line(line, source, target, wishes)
            done += 1
            if progress:
                progress(done, len(lines))
            return result

        return await together([one(line) for line in lines])

    async def _line(self, runs: Runs, source: str, target: str, wishes: Wishes) -> Translation:
        if not needs_translation(runs, source, target):
            return Translation(runs)
        marker, runs_left = _without_marker(runs)
        if marker:
            rest = await self._line(runs_left, source, target, wishes)
            return replace(rest, runs=merge_runs([*marker, *rest.runs]))
        key = (runs, source, target, wishes)
        known = self._known.get(key)
        if known is not None:
            return known
        bites = _bites(runs)
        if len(bites) > 1:
            result = await self._by_pieces(bites, source, target, wishes, [])
        else:
            result = await self._try(runs, source, target, wishes)
        self._known[key] = result
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return result

    async def _try(self, runs: Runs, source: str, target: str, wishes: Wishes) -> Translation:
        russian = (source, target) == ("ru", "en")
        protected = protect(_ordinals(runs) if russian else runs, wishes.glossary)
        text = eased(protected.text) if russian else protected.text
        trouble: list[str] = []
        hint = ""
        spare: tuple[str, tuple[str, ...]] | None = None  # the best so far, and what is wrong with it
        for lesson in range(self._lessons):
            answer = await self._ask(text, (source, target), wishes, hint, lesson + wishes.attempt)
            answer = protected.mended(uneased(answer, protected.text))
            wrong = faults(protected, answer, source, target)
            if not wrong:
                return Translation(protected.restore(answer), tuple(trouble))
            trouble += [name for name, _ in wrong]
            names = tuple(dict.fromkeys(name for name, _ in wrong))
            if _SOFT.issuperset(names) and (spare is None or len(names) < len(spare[1])):
                spare = answer, names
            hint = "; ".join(advice for _, advice in wrong) + "."
        plain = protected.without_links()
        if plain is not None:
            text = eased(plain.text) if russian else plain.text
            answer = uneased(await self._ask(text, (source, target), wishes, "", wishes.attempt), plain.text)
            if not faults(plain, answer, source, target):
                return Translation(protected.with_links(plain.restore(answer)), tuple(trouble))
        sentences = list(cut_text(runs, 1))
        if len(sentences) > 1:
            return await self._by_pieces(sentences, source, target, wishes, trouble)
        if spare is not None:
            return Translation(protected.restore(spare[0]), tuple(trouble), doubts=spare[1])
        return Translation(runs, tuple(trouble), kept=True)

    async def _by_pieces(
        self, pieces: list[tuple[Runs, str]], source: str, target: str, wishes: Wishes, trouble: list[str]
    ) -> Translation:
        """A long line in smaller bites; what fails stays as it was, bite by bite."""
        done = await together([self._line(runs, source, target, wishes) for runs, _ in pieces])
        joined = _join([(piece.runs, glue) for piece, (_, glue) in zip(done, pieces, strict=True)])
        found = [*trouble, *(name for piece in done for name in piece.trouble)]
        doubtful = tuple(dict.fromkeys(name for piece in done for name in piece.doubts))
        return Translation(joined, tuple(found), any(piece.kept for piece in done), doubtful)

    async def _ask(self, text: str, pair: tuple[str, str], wishes: Wishes, hint: str, lesson: int) -> str:
        assert self._model is not None  # whoever has no model asks for no rewording
        async with self._turns:
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
    letters = CYRILLIC if source in CYRILLIC_LANGUAGES and target not in CYRILLIC_LANGUAGES else LETTER
    return len(letters.findall(words)) >= 2


def _bites(runs: Runs) -> list[tuple[Runs, str]]:
    """A line of more than a small model keeps in mind, in pieces of a few sentences; any other line whole."""
    if len(runs_text(runs)) <= _LONG:
        return [(runs, "")]
    bites: list[list[tuple[Runs, str]]] = []
    room = 0
    for sentence, glue in cut_text(runs, 1):
        room -= len(runs_text(sentence))
        if room < 0:
            bites.append([])
            room = _BITE - len(runs_text(sentence))
        bites[-1].append((sentence, glue))
    return [(_join(bite), bite[0][1]) for bite in bites]


def _join(pieces: list[tuple[Runs, str]]) -> Runs:
    """Pieces with the white space between them; what stands before the first is not part of them."""
    joined: list[Run] = []
    for runs, glue in pieces:
        joined += [*([Run(glue)] if glue and joined else []), *runs]
    return merge_runs(joined)


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
