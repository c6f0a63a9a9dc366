"""Text typed with the other keyboard layout switched on."""

from __future__ import annotations

ENGLISH = "`qwertyuiop[]asdfghjkl;'zxcvbnm,." + '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>'
RUSSIAN = "ёйцукенгшщзхъфывапролджэячсмитьбю" + "ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ"
TO_RUSSIAN = str.maketrans(ENGLISH, RUSSIAN)
TO_ENGLISH = str.maketrans(RUSSIAN, ENGLISH)


def typed_in_russian(text: str) -> str:
    """What the same keys give in the Russian layout: `yty;yf` is `нежна`."""
    return text.translate(TO_RUSSIAN)


def typed_in_english(text: str) -> str:
    """What the same keys give in the English layout: `дщкф` is `lora`."""
    return text.translate(TO_ENGLISH)
