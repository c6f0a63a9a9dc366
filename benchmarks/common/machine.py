"""What a result was measured on, and writing it down."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.common.paths import RESULTS


def hardware() -> dict[str, Any]:
    info = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").exists() else ""
    flags = next((line for line in info.splitlines() if line.startswith("flags")), "").split()
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), "")
    return {
        "cpu": model or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "instructions": [flag for flag in ("avx2", "avx512_vnni", "avx512_bf16", "amx_tile") if flag in flags],
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
    }


def write_json(path: Path, held: dict[str, Any]) -> None:
    """In one go: whoever is stopped while writing leaves the former file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_text(json.dumps(held, ensure_ascii=False, indent=1) + "\n", "utf-8")
    part.replace(path)


def write_result(name: str, result: dict[str, Any]) -> Path:
    path = RESULTS / f"{name}.json"
    write_json(path, {"date": datetime.now(UTC).isoformat(timespec="seconds"), "hardware": hardware(), **result})
    return path
