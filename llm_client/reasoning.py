"""Thinking aloud taken out of a model's text while it streams, whatever marks its family puts around it.

A marker is one only where models put it: at the beginning of the text or of a line, or around a stretch in the middle
of a line. In backticks, in a code block, or named in a sentence («между <think> и </think>») it is text, and stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAGS = (
    "think|thinking|thought|thoughts|reasoning|reason|reflection|analysis|scratchpad|seed:think|longcat_think|mm:think|"
    "antthinking"
)


@dataclass(frozen=True, slots=True)
class _Family:
    """How one family of models opens and closes its thinking; `begins`: only at the very beginning of a text."""

    opening: str
    closing: str
    begins: bool = False


_FAMILIES = (
    _Family(rf"<\s*(?P<tag>{_TAGS})\s*>", rf"<\s*/\s*(?:{_TAGS})\s*>"),  # DeepSeek, Qwen, GLM, EXAONE, Seed-OSS
    _Family(r"<details\s+type=\"reasoning\"[^>]*>", r"</details>"),  # proxies
    _Family(r"\[THINK\]", r"\[/THINK\]"),  # Magistral
    _Family(r"◁think▷", r"◁/think▷"),  # Kimi
    _Family(r"<\|begin_of_thought\|>", r"<\|end_of_thought\|>"),  # Sky-T1, OpenThinker
    _Family(r"<\|START_THINKING\|>", r"<\|END_THINKING\|>"),  # Command A
    _Family(r"<\|inner_prefix\|>", r"<\|inner_suffix\|>"),  # Apertus
    _Family(r"<unused94>", r"<unused95>"),  # MedGemma
    _Family(r"<\|channel>thought", r"<channel\|>"),  # Gemma 4
    _Family(  # gpt-oss, with its control tokens and without them
        r"(?:<\|start\|>assistant)?<\|channel\|>(?:analysis|commentary)[^<\n]*<\|message\|>",
        r"<\|end\|>|(?:<\|start\|>assistant)?<\|channel\|>final[^<\n]*<\|message\|>",
    ),
    _Family(r"analysis(?=[A-ZА-ЯЁ])", r"assistant\s*final", begins=True),
    _Family(r"Here is my thought process:", r"Here is my response:", begins=True),  # Granite
)
_OPENING = re.compile("|".join(f"(?P<f{n}>{family.opening})" for n, family in enumerate(_FAMILIES)), re.IGNORECASE)
_CLOSINGS = tuple(re.compile(family.closing, re.IGNORECASE) for family in _FAMILIES)
_LONE_CLOSING = re.compile("|".join(family.closing for family in _FAMILIES if not family.begins), re.IGNORECASE)
# What some put around the answer itself, once they have thought.
_WRAPPING = re.compile(
    r"\s*(?:</?(?:answer|response|final|output)>|<\|(?:begin|end)_of_solution\|>|<\|(?:START|END)_RESPONSE\|>|"
    r"(?:<\|start\|>assistant)?<\|channel\|>final[^<\n]*<\|message\|>|<\|start\|>assistant|<\|return\|>|<\|end\|>)\s*",
    re.IGNORECASE,
)
_MARKERS = tuple(
    marker.lower()
    for marker in (
        *(
            f"<{slash}{tag}>"
            for tag in (*_TAGS.split("|"), "answer", "response", "final", "output")
            for slash in ("", "/")
        ),
        *('<details type="reasoning">', "</details>", "[THINK]", "[/THINK]", "◁think▷", "◁/think▷", "<unused94>"),
        *("<unused95>", "<|begin_of_thought|>", "<|end_of_thought|>", "<|begin_of_solution|>", "<|end_of_solution|>"),
        *("<|START_THINKING|>", "<|END_THINKING|>", "<|START_RESPONSE|>", "<|END_RESPONSE|>", "<|inner_prefix|>"),
        *("<|inner_suffix|>", "<|channel>thought", "<channel|>", "<|start|>assistant<|channel|>analysis<|message|>"),
        *("<|start|>assistant<|channel|>final<|message|>", "<|channel|>commentary<|message|>", "<|return|>", "<|end|>"),
        *("<|channel|>analysis<|message|>", "<|channel|>final<|message|>", "assistantfinal", "Here is my response:"),
    )
)
_DETAILS = re.compile(r"<details\s[^<>]*")  # its tag may hold more than the type
_BEGINNINGS = ("analysis", "here is my thought process:")
_LONGEST = max(map(len, _MARKERS)) + 8
_MENTION = 25  # characters: less than this between two marks within a line is a sentence about them


class ReasoningFilter:
    """Fed with a model's pieces, gives what of them is its answer.

    `text` is the answer so far. It shrinks only where a model that was set thinking by its chat template closes what
    it never opened: all before was thinking then. `silent`: that is known of the model, so nothing is shown until it
    closes. `seen`: whether anything was taken for thinking.
    """

    def __init__(self, *, silent: bool = False) -> None:
        self._buffer = ""  # what is not decided yet
        self._closing: re.Pattern[str] | None = None  # of the thinking that goes on
        self._silent = silent
        self._thought = False  # until the answer's first word after a thinking
        self.text = ""
        self.seen = False
        self.closed_unopened = False

    def feed(self, piece: str) -> str:
        """The piece's part of the answer, with what was held back before."""
        self._buffer += piece
        return self._advance(final=False)

    def finish(self) -> str:
        """What was held back and turned out to be text. A thinking that was never closed stays unsaid."""
        given = self._advance(final=True)
        if self._silent:  # it did not think this time
            self._silent = False
            given += self._say(self._buffer)
        self._buffer = ""
        return given

    @property
    def thinking(self) -> bool:
        """Whether the text so far ends within a thinking."""
        return self._closing is not None or self._silent

    def _advance(self, *, final: bool) -> str:
        given: list[str] = []
        while self._step(given, final=final):
            pass
        return "".join(given)

    def _step(self, given: list[str], *, final: bool) -> bool:
        """One decision about the buffer; False when it waits for more."""
        if self._closing is not None:
            return self._skip_thinking(final=final)
        if self._silent:
            return self._wait_for_closing()
        if self._thought and (self._skip_blanks_and_wrapping(final=final) is False):
            return False
        if not self.text and not self.seen and self._may_begin(final=final):
            return False
        opening, closing = _OPENING.search(self._buffer), _LONE_CLOSING.search(self._buffer)
        if opening is not None and _FAMILIES[_number(opening)].begins and (self.text or opening.start()):
            opening = None
        if closing is not None and (opening is None or closing.start() < opening.start()):
            return self._lone(closing, given, final=final)
        if opening is not None:
            return self._open(opening, given, final=final)
        keep = 0 if final else _undecided(self._buffer)
        ready = len(self._buffer) - keep
        given.append(self._say(self._buffer[:ready]))
        self._buffer = self._buffer[ready:]
        return False

    def _skip_thinking(self, *, final: bool) -> bool:
        assert self._closing is not None
        end = self._closing.search(self._buffer)
        if end is None:
            self._buffer = "" if final else self._buffer[-_LONGEST:]
            return False
        self._buffer = self._buffer[end.end() :]
        self._closing, self._thought = None, True
        return True

    def _wait_for_closing(self) -> bool:
        opening = _OPENING.match(self._buffer.lstrip())
        end = _LONE_CLOSING.search(self._buffer)
        if opening is None and end is None:
            return False
        self._silent, self.seen = False, True
        if opening is None and end is not None:
            self._buffer, self._thought, self.closed_unopened = self._buffer[end.end() :], True, True
        return True

    def _skip_blanks_and_wrapping(self, *, final: bool) -> bool:
        """Whether the answer's first word after a thinking is there."""
        wrapping = _WRAPPING.match(self._buffer)
        while wrapping is not None:
            self._buffer = self._buffer[wrapping.end() :]
            wrapping = _WRAPPING.match(self._buffer)
        bare = self._buffer.lstrip()
        if not final and (not bare or _undecided(bare) == len(bare)):
            return False
        if self.text and not self.text.endswith("\n") and bare:
            self.text, bare = self.text.rstrip(), f"\n{bare}" if "\n" in self._buffer else f" {bare}"
        self._buffer, self._thought = bare, False
        return bool(bare)

    def _may_begin(self, *, final: bool) -> bool:
        """Whether the whole text so far may yet become a family's first words."""
        bare = self._buffer.lstrip().lower()
        return not final and any(beginning.startswith(bare) for beginning in _BEGINNINGS)

    def _open(self, opening: re.Match[str], given: list[str], *, final: bool) -> bool:
        before, after = self._buffer[: opening.start()], self._buffer[opening.end() :]
        shown = self.text + before
        closing = _CLOSINGS[_number(opening)]
        line = shown.rpartition("\n")[2].strip()
        if _is_code(shown):
            return self._keep(opening.end(), given)
        if line:  # in the middle of a line
            end, newline = closing.search(after), after.find("\n")
            if end is None and newline < 0 and not final:
                given.append(self._say(before))
                self._buffer = self._buffer[opening.start() :]
                return False
            inside = after[: end.start()] if end and (newline < 0 or end.start() < newline or newline == 0) else ""
            if newline != 0 and len(inside.strip()) < _MENTION:
                return self._keep(opening.end(), given)
        given.append(self._say(before.rstrip(" ") if line else before.rstrip()))
        self._buffer, self._closing, self.seen = after, closing, True
        return True

    def _lone(self, closing: re.Match[str], given: list[str], *, final: bool) -> bool:
        before, after = self._buffer[: closing.start()], self._buffer[closing.end() :]
        shown = self.text + before
        if not after.strip(" ") and not final:
            given.append(self._say(before))
            self._buffer = self._buffer[closing.start() :]
            return False
        mentioned = shown.endswith(" ") and re.match(r" +[^\WA-ZА-ЯЁ]|[,.)»]", after)
        if _is_code(shown) or mentioned or _OPENING.search(shown):
            return self._keep(closing.end(), given)
        given.clear()
        self.text, self._buffer = "", after
        self.seen = self.closed_unopened = self._thought = True
        return True

    def _keep(self, end: int, given: list[str]) -> bool:
        given.append(self._say(self._buffer[:end]))
        self._buffer = self._buffer[end:]
        return True

    def _say(self, text: str) -> str:
        if self.seen and text:
            text = _WRAPPING.sub(lambda match: " " if match.group() != match.group().strip() else "", text)
        self.text += text
        return text


def without_reasoning(text: str) -> str:
    """The answer in a whole text."""
    reasoning = ReasoningFilter()
    reasoning.feed(text)
    reasoning.finish()
    return reasoning.text.rstrip() if reasoning.seen else reasoning.text


def _number(opening: re.Match[str]) -> int:
    return next(n for n in range(len(_FAMILIES)) if opening.group(f"f{n}") is not None)


def _is_code(before: str) -> bool:
    return before.endswith("`") or before.count("```") % 2 == 1


def _undecided(text: str) -> int:
    """How many characters at the end may become a marker."""
    for start in range(max(0, len(text) - 3 * _LONGEST), len(text)):
        if text[start] in "<[◁aAhH":
            tail = re.sub(r"(?<=<)\s+|\s+(?=>)|(?<=/)\s+", "", text[start:].lower()).rstrip()
            if tail and (any(marker.startswith(tail) for marker in _MARKERS) or _DETAILS.fullmatch(tail)):
                return len(text) - start
    return 0
