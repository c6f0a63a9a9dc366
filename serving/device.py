"""Where a model computes: the CPU, or a GPU through Triton. Asked before a gigabyte is read."""

from __future__ import annotations

from typing import Literal

import torch

from konspekt.kernels.backends import backend_on
from konspekt.kernels.triton.available import installed
from konspekt.serving.errors import UnavailableDeviceError
from konspekt.serving.messages import say

DeviceName = Literal["cpu", "cuda", "auto"]


def device_of(name: DeviceName) -> torch.device:
    """`auto`: a GPU where there is one that Triton can use. Raises: UnavailableDeviceError with what to do."""
    if name == "cpu" or (name == "auto" and not (torch.cuda.is_available() and installed())):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise UnavailableDeviceError(say("no_cuda" if torch.version.cuda is None else "no_gpu"))
    if not installed():
        raise UnavailableDeviceError(say("no_triton"))
    device = torch.device("cuda", torch.cuda.current_device())
    if (chosen := backend_on(device)) != "triton":
        raise UnavailableDeviceError(say("other_backend", name=chosen))
    major, minor = torch.cuda.get_device_capability(device)
    if major < 8:
        gpu = torch.cuda.get_device_name(device)
        raise UnavailableDeviceError(say("old_gpu", gpu=gpu, capability=f"{major}.{minor}"))
    return device
