"""Can a Triton kernel run on this tensor, and if not, why."""

from __future__ import annotations

import importlib.util
import os

import torch

from konspekt.kernels.errors import BackendUnavailable

_INSTALLED = importlib.util.find_spec("triton") is not None


def installed() -> bool:
    return _INSTALLED


def interpreting() -> bool:
    """Triton's interpreter runs the kernels on the CPU. Triton reads this variable when a kernel is defined."""
    return os.environ.get("TRITON_INTERPRET", "").strip().lower() in ("1", "true", "on", "yes")


def runs_on(device: torch.device) -> bool:
    return installed() and (device.type == "cuda" or (device.type == "cpu" and interpreting()))


def require(device: torch.device) -> None:
    """Raises: BackendUnavailable, saying what is missing."""
    if not installed():
        raise BackendUnavailable("the GPU kernels need Triton: pip install 'triton>=3.6'")
    if not runs_on(device):
        raise BackendUnavailable(
            f"the GPU kernels run on CUDA tensors, this one is on {device}; TRITON_INTERPRET=1, set before Python "
            "starts, runs them on the CPU, very slowly, to check them"
        )
    if device.type == "cpu":
        from konspekt.kernels.triton import interpreter

        interpreter.repair()


def architecture(device: torch.device) -> int:
    """80 for A100, 89 for RTX 4090, 90 for H100 and H200; what the interpreter imitates is an 80."""
    if device.type != "cuda":
        return 80
    known = torch.cuda.get_device_properties(device)
    return int(10 * known.major + known.minor)
