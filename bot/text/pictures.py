"""Captions that ask of the picture above them, which the bot does not see."""

from __future__ import annotations

import re

# Words for a picture and what points at it; what is left of a caption that asks of nothing else.
THE_PICTURE = re.compile(
    r"\b(?:это\w?|эт(?:от|а|и|ой|ом)|тут|здесь|карти?нк\w+|фот\w+|скрин\w*|график\w*|изображен\w+|this|that|here|picture|"
    r"photo|image|screenshot|plot|chart)\b",
    re.IGNORECASE,
)
ABOUT_ANYTHING = re.compile(
    r"\b(?!(?:что|чего|кто|какой|какая|какое|какие|как|где|за|на|в|про|о|с|и|а|не|нет|ли|по|тебе|мне|скажи|объясни|покажи|"
    r"изображено|нарисовано|видно|можешь|опиши|what|who|which|how|is|are|the|a|an|on|in|of|can|you|do|does|me|tell|explain|"
    r"describe|show|shown|see)\b)\w+",
    re.IGNORECASE,
)


def asks_of_the_picture(caption: str) -> bool:
    """«Что это за график?» under a photo is about what only the photo shows."""
    bare = THE_PICTURE.sub(" ", caption)
    return bare != caption and not ABOUT_ANYTHING.search(bare)
