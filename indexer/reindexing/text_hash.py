"""The identity of an embedded text."""

from __future__ import annotations

import hashlib


def text_hash(text: str) -> str:
    """SHA-256 of exactly what is embedded: equal texts share a vector."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
