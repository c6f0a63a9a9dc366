"""Does the model fit? Asked before a gigabyte is read rather than answered by the kernel's out-of-memory killer."""

from __future__ import annotations

from pathlib import Path

import torch

from konspekt.serving.engine.states import kept_states
from konspekt.serving.errors import NotEnoughMemoryError
from konspekt.serving.messages import say
from konspekt.serving.model.architectures import ModelConfig
from konspekt.serving.model.files.gguf_parts import parts_of

# Python, torch, the tokenizer and the activations of one step; measured with Qwen2.5-Coder-1.5B.
_OVERHEAD = 600 << 20
# Rearranged weights are a little larger than the file's.
_WEIGHTS = 1.15


def available_memory(device: torch.device) -> int | None:
    """Bytes that a new process may take: of the GPU, or of the machine and its container; None where it is unknown."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    found: list[int] = []
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        found += [int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")]
    except OSError:
        return None
    for limit_file, used_file in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            limit, used = (Path(file).read_text("ascii").strip() for file in (limit_file, used_file))
        except OSError:
            continue
        if limit.isdigit() and int(limit) < 1 << 60:
            found.append(int(limit) - int(used) + _page_cache())
    return min(found) if found else None


def _page_cache() -> int:
    """File pages that the container counts as used but gives up on demand."""
    try:
        for line in Path("/sys/fs/cgroup/memory.stat").read_text("ascii").splitlines():
            if line.startswith("inactive_file "):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def needed_memory(*paths: Path) -> int:
    """Bytes to serve the models at `paths` (files, or folders of safetensors)."""
    files = [file for path in paths for file in (path.glob("*.safetensors") if path.is_dir() else parts_of(path))]
    return int(sum(file.stat().st_size for file in files if file.exists()) * _WEIGHTS) + _OVERHEAD


def check_memory(*paths: Path, device: torch.device | None = None) -> None:
    """Raises NotEnoughMemoryError with both numbers."""
    where = device or torch.device("cpu")
    available, needed = available_memory(where), needed_memory(*paths)
    if available is not None and needed > available:
        values = {"models": " + ".join(path.name for path in paths), "needed": needed >> 20, "free": available >> 20}
        raise NotEnoughMemoryError(say("gpu_memory" if where.type == "cuda" else "memory", **values))


def answers_at_once(config: ModelConfig, most: int, device: torch.device | None = None) -> int:
    """How many answers may run beside one another, at most `most`: a model with recurrent layers keeps a state for
    each, and some at ends of prefixes. Asked when the weights are there; memory for states is taken later, one by one.

    Raises NotEnoughMemoryError when there is none for a single answer.
    """
    if not config.state_bytes:
        return most
    where = device or torch.device("cpu")
    available, known = available_memory(where), kept_states(config.state_bytes)
    count = most if available is None else min(most, available // config.state_bytes - known)
    if available is not None and count < 1:
        needed = (1 + known) * config.state_bytes
        raise NotEnoughMemoryError(say("states", model=config.name, needed=needed >> 20, free=available >> 20))
    return count
