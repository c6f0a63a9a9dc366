"""Messages to a prompt, by the model's own Jinja template, in a sandbox.

A template comes with the weights, message texts come from anyone. So the template runs in Jinja's immutable sandbox,
and a control token written inside a message (`<|im_end|>` in somebody's post) is encoded as plain text: it cannot
end a turn or forge a system message.

What a template can do is tried before the first request: one that does not show the user's words is refused, and one
that has no place for a system message gets it as the beginning of the user's turn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from konspekt.serving.errors import InvalidRequestError
from konspekt.serving.model.checking.messages import say
from konspekt.serving.model.templates import environment, unusable
from konspekt.serving.model.tokenizer import Tokenizer

Message = dict[str, Any]

_PLAIN = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"  # a base model without a template
# Private-use characters that stand for the control tokens of a message while the template runs.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
_ASKED, _TOLD = "probe-of-a-question", "probe-of-an-instruction"


class ChatTemplate:
    """`encode(messages)` gives the prompt's token ids. Raises UnsupportedModelError for a template that cannot be used,
    with its reason."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        try:
            self._template = environment().from_string(tokenizer.chat_template or _PLAIN)
        except Exception as error:  # a syntax error, or nested too deep for the parser
            raise unusable(error) from None
        self._in_parts = False
        self._try()
        self._has_system = self._shows([_message("system", _TOLD), _message("user", _ASKED)], _TOLD, _ASKED)

    def encode(self, messages: Sequence[Message], variables: Mapping[str, Any] | None = None) -> list[int]:
        """variables: what else the template is given, `enable_thinking` say.

        Raises InvalidRequestError when the template refuses the messages (order of roles, say)."""
        found: list[str] = []

        def defuse(value: Any) -> Any:
            if isinstance(value, Mapping):
                return {defuse(key): defuse(one) for key, one in value.items()}
            if isinstance(value, list | tuple):
                return [defuse(one) for one in value]
            if not isinstance(value, str):
                return value

            def stand_in(match: re.Match[str]) -> str:
                found.append(match[0])
                return f"{_OPEN}{len(found) - 1}{_CLOSE}"

            return self._tokenizer.control_pattern.sub(stand_in, value.replace(_OPEN, "").replace(_CLOSE, ""))

        safe = [
            defuse(message) | {"role": message["role"], "content": defuse(message.get("content") or "")}
            for message in messages
        ]
        text = self._text(safe, defuse(variables or {}))
        ids: list[int] = []
        for i, part in enumerate(re.split(f"{_OPEN}([0-9]+){_CLOSE}", text)):
            ids += (
                self._tokenizer.encode(found[int(part)], parse_special=False) if i % 2 else self._tokenizer.encode(part)
            )
        special = self._tokenizer.special
        if special.add_bos and special.bos_id is not None and ids[:1] != [special.bos_id]:
            ids.insert(0, special.bos_id)
        return ids

    def _text(self, messages: list[Message], variables: Mapping[str, Any]) -> str:
        merged = _system_in_user(messages)
        try:
            try:
                return self._render(messages if self._has_system else merged, variables)
            except Exception:
                if not self._has_system or merged == messages:
                    raise
                return self._render(merged, variables)  # a system message, but not at this place
        except Exception as error:  # a template is a program: it raises whatever programs raise
            raise InvalidRequestError(
                f"the model's chat template refuses these messages: {error}", "messages"
            ) from None

    def _render(self, messages: list[Message], variables: Mapping[str, Any]) -> str:
        if self._in_parts:
            messages = [one | {"content": [{"type": "text", "text": one["content"]}]} for one in messages]
        usual = {"add_generation_prompt": True, "tools": None, "documents": None}
        return self._template.render({**usual, **self._tokenizer.special.texts, **variables, "messages": messages})

    def _try(self) -> None:
        """Find out how the template takes a message: as text, or as a list of parts."""
        question, reason = [_message("user", _ASKED)], None
        for self._in_parts in (False, True):
            try:
                if _ASKED in self._render(question, {}).lower():
                    return
            except Exception as error:
                reason = reason or error
        raise unusable(reason or say("template_hides"))

    def _shows(self, messages: list[Message], *texts: str) -> bool:
        try:
            shown = self._render(messages, {}).lower()
        except Exception:
            return False
        return all(text in shown for text in texts)


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def _system_in_user(messages: Sequence[Message]) -> list[Message]:
    """Each system message as the beginning of the user's turn that follows; the last as the end of the one before."""
    made: list[Message] = []
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "system":
            waiting.append(message["content"])
        elif message["role"] == "user":
            made.append(message | {"content": "\n\n".join([*waiting, message["content"]])})
            waiting.clear()
        else:
            made.append(message)
    if waiting and made and made[-1]["role"] == "user":
        made[-1] = made[-1] | {"content": "\n\n".join([made[-1]["content"], *waiting])}
    elif waiting:
        made.append(_message("user", "\n\n".join(waiting)))
    return made
