"""A home with a few notes indexed, for tests of commands that only read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from konspekt.cli.main import build_app
from tests.conftest import MODELS


def at_home(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Work in `folder`, with the state in its `home`."""
    patch.chdir(folder)
    patch.setenv("KONSPEKT_HOME", str(folder / "home"))
    patch.setenv("MODELS_DIR", str(MODELS))


def index_notes(folder: Path, notes: Mapping[str, str]) -> Path:
    """Writes the notes into `folder` and indexes them there."""
    (folder / "notes").mkdir()
    for name, content in notes.items():
        (folder / "notes" / name).write_text(content, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        at_home(folder, patch)
        result = CliRunner().invoke(build_app(), ["reindex", str(folder / "notes")])
    assert result.exit_code == 0, result.output
    return folder
