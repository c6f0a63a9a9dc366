"""What `quantization` raises. A message says what was wrong, where, and what to do."""

from __future__ import annotations


class QuantizationError(Exception):
    """The model cannot be read, quantised or written."""


class WrongRequestError(QuantizationError):
    """The caller asked for something that does not exist or does not fit together."""
