"""What was said and what is written on a picture, found out on this machine.

Files come from strangers: each is decoded in a process of its own that has limits of time and memory and no secrets.
"""

from __future__ import annotations

from konspekt.recognition.errors import BusyError, RecognitionError, TooLongError, UnreadableError
from konspekt.recognition.results import Heard

__all__ = ["BusyError", "Heard", "RecognitionError", "TooLongError", "UnreadableError"]
