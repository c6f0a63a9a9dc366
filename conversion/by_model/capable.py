"""Which models may write a draft in their own words: judged by the size in their name, where it has one."""

from __future__ import annotations

import re

_BILLIONS = 7.0  # the 1.5B model invents in most posts; nothing in between was tried here, so the bar is high
_SIZE = re.compile(r"(?<![a-z\d.])(?:(\d+)x)?(\d+(?:\.\d+)?)\s?([bm])(?![a-z])", re.IGNORECASE)


def is_capable(model: str) -> bool:
    """Whether a model's name has no size (`gpt-4o`), or one of 7 billion and more: `qwen2.5-14b`, `8x7b`."""
    sizes = [
        int(experts or 1) * float(size) / (1 if unit in "bB" else 1000) for experts, size, unit in _SIZE.findall(model)
    ]
    return not sizes or max(sizes) >= _BILLIONS
