"""The house keeps its own rules: layers, settings, help and documentation tell the truth."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
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


def _packages() -> list[str]:
    folder = ROOT / "src" / "konspekt"
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name != "__pycache__")


def test_each_package_is_a_link_to_a_folder_at_the_top() -> None:
    for name in _packages():
        link = ROOT / "src" / "konspekt" / name
        assert link.is_symlink(), name
        assert link.readlink() == Path("..", "..", name)
        assert (ROOT / name / "__init__.py").is_file()


def _files(package: str) -> list[Path]:
    return [path for path in (ROOT / package).rglob("*.py") if "__pycache__" not in path.parts]


def test_no_name_hides_a_module_or_package_beside_it() -> None:
    """`import konspekt.kernels.linear.gpu as g` fails where `linear` is a function of `konspekt.kernels`."""
    hidden = []
    for init in (path for name in _packages() for path in _files(name) if path.name == "__init__.py"):
        beside = {path.stem for path in init.parent.glob("*.py")} | {
            p.name for p in init.parent.iterdir() if p.is_dir()
        }
        own = "konspekt." + ".".join(init.parent.relative_to(ROOT).parts)
        for node in ast.parse(init.read_text("utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module != own:
                names = {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names = {node.name}
            else:
                continue
            hidden += [f"{own}.{name}" for name in names & beside]
    assert hidden == []


def test_rooms_are_small() -> None:
    crowded = {}
    for folder in {path.parent for name in _packages() for path in _files(name)}:
        count = len([path for path in folder.glob("*.py") if path.name != "__init__.py"])
        if count > 16:
            crowded[str(folder.relative_to(ROOT))] = count
    assert crowded == {}


def test_the_map_of_the_house_names_files_that_exist() -> None:
    for page in (ROOT / "docs" / "architecture.md", ROOT / "CONTRIBUTING.md"):
        named = re.findall(r"`((?:[a-z_]+/)+[\w.]*)`", page.read_text("utf-8"))
        homes = [ROOT, *(ROOT / package for package in (*_packages(), "benchmarks", "tests"))]  # a row's own folder
        assert [name for name in named if not any((home / name).exists() for home in homes)] == []


def test_no_circle_of_files_or_folders() -> None:
    """Imports inside functions count too; those for types alone do not."""
    graph = grimp.build_graph("konspekt", exclude_type_checking_imports=True)
    files: dict[str, set[str]] = {name: set(graph.find_modules_directly_imported_by(name)) for name in graph.modules}
    packages = {name.rsplit(".", 1)[0] for name in files if "." in name}
    folders: dict[str, set[str]] = {}
    for name, imported in files.items():
        for other in imported:
            one, two = (
                path.split(".") if path in packages else path.rsplit(".", 1)[0].split(".") for path in (name, other)
            )
            shared = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), None)
            if shared is not None:  # two folders side by side, or two that hold them
                folders.setdefault(".".join(one[: shared + 1]), set()).add(".".join(two[: shared + 1]))
                folders.setdefault(".".join(two[: shared + 1]), set())
    for of in (files, folders):
        TopologicalSorter(of).prepare()  # raises CycleError, which names the circle


def test_sql_stands_in_storage_alone() -> None:
    """Elsewhere sessions are handed on, and nothing else of SQLAlchemy is known."""
    found = []
    for path in (path for name in _packages() if name != "storage" for path in _files(name)):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
                names = {alias.name for alias in node.names} - {"Session"}
                found += [f"{path.relative_to(ROOT)}: {name}" for name in sorted(names)]
    assert found == []
