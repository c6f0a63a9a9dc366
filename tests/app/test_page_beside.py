"""The page beside the chat or the bot: it says where it is, goes with them, and costs them nothing where it fails."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from konspekt.app.page.opening import signing_key
from konspekt.app.page.serving import page_beside
from konspekt.app.settings import Settings, SettingsError
from konspekt.bilingual import Bilingual, told
from konspekt.web.errors import NotProtected
from tests.fakes.hash_embedder import HashEmbedder


def settings_of(home: Path, **values: Any) -> Settings:
    return Settings(_env_file=None, konspekt_home=home, local_model="none", **values)  # type: ignore[call-arg]


class Said(list[str]):
    def __call__(self, message: Bilingual) -> None:
        self.append(told(message, "en"))


def test_it_opens_says_where_and_closes(tmp_path: Path) -> None:
    said, embedder = Said(), HashEmbedder()
    with page_beside(settings_of(tmp_path, web_listen="127.0.0.1:0"), embedder, said):  # type: ignore[arg-type]
        url = said[0].removeprefix("the page: ")
        assert httpx.get(f"{url}/health", timeout=None).json() == {"status": "ok"}
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")


def test_a_port_that_is_taken_costs_the_page_alone(tmp_path: Path) -> None:
    said, ran = Said(), False
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with page_beside(settings_of(tmp_path, web_listen=address), HashEmbedder(), said):  # type: ignore[arg-type]
            ran = True
    assert ran
    assert address in said[0]
    assert "WEB_LISTEN" in said[0]


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    said = Said()
    with page_beside(settings_of(tmp_path, web_listen="OFF"), HashEmbedder(), said):  # type: ignore[arg-type]
        assert said == []


@pytest.mark.parametrize(
    "values",
    [
        {"web_listen": "0.0.0.0:0"},
        {"web_listen": ":0"},
        {"web_url": "https://page.example"},
        {"web_secret": "short"},
    ],
)
def test_strangers_are_not_let_in_by_mistake(tmp_path: Path, values: dict[str, str]) -> None:
    with pytest.raises(NotProtected), page_beside(settings_of(tmp_path, **values), HashEmbedder(), Said()):  # type: ignore[arg-type]
        pass


@pytest.mark.parametrize("address", ["8700", "here:port", "127.0.0.1:99999", "on"])
def test_an_address_that_is_none_is_explained(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError, match="WEB_LISTEN"):
        settings_of(tmp_path, web_listen=address)


def test_sessions_outlive_a_restart_and_end_with_the_password(tmp_path: Path) -> None:
    key = signing_key(tmp_path, "one password of many")
    assert key == signing_key(tmp_path, "one password of many")
    assert key != signing_key(tmp_path, "another password")
    assert (tmp_path / "web.key").stat().st_mode & 0o077 == 0
    (tmp_path / "web.key").write_bytes(b"torn")
    assert signing_key(tmp_path, "one password of many") != key
