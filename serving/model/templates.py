"""Which chat template a model's file holds, and the Jinja that templates are written in.

A file may hold one template, or several by their names, of which the one called `default` is the chat's. Where
transformers looks for them: https://huggingface.co/docs/transformers/chat_templating_writing, read 2026-11-29.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from konspekt.bilingual import Bilingual
from konspekt.serving.errors import UnsupportedModelError
from konspekt.serving.model.checking.messages import say
from konspekt.serving.model.files.folder import read_json

_GGUF = "tokenizer.chat_template"
_DEFAULT = "default"


def template_of_gguf(metadata: Mapping[str, Any]) -> str | None:
    """None, or empty, where there is none. Raises: UnsupportedModelError when it is not clear which one is meant."""
    if (one := metadata.get(_GGUF)) is not None:
        return _one_of(one)
    named = {key.removeprefix(f"{_GGUF}."): text for key, text in metadata.items() if key.startswith(f"{_GGUF}.")}
    return _one_of(named) if named else None


def template_of_folder(folder: Path, settings: Mapping[str, Any]) -> str | None:
    """settings: of tokenizer_config.json. A file of its own goes first, as transformers writes it now."""
    own = folder / "chat_template.jinja"
    if own.is_file():
        try:
            return own.read_text("utf-8")
        except (OSError, ValueError) as error:
            raise unusable(say("unreadable", reason=error)) from None
    for found in (settings.get("chat_template"), read_json(folder / "chat_template.json").get("chat_template")):
        if found:
            return _one_of(found)
    return None


def _one_of(found: Any) -> str:
    if isinstance(found, str):
        return found
    if isinstance(found, list) and all(isinstance(one, dict) and "name" in one for one in found):
        found = {one["name"]: one.get("template") for one in found}
    if not isinstance(found, dict) or not found or not all(isinstance(text, str) for text in found.values()):
        raise unusable(say("template_type"))
    if _DEFAULT not in found and len(found) > 1:
        raise unusable(say("template_names", names=", ".join(map(str, found))))
    text: str = found.get(_DEFAULT, next(iter(found.values())))
    return text


def unusable(reason: object) -> UnsupportedModelError:
    told = reason if isinstance(reason, Bilingual | Exception) else str(reason)
    return UnsupportedModelError(say("template", reason=told, cure=say("template_cure")))


class Generation(Extension):
    """`{% generation %}`: what the model is to say, marked for training; to a prompt it is its text."""

    tags = {"generation"}  # noqa: RUF012 (jinja2's own declaration)

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def environment() -> ImmutableSandboxedEnvironment:
    """A sandbox with what transformers gives a template."""
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, Generation])
    made.filters["tojson"] = _tojson
    made.globals["raise_exception"] = _raise
    made.globals["strftime_now"] = lambda pattern: datetime.now().astimezone().strftime(pattern)
    return made


def _tojson(value: Any, **how: Any) -> str:
    return json.dumps(
        value,
        ensure_ascii=bool(how.get("ensure_ascii", False)),
        sort_keys=bool(how.get("sort_keys", False)),
        indent=how.get("indent"),
        separators=how.get("separators"),
    )


def _raise(message: str) -> None:
    raise TemplateError(message)
