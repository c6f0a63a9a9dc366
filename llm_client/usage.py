"""Tokens in, tokens out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one call or of many; an endpoint that reports none counts as zero tokens."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0  # of the prompt, taken from the endpoint's prefix cache
    requests: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.requests + other.requests,
        )


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer of the model. `finish_reason` is the endpoint's: `stop`, `length`, `content_filter`, …"""

    text: str
    usage: Usage
    finish_reason: str | None
    model: str
