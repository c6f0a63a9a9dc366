"""Pictures with text, drawn here, read by the system's Tesseract within limits."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib
import pytest
from PIL import Image, ImageDraw, ImageFont

from konspekt.recognition import UnreadableError
from konspekt.recognition.pictures import Eyes, languages, tidy

FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


def drawn(*lines: str) -> bytes:
    image = Image.new("RGB", (900, 60 + 50 * len(lines)), "white")
    font = ImageFont.truetype(str(FONT), 32)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((30, 30 + 50 * number), line, "black", font)
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


@pytest.fixture(scope="module")
def eyes() -> Eyes:
    known = languages()
    if known != "rus+eng":
        pytest.skip("tesseract-ocr and tesseract-ocr-rus are not installed")
    return Eyes(known)


async def test_a_slide_in_two_languages_is_read(eyes: Eyes) -> None:
    text = await eyes.read(drawn("Метод наименьших квадратов", "RuntimeError: CUDA out of memory"))
    assert text.splitlines() == ["Метод наименьших квадратов", "RuntimeError: CUDA out of memory"]


async def test_an_empty_picture_has_no_text_and_what_is_none_is_unreadable(eyes: Eyes) -> None:
    assert await eyes.read(drawn("")) == ""
    with pytest.raises(UnreadableError):
        await eyes.read(b"no picture at all")


async def test_without_tesseract_there_are_no_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert languages() == ""


def test_specks_and_frames_are_no_lines() -> None:
    assert tidy("| |\n  Что   это \n—— _\n1 2\f\nx = y\nab") == "Что это\nab"
