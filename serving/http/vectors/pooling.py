"""/pooling, as vLLM has it: what the model makes of a text, for small networks that read it (a judge, a classifier).

The task is `embed`: the state of the last token, of unit length unless `use_activation` is false. `layer` is this
server's own field: the state after so many layers, those behind it being left out; without it, what follows the last
layer and the final norm. Source, checked 2026-11-30: https://docs.vllm.ai/en/stable/models/pooling_models
"""

from __future__ import annotations

import asyncio
import base64
import time
import uuid
from typing import Annotated, Any, Literal

import torch
from pydantic import BeforeValidator, Field, model_validator

from konspekt.serving.engine.pooling import State
from konspekt.serving.errors import InvalidRequestError
from konspekt.serving.http.completions import Completions
from konspekt.serving.http.fields import Lenient, at_most
from konspekt.serving.http.protocol import Message

_INPUTS, _MESSAGES = 131_072, 16_384  # texts, or token ids of one


class PoolingRequest(Lenient):
    """Either `input` (texts, or token ids) or `messages`, which the model's template makes a text of."""

    model: str | None = None
    input: Annotated[
        str | list[str] | list[int] | list[list[int]] | None, BeforeValidator(at_most(_INPUTS, "texts or token ids"))
    ] = None
    messages: Annotated[list[Message] | None, BeforeValidator(at_most(_MESSAGES, "messages"))] = None
    chat_template_kwargs: dict[str, Any] = Field(default_factory=dict)
    add_special_tokens: bool = True
    encoding_format: Literal["float", "base64"] = "float"
    task: str = "embed"
    use_activation: bool | None = None
    normalize: bool | None = None  # what vLLM called it before
    layer: int | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> PoolingRequest:
        if (self.input is None) == (self.messages is None):
            raise ValueError("give one of `input` and `messages`")
        if self.task != "embed":
            raise ValueError(f"task {self.task[:64]!r} is not supported, only `embed` is")
        return self

    @property
    def unit(self) -> bool:
        """Whether states are brought to the length of one."""
        given = self.use_activation if self.use_activation is not None else self.normalize
        return True if given is None else given

    def texts(self) -> list[str | list[int]]:
        if isinstance(self.input, str):
            return [self.input]
        if not self.input:
            raise InvalidRequestError("`input` is empty", "input")
        return [self.input] if isinstance(self.input[0], int) else [*self.input]


async def pool(completions: Completions, body: PoolingRequest) -> dict[str, Any]:
    """The response. Raises InvalidRequestError, NotServedError, QueueFullError, EngineStoppedError."""
    body.refuse_unsupported()
    completions.check_model(body.model)
    engine = completions.engine
    asked = engine.pool(await _prompts(completions, body), body.layer or engine.model.config.layers)
    try:
        states = await asyncio.gather(*(asyncio.wrap_future(one.found) for one in asked))
    finally:
        for one in asked:
            one.found.cancel()  # a client that left; what has ended does not mind
    data = [
        {"object": "pooling", "index": i, "data": _shown(state, body)} for i, state in enumerate(states)
    ]  # fmt: skip
    tokens = sum(len(one.tokens) for one in asked)
    return {
        "id": f"pool-{uuid.uuid4().hex}",
        "object": "list",
        "created": int(time.time()),
        "model": completions.name,
        "data": data,
        "usage": {
            "prompt_tokens": tokens,
            "completion_tokens": 0,
            "total_tokens": tokens,
            "prompt_tokens_details": {"cached_tokens": sum(state.cached for state in states)},
        },
    }


async def _prompts(completions: Completions, body: PoolingRequest) -> list[list[int]]:
    if body.messages is not None:
        messages = [message.for_template() for message in body.messages]
        completions.check_characters(sum(len(message["content"]) for message in messages), "messages")
        return [await completions.rendered(messages, completions.variables(body.chat_template_kwargs, None)[0])]
    texts = body.texts()
    if len(texts) > (most := completions.engine.config.limits.waiting):
        raise InvalidRequestError(f"`input` has {len(texts)} texts, this server takes at most {most}", "input")
    prompts = []
    for text in texts:
        completions.check_characters(len(text) if isinstance(text, str) else 0, "input")
        encoded = completions.encoded(text, special=body.add_special_tokens) if isinstance(text, str) else None
        prompts.append(await encoded if encoded is not None else [*text])
    return prompts


def _shown(state: State, body: PoolingRequest) -> list[float] | str:
    values = torch.nn.functional.normalize(state.values, dim=0) if body.unit else state.values
    return values.tolist() if body.encoding_format == "float" else base64.b64encode(values.numpy().tobytes()).decode()
