"""Where a model computes: the CPU, or a GPU through Triton. Asked before a gigabyte is read."""

from __future__ import annotations

from typing import Literal

import torch

from kernels.backend import backend_on
from kernels.triton.available import installed
from serving.errors import UnavailableDeviceError

DeviceName = Literal["cpu", "cuda", "auto"]


def device_of(name: DeviceName) -> torch.device:
    """`auto`: a GPU where there is one that Triton can use. Raises: UnavailableDeviceError with what to do."""
    if name == "cpu" or (name == "auto" and not (torch.cuda.is_available() and installed())):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        why = (
            "this torch was built without CUDA: install one that was (https://pytorch.org/get-started)"
            if torch.version.cuda is None
            else "torch finds no CUDA device: see whether `nvidia-smi` finds one"
        )
        raise UnavailableDeviceError(f"--device cuda: {why}, or take --device cpu")
    if not installed():
        raise UnavailableDeviceError("--device cuda needs Triton: pip install 'triton>=3.6', or take --device cpu")
    device = torch.device("cuda", torch.cuda.current_device())
    if (chosen := backend_on(device)) != "triton":
        raise UnavailableDeviceError(
            f"--device cuda: KONSPEKT_KERNELS={chosen} computes on the CPU; unset it, or take --device cpu"
        )
    major, minor = torch.cuda.get_device_capability(device)
    if major < 8:
        raise UnavailableDeviceError(
            f"--device cuda: {torch.cuda.get_device_name(device)} has compute capability {major}.{minor}, the kernels "
            "need 8.0 (Ampere) or newer; take --device cpu"
        )
    return device
