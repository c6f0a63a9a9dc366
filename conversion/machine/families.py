"""How each family of translation models is told the languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from konspekt.bilingual import Bilingual
from konspekt.conversion.error_messages import wrong
from konspekt.llm_client import LLMError

Family = Literal["marian", "nllb", "m2m", "madlad"]
# FLORES-200 codes, https://github.com/facebookresearch/flores (2026-11-30)
_FLORES = {
    "ru": "rus_Cyrl",
    "en": "eng_Latn",
    "de": "deu_Latn",
    "fr": "fra_Latn",
    "es": "spa_Latn",
    "it": "ita_Latn",
    "pt": "por_Latn",
    "zh": "zho_Hans",
    "ja": "jpn_Jpan",
    "uk": "ukr_Cyrl",
    "pl": "pol_Latn",
    "tr": "tur_Latn",
    "kk": "kaz_Cyrl",
}


class TranslationError(LLMError):
    """The model of TRANSLATION_MODEL cannot translate this; a draft is then the post by rule, and says so."""

    def __init__(self, message: Bilingual) -> None:
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Direction:
    """What is written before a line, and the token that the answer begins with."""

    prefix: str = ""
    first: str | None = None


def family_of(tokenizer: Any) -> Family:
    """By the tokenizer, which a converted model keeps beside it. Raises TranslationError."""
    name = type(tokenizer).__name__
    if name.startswith("Marian"):
        return "marian"
    if name.startswith("Nllb"):
        return "nllb"
    if name.startswith("M2M100"):
        return "m2m"
    if name.startswith("T5") and _knows(tokenizer, "<2en>"):
        return "madlad"
    raise TranslationError(wrong("no_translator", name=name))


def direction(tokenizer: Any, family: Family, source: str, target: str) -> Direction:
    """Raises TranslationError for a language, or a direction, that the model does not have."""
    if family == "marian":
        if _knows(tokenizer, f">>{target}<<"):  # a model of several target languages
            return Direction(prefix=f">>{target}<< ")
        pair = (_short(tokenizer.source_lang), _short(tokenizer.target_lang))
        if all(pair) and pair != (source, target):
            raise TranslationError(wrong("no_direction", source=source, target=target, pair="-".join(pair)))
        return Direction()
    if family == "madlad":
        token = f"<2{target}>"
        if not _knows(tokenizer, token):
            raise TranslationError(wrong("no_target", target=target))
        return Direction(prefix=f"{token} ")
    codes = [_FLORES.get(code, code) if family == "nllb" else code for code in (source, target)]
    tokens = codes if family == "nllb" else [f"__{code}__" for code in codes]
    for code, token in zip((source, target), tokens, strict=True):
        if not _knows(tokenizer, token):
            raise TranslationError(wrong("no_target", target=code))
    tokenizer.src_lang = codes[0]
    return Direction(first=tokens[1])


def _knows(tokenizer: Any, token: str) -> bool:
    return tokenizer.convert_tokens_to_ids(token) not in (None, tokenizer.unk_token_id)


def _short(code: str | None) -> str:
    return (code or "").replace("_", "-").split("-")[0][:3]
