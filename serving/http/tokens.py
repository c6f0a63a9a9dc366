"""/tokenize and /detokenize, as vLLM has them: what a text or a chat comes to in tokens, and what tokens say.

Source, checked 2026-11-30: https://docs.vllm.ai/en/stable/serving/openai_compatible_server
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from konspekt.serving.errors import InvalidRequestError
from konspekt.serving.http.completions import Completions
from konspekt.serving.http.fields import Lenient, at_most
from konspekt.serving.http.protocol import Message

_TOKENS, _MESSAGES = 131_072, 16_384


class TokenizeRequest(Lenient):
    """Either `prompt` (llama.cpp: `content`) or `messages`."""

    model: str | None = None
    prompt: str | None = None
    content: str | None = None
    add_special_tokens: bool = True
    messages: Annotated[list[Message] | None, BeforeValidator(at_most(_MESSAGES, "messages"))] = None
    chat_template_kwargs: dict[str, Any] = Field(default_factory=dict)
    return_token_strs: bool = False

    @model_validator(mode="after")
    def _one_of_them(self) -> TokenizeRequest:
        if sum(given is not None for given in (self.prompt, self.content, self.messages)) != 1:
            raise ValueError("give one of `prompt` and `messages`")
        return self


class DetokenizeRequest(Lenient):
    model: str | None = None
    tokens: Annotated[list[int], BeforeValidator(at_most(_TOKENS, "token ids"))]


async def tokenize(completions: Completions, body: TokenizeRequest) -> dict[str, Any]:
    """Raises InvalidRequestError: too long to be read, or the template fails at these messages."""
    completions.check_model(body.model)
    tokenizer, context = completions.engine.model.tokenizer, completions.engine.context
    if body.messages is not None:
        messages = [message.for_template() for message in body.messages]
        completions.check_characters(sum(len(message["content"]) for message in messages), "messages")
        tokens = await completions.rendered(messages, completions.variables(body.chat_template_kwargs, None)[0])
    else:
        text = body.prompt if body.prompt is not None else body.content or ""
        completions.check_characters(len(text), "prompt")
        tokens = await completions.encoded(text, special=body.add_special_tokens)
    pieces = [tokenizer.token_bytes[token].decode("utf-8", "replace") for token in tokens]
    strings = pieces if body.return_token_strs else None
    return {"count": len(tokens), "max_model_len": context, "tokens": tokens, "token_strs": strings}


def detokenize(completions: Completions, body: DetokenizeRequest) -> dict[str, str]:
    """Raises InvalidRequestError for a token that the model does not have."""
    completions.check_model(body.model)
    pieces = completions.engine.model.tokenizer.token_bytes
    for token in body.tokens:
        if not 0 <= token < len(pieces):
            raise InvalidRequestError(f"token id {token} is outside the vocabulary of {len(pieces)}", "tokens")
    return {"prompt": b"".join(pieces[token] for token in body.tokens).decode("utf-8", "replace")}
