"""From a request for text to the engine's answer: everything slow off the event loop, everything counted first."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from fastapi import Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from konspekt.serving.engine.async_engine import Answer, start_answer
from konspekt.serving.engine.engine import Engine
from konspekt.serving.engine.grammar import Grammar, GrammarSpec
from konspekt.serving.engine.sequence import SamplingParams
from konspekt.serving.errors import InvalidRequestError, NotServedError
from konspekt.serving.http.fields import ignored_header
from konspekt.serving.http.protocol import ChatRequest, CompletionRequest, ReasoningFormat, Sampling
from konspekt.serving.http.reasoning import closing_marker, control_ids_of, marker_ids
from konspekt.serving.http.responses import Shape
from konspekt.serving.http.streams import Telling, collect, stream
from konspekt.serving.http.tools import calls
from konspekt.serving.http.tools.offered import Offer
from konspekt.serving.http.workers import Workers, run
from konspekt.serving.model.chat_template import ChatTemplate
from konspekt.serving.model.sampling_defaults import SamplingDefaults

log = structlog.get_logger(__name__)

# Characters that a token may have on average before a prompt counts as too long without being read: ordinary text has
# three to five. A prompt of mere spaces could have more.
CHARACTERS_PER_TOKEN = 32
_LONGEST_TALK = 1 << 20  # tokens of an answer, where the context does not bound it
_OWN_VARIABLES = frozenset({"messages", "tools", "add_generation_prompt", "raise_exception", "strftime_now"}) | {
    f"{kind}_token" for kind in ("bos", "eos", "pad", "unk")
}


@dataclass(frozen=True, slots=True)
class Begun:
    """A chat's answer as it is computed, how it is to be told, and names of fields that did nothing."""

    answer: Answer
    telling: Telling
    ignored: list[str]


