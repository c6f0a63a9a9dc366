"""Pictures of the post's own in the shape that a network takes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from konspekt.conversion.by_rule.output import DraftFolder
from konspekt.conversion.document import Post
from konspekt.conversion.drafting import draft_by_rule
from konspekt.conversion.networks import all_networks, network
from konspekt.conversion.pictures.fitting import Photo, fitted
from konspekt.conversion.posts.reading import read_file

RULE = Photo(most_bytes=200_000, most_side=1440, narrowest=0.8, widest=1.91, source="a test", checked="2026-11-30")


def picture(width: int, height: int, form: str = "PNG", mode: str = "RGB") -> bytes:
    """White with a red frame at its edge: what is cut off is seen."""
    image = Image.new(mode, (width, height), "white")
    for place in range(4):
        image.paste((200, 0, 0) if mode == "RGB" else (200, 0, 0, 255), (place, place, place + 1, height))
    written = io.BytesIO()
    image.save(written, form)
    return written.getvalue()


@pytest.mark.parametrize(
    ("size", "result"),
    [
        ((1000, 1000), None),  # taken as it is
        ((1440, 760), None),
        ((2000, 1000), (1440, 754)),  # a little wide: cut
        ((3000, 1000), (1440, 754)),  # very wide: framed
        ((500, 2000), (1152, 1440)),
        ((760, 1000), (760, 950)),
        ((4000, 4000), (1440, 1440)),
    ],
)
def test_a_picture_comes_out_in_a_shape_that_is_taken(size: tuple[int, int], result: tuple[int, int] | None) -> None:
    made = fitted(picture(*size), RULE)
    if result is None:
        assert made is None
        return
    assert made is not None
    with Image.open(io.BytesIO(made)) as opened:
        assert abs(opened.width - result[0]) <= 2
        assert abs(opened.height - result[1]) <= 2
        assert opened.format == "JPEG"
    assert len(made) <= RULE.most_bytes


def test_what_is_framed_keeps_its_edges_and_what_is_transparent_is_white() -> None:
    made = fitted(picture(500, 2000), RULE)
    assert made is not None
    with Image.open(io.BytesIO(made)) as opened:
        assert any(opened.getpixel((x, 700))[0] > 150 for x in range(380, 420))  # type: ignore[index]
    clear = io.BytesIO()
    Image.new("RGBA", (3000, 500), (0, 0, 0, 0)).save(clear, "PNG")
    framed = fitted(clear.getvalue(), RULE)
    assert framed is not None
    with Image.open(io.BytesIO(framed)) as opened:
        assert opened.getpixel((700, 300)) == (255, 255, 255)


def test_what_is_no_picture_or_moves_is_left_alone() -> None:
    assert fitted(b"no picture", RULE) is None
    moving = io.BytesIO()
    frames = [Image.new("P", (3000, 500), shade) for shade in (1, 2)]
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:])
    assert fitted(moving.getvalue(), RULE) is None


def test_out_writes_the_picture_that_the_network_takes_and_what_it_shows(tmp_path: Path) -> None:
    (tmp_path / "wide.png").write_bytes(picture(3000, 900))
    (tmp_path / "post.md").write_text("# График\n\n![Кривая лосса за ночь](wide.png)\n\nЛосс упал вдвое.", "utf-8")
    (post,) = (one for one in read_file(tmp_path / "post.md") if isinstance(one, Post))
    folder = DraftFolder.open(tmp_path / "out")
    insta = network("instagram")
    saved = folder.save(post, insta, draft_by_rule(post, insta), "", "ru")
    made = saved.path.with_name(f"{saved.path.stem}-1.jpg")
    with Image.open(made) as opened:
        assert 1.9 < opened.width / opened.height < 1.92
    assert "Кривая лосса за ночь" in saved.path.with_name(f"{saved.path.stem}-media.txt").read_text("utf-8")
    x = network("x")
    plain = folder.save(post, x, draft_by_rule(post, x), "", "ru")
    assert plain.path.with_name(f"{plain.path.stem}-1.png").read_bytes() == (tmp_path / "wide.png").read_bytes()


def test_every_network_that_takes_pictures_says_which() -> None:
    taking = {name: one for name, one in all_networks().items() if one.media_limit}
    assert {"x", "x-long", "threads", "mastodon", "linkedin", "facebook", "vk", "reddit", "discord", "telegram"} <= {
        *taking
    }
    for name, one in taking.items():
        assert one.photo is not None, name
        assert one.photo.source, name
        assert one.photo.checked, name


@pytest.mark.parametrize(
    ("name", "size", "result"),
    [
        ("threads", (3000, 1500), (1440, 720)),
        ("threads", (1000, 4000), None),  # its width is what counts
        ("facebook", (4096, 2048), (2048, 1024)),
        ("telegram", (9000, 400), (5000, 250)),  # 22:1 is framed to 20:1, then 10,000 in all
        ("vk", (6000, 400), None),
        ("x", (4000, 300), None),
    ],
)
def test_pictures_are_brought_to_what_each_network_takes(
    name: str, size: tuple[int, int], result: tuple[int, int] | None
) -> None:
    rule = network(name).photo
    assert rule is not None
    made = fitted(picture(*size), rule)
    assert (made and Image.open(io.BytesIO(made)).size) == result
