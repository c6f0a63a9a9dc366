"""Metadata values with their types and limits: a value outside them is an error that names the key."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from konspekt.bilingual import Bilingual
from konspekt.serving.errors import ModelFileError, UnsupportedModelError
from konspekt.serving.model.checking.messages import again, say, shown


class Values:
    """The values under `prefix` of a file's metadata.

    names: what the file itself calls a key, where that is another name; by_layer: a list with a number for each layer
    is one number, if all are equal.

    Every reader raises ModelFileError for a value of another type or out of its limits, and for one that is missing
    and has no default.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        prefix: str = "",
        names: Mapping[str, str] | None = None,
        *,
        by_layer: bool = False,
    ) -> None:
        self._values, self._prefix, self._names, self._by_layer = values, prefix, names or {}, by_layer

    def __contains__(self, key: str) -> bool:
        return self._values.get(self._prefix + key) is not None

    def get(self, key: str, default: Any = None) -> Any:
        found = self._values.get(self._prefix + key)
        return default if found is None else found

    def named(self, key: str) -> str:
        return self._names.get(key, self._prefix + key)

    def wrong(self, key: str, want: Bilingual, cure: Bilingual | None = None) -> ModelFileError:
        """The value contradicts itself or the rest of the file."""
        return ModelFileError(self._told(key, want, cure or again()))

    def refuse(self, key: str, why: Bilingual, cure: Bilingual | None = None) -> UnsupportedModelError:
        """The value is valid, but the model cannot be computed here."""
        return UnsupportedModelError(self._told(key, why, cure or say("another")))

    def _told(self, key: str, want: Bilingual, cure: Bilingual) -> Bilingual:
        return say("value", key=self.named(key), value=shown(self.get(key)), want=want, cure=cure)

    def _needed(self, key: str, default: Any) -> Any:
        if (value := self.get(key, default)) is None:
            raise ModelFileError(say("lacks", key=self.named(key), cure=again()))
        return value

    def integer(self, key: str, default: int | None = None, *, low: int = 1, high: int = 2**31 - 1) -> int:
        value = self._needed(key, default)
        if self._by_layer and isinstance(value, list) and value:
            if any(one != value[0] for one in value):
                raise self.refuse(key, say("layers_differ"))
            value = value[0]
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if not whole or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(key, say("want_integer", low=low, high=high))
        return int(value)

    def number(self, key: str, default: float | None = None, *, low: float, high: float) -> float:
        value = self._needed(key, default)
        if not _is_number(value) or not low <= value <= high:
            raise self.wrong(key, say("want_number", low=low, high=high))
        return float(value)

    def text(self, key: str, default: str | None = None) -> str:
        value = self._needed(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, say("want_text"))
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self._needed(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, say("want_flag"))
        return value

    def texts(self, key: str) -> list[str]:
        """[] where there are none."""
        return self._list(key, lambda one: isinstance(one, str), "texts", None)

    def integers(self, key: str, count: int) -> list[int] | None:
        """None where there are none."""
        return self._list(key, _is_integer, "integers", count) if key in self else None

    def numbers(self, key: str, count: int) -> list[float]:
        self._needed(key, None)
        return self._list(key, _is_number, "numbers", count)

    def _list(self, key: str, fits: Any, what: str, count: int | None) -> list[Any]:
        value = self.get(key, [])
        if not isinstance(value, list) or not all(map(fits, value)) or (count is not None and len(value) != count):
            want = "want_any_list" if count is None else "want_list"
            raise self.wrong(key, say(want, count=count, what=say(what)))
        return value


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return _is_integer(value)


def as_tuple(shape: Sequence[int]) -> str:
    """A shape as messages show it: 255 x 128."""
    return " x ".join(map(str, shape)) if len(shape) else "()"
