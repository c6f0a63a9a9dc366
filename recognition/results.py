"""What recognition hands back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """`text`: empty where nobody speaks. `seconds`: length of the recording. `sure`: whether the model was."""

    text: str
    seconds: float
    sure: bool = True
