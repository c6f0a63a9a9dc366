"""What a model thinks before it answers, told apart from the answer.

Families write it between markers at the beginning of an answer; some templates write the opening one themselves, at the
end of the prompt. An answer that was cut before the closing marker is all thought.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from konspekt.serving.model.tokenizer import Tokenizer

# opening, closing; from the chat templates of the families that write them, 2026-11-29
MARKERS = (
    ("<think>", "</think>"),  # DeepSeek R1, Qwen3, MiMo, GLM, SmolLM3
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),  # Seed-OSS
    ("[THINK]", "[/THINK]"),  # Magistral
    ("<|START_THINKING|>", "<|END_THINKING|>"),  # Command A
    ("<|begin_of_thought|>", "<|end_of_thought|>"),  # OpenThinker
)


def marker_ids(tokenizer: Tokenizer) -> frozenset[int]:
    """Markers that are control tokens, which are not shown otherwise."""
    return control_ids_of(tokenizer, {name for pair in MARKERS for name in pair})


def control_ids_of(tokenizer: Tokenizer, texts: Collection[str]) -> frozenset[int]:
    """Control tokens that read like one of `texts`."""
    names = {text.encode() for text in texts}
    return frozenset(i for i in tokenizer.special.control_ids if tokenizer.token_bytes[i] in names)


def closing_marker(tokenizer: Tokenizer, prompt: Sequence[int]) -> str | None:
    """What ends the thoughts that the template began at the end of `prompt`; None: it began none."""
    pieces = tokenizer.token_bytes
    tail = b"".join(pieces[i] for i in prompt[-32:] if i < len(pieces)).decode("utf-8", "replace").rstrip()
    template = tokenizer.chat_template or ""  # without one, the end of a prompt is somebody's message
    return next((closing for opening, closing in MARKERS if opening in template and tail.endswith(opening)), None)


class ReasoningSplitter:
    """Feed an answer's text as it comes, get (thoughts, answer). `closing`: see `closing_marker`."""

    def __init__(self, closing: str | None = None) -> None:
        self._closing = closing
        self._pending = ""
        self._answering = False
        self._begun = closing is not None  # thoughts have been seen
        self._spoken = False  # and something of them was handed out
        self.closed: list[str] = []  # the closing markers that have come

    @property
    def thinking(self) -> bool:
        return self._closing is not None

    @property
    def thought(self) -> bool:
        """There were thoughts, whether or not they came to an end."""
        return self._begun

    def feed(self, text: str) -> tuple[str, str]:
        if self._answering:
            return "", text
        self._pending += text
        thoughts = ""
        while True:
            if self._closing is not None:
                before, found, after = self._pending.partition(self._closing)
                if not found:
                    cut = len(self._pending) - _overlap(self._pending, self._closing)
                    cut = len(self._pending[:cut].rstrip())  # white space around thoughts is the template's
                    thoughts, self._pending = thoughts + self._trimmed(self._pending[:cut]), self._pending[cut:]
                    return thoughts, ""
                thoughts += self._trimmed(before.rstrip())
                self.closed.append(self._closing)
                self._closing, self._pending = None, after
            start = self._pending.lstrip()
            opened = next(((o, c) for o, c in MARKERS if start.startswith(o)), None)
            if opened is None:
                if any(opening.startswith(start) for opening, _ in MARKERS):  # it may still become one
                    return thoughts, ""
                self._answering = True
                answer, self._pending = (start if self._begun else self._pending), ""
                return thoughts, answer
            self._begun = True
            self._closing, self._pending = opened[1], start[len(opened[0]) :]

    def finish(self) -> tuple[str, str]:
        """What was held back, when no more text comes."""
        rest, self._pending = self._pending, ""
        if self._closing is not None:
            return self._trimmed(rest.rstrip()), ""
        return "", rest.lstrip() if self._begun else rest

    def _trimmed(self, thoughts: str) -> str:
        text = thoughts if self._spoken else thoughts.lstrip()
        self._spoken |= bool(text)
        return text

    def count(self, pieces: Sequence[bytes], tokens: Sequence[int]) -> int:
        """How many of an answer's `tokens` are thoughts, with their markers."""
        if not self._begun:
            return 0
        if self.thinking:
            return len(tokens)
        seen, place = b"", 0
        waited = [closing.encode() for closing in self.closed]
        for count, token in enumerate(tokens, 1):
            seen += pieces[token] if token < len(pieces) else b""
            while waited and (at := seen.find(waited[0], place)) >= 0:
                place = at + len(waited.pop(0))
            if not waited:
                return count
        return len(tokens)


def _overlap(text: str, marker: str) -> int:
    """Length of the longest end of `text` that begins `marker`."""
    return next((n for n in range(min(len(text), len(marker) - 1), 0, -1) if marker.startswith(text[-n:])), 0)
