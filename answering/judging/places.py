"""Where a stretch of a window's text lies among its tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_PROMPT = "passage: "


def token_spans(
    count_tokens: Callable[[str], int], text: str, spans: Sequence[tuple[int, int]], tokens: int
) -> list[tuple[int, int]]:
    """Half-open token ranges of character ranges, in a window's states: <s>, the prompt, the text, </s>.

    `tokens` is their number. Words are divided into tokens each by itself, so that the tokens before a stretch can be
    counted on what stands before it.
    """
    found = []
    for start, end in spans:
        first = 1 + count_tokens(_PROMPT + text[:start])
        last = 1 + count_tokens(_PROMPT + text[:end])
        first = min(first, tokens - 2)
        found.append((first, max(first + 1, min(last, tokens - 1))))
    return found
