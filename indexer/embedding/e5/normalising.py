"""Text as multilingual-e5-small's tokenizer wants it."""

from __future__ import annotations

import re
import unicodedata

# What SentencePiece's `nmt_nfkc` does beside NFKC (checked against the map in the file: nothing else in common use).
CONTROLS = re.compile(r"[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]")
SPACES = re.compile(r"[\t\n\x0c\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]")
PROMPTS = {"query": "query: ", "passage": "passage: "}


def normalised(text: str) -> str:
    return unicodedata.normalize("NFKC", SPACES.sub(" ", CONTROLS.sub("", text)))
