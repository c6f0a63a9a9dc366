"""What translates drafts here, by what `konspekt models check` found: the model that writes, or one that only
translates and lies in MODELS_DIR."""

from __future__ import annotations

import re
from pathlib import Path

from konspekt.app.local_model.suite import ABLE
from konspekt.app.local_model.verdicts import verdict_on
from konspekt.app.settings import AUTO, CHAT, Settings
from konspekt.modelhub import pins

_FAMILY = re.compile(r"opus-mt|nllb|m2m|madlad", re.IGNORECASE)
_ONE_WAY = re.compile(r"ru-en|en-ru")


def translating_model(settings: Settings, chat_model: str | None) -> str | None:
    """The model that only translates, as TRANSLATION_MODEL names it; None: the model that writes translates too.

    `auto`: a model that writes and was found able to translate does it; one that failed, was not checked or is not
    there gives way to one that only translates, of those that are here the one that the check found best.
    """
    name = settings.translation_model
    if name != AUTO:
        return None if name == CHAT else name
    if chat_model is not None and can_translate(settings.konspekt_home, chat_model):
        return None
    here = sorted(present(settings.models))
    able = [one for one in here if can_translate(settings.konspekt_home, one) is not False]  # unchecked: made for it
    return max(able, key=lambda one: share_of(settings.konspekt_home, one) or 0.0, default=None)


def can_translate(home: Path, name: str) -> bool | None:
    """Whether a model passed its translations in `konspekt models check`; None where it was not checked."""
    share = share_of(home, name)
    return None if share is None else share >= ABLE


def only_translates(name: str) -> bool:
    """Whether a model's name is one of a family of translation models."""
    return _FAMILY.search(name) is not None


def share_of(home: Path, name: str) -> float | None:
    verdict = verdict_on(home, name)
    return None if verdict is None else verdict.shares.get("translates")


def present(models: Path) -> set[str]:
    """Models in MODELS_DIR that only translate, both from Russian into English and back: `{pair}` stands in the name of
    those that have one direction."""
    folders = {folder for folder in (*models.glob("*"), *models.glob("*/*")) if _is_translator(folder)}
    two_way = {str(folder) for folder in folders if not _ONE_WAY.search(folder.name)}
    one_way = {folder for folder in folders if _ONE_WAY.search(folder.name)}
    both = {
        str(folder.with_name(_ONE_WAY.sub("{pair}", folder.name, count=1)))
        for folder in one_way
        if folder.with_name(_ONE_WAY.sub("en-ru" if "ru-en" in folder.name else "ru-en", folder.name, count=1))
        in one_way
    }
    return two_way | both


def _is_translator(folder: Path) -> bool:
    weights = any((folder / name).is_file() for name in ("model.bin", "model.safetensors"))
    pin = pins.read(folder) if weights else None
    whole = weights and (pin is None or pin.complete) and (folder / "config.json").is_file()
    return whole and only_translates(folder.name)
