"""Answers that must follow a JSON schema, a regular expression, a choice or a grammar; the work is xgrammar's."""

from __future__ import annotations

from konspekt.serving.engine.grammar.factory import Grammar, GrammarFactory, GrammarState
from konspekt.serving.engine.grammar.process import GrammarLimits
from konspekt.serving.engine.grammar.spec import GrammarSpec

__all__ = ["Grammar", "GrammarFactory", "GrammarLimits", "GrammarSpec", "GrammarState"]
