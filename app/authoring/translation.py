"""The model of TRANSLATION_MODEL, opened when a line is first to be translated."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from konspekt.app.authoring.choosing import translating_model
from konspekt.app.settings import Settings

if TYPE_CHECKING:
    from konspekt.conversion.by_model.translating import Translator
    from konspekt.conversion.machine.engine import Engine
    from konspekt.llm_client import ChatModel


def build_translator(settings: Settings, model: ChatModel | None, *, lessons: int = 3) -> Translator | None:
    """What translates drafts in the place of `model`; None: `model` itself."""
    name = translating_model(settings, settings.openai_model if model is not None else None)
    if name is None:
        return None
    from konspekt.conversion.machine.lines import MachineTranslator

    return MachineTranslator(name, engines(settings, name), model, lessons=lessons)


def engines(settings: Settings, chosen: str) -> Callable[[str, str], Engine]:
    """Opens the model of a direction, fetched first where it is not here. What it returns raises TranslationError."""
    opening = threading.Lock()

    @lru_cache(maxsize=2)
    def opened(name: str) -> Engine:
        from konspekt import modelhub
        from konspekt.bilingual import of
        from konspekt.conversion.machine.engine import Engine
        from konspekt.conversion.machine.families import TranslationError

        try:
            folder = modelhub.ensure(name, settings.models)
        except modelhub.ModelHubError as error:
            raise TranslationError(of(error)) from error
        return Engine(folder, threads=settings.threads)

    def engine_for(source: str, target: str) -> Engine:
        with opening:  # two lines must not open the same model twice
            return opened(chosen.replace("{pair}", f"{source}-{target}"))

    return engine_for
