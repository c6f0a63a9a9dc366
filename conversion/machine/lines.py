"""The lines of a post by a model that only translates: the same protection, checks and marks as with any other."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from konspekt.conversion.by_model.answers import cleaned
from konspekt.conversion.by_model.protecting import SLOT
from konspekt.conversion.by_model.translating import Translator
from konspekt.conversion.machine.engine import Engine
from konspekt.conversion.wishes import Wishes
from konspekt.llm_client import ChatModel

_KEPT = 2048  # lines whose translations are kept


class MachineTranslator(Translator):
    """`engine_for` opens the model of a direction (blocks; it may fetch it first). Another try at a line is the next
    likeliest translation: such a model is told nothing. What is reworded in its own language needs `model`."""

    def __init__(
        self, name: str, engine_for: Callable[[str, str], Engine], model: ChatModel | None = None, *, lessons: int = 3
    ) -> None:
        super().__init__(model, lessons=lessons, parallel=1)
        self.name = name
        self._engine_for = engine_for
        self._choices: OrderedDict[tuple[str, tuple[str, str]], list[str]] = OrderedDict()

    async def _ask(self, text: str, pair: tuple[str, str], wishes: Wishes, hint: str, lesson: int) -> str:
        if pair[0] == pair[1]:
            return await super()._ask(text, pair, wishes, hint, lesson)
        async with self._turns:
            choices = self._choices.get((text, pair))
            if choices is None:
                choices = await asyncio.to_thread(self._translated, text, pair)
                self._choices[text, pair] = choices
                while len(self._choices) > _KEPT:
                    self._choices.popitem(last=False)
        return cleaned(choices[min(lesson, len(choices) - 1)], text) if choices else ""

    def _translated(self, text: str, pair: tuple[str, str]) -> list[str]:
        given = SLOT.sub(r"[\1]", text)  # no such model has ⟦ in its vocabulary; what comes back is mended
        (choices,) = self._engine_for(*pair).translate([given], *pair, choices=self._lessons)
        return choices
