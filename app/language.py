"""In which language the command speaks: the setting LANGUAGE, else the system's locale."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from konspekt.bilingual import Language

CODE = re.compile(r"[a-z]{2,3}(?:[_.@-].*)?|c|posix", re.IGNORECASE)


def language_setting(value: str) -> str | None:
    """`auto`, `ru` or `en` of what LANGUAGE holds; None for anything else.

    Many desktops set LANGUAGE themselves, for gettext, to a list such as `ru_RU:ru:en`:
    https://www.gnu.org/software/gettext/manual/html_node/The-LANGUAGE-variable.html
    """
    wanted = [part.strip().lower() for part in value.split(":") if part.strip()]
    for part in wanted:
        if part == "auto" or re.split(r"[_.@-]", part)[0] in {"ru", "en"}:
            return part if part == "auto" else part[:2]
    return "en" if wanted and all(CODE.fullmatch(part) for part in wanted) else None


def locale_language(environment: Mapping[str, str] = os.environ) -> Language:
    """Russian where the system speaks it; English elsewhere, also where it says nothing (`C`)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "ru" if value.lower().startswith("ru") else "en"
    return "en"
