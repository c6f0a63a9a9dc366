"""`--help` shows what was written: square brackets are no markup by accident."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from konspekt.cli.main import build_app


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


@pytest.mark.parametrize(
    ("path", "command"),
    [pytest.param(*each, id=" ".join(each[0]) or "konspekt") for each in commands(get_command(build_app()))],
)
def test_every_word_of_every_option_is_shown(path: tuple[str, ...], command: Any) -> None:
    shown = CliRunner(env={"COLUMNS": "400", "TERM": "dumb", "NO_COLOR": "1"}).invoke(build_app(), [*path, "--help"])
    assert shown.exit_code == 0
    text = re.sub(r"[\s│]+", " ", shown.stdout)
    for parameter in command.params:
        written = (getattr(parameter, "help", None) or "").replace("\\[", "[")
        if not getattr(parameter, "hidden", False):
            assert " ".join(written.split()) in text, parameter.name
