"""The server that all tests here ask: started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.notes_home import at_home
from tests.fakes.hash_embedder import HashEmbedder
from tests.web.programs.served import Served, served


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("programs") / "home") as running:
        yield running


@pytest.fixture
def at_server_home(server: Served, monkeypatch: pytest.MonkeyPatch, _own_environment: None) -> None:
    """Commands run here read the same index as the server, with the same embedder."""
    at_home(server.home, monkeypatch)
    monkeypatch.setattr("konspekt.app.build.build_embedder", lambda *_, **__: HashEmbedder())
