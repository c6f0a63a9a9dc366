"""Text of others, as a prompt may hold it."""

from __future__ import annotations

import re

_CONTROL_TOKEN = re.compile(r"<\|[^|>\n]{1,40}\|>|</?(?:s|bos|eos|start_of_turn|end_of_turn|source|system)>|\[/?INST\]")
_OUR_BRACKETS = str.maketrans("⟦⟧", "[]")


def harmless(text: str) -> str:
    """Text of others as data: no control tokens of a chat template, and none of the brackets of our citations."""
    return _CONTROL_TOKEN.sub(" ", text).translate(_OUR_BRACKETS).strip()
