"""What `konspekt serve` is told, as the server's configuration."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from konspekt.app.settings import Settings

if TYPE_CHECKING:
    import torch

    from konspekt.kernels.kv_cache import Kind
    from konspekt.serving.model.sampling_defaults import SamplingDefaults
    from konspekt.serving.server import ServerConfig


class IndexEmbeddings:
    """The index's embedding model behind /v1/embeddings; loaded by the first request for it."""

    def __init__(self, settings: Settings, threads: int | None) -> None:
        from konspekt.app.build import build_embedder

        self._embedder = build_embedder(settings)
        self._threads = threads

    @property
    def name(self) -> str:
        return self._embedder.name

    def embed(self, texts: Sequence[str], *, query: bool) -> Any:
        import torch

        if self._threads:
            torch.set_num_threads(self._threads)  # for this thread: the engine's own uses one
        return self._embedder.embed_queries(texts) if query else self._embedder.embed_passages(texts)

    def count_tokens(self, text: str) -> int:
        return self._embedder.count_tokens(text)

    @property
    def max_tokens(self) -> int:
        return self._embedder.max_tokens


def server_config(
    path: Path,
    name: str,
    *,
    context: int,
    cache_tokens: int | None,
    kv: Kind,
    sinks: int,
    speculate: bool,
    device: torch.device,
    **address: Any,
) -> ServerConfig:
    from konspekt.serving.engine.engine import EngineConfig
    from konspekt.serving.engine.scheduler import GPU_LIMITS, Limits
    from konspekt.serving.server import ServerConfig

    limits = Limits() if device.type == "cpu" else GPU_LIMITS
    limits = limits if speculate else replace(limits, draft_tokens=0)
    engine = EngineConfig(
        context=context,
        cache_tokens=cache_tokens or 2 * context,
        kv=kv,
        sinks=sinks,
        limits=limits,
    )
    return ServerConfig(path, name, engine=engine, device=device, **address)


def numbers(bits: str | None) -> tuple[int, ...]:
    """Raises: BadParameter for anything but 2, 4 and 8."""
    words = bits.split(",") if bits else []
    if any(word.strip() not in {"2", "4", "8"} for word in words):
        raise typer.BadParameter(f"--bits takes 2, 4 or 8, or such numbers with commas between them, not {bits!r}")
    return tuple(int(word) for word in words)


def server_key(on_the_command_line: str | None, file: Path | None) -> str | None:
    """Raises: ServingError when the key lies where others see it, or the file holds none."""
    from konspekt.serving.errors import ServingError
    from konspekt.serving.messages import say as say_of_serving

    if on_the_command_line is not None:
        raise ServingError(say_of_serving("key_on_the_command_line"))
    if file is None:
        return os.environ.get("SERVE_API_KEY", "").strip() or None
    try:
        key = file.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise ServingError(say_of_serving("key_file", path=file, reason=error)) from None
    if not key or len(key.split()) > 1:
        raise ServingError(say_of_serving("key_file_empty", path=file))
    return key


def recommended(path: Path) -> SamplingDefaults | None:
    """For a model of the registry; None: whatever the file itself says."""
    from konspekt.modelhub.registry import MODELS
    from konspekt.serving.model.sampling_defaults import defaults_from

    advice = next((known.sampling for known in MODELS if known.file == path.name and known.sampling), None)
    return defaults_from(advice) if advice else None
