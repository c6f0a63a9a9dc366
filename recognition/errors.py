"""Why nothing was recognised. What a reader is told about it is the caller's to word."""

from __future__ import annotations


class RecognitionError(Exception):
    """Base of the package's errors."""


class UnreadableError(RecognitionError):
    """The file could not be decoded, or decoding it took more time or memory than it may."""


class TooLongError(RecognitionError):
    """The recording is longer than it claimed to be, and than it may be."""


class BusyError(RecognitionError):
    """So many are waiting that this one would wait too long."""
