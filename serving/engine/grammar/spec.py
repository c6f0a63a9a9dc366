"""What an answer has to look like, as the caller wrote it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

GrammarKind = Literal["json_schema", "regex", "ebnf", "structural_tag"]


@dataclass(frozen=True, slots=True)
class GrammarSpec:
    """`source` is the schema as JSON text, the regular expression, the EBNF grammar, or xgrammar's structural tag as
    JSON text. `field` is where the caller wrote it, for messages; two callers who wrote the same in different places
    share one compiled grammar."""

    kind: GrammarKind
    source: str
    field: str = "response_format"

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.source

    @classmethod
    def json_object(cls, field: str = "response_format") -> GrammarSpec:
        """Any JSON object."""
        return cls("json_schema", '{"type": "object"}', field)

    @classmethod
    def choice(cls, options: list[str], field: str = "guided_choice") -> GrammarSpec:
        """One of `options`, word for word."""
        rule = " | ".join(json.dumps(option, ensure_ascii=False) for option in options)
        return cls("ebnf", f"root ::= {rule}", field)
