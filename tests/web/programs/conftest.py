"""The server that all tests here ask: started once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from konspekt.app.settings import Settings
from tests.cli.notes_home import at_home, index_notes
from tests.conftest import MODELS
from tests.web.programs.served import NOTES, SITE, Served, make_tokens, served


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, e5_path: Path) -> Iterator[Served]:
    folder = index_notes(tmp_path_factory.mktemp("programs"), NOTES)
    with pytest.MonkeyPatch.context() as patch:
        at_home(folder, patch)
        patch.setenv("LOCAL_MODEL", "none")
        settings = Settings(
            konspekt_home=folder / "home", models_dir=MODELS, questions_per_minute=0, widget_origins=(SITE,)
        )
    tokens = make_tokens(settings.database)
    with served(settings) as base:
        yield Served(base, folder, settings, tokens)


@pytest.fixture
def at_server_home(server: Served, monkeypatch: pytest.MonkeyPatch, _own_environment: None) -> None:
    """Commands run here read the same index as the server."""
    at_home(server.home, monkeypatch)
