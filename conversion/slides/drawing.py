"""Cards drawn as PNG: white, dark type, code in colours; fonts with Cyrillic that matplotlib brings along."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from konspekt.conversion.draft import Card, Draft
from konspekt.conversion.network import Network
from konspekt.conversion.slides.formulas import formula_image

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

_PAPER, _INK, _FAINT, _PANEL = "#ffffff", "#1c1e21", "#8a8f98", "#f4f5f7"
_MARGIN = 90  # pixels
_SIZES = {"title": (84, 44), "text": (52, 30), "code": (44, 14)}  # points: as large as fits, between these
_LEADING = 1.38
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_EMOJI = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u200D\u2B00-\u2BFF]+")


def pictures(draft: Draft, network: Network, footer: str = "") -> list[bytes]:
    """A PNG for each of the draft's cards, in the size that its network wants. Only slides are numbered."""
    size = network.slides or network.picture
    if size is None:
        return []
    total = len(draft.cards) if network.slides else 0
    return [png(card, number, total, size, footer if total else "") for number, card in enumerate(draft.cards, 1)]


def save_slides(draft_file: Path, draft: Draft, network: Network, footer: str = "") -> list[Path]:
    """The pictures beside the draft's file, each with its text for screen readers in one file. Raises OSError."""
    written = []
    name = "slide" if network.slides else "picture"
    for number, picture in enumerate(pictures(draft, network, footer), 1):
        path = draft_file.with_name(f"{draft_file.stem}-{name}-{number}.png")
        path.write_bytes(picture)
        written.append(path)
    if written:
        texts = "\n\n".join(f"{number}. {_place(card, draft)}{card.text}" for number, card in enumerate(draft.cards, 1))
        draft_file.with_name(f"{draft_file.stem}-{name}s.txt").write_text(texts + "\n", "utf-8")
    return written


def _place(card: Card, draft: Draft) -> str:
    """Which part of a thread a picture belongs to, where there are several."""
    return f"({card.part + 1}/{len(draft.parts)})\n" if len(draft.parts) > 1 else ""


def png(card: Card, number: int, total: int, size: tuple[int, int], footer: str = "") -> bytes:
    """One picture of `size` (pixels: width, height). `footer` stands beside its number; without a `total` there is
    none."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(image)
    box = (_MARGIN, _MARGIN, size[0] - _MARGIN, size[1] - 2 * _MARGIN)
    if card.kind in ("code", "table"):
        _code(draw, card, box)
    elif card.kind == "formula":
        drawn = formula_image(card.text, box[2] - box[0], box[3] - box[1], _INK)
        image.paste(drawn, ((size[0] - drawn.width) // 2, (size[1] - drawn.height) // 2))
    else:
        _words(draw, card, box)
    small = _font("DejaVuSans.ttf", 28)
    draw.text((_MARGIN, size[1] - _MARGIN), _drawable(footer)[:60], _FAINT, small, anchor="ls")
    if total:
        draw.text((size[0] - _MARGIN, size[1] - _MARGIN), f"{number}/{total}", _FAINT, small, anchor="rs")
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


# ---------------------------------------------------------------- text

Box = tuple[int, int, int, int]  # left, top, right, bottom


def _words(draw: ImageDraw, card: Card, box: Box) -> None:
    name = "DejaVuSans-Bold.ttf" if card.kind == "title" else "DejaVuSans.ttf"
    largest, smallest = _SIZES[card.kind]
    text = _drawable(card.text)
    for points in range(largest, smallest - 1, -2):
        font = _font(name, points)
        lines = list(_lines(text, font, box[2] - box[0]))
        height = len(lines) * points * _LEADING
        if height <= box[3] - box[1]:
            break
    top = box[1] + max(0.0, (box[3] - box[1] - height) / 2)
    for place, line in enumerate(lines):
        draw.text((box[0], top + place * points * _LEADING), line, _INK, font)


def _lines(text: str, font: FreeTypeFont, width: int) -> Iterator[str]:
    """Wrapped between words; a word wider than the picture between its letters."""
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            joined = f"{line} {word}".strip()
            if font.getlength(joined) <= width:
                line = joined
                continue
            if line:
                yield line
            line = word
            while font.getlength(line) > width:
                fitting = max(1, int(len(line) * width / font.getlength(line)))
                while fitting > 1 and font.getlength(line[:fitting]) > width:
                    fitting -= 1
                yield line[:fitting]
                line = line[fitting:]
        yield line


def _drawable(text: str) -> str:
    """Without what the fonts cannot draw: emoji, control characters."""
    return "\n".join(_EMOJI.sub(" ", _CONTROL.sub("", line)).strip() for line in text.split("\n"))


# ---------------------------------------------------------------- code


def _code(draw: ImageDraw, card: Card, box: Box) -> None:
    code = _CONTROL.sub("", card.text).expandtabs(4)
    rows = code.split("\n")
    largest, smallest = _SIZES["code"]
    for points in range(largest, smallest - 1, -1):
        font = _font("DejaVuSansMono.ttf", points)
        widest = max(font.getlength(row) for row in rows)
        if widest <= box[2] - box[0] - 60 and len(rows) * points * _LEADING <= box[3] - box[1] - 60:
            break
    height = len(rows) * points * _LEADING + 60
    top = box[1] + max(0.0, (box[3] - box[1] - height) / 2)
    draw.rounded_rectangle((box[0], top, box[2], top + height), 18, _PANEL)
    advance = font.getlength("m")
    x, y = 0, 0
    for text, colour in _coloured(code, card.language):
        for place, piece in enumerate(text.split("\n")):
            if place:
                x, y = 0, y + 1
            draw.text((box[0] + 30 + x * advance, top + 30 + y * points * _LEADING), piece, colour, font)
            x += len(piece)


def _coloured(code: str, language: str) -> Iterator[tuple[str, str]]:
    from pygments import lex
    from pygments.lexers import get_lexer_by_name
    from pygments.lexers.special import TextLexer
    from pygments.styles import get_style_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False, ensurenl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False, ensurenl=False)
    style = get_style_by_name("friendly")
    for kind, text in lex(code, lexer):
        colour = style.style_for_token(kind)["color"]
        yield text, f"#{colour}" if colour else _INK


@lru_cache(maxsize=64)
def _font(name: str, points: int) -> FreeTypeFont:
    import matplotlib as mpl
    from PIL import ImageFont

    path = Path(mpl.get_data_path()) / "fonts" / "ttf" / name
    return ImageFont.truetype(str(path), points, layout_engine=ImageFont.Layout.BASIC)
