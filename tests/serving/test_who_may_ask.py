"""`konspekt serve`: open to the network only with a key or on purpose, and no key where others see it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from konspekt.cli.commands.serve.command import EPILOG
from konspekt.cli.commands.serve.configuring import server_key
from konspekt.cli.main import build_app
from konspekt.serving.errors import ServingError
from konspekt.serving.server import ServerConfig, bind, hosts_of


def hosts(host: str, **settings: object) -> frozenset[str] | None:
    with bind(host, 0) as listener:
        return hosts_of(listener, ServerConfig(Path("model"), "model", host=host, **settings))  # type: ignore[arg-type]


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("host", ["0.0.0.0", pytest.param("::", marks=pytest.mark.skipif("not has_ipv6()"))])
@pytest.mark.parametrize("key", [None, ""])
def test_the_network_is_not_served_without_a_key(host: str, key: str | None) -> None:
    with pytest.raises(ServingError, match="--no-key"):
        hosts(host, api_key=key)


@pytest.mark.parametrize("settings", [{"api_key": "k"}, {"no_key": True}, {"api_key": "k", "no_key": True}])
def test_it_is_with_one_or_on_purpose_under_any_name(settings: dict[str, object]) -> None:
    assert hosts("0.0.0.0", **settings) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
@pytest.mark.parametrize("key", [None, "k"])
def test_loopback_needs_none_and_answers_to_its_names_only(host: str, key: str | None) -> None:
    names = hosts(host, api_key=key, allow_hosts=("models.example",))
    assert names is not None
    assert {"localhost", "127.0.0.1", "::1", host, "models.example"} == names


def test_a_key_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERVE_API_KEY", raising=False)
    assert server_key(None, None) is None
    monkeypatch.setenv("SERVE_API_KEY", "")
    assert server_key(None, None) is None
    monkeypatch.setenv("SERVE_API_KEY", "from-environment")
    assert server_key(None, None) == "from-environment"
    file = tmp_path / "key"
    file.write_text("из-файла\n", "utf-8")
    assert server_key(None, file) == "из-файла"


@pytest.mark.parametrize("content", [b"", b"\n \n", b"two words", b"a\nb\n", b"\xff\xfe"])
def test_a_file_without_one_key_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key.txt"
    file.write_bytes(content)
    with pytest.raises(ServingError, match=r"key\.txt"):
        server_key(None, file)


@pytest.mark.parametrize("arguments", [["--api-key", "secret-key"], ["--api-key=secret-key"], ["--api-key", ""]])
def test_a_key_on_the_command_line_is_refused_and_not_repeated(arguments: list[str]) -> None:
    result = CliRunner().invoke(build_app(), ["serve", "--model", "nothing-here", *arguments])
    assert result.exit_code == 1
    assert "SERVE_API_KEY" in result.output
    assert "--api-key-file" in result.output
    assert "secret-key" not in result.output


def test_no_example_has_a_key_on_the_command_line() -> None:
    pages = [EPILOG, *(page.read_text("utf-8") for page in Path(__file__).parents[2].glob("docs/*.md"))]
    assert not [page for page in pages if "--api-key " in page or "--api-key=" in page]
