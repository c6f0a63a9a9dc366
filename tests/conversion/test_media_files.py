"""Which files a post may bring along: regular ones inside its own folder, and no others."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.by_rule.output import DraftFolder
from konspekt.conversion.document import MediaItem, Paragraph, Post, Run
from konspekt.conversion.media import file_inside, open_inside
from konspekt.conversion.networks import network
from tests.cli.guarded import konspekt

SECRET = b"BOT_TOKEN=123:abc"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONSPEKT_HOME", str(tmp_path / "home"))
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A folder with one honest picture, and beside it a secret."""
    (tmp_path / "secret.jpg").write_bytes(SECRET)
    folder = tmp_path / "export"
    (folder / "photos").mkdir(parents=True)
    (folder / "photos" / "a.jpg").write_bytes(b"picture")
    (folder / ".env").write_bytes(SECRET)
    (folder / "photos" / "out.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "photos" / "in.jpg").symlink_to("a.jpg")
    (folder / "elsewhere").symlink_to(tmp_path)
    os.mkfifo(folder / "photos" / "pipe.jpg")
    return folder


def posts_of(folder: Path, *photos: str) -> Path:
    messages = [
        {
            "id": number,
            "type": "message",
            "date": f"2025-03-01T10:{number:02}:00",
            "date_unixtime": str(1740823200 + 3600 * number),
            "from": "Гавань",
            "from_id": "channel1",
            "photo": photo,
            "text": f"Пост {number}",
            "text_entities": [{"type": "plain", "text": f"Пост {number}"}],
        }
        for number, photo in enumerate(photos, 1)
    ]
    found = folder / "result.json"
    found.write_text(
        json.dumps({"name": "Гавань", "type": "public_channel", "id": 1, "messages": messages}, ensure_ascii=False),
        "utf-8",
    )
    return found


FOREIGN = (
    "/proc/self/environ",
    "/etc/passwd",
    "../secret.jpg",
    "photos/../../secret.jpg",
    "photos/out.jpg",
    "elsewhere/secret.jpg",
    "photos",
    "photos/pipe.jpg",
    ".env",
    "photos/../.env",
    "~/.ssh/id_rsa",
    "file:///etc/passwd",
    "photos/a.jpg\0.png",
    "x" * 300 + ".jpg",
    "photos/" * 2000 + "a.jpg",
)


@pytest.mark.parametrize("name", FOREIGN, ids=range(len(FOREIGN)))
def test_a_foreign_file_is_missing(export: Path, name: str) -> None:
    assert file_inside(name, export) is None


@pytest.mark.parametrize("name", ["photos/a.jpg", "./photos/a.jpg", "photos/in.jpg", "photos/../photos/a.jpg"])
def test_a_file_of_the_export_is_there(export: Path, name: str) -> None:
    found = file_inside(name, export)
    assert found is not None
    assert found.read_bytes() == b"picture"
    assert file_inside(str(export / name), export) == found


def test_without_a_folder_nothing_is_there(export: Path) -> None:
    assert file_inside(str(export / "photos" / "a.jpg"), None) is None
    assert file_inside(None, export) is None
    assert file_inside("", export) is None


def test_a_file_that_became_a_link_after_it_was_checked_is_not_opened(export: Path) -> None:
    found = file_inside("photos/a.jpg", export)
    assert found is not None
    found.unlink()
    found.symlink_to(export.parent / "secret.jpg")
    with pytest.raises(OSError, match=r"."):
        open_inside(found)


def test_a_run_copies_what_is_the_exports_own_and_names_the_rest(export: Path, tmp_path: Path) -> None:
    source = posts_of(export, *FOREIGN, "photos/a.jpg")
    out = tmp_path / "out"
    result = konspekt("convert", str(source), "--to", "x", "--no-llm", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert len(list(out.glob("*.x.ru.txt"))) == len(FOREIGN) + 1
    assert [path.read_bytes() for path in out.iterdir() if path.suffix not in (".txt", ".json")] == [b"picture"]
    assert not any(SECRET in path.read_bytes() or b"root:" in path.read_bytes() for path in out.iterdir())
    assert "environ" in result.stderr
    assert result.stderr.count("not here") + result.stderr.count("нет") >= len(FOREIGN) - 1  # an address is no file


@pytest.mark.parametrize("picture", ["/etc/passwd", "../secret.jpg", "photos/out.jpg", "x" * 4000, "photos/b.jpg"])
def test_pictures_of_an_article_are_held_to_its_folder(export: Path, tmp_path: Path, picture: str) -> None:
    article = export / "post.md"
    article.write_text(f"# Статья\n\nТекст.\n\n![a](photos/a.jpg)\n\n![b]({picture})\n", "utf-8")
    page = export / "page.html"
    page.write_text(f"<h1>Статья</h1><p>Текст.</p><img src='photos/a.jpg'><img src='{picture}'>", "utf-8")
    for source in (article, page):
        out = tmp_path / source.stem
        result = konspekt("convert", str(source), "--to", "habr", "--no-llm", "--out", str(out))
        assert result.exit_code in (0, 4), result.output
        copied = [path.read_bytes() for path in out.iterdir() if path.suffix not in (".md", ".json")]
        assert copied == [b"picture"], "relative to the article, from whatever folder the command runs"
        assert Path(picture).name[-20:] in result.stderr


def test_text_from_a_pipe_brings_no_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    text = "# Статья\n\nТекст.\n\n![b](/etc/passwd)\n"
    result = konspekt("convert", "-", "--to", "habr", "--no-llm", "--out", str(out), text=text)
    assert result.exit_code == 0
    assert all(b"root:" not in path.read_bytes() for path in out.iterdir())
    assert "passwd" in result.stderr


@pytest.mark.parametrize("name", ["ы" * 200, "模" * 200, "👨‍👩‍👧‍👦" * 60, "a/" * 200, "bad\udcff"])
def test_a_name_of_any_length_makes_a_file(tmp_path: Path, name: str) -> None:
    folder = DraftFolder.open(tmp_path)
    post = Post((Paragraph((Run("Текст"),)),), id=name)
    draft = convert(post, network("x"))
    assert folder.save(post, network("x"), draft, "", "ru").path.read_text("utf-8") == "Текст\n"
    assert DraftFolder.open(tmp_path).has(post, network("x"), "ru", "")


def test_a_long_ending_of_a_picture_is_left_out(tmp_path: Path) -> None:
    media = tmp_path / "in"
    media.mkdir()
    (media / ("a." + "b" * 240)).write_bytes(b"picture")
    item = MediaItem("photo", None, "a." + "b" * 240)
    post = Post((Paragraph((Run("Текст"),)),), id="1", media=(item,), folder=str(media))
    saved = DraftFolder.open(tmp_path / "out").save(post, network("x"), convert(post, network("x")), "", "ru")
    assert saved.missing == ()
    assert [path.read_bytes() for path in (tmp_path / "out").glob("*-1")] == [b"picture"]