class Completions:
    """Answers chat and plain completions of one engine. `reasoning`: for requests that do not say it themselves."""

    def __init__(
        self, engine: Engine, name: str, sampling: SamplingDefaults, reasoning: ReasoningFormat, workers: Workers
    ) -> None:
        self.engine, self.name, self._sampling, self._reasoning = engine, name, sampling, reasoning
        self._workers = workers
        self._tokenizer = engine.model.tokenizer
        self._template = ChatTemplate(self._tokenizer)
        self._markers = marker_ids(self._tokenizer)
        self._call_markers = control_ids_of(self._tokenizer, {calls.OPEN, calls.CLOSE})
        self._told: set[str] = set()  # unknown fields that the log has already
        self.started = int(time.time())

    async def chat(self, body: ChatRequest) -> Response:
        begun = await self.begin(body)
        return await self._respond(body, begun.answer, begun.telling, begun.ignored)

    async def begin(self, body: ChatRequest) -> Begun:
        """A chat, in the engine's queue. Raises InvalidRequestError, NotServedError, QueueFullError."""
        ignored = self._check(body, 1, "messages")
        offer = self._offer(body)
        messages = [message.for_template() for message in body.messages]
        shown = list(offer.shown) if offer is not None else []
        beside = [*shown, *(message["tool_calls"] for message in messages if "tool_calls" in message)]
        written = sum(len(message["content"]) for message in messages) + (len(json.dumps(beside)) if beside else 0)
        self.check_characters(written, "messages")
        variables, unused = self.variables(body.chat_template_kwargs, body.reasoning_effort)
        prompt = await self.rendered(messages, variables | ({"tools": shown} if shown else {}))
        if self.engine.window is not None:
            prompt = self.engine.window.fitted(prompt)
        self._check_prompt(prompt, "messages")
        grammar = await self._grammar(body.constraint() if offer is None else calls.grammar(offer))
        wanted = body.reasoning_format or self._reasoning
        telling = Telling(
            logprobs=bool(body.logprobs),
            usage=_with_usage(body),
            # what follows a grammar has no thoughts, unless it is one of calls that may come
            split=wanted != "none" and (grammar is None or (offer is not None and not offer.required)),
            thoughts=body.include_reasoning,
            raw=wanted == "deepseek-legacy",
            closing=closing_marker(self._tokenizer, prompt),
            callable=offer.names if offer is not None else frozenset(),
        )
        top = (body.top_logprobs or 0) if body.logprobs else None
        visible = self._markers if telling.split else frozenset[int]()
        visible |= self._call_markers if offer is not None else frozenset[int]()
        asked = [(prompt, self._params(body, prompt, body.most_tokens(), top))]
        answer = start_answer(self.engine, asked, grammar, body.samples, visible=visible)
        return Begun(answer, telling, [*ignored, *unused])

    def _offer(self, body: ChatRequest) -> Offer | None:
        offer = body.offer()
        if offer is not None and not calls.understood(self._tokenizer.chat_template):
            raise InvalidRequestError(
                "this model's chat template shows no tools, or has them called in a form that is not read here: only "
                f"JSON between {calls.OPEN} and {calls.CLOSE} is (Qwen 2.5 and 3, Hermes)",
                "tools",
                "unsupported_parameter",
            )
        return offer

    async def complete(self, body: CompletionRequest) -> Response:
        prompts = body.prompts()
        ignored = self._check(body, len(prompts), "prompt")
        for prompt in prompts:
            self.check_characters(len(prompt) if isinstance(prompt, str) else 0, "prompt")
        ids: list[list[int]] = []
        for prompt in prompts:  # one at a time: others' prompts come in between, and the first that is too long ends it
            ids.append(await self.encoded(prompt) if isinstance(prompt, str) else prompt)
            self._check_prompt(ids[-1], "prompt")
        grammar = await self._grammar(body.constraint())
        telling = Telling(logprobs=body.logprobs is not None, usage=_with_usage(body))
        most = body.most_tokens(default=16)
        asked = [(prompt, self._params(body, prompt, most, body.logprobs)) for prompt in ids]
        answer = start_answer(self.engine, asked, grammar, body.samples)
        return await self._respond(body, answer, telling, ignored)

    def _check(self, body: Sampling, prompts: int, field: str) -> list[str]:
        """Everything that is known without work -> names of fields that are ignored."""
        body.check(self.engine.model.output.out_features)
        self.check_model(body.model)
        most = self.engine.config.limits.waiting
        if prompts * body.samples > most:
            raise InvalidRequestError(
                f"the request asks for {prompts * body.samples} answers at once, this server takes at most {most}",
                field if prompts > 1 else "n",
            )
        names = body.ignored()
        new = [name for name in names if name not in self._told][: 256 - len(self._told)]
        self._told.update(new)
        if new:
            log.warning("fields of requests that do nothing here", fields=[name[:64] for name in new])
        return names

    def check_model(self, model: str | None) -> None:
        """Raises NotServedError."""
        if model not in (None, "", self.name):
            raise NotServedError(f"model {model!r} is not served here; there is {self.name!r}")

    def check_characters(self, count: int, field: str) -> None:
        most = CHARACTERS_PER_TOKEN * self.engine.context
        if count > most:
            raise InvalidRequestError(
                f"the prompt has {count} characters; this server's context of {self.engine.context} tokens holds no "
                f"more than {most}",
                field,
                "context_length_exceeded",
            )

    def _check_prompt(self, prompt: list[int], field: str) -> None:
        vocab, context = self.engine.model.output.out_features, self.engine.context
        if not prompt:
            raise InvalidRequestError("the prompt is empty", field)
        if len(prompt) >= context:
            raise InvalidRequestError(
                f"the prompt has {len(prompt)} tokens; this server's context is {context} tokens with the answer, so "
                f"it is {len(prompt) - context + 1} tokens too long",
                field,
                "context_length_exceeded",
            )
        if min(prompt) < 0 or max(prompt) >= vocab:
            raise InvalidRequestError(f"the prompt has token ids outside the vocabulary of {vocab}", field)

    def variables(self, kwargs: Mapping[str, Any], effort: str | None) -> tuple[dict[str, Any], list[str]]:
        """(what the template is given, names of it that the template never asks for). Raises InvalidRequestError."""
        if own := sorted(_OWN_VARIABLES & set(kwargs)):
            raise InvalidRequestError(f"`chat_template_kwargs` may not set {own[0]!r}", "chat_template_kwargs")
        given = {f"chat_template_kwargs.{name}": (name, value) for name, value in kwargs.items()}
        if effort is not None:
            given["reasoning_effort"] = ("reasoning_effort", effort)
        template = self._tokenizer.chat_template or ""
        return dict(given.values()), [field for field, (name, _) in given.items() if name not in template]

    async def rendered(self, messages: Sequence[dict[str, Any]], variables: Mapping[str, Any]) -> list[int]:
        """Messages as the model's template writes them, in tokens. Raises InvalidRequestError."""
        return await run(self._workers.prompts, partial(self._render, messages, variables))

    def _render(self, messages: Sequence[dict[str, Any]], variables: Mapping[str, Any]) -> list[int]:
        try:
            return self._template.encode(messages, variables)
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError) as error:
            raise InvalidRequestError(
                f"the model's chat template fails at these messages: {type(error).__name__}: {error}", "messages"
            ) from None

    async def encoded(self, text: str, *, special: bool = True) -> list[int]:
        """A text in tokens; with `special`, after the one that begins every text of this model, where there is one."""
        add_bos = special and self._tokenizer.special.add_bos
        return await run(self._workers.prompts, partial(self._tokenizer.encode, text, add_bos=add_bos))

    async def _grammar(self, spec: GrammarSpec | None) -> Grammar | None:
        """A request's grammar; a client that leaves stops its compilation."""
        if spec is None:
            return None
        if (known := self.engine.grammars.known(spec)) is not None:
            return known
        stopped = threading.Event()
        try:
            return await run(self._workers.grammars, partial(self.engine.grammars.compile, spec, stopped))
        except asyncio.CancelledError:
            stopped.set()
            raise

    def _params(self, body: Sampling, prompt: list[int], most: int | None, logprobs: int | None) -> SamplingParams:
        room = self.engine.context - len(prompt)
        longest = room if self.engine.window is None else _LONGEST_TALK
        return body.params(min(most or room, longest), logprobs, self._sampling)

    async def _respond(self, body: Sampling, answer: Answer, telling: Telling, ignored: list[str]) -> Response:
        shape = Shape(self.name, self._tokenizer, chat=isinstance(body, ChatRequest))
        headers = ignored_header(ignored)
        if body.stream:
            return Streamed(answer, stream(answer, shape, telling), headers | {"Cache-Control": "no-store"})
        try:
            return JSONResponse(await collect(answer, shape, telling), headers=headers)
        finally:
            answer.cancel()


class Streamed(StreamingResponse):
    """Ends its answer even if the client leaves before the first event is asked for."""

    def __init__(self, answer: Answer, events: AsyncIterator[str], headers: dict[str, str]) -> None:
        super().__init__(events, media_type="text/event-stream", headers=headers)
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._answer.cancel()


def _with_usage(body: Sampling) -> bool:
    return bool(body.stream_options and body.stream_options.include_usage)
