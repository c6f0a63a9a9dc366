"""Whisper by faster-whisper (CTranslate2, int8), made quick for what is short.

Whisper is taught on windows of 30 seconds, and whatever is shorter is filled up with silence; the encoder's work on
that silence is most of the time of a five-second question. A tail of five seconds does the same service: a quarter of
the processor time, the same words (docs/bot.md has the numbers).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment
from numpy.typing import NDArray

from konspekt.recognition.results import Heard
from konspekt.recognition.speech.audio import RATE

TAIL = 500  # frames of 10 ms that stay of the silence behind what was said
BEAM = 5
TEMPERATURES = (0.0, 0.4)  # the second where the first repeats itself
UNSURE = -1.0  # mean log-probability of a token below which the model guesses
SILENT = 0.6  # its own probability that nobody speaks
# What Whisper makes of silence and music, taught by the subtitles it learnt from
NOBODY_SAID = ("субтитры", "редактор субтитров", "продолжение следует", "спасибо за просмотр", "thanks for watching",
               "dimatorzok", "subtitles by", "подписывайтесь на канал")  # fmt: skip


class QuickWhisper(WhisperModel):  # type: ignore[misc]
    """Encodes what was said and a little silence, instead of 30 seconds whatever was said."""

    def encode(self, features: NDArray[np.float32]) -> Any:
        """features: [mel, frames] or [1, mel, frames], filled up with zeros behind the sound."""
        sounding = np.flatnonzero(np.any(features.reshape(-1, features.shape[-1]) != 0, axis=0))
        end = (int(sounding[-1]) + 1 if len(sounding) else 0) + TAIL
        end += end % 2  # the encoder halves them
        return super().encode(features[..., :end])


class Whisper:
    """A model in memory. Not safe to use from two threads."""

    def __init__(self, folder: Path, threads: int = 0, *, quick: bool = True) -> None:
        """`folder`: config.json, model.bin, tokenizer.json, vocabulary.txt. `threads`: 0: the machine's cores."""
        kind = QuickWhisper if quick else WhisperModel
        self._model = kind(str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)

    def hear(self, samples: NDArray[np.float32], language: str, hints: str = "") -> Heard:
        """samples: [n] at 16 kHz. `hints`: words that may be meant, as the model would have written them before."""
        segments, _ = self._model.transcribe(
            samples,
            language=language,
            beam_size=BEAM,
            temperature=TEMPERATURES,
            initial_prompt=hints or None,
            condition_on_previous_text=False,
            without_timestamps=True,
            vad_filter=True,
        )
        kept = [segment for segment in segments if _was_said(segment)]
        text = " ".join(segment.text.strip() for segment in kept)
        sure = all(segment.avg_logprob > UNSURE for segment in kept)
        return Heard(text.strip(), round(len(samples) / RATE, 2), sure)


def _was_said(segment: Segment) -> bool:
    words = segment.text.strip().lower()
    if not any(character.isalnum() for character in words):
        return False
    if segment.no_speech_prob > SILENT and segment.avg_logprob < UNSURE:
        return False
    return not words.startswith(NOBODY_SAID)
