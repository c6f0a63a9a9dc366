"""Messages to a prompt, by the model's own Jinja template, in a sandbox.

A template comes with the weights, message texts come from anyone. So the template runs in Jinja's immutable sandbox,
and a control token written inside a message (`<|im_end|>` in somebody's post) is encoded as plain text: it cannot
end a turn or forge a system message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from jinja2 import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from konspekt.serving.errors import InvalidRequestError
from konspekt.serving.model.tokenizer import Tokenizer

_PLAIN = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"  # a base model without a template
# Private-use characters that stand for the control tokens of a message while the template runs.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"


class ChatTemplate:
    """`encode(messages)` gives the prompt's token ids."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
        environment.filters["tojson"] = lambda value, **kw: json.dumps(
            value, ensure_ascii=False, indent=kw.get("indent")
        )
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = lambda pattern: datetime.now().astimezone().strftime(pattern)
        self._template = environment.from_string(tokenizer.chat_template or _PLAIN)

    def encode(self, messages: Sequence[dict[str, Any]], variables: Mapping[str, Any] | None = None) -> list[int]:
        """`variables`: what else the template may ask for (`enable_thinking`, say). Raises InvalidRequestError when the
        template refuses the messages (order of roles, say)."""
        found: list[str] = []

        def defuse(text: str) -> str:
            text = text.replace(_OPEN, "").replace(_CLOSE, "")

            def stand_in(match: re.Match[str]) -> str:
                found.append(match[0])
                return f"{_OPEN}{len(found) - 1}{_CLOSE}"

            return self._tokenizer.control_pattern.sub(stand_in, text)

        safe = [message | {"content": defuse(message.get("content") or "")} for message in messages]
        bos = self._tokenizer.special.bos_id
        bos_text = self._tokenizer.token_bytes[bos].decode("utf-8", "replace") if bos is not None else ""
        try:
            fixed = {"messages": safe, "add_generation_prompt": True, "bos_token": bos_text, "tools": None}
            text = self._template.render({**(variables or {}), **fixed})
        except TemplateError as error:
            raise InvalidRequestError(
                f"the model's chat template refuses these messages: {error}", "messages"
            ) from None
        ids: list[int] = []
        for i, part in enumerate(re.split(f"{_OPEN}([0-9]+){_CLOSE}", text)):
            ids += (
                self._tokenizer.encode(found[int(part)], parse_special=False) if i % 2 else self._tokenizer.encode(part)
            )
        special = self._tokenizer.special
        if special.add_bos and bos is not None and ids[:1] != [bos]:
            ids.insert(0, bos)
        return ids


def _raise(message: str) -> None:
    raise TemplateError(message)
