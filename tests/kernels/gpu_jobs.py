"""Jobs of the GPU benchmarks that go well, raise, die and hang."""

from __future__ import annotations

import os
import time
from typing import Any


def well(device: object, number: int) -> dict[str, Any]:
    return {"what": str(device), "good": True, "number": number, "process": os.getpid()}


def raises(device: object) -> dict[str, Any]:
    raise ValueError(f"no product\non {device}")


def dies(device: object) -> dict[str, Any]:
    os._exit(9)


def hangs(device: object) -> dict[str, Any]:
    time.sleep(600)
    return {}
