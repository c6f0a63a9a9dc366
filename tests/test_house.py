"""The house keeps its own rules: layers, settings, help and documentation tell the truth."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from konspekt.app.settings import Settings
from konspekt.cli.main import build_app

ROOT = Path(__file__).parents[1]


def _commands() -> list[str]:
    group = get_command(build_app())
    context = typer.Context(group)
    return group.list_commands(context)  # type: ignore[attr-defined,no-any-return]


def test_imports_follow_the_layers() -> None:
    """The contracts stand in pyproject.toml; a broken one is printed with its reason."""
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_env_example_names_every_setting_with_its_default() -> None:
    lines = dict(
        line.removeprefix("#").split("=", 1)
        for line in (ROOT / ".env.example").read_text("utf-8").splitlines()
        if "=" in line and " " not in line.split("=", 1)[0]
    )
    expected = {name.upper(): field.default for name, field in Settings.model_fields.items()}
    assert set(lines) == set(expected)
    for name, default in expected.items():
        assert lines[name] == ("" if default in (None, ()) else str(default)), name


def test_nothing_else_reads_the_environment() -> None:
    """One exception is written down: KONSPEKT_KERNELS, because kernels/ runs without the project."""
    allowed = {"app", "cli", "kernels", "tests", "benchmarks", "sample"}
    guilty = [
        str(path.relative_to(ROOT))
        for path in ROOT.glob("*/**/*.py")
        if path.relative_to(ROOT).parts[0] not in allowed
        and not path.relative_to(ROOT).parts[0].startswith((".", "data", "build"))
        and ("os.environ" in (text := path.read_text("utf-8")) or "os.getenv" in text)
    ]
    assert guilty == []


@pytest.mark.parametrize("name", _commands())
def test_every_command_has_help_and_is_documented(name: str) -> None:
    command = get_command(build_app()).commands[name]  # type: ignore[attr-defined]
    assert command.help, f"{name} has no help"
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    assert any(f"konspekt {name}" in page.read_text("utf-8") for page in documents), f"{name} stands in no document"


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["dependencies"] + [name for extra in project["optional-dependencies"].values() for name in extra]
    names = {re.split(r"[\[<>=~ ]", line)[0] for line in wanted}
    explained = set(re.findall(r"`([A-Za-z0-9_.-]+)`", (ROOT / "docs/dependencies.md").read_text("utf-8")))
    assert names - explained == set()
