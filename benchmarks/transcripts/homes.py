"""Indexed homes for talks, each a copy: the bot writes into it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.common.paths import MODEL_FILES, ROOT

SAMPLE = "sample"


@contextmanager
def made_home(name: str, homes: Path | None) -> Iterator[Path | None]:
    """A copy of the home of this name, gone afterwards; the sample is indexed for it. None: no material."""
    with tempfile.TemporaryDirectory(prefix="konspekt-talks-") as folder:
        home = Path(folder) / "home"
        if homes is not None and (homes / name).is_dir():
            shutil.copytree(homes / name, home)
        elif name == SAMPLE:
            home.mkdir()
            _indexed(ROOT / SAMPLE, home)
        else:
            yield None
            return
        yield home


def environment(home: Path, **more: str) -> dict[str, str]:
    """Of a process of ours that works on this home."""
    models = os.environ.get("MODELS_DIR", str(MODEL_FILES))
    path = f"{ROOT / 'src'}:{ROOT}"
    return {**os.environ, "PYTHONPATH": path, "KONSPEKT_HOME": str(home), "MODELS_DIR": models, **more}


def _indexed(material: Path, home: Path) -> None:
    command = [sys.executable, "-m", "konspekt.cli.main", "reindex", str(material)]
    env = environment(home, LOCAL_MODEL="none")
    subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
