"""The post's own pictures in the shape and size that a network takes: cut where little is lost, else framed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_LOSS = 0.1  # of a picture that may be cut off: a chart has its labels at the edge
_QUALITIES = (92, 85, 75, 60)
_SMALLEST = 320  # pixels


@dataclass(frozen=True, slots=True)
class Photo:
    """The pictures that a network takes: width by height between two ratios, pixels of the longer side, and of the
    width where that is less; bytes. A limit of width and height together, or of all pixels, is kept by half of it and
    by its root."""

    most_bytes: int
    most_side: int
    source: str
    checked: str
    narrowest: float = 0.05
    widest: float = 20.0
    most_width: int | None = None


def fitted(data: bytes, rule: Photo) -> bytes | None:
    """The picture as JPEG; None where the network takes it as it is, or it cannot be read as one picture."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as opened:
            if getattr(opened, "n_frames", 1) > 1:
                return None  # an animation would lose all but its first picture
            turned = ImageOps.exif_transpose(opened)
            picture = _on_white(turned)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, ValueError):
        return None
    shaped = _shaped(picture, rule)
    room = (rule.most_width or rule.most_side, rule.most_side)
    small = shaped.width <= room[0] and shaped.height <= room[1]
    if shaped.size == picture.size and small and len(data) <= rule.most_bytes:
        return None
    shaped.thumbnail(room)
    while True:
        for quality in _QUALITIES:
            written = io.BytesIO()
            shaped.save(written, "JPEG", quality=quality, optimize=True)
            if len(written.getvalue()) <= rule.most_bytes:
                return written.getvalue()
        if max(shaped.size) <= _SMALLEST:
            return written.getvalue()
        shaped = shaped.resize((max(1, shaped.width // 2), max(1, shaped.height // 2)))


def _on_white(picture: Image) -> Image:
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "P"):
        rgba = picture.convert("RGBA")
        paper = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(paper, rgba).convert("RGB")
    return picture.convert("RGB")


def _shaped(picture: Image, rule: Photo) -> Image:
    """Within the ratios of width to height that are taken."""
    from PIL import Image

    width, height = picture.size
    ratio = width / height
    wanted = min(max(ratio, rule.narrowest), rule.widest)
    if abs(wanted - ratio) / ratio < 0.01:
        return picture
    kept = (round(height * wanted), height) if ratio > wanted else (width, round(width / wanted))
    if 1 - kept[0] * kept[1] / (width * height) <= _LOSS:
        left, top = (width - kept[0]) // 2, (height - kept[1]) // 2
        return picture.crop((left, top, left + kept[0], top + kept[1]))
    size = (width, round(width / wanted)) if ratio > wanted else (round(height * wanted), height)
    framed = Image.new("RGB", size, picture.getpixel((0, 0)))
    framed.paste(picture, ((size[0] - width) // 2, (size[1] - height) // 2))
    return framed
