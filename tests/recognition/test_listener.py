"""Recordings as Telegram carries them, decoded within limits and heard by the real model in its own process."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from konspekt.recognition import BusyError, TooLongError, UnreadableError
from konspekt.recognition.limits import bare_environment
from konspekt.recognition.speech import listener as module
from konspekt.recognition.speech.listener import Listener
from konspekt.recognition.speech.wire import heard_in
from tests.conftest import MODELS

CLIP = Path(__file__).with_name("clips") / "attention.ogg"  # «Как работает внимание в трансформерах?», synthesised
MODEL = MODELS / "whisper-base"

av = pytest.importorskip("av", reason="konspekt[speech] is not installed")


def silent_film(seconds: float = 1.0) -> bytes:
    """An MP4 with a picture and no sound."""
    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as film:
        stream = film.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 32
        for _ in range(int(5 * seconds)):
            film.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        film.mux(stream.encode(None))
    return made.getvalue()


def test_a_voice_message_becomes_samples() -> None:
    from konspekt.recognition.speech.audio import RATE, samples_of

    samples = samples_of(CLIP.read_bytes(), 120.0)
    assert samples.ndim == 1
    assert 3.0 < len(samples) / RATE < 3.6
    assert 0.05 < abs(samples).max() <= 1.0


def test_a_recording_that_breaks_off_is_heard_as_far_as_it_goes() -> None:
    from konspekt.recognition.speech.audio import RATE, samples_of

    whole = CLIP.read_bytes()
    assert 0.5 < len(samples_of(whole[: len(whole) // 2], 120.0)) / RATE < 2.5


def test_what_is_longer_than_it_may_be_is_not_decoded_to_its_end() -> None:
    from konspekt.recognition.speech.audio import samples_of

    with pytest.raises(TooLongError):
        samples_of(CLIP.read_bytes(), 1.0)


@pytest.mark.parametrize(
    "file",
    [b"", b"OggS", b"<html>not found</html>" * 50, os.urandom(4096), b"\x00" * 10_000, CLIP.read_bytes()[:40]],
)
def test_what_is_no_recording_is_unreadable(file: bytes) -> None:
    from konspekt.recognition.speech.audio import samples_of

    with pytest.raises(UnreadableError):
        samples_of(file, 120.0)


def test_a_film_without_sound_is_unreadable() -> None:
    from konspekt.recognition.speech.audio import samples_of

    with pytest.raises(UnreadableError):
        samples_of(silent_film(), 120.0)


@pytest.mark.parametrize("answer", [b"", b"{", b"[]", b"{}", b'{"text": "x"}', b'{"error": "new"}'])
def test_an_answer_that_is_none_is_unreadable(answer: bytes) -> None:
    with pytest.raises(UnreadableError):
        heard_in(answer)


def test_the_process_that_opens_strangers_files_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert "secret" not in str(bare_environment())


async def test_a_model_that_does_not_load_says_so_and_leaves_no_process(tmp_path: Path) -> None:
    ears = Listener(tmp_path)
    with pytest.raises(UnreadableError):
        await ears.hear(CLIP.read_bytes(), "ru", longest=120)
    assert ears._process is None


async def test_too_many_who_wait_are_turned_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 1)
    ears = Listener(tmp_path)
    first = asyncio.create_task(ears.hear(CLIP.read_bytes(), "ru", longest=120))
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await ears.hear(CLIP.read_bytes(), "ru", longest=120)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert ears._process is None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ears() -> AsyncIterator[Listener]:
    """One process for the tests below."""
    pytest.importorskip("faster_whisper", reason="konspekt[speech] is not installed")
    if not (MODEL / "model.bin").exists():
        pytest.skip("the speech model is not here: konspekt models fetch whisper-base")
    listener = Listener(MODEL, threads=1)
    yield listener
    await listener.close()


@pytest.mark.model
@pytest.mark.asyncio(loop_scope="module")
async def test_the_model_hears_a_question_after_its_process_was_killed(ears: Listener) -> None:
    with pytest.raises(UnreadableError):
        await ears.hear(b"no sound at all", "ru", longest=120)
    assert ears._process is not None
    ears._process.kill()
    await ears._process.wait()
    heard = await ears.hear(CLIP.read_bytes(), "ru", longest=120, hints="LoRA, RAG.")
    assert heard.text.lower().startswith("как работает внимание в тр")
    assert heard.seconds == pytest.approx(3.2, abs=0.2)
