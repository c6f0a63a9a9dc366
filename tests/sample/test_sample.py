"""The sample is what its readme says: whole, readable without a problem, and pointing at itself correctly."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from konspekt.indexer.documents import Document, Problem
from konspekt.indexer.sources.course.course import COURSE_SUFFIXES, CourseFolder

SAMPLE = Path(__file__).parents[2] / "sample"


@pytest.fixture(scope="module")
def export() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLE / "channel" / "result.json").read_text("utf-8"))
    return found


@pytest.fixture
def builders() -> Iterator[None]:
    sys.path.insert(0, str(SAMPLE))
    yield
    sys.path.remove(str(SAMPLE))


@pytest.mark.usefixtures("builders")
def test_export_is_built_from_the_posts(tmp_path: Path) -> None:
    from builders import export as builder

    builder.write(SAMPLE / "builders" / "posts.markup", tmp_path / "result.json")
    assert (tmp_path / "result.json").read_text("utf-8") == (SAMPLE / "channel" / "result.json").read_text("utf-8")


def test_channel_shows_everything_that_an_export_may_hold(export: dict[str, Any]) -> None:
    messages = export["messages"]
    entities = {entity["type"] for message in messages for entity in message["text_entities"]}
    assert entities >= {
        "plain", "bold", "italic", "underline", "strikethrough", "code", "pre", "text_link", "spoiler", "blockquote",
        "custom_emoji", "hashtag", "mention", "email",
    }  # fmt: skip
    keys = {key for message in messages for key in message}
    assert keys >= {"edited_unixtime", "forwarded_from", "reply_to_message_id", "poll", "photo", "reactions", "action"}
    assert sum(1 for message in messages if message["type"] == "message" and message["text"]) >= 60
    assert {entity["language"] for m in messages for entity in m["text_entities"] if entity["type"] == "pre"} >= {
        "python",
        "bash",
    }


def test_messages_are_in_order_and_refer_to_earlier_ones(export: dict[str, Any]) -> None:
    ids = [message["id"] for message in export["messages"]]
    assert ids == sorted(set(ids))
    for message in export["messages"]:
        if "reply_to_message_id" in message:
            assert message["reply_to_message_id"] in ids[: ids.index(message["id"])]
        if "photo" in message:
            assert (SAMPLE / "channel" / message["photo"]).stat().st_size == message["photo_file_size"]


def test_links_to_the_course_lead_to_lectures_that_exist(export: dict[str, Any]) -> None:
    documents = [d for d in _course() if isinstance(d, Document)]
    known = {document.url for document in documents} | {
        "https://konspekt.example/course/apply",
        "https://konspekt.example/course/submit",
    }
    links = {entity["href"] for m in export["messages"] for entity in m["text_entities"] if "href" in entity}
    assert {link for link in links if "konspekt.example" in link} <= known


def test_course_is_read_without_a_problem_in_both_languages() -> None:
    found = _course()
    assert [item for item in found if isinstance(item, Problem)] == []
    documents = [item for item in found if isinstance(item, Document)]
    assert {Path(document.id).suffix for document in documents} >= {".md", ".ipynb", ".pdf", ".vtt", ".srt"}
    assert {document.language for document in documents} == {"ru", "en"}
    assert all(a.url and re.search(r"#t=\d+$", a.url) for d in documents if d.kind == "subtitles" for a in d.anchors)


def _course() -> list[Document | Problem]:
    root = SAMPLE / "course"
    return list(CourseFolder(root, [path for path in root.iterdir() if path.suffix in COURSE_SUFFIXES]).documents())
