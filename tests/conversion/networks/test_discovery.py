"""A new network is one new file."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from konspekt.conversion import networks
from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.by_rule.output import draft_text, file_name
from konspekt.conversion.posts.reading import post_from_text
from konspekt.conversion.targets import parse_targets
from tests.cli.guarded import konspekt

FILES = {
    "myspace": """
from dataclasses import replace
from konspekt.conversion.networks.x import X
NETWORKS = (replace(X, name="myspace", title="MySpace"),)
""",
    "teletype": '''
"""A network of its own: Markdown with a title, bold letters, a server that says its limit."""
from dataclasses import replace
from konspekt.conversion.by_rule.counting import graphemes
from konspekt.conversion.network import Instances, Limit, Network
from konspekt.conversion.writing.markdown import write_markdown
from konspekt.conversion.writing.markdown_inline import COMMONMARK

TELETYPE = Network(
    name="teletype",
    title="Teletype",
    limits=(Limit(90, "graphemes", graphemes),),
    write=lambda blocks, options: write_markdown(blocks, COMMONMARK),
    overflow="parts",
    formatting=("bold",),
    markdown=True,
    bold_letters=True,
    links="[text](address)",
    hashtags="as text",
    mentions="as text",
    title_limit=50,
    article=True,
    source="a test",
    checked="2026-11-30",
    instances=Instances(lambda name: f"https://{name}/rules", lambda rules: TELETYPE),
)
NETWORKS = (TELETYPE,)
''',
}


@pytest.fixture(params=list(FILES))
def new_file(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = request.param
    (tmp_path / f"{name}.py").write_text(FILES[name], "utf-8")
    monkeypatch.setattr(networks, "__path__", [*networks.__path__, str(tmp_path)])
    networks.all_networks.cache_clear()
    yield name
    networks.all_networks.cache_clear()
    sys.modules.pop(f"konspekt.conversion.networks.{name}", None)


def test_a_file_in_the_folder_is_a_network_after_those_that_have_an_order(new_file: str) -> None:
    assert list(networks.all_networks())[-1] == new_file
    assert parse_targets(f"{new_file}:en")[0].network.name == new_file


@pytest.mark.parametrize("new_file", ["teletype"], indirect=True)
def test_a_markdown_network_needs_nothing_but_its_file(new_file: str, tmp_path: Path) -> None:
    network = networks.network(new_file)
    post = post_from_text("# Заголовок\n\n" + "Слово **жирно** и ещё немного слов. " * 6)
    assert file_name(post, network, "ru").endswith(".teletype.ru.md")
    draft = convert(post, network)
    text = draft_text(draft, network)
    assert text.startswith("# Заголовок\n\n")
    assert text.count("\n\n---\n\n") == len(draft.parts) - 1 > 0
    assert "**жирно**" in text
    out = tmp_path / "out"
    given = ("convert", "-", "--to", new_file, "--no-llm", "--bold-letters", "--out", str(out))
    result = konspekt(*given, text="Заголовок\n\nТекст")
    assert result.exit_code == 0
    assert [path.suffix for path in out.iterdir() if path.suffix != ".json"] == [".md"]
    assert "screen readers" in result.stderr or "экрана" in result.stderr


@pytest.mark.parametrize("new_file", ["teletype"], indirect=True)
def test_an_instance_is_asked_only_where_the_network_has_some(new_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def fetch_json(url: str) -> dict[str, object]:
        asked.append(url)
        return {}

    monkeypatch.setattr("konspekt.conversion.posts.fetching.fetch_json", fetch_json)
    arguments = ("convert", "-", "--to", f"x,{new_file}", "--no-llm", "--mastodon", "my.example")
    assert konspekt(*arguments, text="Заголовок\n\nТекст").exit_code == 0
    assert asked == ["https://my.example/rules"]


def test_no_other_file_asks_for_a_network_by_name() -> None:
    names = {name for name in networks.all_networks() if name not in ("x", "telegram", "markdown", "threads", "medium")}
    root = Path(networks.__file__).parents[2]
    for folder in ("conversion", "bot/drafts", "cli/commands/convert"):
        for path in (root / folder).rglob("*.py"):
            if path.parent.name != "networks":
                code = path.read_text("utf-8")
                assert not [name for name in names if f'"{name}"' in code], path
                assert not re.search(r"network\.name (==|!=|in|not in) ", code), path
