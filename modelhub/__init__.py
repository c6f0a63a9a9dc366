"""Models by name: where their files are, fetched and checked by hash.

path = modelhub.ensure("qwen2.5-coder-1.5b", Path("data/models"))
"""

from __future__ import annotations

from pathlib import Path

from konspekt.modelhub import hub_ids
from konspekt.modelhub.errors import (
    FetchError,
    HashMismatchError,
    ModelHubError,
    NoSpaceError,
    UnknownModelError,
)
from konspekt.modelhub.hub import Hub
from konspekt.modelhub.ladder import source_of
from konspekt.modelhub.progress import Progress, ProgressCallback, silent
from konspekt.modelhub.registry import MODELS, Model, by_name

__all__ = [
    "MODELS",
    "FetchError",
    "HashMismatchError",
    "Hub",
    "Model",
    "ModelHubError",
    "NoSpaceError",
    "Progress",
    "ProgressCallback",
    "UnknownModelError",
    "by_name",
    "ensure",
    "find",
    "hub_has",
    "is_name",
]


def ensure(name: str, models_dir: Path, progress: ProgressCallback | None = None) -> Path:
    """The verified local file (or folder) of a registry name, a path or `org/repo[:file]`; fetched when missing.

    Raises a ModelHubError whose message says what failed at which place and what to do.
    """
    return Hub(models_dir).ensure(name, progress or silent)


def is_name(name: str) -> bool:
    """Whether `name` could be fetched: a registry name, or written like `org/repo[:file]`."""
    return by_name(source_of(name)) is not None or hub_ids.parse(source_of(name)) is not None


def hub_has(repository: str) -> bool:
    """Whether the hub knows `org/repo`. Raises FetchError where it does not answer; out of reach, in five seconds."""
    try:
        hub_ids.revision_of(Hub(Path()).hub_url, repository)
    except UnknownModelError:
        return False
    return True


def find(name: str, models_dir: Path) -> Path | None:
    """Where `name` already lies on this machine, or None. Touches neither the network nor the contents of files."""
    return Hub(models_dir).find(name)
