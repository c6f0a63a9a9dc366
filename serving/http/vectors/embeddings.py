"""/v1/embeddings: texts for the index's embedding model, none cut unless the request says so."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from konspekt.serving.errors import InvalidRequestError, NotServedError
from konspekt.serving.http.completions import CHARACTERS_PER_TOKEN
from konspekt.serving.http.protocol import EmbeddingRequest
from konspekt.serving.http.workers import Workers, run

_AT_ONCE = 64  # texts; then another request may come in between


class Embeddings(Protocol):
    """The index's embedding model; whoever starts the server brings it."""

    @property
    def name(self) -> str: ...
    def embed(self, texts: Sequence[str], *, query: bool) -> Any:
        """float32 [len(texts), dimension]"""
        ...

    def count_tokens(self, text: str) -> int: ...


@runtime_checkable
class Bounded(Protocol):
    """A model that reads no more than so many tokens of a text."""

    @property
    def max_tokens(self) -> int: ...


async def embed(model: Embeddings | None, body: EmbeddingRequest, workers: Workers) -> dict[str, Any]:
    """The response. Raises InvalidRequestError (nothing to embed, too long, another dimension), NotServedError."""
    body.refuse_unsupported()
    served = wanted(model, body.model)
    vectors, tokens = await vectors_of(
        served, body.texts(), workers, query=body.input_type == "query", cut=body.truncate
    )
    if body.dimensions not in (None, vectors.shape[1]):
        raise InvalidRequestError(f"this model has {vectors.shape[1]} dimensions only", "dimensions")
    plain = body.encoding_format == "float"
    shown = [v.tolist() if plain else base64.b64encode(v.tobytes()).decode() for v in vectors]
    data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(shown)]
    counted = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": served.name, "usage": counted}


def wanted(model: Embeddings | None, name: str | None) -> Embeddings:
    """Raises NotServedError when it is not the one that is served."""
    if model is None:
        raise NotServedError("this server was started without an embedding model")
    if name not in (None, "", model.name):
        raise NotServedError(f"embedding model {name!r} is not served here; there is {model.name!r}")
    return model


async def vectors_of(
    model: Embeddings, texts: Sequence[str], workers: Workers, *, query: bool, cut: bool, field: str = "input"
) -> tuple[NDArray[np.float32], int]:
    """(float32 [len(texts), dimension], tokens read). Raises InvalidRequestError for a text that is too long, unless it
    may be `cut`."""
    tokens, readable = 0, []
    for i, text in enumerate(texts):
        count, read = await run(workers.embeddings, partial(_measured, model, f"{field}[{i}]", text, cut=cut))
        tokens += count
        readable.append(read)
    parts = [
        await run(workers.embeddings, partial(model.embed, readable[at : at + _AT_ONCE], query=query))
        for at in range(0, len(readable), _AT_ONCE)
    ]
    return np.concatenate([np.asarray(part, np.float32) for part in parts]), tokens


def _measured(model: Embeddings, name: str, text: str, *, cut: bool) -> tuple[int, str]:
    """(tokens that the model will read of `text`, `text` without what is far behind them). Raises InvalidRequestError
    when that is not all of it, unless it may be `cut`."""
    most = model.max_tokens if isinstance(model, Bounded) else None  # asked in this thread: it may load the model
    if most is None:
        return model.count_tokens(text), text
    begin = text[: most * CHARACTERS_PER_TOKEN]
    count = model.count_tokens(begin)
    if cut:
        return min(count, most), begin
    if len(begin) < len(text) or count > most:
        size = f"{count} tokens" if len(begin) == len(text) else f"{len(text)} characters"
        raise InvalidRequestError(
            f"{name} has {size}, this model reads {most} tokens; cut it, or send `truncate`: true to have its "
            "beginning embedded",
            name.partition("[")[0],
            "context_length_exceeded",
        )
    return count, text
