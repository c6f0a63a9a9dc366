"""A formula in TeX, drawn by matplotlib's own reader of TeX: no TeX is installed for it."""

from __future__ import annotations

import io
import re
import threading
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_FENCED = re.compile(r"\s*(?:\$\$(.+?)\$\$|\\\[(.+?)\\\]|\$([^$]+)\$)\s*[.,]?\s*", re.DOTALL)
_COMMAND = re.compile(r"\\(?:frac|sqrt|sum|int|prod|hat|bar|tilde|mathbb|mathcal|alpha|beta|left|cdot|partial)\b")
_WORDS = re.compile(r"[А-Яа-яЁё]{2,}|\b[a-z]{4,}\b")
_LONGEST = 400  # characters
_one_at_a_time = threading.Lock()  # its reader keeps the formula that it reads for all threads


def formula_of(text: str) -> str | None:
    """The TeX of a paragraph that is one formula, without its fences; None for anything else."""
    match = _FENCED.fullmatch(text)
    if match:
        return " ".join((match[1] or match[2] or match[3]).split())
    bare = " ".join(text.split())
    if not _COMMAND.search(bare) or _WORDS.search(re.sub(r"\\[A-Za-z]+", " ", bare)):
        return None
    return bare


@lru_cache(maxsize=256)
def can_be_drawn(formula: str) -> bool:
    """Whether matplotlib reads it: a large part of TeX, without environments."""
    from matplotlib.mathtext import MathTextParser

    if len(formula) > _LONGEST:
        return False
    try:
        with _one_at_a_time:
            MathTextParser("path").parse(f"${formula}$")
    except ValueError:
        return False
    return True


def formula_image(formula: str, width: int, height: int, colour: str) -> Image:
    """The formula as large as it fits into these pixels, on white."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import math_to_image
    from PIL import Image

    drawn = io.BytesIO()
    with _one_at_a_time:
        math_to_image(f"${formula}$", drawn, prop=FontProperties(size=40), dpi=200, format="png", color=colour)
    image = Image.open(drawn).convert("RGB")
    scale = min(width / image.width, height / image.height, 1.0)
    return image.resize((max(1, int(image.width * scale)), max(1, int(image.height * scale))), Image.Resampling.LANCZOS)
