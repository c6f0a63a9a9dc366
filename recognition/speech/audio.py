"""Any sound that Telegram carries (OGG/Opus, MP4 of a video note, MP3, M4A) as samples.

Decoded by PyAV, whose wheel brings FFmpeg's libraries: nothing has to be installed beside it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from konspekt.recognition.errors import TooLongError, UnreadableError

RATE = 16_000


def samples_of(audio: bytes, longest: float) -> NDArray[np.float32]:
    """-> [samples] at 16 kHz, one channel, within -1..1.

    What the file says about its length is not believed: more than `longest` seconds raise TooLongError, as soon as they
    are decoded. Raises UnreadableError where there is no sound in it.
    """
    import av

    pieces: list[NDArray[np.int16]] = []
    length = 0
    try:
        with av.open(io.BytesIO(audio), mode="r", metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise UnreadableError("no sound")
            for piece in _decoded(container):
                pieces.append(piece)
                length += len(piece)
                if length > longest * RATE:
                    raise TooLongError(f"more than {longest:.0f} s")
    except (av.error.FFmpegError, ValueError, EOFError, OSError) as error:
        if not pieces:
            raise UnreadableError(type(error).__name__) from error
        # a recording that breaks off is heard as far as it goes
    if not pieces:
        raise UnreadableError("no sound")
    return np.concatenate(pieces).astype(np.float32) / 32768.0


def _decoded(container: object) -> Iterator[NDArray[np.int16]]:
    import av

    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    for frame in container.decode(audio=0):  # type: ignore[attr-defined]
        frame.pts = None  # stamps that jump would be filled up with silence
        for resampled in resampler.resample(frame):
            yield resampled.to_ndarray().reshape(-1).astype(np.int16, copy=False)
    for resampled in resampler.resample(None):
        yield resampled.to_ndarray().reshape(-1).astype(np.int16, copy=False)
