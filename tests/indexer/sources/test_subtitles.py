"""Subtitles become running text whose anchors jump to the right second."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.indexer.sources.course.subtitles import (
    PARAGRAPH_MAX_SECONDS,
    Cue,
    join_cues,
    parse_cues,
    read_subtitles,
    time_label,
    url_at,
)
from konspekt.indexer.sources.course.text_files import UnreadableFileError
from tests.indexer.sources.anchors import anchor_at

VIDEO = "https://www.youtube.com/watch?v=abcdefghijk"


def stamp(second: float, comma: str = ".") -> str:
    whole = int(second)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{comma}{round((second - whole) * 1000):03}"


def vtt(cues: list[Cue], head: str = "WEBVTT") -> str:
    return "\n\n".join([head, *(f"{stamp(cue.start)} --> {stamp(cue.end)}\n{cue.text}" for cue in cues)]) + "\n"


def lecture(count: int = 60) -> list[Cue]:
    return [Cue(i * 5, i * 5 + 4.5, f"Предложение номер {i}.") for i in range(count)]


def test_every_word_is_under_the_anchor_of_its_half_minute(tmp_path: Path) -> None:
    path = tmp_path / "02-ddim.vtt"
    path.write_text(vtt(lecture()), "utf-8")
    read = read_subtitles(path, {"02-ddim.vtt": VIDEO})
    for cue in lecture():
        anchor = anchor_at(read.anchors, read.text.index(cue.text))
        assert anchor is not None
        assert anchor.url is not None
        second = int(parse_qs(urlsplit(anchor.url).query)["t"][0].rstrip("s"))
        assert second <= cue.start <= second + PARAGRAPH_MAX_SECONDS
        assert anchor.label == time_label(second)
    assert read.title == "2. ddim"
    assert read.url == VIDEO


@pytest.mark.parametrize("suffix", ["srt", "vtt"])
def test_both_formats_give_the_same_text(tmp_path: Path, suffix: str) -> None:
    cues = lecture(20)
    if suffix == "vtt":
        body = vtt(cues)
    else:
        body = "\r\n\r\n".join(
            f"{n}\r\n{stamp(c.start, ',')} --> {stamp(c.end, ',')}\r\n<i>{c.text}</i>" for n, c in enumerate(cues, 1)
        )
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(body.encode("cp1251" if suffix == "srt" else "utf-8-sig"))
    read = read_subtitles(path)
    assert " ".join(read.text.split()) == " ".join(cue.text for cue in cues)
    assert all(anchor.url is None for anchor in read.anchors)
    assert read.problems == ()


def test_rolling_automatic_subtitles_say_each_line_once() -> None:
    raw = """WEBVTT
Kind: captions
Language: ru

00:00:00.000 --> 00:00:02.000 align:start position:0%
привет<00:00:00.500><c> всем</c>

00:00:02.000 --> 00:00:02.010
привет всем

00:00:02.010 --> 00:00:04.000
привет всем
сегодня<00:00:03.000><c> диффузия</c>

00:00:04.000 --> 00:00:06.000
сегодня диффузия
[Музыка]
"""
    assert [cue.text for cue in parse_cues(raw, "vtt")] == ["привет всем", "сегодня диффузия"]


def test_formulas_survive_and_markup_does_not() -> None:
    raw = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Анна>если a &lt; b и x<y, то {t} \\in [0, 1]</v>\n"
    assert parse_cues(raw, "vtt")[0].text == "если a < b и x<y, то {t} \\in [0, 1]"


def test_video_is_found_in_a_note_a_sidecar_or_the_name_of_yt_dlp(tmp_path: Path) -> None:
    noted = tmp_path / "a.vtt"
    noted.write_text(vtt(lecture(2), f"WEBVTT\n\nNOTE video: {VIDEO}\n\nNOTE title: Лекция про DDIM"), "utf-8")
    assert (read_subtitles(noted).url, read_subtitles(noted).title) == (VIDEO, "Лекция про DDIM")

    beside = tmp_path / "b.vtt"
    beside.write_text(vtt(lecture(2)), "utf-8")
    (tmp_path / "b.url").write_text("[InternetShortcut]\r\nURL=https://example.org/b.mp4\r\n")
    assert read_subtitles(beside).anchors[0].url == "https://example.org/b.mp4#t=0"

    named = tmp_path / "Лекция 3 [dQw4w9WgXcQ].ru.vtt"
    named.write_text(vtt(lecture(2)), "utf-8")
    assert read_subtitles(named).url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    assert read_subtitles(named).title == "Лекция 3"


def test_a_setting_wins_over_the_note_and_a_bad_address_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_text(vtt(lecture(2), f"WEBVTT\n\nNOTE video: {VIDEO}"), "utf-8")
    assert read_subtitles(path, {"a.vtt": "https://example.org/x"}).url == "https://example.org/x"
    bad = read_subtitles(path, {"a": "javascript:alert(1)"})
    assert "javascript:alert(1)" in bad.problems[0].what
    assert all(not (anchor.url or "").startswith("javascript") for anchor in bad.anchors)


def test_a_broken_time_names_its_line_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nпервое\n\n2\n00:00:xx --> 00:00:04,000\nвторое\n", "utf-8")
    read = read_subtitles(path)
    assert "первое" in read.text
    assert read.problems[0].where.endswith("a.srt:6")


@pytest.mark.parametrize("content", [b"WEBVTT\n\n", b"just a text", b"\x00\x01\x02\x00"])
def test_a_file_without_subtitles_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.vtt"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError):
        read_subtitles(path)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.youtube.com/watch?v=abc", "https://www.youtube.com/watch?v=abc&t=754s"),
        ("https://youtu.be/abc", "https://youtu.be/abc?t=754s"),
        ("https://youtu.be/abc?t=3&si=x#y", "https://youtu.be/abc?si=x&t=754s"),
        ("https://rutube.ru/video/abc/", "https://rutube.ru/video/abc/?t=754"),
        ("https://example.org/lecture.mp4", "https://example.org/lecture.mp4#t=754"),
    ],
)
def test_link_opens_the_video_at_the_second(url: str, expected: str) -> None:
    assert url_at(url, 754) == expected


def test_labels_read_as_a_player_shows_them() -> None:
    assert [time_label(second) for second in (0, 754, 3723)] == ["0:00", "12:34", "1:02:03"]


words = st.text(alphabet="абвгд xyz.?!…", min_size=1, max_size=40).map(lambda s: " ".join(s.split())).filter(bool)


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0.1, 10), words), min_size=1, max_size=60))
def test_joining_loses_no_word_and_every_anchor_starts_a_paragraph(raw: list[tuple[float, float, str]]) -> None:
    now, cues = 0.0, []
    for pause, length, text in raw:
        cues.append(Cue(now + pause, now + pause + length, text))
        now += pause + length
    text, starts = join_cues(cues)
    assert " ".join(text.split()) == " ".join(cue.text for cue in cues)
    assert [offset for offset, _ in starts] == sorted({offset for offset, _ in starts})
    assert starts[0] == (0, int(cues[0].start))
    for offset, _ in starts[1:]:
        assert text[offset - 2 : offset] == "\n\n"
    assert len(starts) == len(text.split("\n\n"))


@given(st.text(alphabet="WEBVTT\n-->:.0123456789 <>{}\\абв&;#", max_size=300), st.sampled_from(["srt", "vtt"]))
def test_garbage_never_raises(raw: str, format_: str) -> None:
    assert all(cue.text for cue in parse_cues(raw, format_))
