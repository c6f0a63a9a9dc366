"""A process that serves one model until it is told to stop."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import torch
import uvicorn

from konspekt import kernels
from konspekt.serving.address import PORT
from konspekt.serving.engine.drafting.draft import check_vocabulary
from konspekt.serving.engine.engine import Engine, EngineConfig
from konspekt.serving.engine.sleep import Sleep
from konspekt.serving.errors import ServingError
from konspekt.serving.http.app import create_app
from konspekt.serving.http.guard import LOOPBACK_NAMES
from konspekt.serving.http.protocol import ReasoningFormat
from konspekt.serving.http.vectors.embeddings import Embeddings
from konspekt.serving.memory import answers_at_once, check_memory
from konspekt.serving.messages import say
from konspekt.serving.model.model import Model, load_model
from konspekt.serving.model.sampling_defaults import SamplingDefaults

_GRACE = 10  # seconds that running answers get after SIGTERM


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """`name` is what /v1/models lists; `threads` None: the cores of this machine; `draft_path`: see draft.py;
    `sleep_after`: seconds without a request after which the model gives its memory back, None: never;
    `sampling` None: what the model's file recommends; `no_key`: open to the network without a key, on purpose;
    `allow_hosts`: names besides this machine's own under which a server on loopback may be asked."""

    path: Path
    name: str
    host: str = "127.0.0.1"
    port: int = PORT
    threads: int | None = None
    api_key: str | None = None
    no_key: bool = False
    allow_hosts: tuple[str, ...] = ()
    draft_path: Path | None = None
    sleep_after: float | None = None
    weight_format: str = "Q8_0"
    bits: tuple[int, ...] = ()
    sampling: SamplingDefaults | None = None
    reasoning: ReasoningFormat = "auto"
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    engine: EngineConfig = field(default_factory=EngineConfig)


def bind(host: str, port: int) -> socket.socket:
    """The address, taken before a model is loaded for nothing. Raises ServingError."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        raise ServingError(say("port", host=host, port=port, reason=error)) from None
    return listener


def hosts_of(listener: socket.socket, config: ServerConfig) -> frozenset[str] | None:
    """The names that a request's `Host` may have; None: any, for the network may call this machine many names.
    Raises ServingError when the network could ask without a key and that was not allowed."""
    if ipaddress.ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback:
        return LOOPBACK_NAMES | {config.host, *config.allow_hosts}
    if not config.api_key and not config.no_key:
        raise ServingError(say("open_without_key", host=config.host))
    return None


def usable_cores() -> int:
    """The cores this process may run on; a container often has fewer than the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load_engine(config: ServerConfig) -> Engine:
    """Model and engine, started. Raises ServingError when the model cannot be loaded or does not fit."""
    torch.set_num_threads(1)  # torch's threads would spin while the kernels' own compute
    kernels.set_threads(config.threads or usable_cores())
    model, draft = _load_models(config)
    if draft is not None:
        check_vocabulary(model, draft)
    sleep = Sleep(config.sleep_after, partial(_load_models, config)) if config.sleep_after else None
    limits = config.engine.limits
    running = answers_at_once(model.config, limits.running, config.device)
    engine = Engine(model, replace(config.engine, limits=replace(limits, running=running)), draft, sleep)
    engine.start()
    return engine


def _load_models(config: ServerConfig, known: Model | None = None) -> tuple[Model, Model | None]:
    """known: the same model, read before."""
    check_memory(*filter(None, (config.path, config.draft_path)), device=config.device)
    model, draft = load_model(config.path, config.weight_format, config.device, config.bits, known), None
    if config.draft_path is not None:
        draft = load_model(config.draft_path, config.weight_format, config.device)
    return model, draft


def serve(
    config: ServerConfig, embeddings: Embeddings | None = None, ready: Callable[[str, Engine], None] | None = None
) -> None:
    """Serve until SIGTERM or SIGINT: no new requests then, running ones get ten seconds, and the process ends."""
    with bind(config.host, config.port) as listener:
        hosts = hosts_of(listener, config)
        engine = load_engine(config)
        try:
            app = create_app(
                engine,
                config.name,
                api_key=config.api_key or None,
                hosts=hosts,
                embeddings=embeddings,
                sampling=config.sampling,
                reasoning=config.reasoning,
            )
            settings = uvicorn.Config(
                app, log_level="warning", access_log=False, timeout_graceful_shutdown=_GRACE, lifespan="off"
            )
            host = f"[{config.host}]" if ":" in config.host else config.host
            url = f"http://{host}:{listener.getsockname()[1]}/v1"
            _Server(settings, lambda: ready(url, engine) if ready else None).run_on(listener)
        finally:
            engine.stop()


class _Server(uvicorn.Server):
    """Says when it accepts connections, and ends a SIGTERM as a success instead of raising it again."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    def run_on(self, listener: socket.socket) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: None)
        self.run(sockets=[listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def end_with_parent() -> None:
    """Stop this process when its standard input closes, which happens however the parent dies (SIGKILL included).

    A pipe rather than PR_SET_PDEATHSIG: that signal comes when the parent's *thread* ends, and is Linux's alone.
    """

    def watch() -> None:
        descriptor = sys.stdin.fileno()
        while os.read(descriptor, 4096):  # not sys.stdin.read: its lock would break the interpreter's own exit
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE + 5)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
