"""A new network is one new file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from konspekt.conversion import networks
from konspekt.conversion.targets import parse_targets

FILE = """
from dataclasses import replace
from konspekt.conversion.networks.x import X
NETWORKS = (replace(X, name="myspace", title="MySpace"),)
"""


@pytest.fixture
def new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "myspace.py").write_text(FILE, "utf-8")
    monkeypatch.setattr(networks, "__path__", [*networks.__path__, str(tmp_path)])
    networks.all_networks.cache_clear()
    yield
    networks.all_networks.cache_clear()
    sys.modules.pop("konspekt.conversion.networks.myspace", None)


@pytest.mark.usefixtures("new_file")
def test_a_file_in_the_folder_is_a_network_after_those_that_have_an_order() -> None:
    assert list(networks.all_networks())[-1] == "myspace"
    assert parse_targets("myspace:en")[0].network.title == "MySpace"
