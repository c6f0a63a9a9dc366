"""What the author asks of the model: settings of a conversion, all optional."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

Length = Literal["short", "medium", "full"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """`length`: None is the network's own habit. `examples` are posts of the author to sound like."""

    tone: str | None = None
    length: Length | None = None
    hashtags: int = 0
    audience: str | None = None
    glossary: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    attempt: int = 0  # another try at the same settings: a little more freedom, a different draft

    def but(self, **changes: Any) -> Wishes:
        return replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}

    def without_voice(self) -> Wishes:
        """The wishes without those about how it sounds."""
        return replace(self, tone=None, audience=None, examples=())

    @property
    def rewrites(self) -> bool:
        """Whether the text has to pass through the model even in its own language."""
        return bool(self.tone or self.audience or self.examples)
