"""`konspekt convert` as a user runs it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from konspekt.conversion.errors import PostNotFound
from konspekt.conversion.networks import all_networks
from konspekt.conversion.posts.locating import locate
from konspekt.conversion.posts.reading import read_file
from konspekt.indexer.document_rows import document_row
from konspekt.indexer.documents import Document, Entity, Media
from konspekt.storage.database import Database
from konspekt.storage.models import DocumentRow, SourceRow
from tests.cli.guarded import konspekt
from tests.fakes.openai_server import FakeOpenAIServer, Reply

SEED = Path(__file__).parents[3] / "shared" / "seeds" / "awesome_dl.txt"
KEYS = {"network", "lang", "finished", "asked", "to_read", "to_edit", "marked", "cards", "parts", "title", "media"}
KEYS |= {"warnings", "dropped"}
TEXT = "Заголовок\n\nТекст в 2,7 раза быстрее: [код](https://github.com/a/b)\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KONSPEKT_HOME", str(tmp_path / "home"))
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def run(*arguments: str, text: str | bytes | None = None) -> Any:
    return konspekt("convert", *arguments, text=text)


def test_json_has_the_schema_for_every_network(tmp_path: Path) -> None:
    path = tmp_path / "post.md"
    path.write_text(TEXT, "utf-8")
    result = run(str(path), "--to", "all", "--no-llm", "--json")
    assert result.exit_code == 0, result.stderr
    drafts = json.loads(result.stdout)
    assert [draft["network"] for draft in drafts] == list(all_networks())
    for draft in drafts:
        assert set(draft) == KEYS
        for part in draft["parts"]:
            assert set(part) == {"text", "length", "limit", "facets"}
            assert 0 < part["length"] <= part["limit"]


def test_text_from_a_pipe_and_a_language_per_network() -> None:
    result = run("-", "--to", "x,linkedin:en", "--no-llm", "--json", text=TEXT)
    drafts = json.loads(result.stdout)
    assert [draft["network"] for draft in drafts] == ["x", "linkedin"]
    assert any("No language model" in warning for warning in drafts[1]["warnings"])


def test_html_and_plain_text_are_read(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<html><head><title>T</title></head><body><h1>T</h1><p>Текст <b>жирно</b></p></body></html>", "utf-8"
    )
    result = run(str(page), "--to", "markdown", "--no-llm", "--json")
    assert "**жирно**" in json.loads(result.stdout)[0]["parts"][0]["text"]
    note = tmp_path / "note.txt"
    note.write_text("Просто заметка без ссылок", "utf-8")
    result = run(str(note), "--to", "x", "--no-llm", "--json")
    assert json.loads(result.stdout)[0]["parts"][0]["text"] == "Просто заметка без ссылок"


def test_one_message_of_an_export() -> None:
    export = Path(__file__).parents[2] / "sample" / "channel" / "result.json"
    result = run(f"{export}#88", "--to", "telegram", "--no-llm", "--json")
    drafts = json.loads(result.stdout)
    assert len(drafts) == 1
    assert drafts[0]["parts"][0]["text"].startswith("Лекция 1 прошла")
    assert run(f"{export}#99999", "--to", "x", "--no-llm").exit_code == 3


def test_wrong_usage_is_told_from_what_is_not_there() -> None:
    assert run("--to", "x").exit_code == 2
    assert run("-", "--to", "myspace", "--no-llm", text="a").exit_code == 2
    assert run("-", "--to", "x:english", "--no-llm", text="a").exit_code == 2
    assert run("-", "--to", "x", "--length", "tiny", "--no-llm", text="a").exit_code == 2
    assert run("-", "--to", "x", "--writing", "wild", "--no-llm", text="a").exit_code == 2
    missing = run("absent.md", "--to", "x", "--no-llm")
    assert missing.exit_code == 3
    assert "absent.md" in missing.stderr
    assert run("nobody/7", "--to", "x", "--no-llm").exit_code == 3
    assert run("-", "--to", "x", "--no-llm", text="  ").exit_code == 3


def test_who_words_the_drafts_is_a_setting_and_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "# Keys\n\nSubtract the mean of the keys, and they fit into 8 bits without any training."
    with FakeOpenAIServer(("qwen2.5-coder-1.5b",)) as server:
        server.answer = lambda _body: Reply("8 bits fit the keys without training: subtract the mean.")
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        strict = json.loads(run("-", "--to", "x", "--json", text=text).stdout)
        assert strict[0]["parts"][0]["text"].startswith("Keys")
        free = json.loads(run("-", "--to", "x", "--writing", "free", "--json", text=text).stdout)
        assert free[0]["parts"][0]["text"].startswith("8 bits fit")
        monkeypatch.setenv("DRAFT_WRITING", "free")
        assert json.loads(run("-", "--to", "x", "--json", text=text).stdout) == free


def _index(home: Path, *documents: Document) -> None:
    database = Database(f"sqlite:///{home / 'konspekt.db'}")
    database.migrate()
    with database.session() as session:
        session.add(SourceRow(id="channel", kind="telegram", title="Канал", location=str(home / "export")))
        session.flush()
        for document in documents:
            session.add(DocumentRow(**document_row(document, document.content_hash)))
    database.close()


def _document(number: int, text: str, day: int, **fields: Any) -> Document:
    return Document(
        id=f"channel/{number}",
        source_id="channel",
        kind="post",
        title=text[:20],
        text=text,
        url=f"https://t.me/some_channel/{number}",
        published_at=datetime(2025, 1, day, tzinfo=UTC),
        **fields,
    )


def test_an_indexed_post_by_link_and_by_id(home: Path) -> None:
    _index(home, _document(5, "Жирный текст", 1, entities=(Entity("bold", 0, 6),)))
    for name in ("https://t.me/Some_Channel/5?single", "t.me/s/some_channel/5", "channel/5"):
        result = run(name, "--to", "markdown", "--no-llm", "--json")
        assert result.exit_code == 0, result.stderr
        text = json.loads(result.stdout)[0]["parts"][0]["text"]
        assert text == "**Жирный** текст\n\nОригинал: <https://t.me/some_channel/5>"


def test_a_channel_of_almost_the_same_name_is_another_one(home: Path) -> None:
    _index(home, _document(5, "Чужой пост", 1))
    database = Database(f"sqlite:///{home / 'konspekt.db'}")
    assert locate("t.me/SOME_channel/5", database).url == "https://t.me/some_channel/5"
    with pytest.raises(PostNotFound):
        locate("t.me/someXchannel/5", database)
    database.close()


def test_a_whole_channel_since_a_day_goes_on_where_it_stopped(home: Path, tmp_path: Path) -> None:
    (home / "export").mkdir(parents=True)
    (home / "export" / "a.jpg").write_bytes(b"picture")
    media = (Media("photo", "a.jpg", "a.jpg"),)
    _index(home, _document(1, "Старый", 1), _document(2, "Второй", 10, media=media), _document(3, "Третий", 20))
    out = tmp_path / "out"
    arguments = ("--since", "2025-01-05", "--to", "x,habr", "--no-llm", "--out", str(out))
    first = run(*arguments)
    assert first.exit_code == 4, first.stderr  # one word is no title and text of an article
    files = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
    assert len([name for name in files if name.endswith(".x.ru.txt")]) == 2
    assert len([name for name in files if name.endswith(".habr.ru.md")]) == 2
    assert [path.read_bytes() for path in out.glob("*.jpg")] == [b"picture"] * 2
    changed = next(out.glob("*-2-*.x.ru.txt"))
    before = changed.stat().st_mtime_ns
    assert run(*arguments).stdout == ""
    assert changed.stat().st_mtime_ns == before
    changed.unlink()
    assert changed.name in run(*arguments).stdout


@pytest.mark.skipif(not SEED.exists(), reason="the dump is not here")
def test_every_post_of_a_dump_is_valid_for_every_network() -> None:
    result = run(str(SEED), "--to", "all", "--no-llm", "--json")
    assert result.exit_code in (0, 4), result.stderr
    drafts = json.loads(result.stdout)
    posts = list(read_file(SEED))
    assert len(posts) > 10
    assert len(drafts) == len(posts) * len(all_networks())
    for draft in drafts:
        network = all_networks()[draft["network"]]
        assert draft["parts"]
        assert all(network.fits(part["text"]) for part in draft["parts"])
        assert draft["dropped"] == []


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        (("-", "--to", "mastodon", "--mastodon", ""), 2, "instance"),
        (("-", "--to", "mastodon", "--mastodon", "a b"), 2, "a b"),
        (("-", "--to", "mastodon", "--mastodon", "ﬀ\udcff"), 2, "instance"),
        (("-", "--to", "mastodon", "--mastodon", "127.0.0.1"), 1, "public"),
        (("-", "--to", "mastodon", "--mastodon", "https://[::1"), 2, "instance"),
        (("-", "--to", "mastodon", "--mastodon", "нет..рф"), 1, "address"),
        (("-", "--to", "mastodon", "--mastodon", "сервер-которого-нет.invalid"), 1, "xn--"),
        (("x" * 5000, "--to", "x"), 3, "xxx"),
        (("пост\udcff", "--to", "x"), 3, "пост"),
        (("-", "--to", "x", "--out", "/dev/null/drafts"), 1, "/dev/null"),
        (("-", "--to", "x", "--style", "nowhere.md"), 3, "nowhere.md"),
        (("/proc/self/mem", "--to", "x"), 1, "/proc/self/mem"),
    ],
)
def test_an_error_is_told_in_words(
    arguments: tuple[str, ...], status: int, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    result = run(*arguments, "--no-llm", text="Текст")
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert result.exit_code == status, result.stderr
    assert word in result.stderr
    assert "Traceback" not in result.stderr


def test_an_error_of_the_program_is_not_taken_for_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr("konspekt.cli.commands.convert.run.draft_by_rule", broken)
    result = run("-", "--to", "x", "--no-llm", text="Текст")
    assert isinstance(result.exception, ValueError)


def test_ctrl_c_says_how_to_go_on_only_where_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setattr("konspekt.cli.commands.convert.run.draft_by_rule", stopped)
    result = run("-", "--to", "x", "--no-llm", "--out", str(tmp_path), text="Текст")
    assert (result.exit_code, "goes on" in result.stderr) == (130, True)
    result = run("-", "--to", "x", "--no-llm", text="Текст")
    assert (result.exit_code, "goes on" in result.stderr) == (130, False)


def test_a_name_that_is_no_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "пост\udcff.md"
    path.write_text("# Заголовок\n\nТекст", "utf-8")
    out = tmp_path / "out"
    result = run(str(path), "--to", "x,habr", "--no-llm", "--out", str(out))
    assert result.exit_code == 0, result.stderr
    assert len(list(out.glob("*.ru.*"))) == 2


def drafts_again(tmp_path: Path, text: str, *arguments: str) -> list[str]:
    """The names of the drafts that a run writes into a folder that may hold them already."""
    post = tmp_path / "post.md"
    post.write_text(text, "utf-8")
    result = run(str(post), "--to", "x:en,vk:en", "--out", str(tmp_path / "out"), *arguments)
    assert result.exit_code in (0, 4), result.stderr  # 4: Russian where English was asked for
    return [Path(line.split("  ")[0]).name for line in result.stdout.splitlines()]


def test_a_draft_to_be_edited_says_so_by_its_exit_status(tmp_path: Path) -> None:
    post = tmp_path / "post.md"
    post.write_text("Модель в 2,7 раза быстрее", "utf-8")
    done = run(str(post), "--to", "x", "--no-llm")
    assert done.exit_code == 0
    assert "Ready to post" in done.stdout or "Можно публиковать" in done.stdout
    other = run(str(post), "--to", "x:en", "--no-llm", "--json")
    assert other.exit_code == 4
    (draft,) = json.loads(other.stdout)
    assert draft["finished"] is False
    assert draft["to_edit"]


def test_an_edited_post_is_not_done_yet(tmp_path: Path) -> None:
    assert len(drafts_again(tmp_path, "Первый текст", "--no-llm")) == 2
    assert drafts_again(tmp_path, "Первый текст", "--no-llm") == []
    assert len(drafts_again(tmp_path, "Другой текст", "--no-llm")) == 2
    assert "Другой" in next((tmp_path / "out").glob("*.x.en.txt")).read_text("utf-8")
    assert len(drafts_again(tmp_path, "---\ntitle: Название\n---\nДругой текст", "--no-llm")) == 2


@pytest.mark.parametrize(
    "wish",
    [
        ("--glossary", "LoRA"),
        ("--length", "short"),
        ("--hashtags", "3"),
        ("--writing", "strict"),
        ("--bold-letters",),
    ],
)
def test_another_wish_is_not_done_yet(tmp_path: Path, wish: tuple[str, ...]) -> None:
    base = () if "--writing" in wish else ("--no-llm",)
    first = drafts_again(tmp_path, "Текст", *base)
    assert len(first) == 2
    assert drafts_again(tmp_path, "Текст", *base, *wish) == first
    assert drafts_again(tmp_path, "Текст", *base, *wish) == []


def test_settings_that_shape_a_draft_count_as_wishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_MODEL", "none")
    assert len(drafts_again(tmp_path, "Текст")) == 2
    monkeypatch.setenv("GLOSSARY", "LoRA")
    assert len(drafts_again(tmp_path, "Текст")) == 2
    monkeypatch.setenv("DRAFT_WRITING", "strict")
    assert len(drafts_again(tmp_path, "Текст")) == 2
    assert drafts_again(tmp_path, "Текст", "--json") == ["[]"]


def test_the_glossary_is_listed_added_to_and_used(home: Path) -> None:
    assert "nothing yet" in konspekt("glossary", "list").stderr
    assert konspekt("glossary", "add", "карта", "GPU").exit_code == 0
    assert konspekt("glossary", "add", "#ml", "two words").exit_code == 2
    assert konspekt("glossary", "add", "карта", "видеокарта", "--network", "nowhere").exit_code != 0
    (row,) = json.loads(konspekt("glossary", "list", "--json").stdout)
    assert (row["said"], row["instead"], row["language"], row["network"]) == ("карта", "GPU", "ru", None)
    assert "GPU греется" in run("-", "--to", "x", "--no-llm", text="Карта греется\n\nВечером карта греется.").stdout
    assert konspekt("glossary", "remove", "1").exit_code == 0
    assert konspekt("glossary", "remove", "1").exit_code == 3
    assert "карта греется" in run("-", "--to", "x", "--no-llm", text="Карта греется\n\nВечером карта греется.").stdout


@pytest.mark.parametrize("wish", [("--tone", "calm"), ("--audience", "students"), ("--style", "post.md")])
def test_a_voice_that_nothing_here_can_give_is_refused(wish: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "post.md").write_text(TEXT, "utf-8")
    wish = (wish[0], str(tmp_path / wish[1]) if wish[0] == "--style" else wish[1])
    result = run("-", "--to", "x", "--no-llm", *wish, text=TEXT)
    assert result.exit_code == 2
    assert f"{wish[0]} changes nothing" in result.stderr
    assert not result.stdout
