"""Ctrl-C while modules are loaded, at the very start or inside a command: exit status 130 and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Ctrl-C at the moment when a module is asked for, and `konspekt` with the arguments behind its name.
PROGRAM = """
import os, signal, sys

wanted = sys.argv.pop(1)

class Interrupt:
    def find_spec(self, name, *_):
        if name == wanted:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
from konspekt.cli.main import main
main()
"""


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("typer", ["--help"]),
        ("pydantic", ["--help"]),
        ("konspekt.cli.commands.models", ["--help"]),
        ("konspekt.cli.guard", ["--help"]),
        ("konspekt.cli.commands.doctor.checks", ["doctor"]),
        ("sqlalchemy", ["documents"]),
        ("konspekt.indexer.reindexing.reindex", ["reindex", "note.md"]),
        ("faiss", ["reindex", "note.md"]),
        ("torch", ["reindex", "note.md"]),
        ("konspekt.modelhub", ["models", "list"]),
    ],
)
def test_ctrl_c_while_a_module_is_loaded(tmp_path: Path, module: str, arguments: list[str]) -> None:
    (tmp_path / "note.md").write_text("# Шум\n\nШум добавляют по шагам.\n", "utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "KONSPEKT_HOME": str(tmp_path / "home"),
    }
    environment |= {"MODELS_DIR": str(ROOT / "data" / "models")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, module, *arguments],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr
