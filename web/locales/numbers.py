"""To be filled."""

from __future__ import annotations

EN: dict[str, str] = {}

RU: dict[str, str] = {}
