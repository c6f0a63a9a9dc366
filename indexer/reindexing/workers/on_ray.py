"""Cutting and embedding as Ray tasks, on this machine's cores or on a cluster.

A few batches per worker are under way at once, and no more is read before one of them is done: memory stays bounded
however large the export is. Nothing is written by a worker, so a batch whose worker or node died is simply computed
again, by Ray itself or, where that gave up, by asking once more. https://docs.ray.io/en/latest/ray-core/tasks.html
"""

from __future__ import annotations

import contextlib
import importlib
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from konspekt.indexer.embedding.embeddings import Vectors
from konspekt.indexer.errors import WorkersError
from konspekt.indexer.messages import say
from konspekt.indexer.reindexing.chunking import ChunkOptions
from konspekt.indexer.reindexing.workers import remote
from konspekt.indexer.reindexing.workers.protocol import Contents, Texts

IN_FLIGHT = 2  # batches per worker: one that is computed, one that waits for it
RETRIES = 3  # of a task whose process or node died
ASKED_AGAIN = 3  # times that a batch is handed out anew after that
OBJECT_STORE_BYTES = 256 << 20  # of a cluster of our own: batches are small
REACHED_WITHIN = 5.0  # seconds


@dataclass(slots=True)
class OnRay:
    """`workers`: how many on this machine, or the address of a cluster. Nothing is started before the first batch.

    A context: a cluster of our own ends with it; where the program is connected to one already, that is used and kept.
    Raises WorkersError.
    """

    workers: int | str
    make_embedder: remote.MakeEmbedder
    options: ChunkOptions
    on_gpu: bool = False  # the model computes on a GPU where there is one
    _ray: Any = None
    _connected_before: bool = False
    _slots: int = 0
    _tasks: dict[str, Any] = field(default_factory=dict)

    def __enter__(self) -> OnRay:
        return self

    def __exit__(self, *_: object) -> None:
        if self._ray is not None and not self._connected_before:
            self._ray.shutdown()
        self._ray = None

    def cut(self, batches: Iterable[Contents]) -> Iterator[Contents]:
        return self._map("cut", batches)

    def embed(self, parts: Iterable[Texts]) -> Iterator[tuple[list[str], Vectors]]:
        return self._map("embed", parts)

    # ---------------------------------------------------------------- handing out

    def _map(self, name: str, items: Iterable[Any]) -> Iterator[Any]:
        """What the task makes of each item, as it is done."""
        waiting: dict[Any, tuple[Any, int]] = {}  # reference -> item, times it was handed out
        source, more = iter(items), True
        try:
            while more or waiting:
                while more and (self._ray is None or len(waiting) < IN_FLIGHT * self._slots):
                    item = next(source, None)
                    if item is None:
                        more = False
                        break
                    self._start()
                    waiting[self._hand_out(name, item)] = (item, 1)
                if waiting:
                    done, _ = self._ray.wait(list(waiting), num_returns=1)
                    item, times = waiting.pop(done[0])
                    result = self._result(done[0], times)
                    if result is None:
                        waiting[self._hand_out(name, item)] = (item, times + 1)
                    else:
                        yield result
        finally:
            for reference in waiting:
                with contextlib.suppress(Exception):  # the run is over, whatever becomes of them
                    self._ray.cancel(reference)

    def _hand_out(self, name: str, item: Any) -> Any:
        job = remote.Job(self.make_embedder, self.options, remote.signature_of(self.options))
        return self._tasks[name].remote(job, item)

    def _result(self, reference: Any, times: int) -> Any:
        """None: it was lost with its worker, and is to be asked for again."""
        errors = self._ray.exceptions
        try:
            result = self._ray.get(reference)
        except errors.RayTaskError as error:  # our tasks answer with Failed: this is before they began
            raise WorkersError(say("worker_failed", host="?", reason=_last_line(error))) from error
        except errors.RayError as error:
            if times >= ASKED_AGAIN:
                raise WorkersError(say("workers_die", reason=_last_line(error))) from error
            return None
        if isinstance(result, remote.Failed):
            raise WorkersError(say("worker_failed", host=result.host, reason=result.reason))
        return result

    # ---------------------------------------------------------------- the cluster

    def _start(self) -> None:
        if self._ray is not None:
            return
        try:
            ray: Any = importlib.import_module("ray")
        except ImportError as error:
            raise WorkersError(say("no_ray")) from error
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
        self._connected_before = ray.is_initialized()
        if self._connected_before:
            pass
        elif isinstance(self.workers, int):
            own = {"include_dashboard": False, "object_store_memory": OBJECT_STORE_BYTES}
            self._connect(lambda: ray.init("local", num_cpus=self.workers, **own, **quiet))
        else:
            _check_reachable(self.workers)
            self._connect(lambda: ray.init(self.workers, **quiet))
        self._ray = ray
        resources = ray.cluster_resources()
        gpus = int(resources.get("GPU", 0)) if self.on_gpu else 0
        self._slots = max(1, gpus or int(resources.get("CPU", 1)))
        self._tasks = {
            "cut": ray.remote(num_cpus=1, max_retries=RETRIES)(remote.cut),
            "embed": ray.remote(num_cpus=1, num_gpus=1 if gpus else 0, max_retries=RETRIES)(remote.embed),
        }

    def _connect(self, connect: Callable[[], object]) -> None:
        try:
            connect()
        except Exception as error:  # of the transport, of another Python or Ray over there
            raise WorkersError(say("no_cluster", address=self.workers, reason=_last_line(error))) from error


def _check_reachable(address: str) -> None:
    """Ray itself would try for minutes."""
    parts = urlsplit(address if "://" in address else f"ray://{address}")
    try:
        socket.create_connection((parts.hostname or "", parts.port or 10001), REACHED_WITHIN).close()
    except (OSError, ValueError) as error:
        raise WorkersError(say("no_cluster", address=address, reason=error)) from error


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
