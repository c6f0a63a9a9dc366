"""Channel posts as the bot gets them, through python-telegram-bot's own objects."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import Message

from konspekt.indexer.documents import Document, Entity
from konspekt.indexer.sources.options import SourceOptions
from konspekt.indexer.sources.recognise import recognise
from konspekt.indexer.sources.rich_text import utf16_length
from konspekt.indexer.sources.telegram.live import live_channel, live_document

CHAT = {"id": -1001234567890, "type": "channel", "title": "Тихий градиент", "username": "quiet_gradient"}


def post(number: int = 5, **fields: Any) -> dict[str, Any]:
    """A channel post as the server sends it, read and written again by the bot's library."""
    raw = {"message_id": number, "date": 1_704_067_200, "chat": CHAT, "sender_chat": CHAT} | fields
    message = Message.de_json(raw, None)  # type: ignore[arg-type]
    assert message is not None
    return message.to_dict()


def document(*messages: dict[str, Any], existing: Document | None = None) -> Document:
    found = live_document(messages, existing=existing)
    assert found is not None
    return found


def test_a_post_has_its_fields() -> None:
    entities = [
        {"type": "bold", "offset": 3, "length": 5},
        {"type": "text_link", "offset": 9, "length": 6, "url": "https://example.org/"},
    ]
    found = document(post(text="😀 Жирно статья", entities=entities, author_signature="Анна"))
    assert (found.id, found.url) == ("telegram:1234567890/5", "https://t.me/quiet_gradient/5")
    assert found.entities == (Entity("bold", 3, 5), Entity("text_link", 9, 6, "https://example.org/"))
    assert found.published_at == datetime(2024, 1, 1, tzinfo=UTC)
    assert (found.author, found.title, found.language) == ("Анна", "😀 Жирно статья", "ru")


def test_the_export_of_the_same_post_is_the_same_document(tmp_path: Path) -> None:
    """So that a post which the bot has indexed is not indexed again, nor changed, when an export comes."""
    exported = {
        "name": "Тихий градиент",
        "type": "public_channel",
        "id": 1234567890,
        "messages": [
            {
                "id": 5,
                "type": "message",
                "date_unixtime": "1704067200",
                "from": "Тихий градиент",
                "text_entities": [
                    {"type": "plain", "text": "Читайте "},
                    {"type": "text_link", "text": "статью", "href": "https://example.org/"},
                ],
            }
        ],
    }
    path = tmp_path / "result.json"
    path.write_text(json.dumps(exported), "utf-8")
    (source,) = recognise(path, SourceOptions.from_pairs(["1234567890=quiet_gradient"]))
    (from_export,) = source.documents()
    entities = [{"type": "text_link", "offset": 8, "length": 6, "url": "https://example.org/"}]
    live = document(post(text="Читайте статью", entities=entities))
    assert live == from_export
    assert live.source_id == source.id == live_channel(post()).id


def test_captions_polls_and_forwards() -> None:
    photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
    assert document(post(photo=photo, caption="Подпись")).text == "Подпись"
    option = {"text": "Диффузия", "voter_count": 0, "persistent_id": "1"}
    poll = {
        "id": "1", "question": "Что дальше?", "options": [option], "total_voter_count": 0, "is_closed": False,
        "is_anonymous": True, "allows_revoting": False, "members_only": False,
        "type": "regular", "allows_multiple_answers": False,
    }  # fmt: skip
    assert document(post(poll=poll)).text == "Что дальше?\n• Диффузия"
    origin = {"type": "channel", "date": 1, "chat": CHAT | {"id": -1009, "title": "Другой"}, "message_id": 3}
    assert document(post(text="Чужое", forward_origin=origin)).forwarded_from == "Другой"
    hidden = {"type": "hidden_user", "date": 1, "sender_user_name": "Некто"}
    assert document(post(text="Чужое", forward_origin=hidden)).forwarded_from == "Некто"


def test_a_reply_names_the_document_it_answers() -> None:
    answered = {"message_id": 3, "date": 1, "chat": CHAT, "text": "раньше"}
    assert document(post(text="Ответ", reply_to_message=answered)).reply_to == "telegram:1234567890/3"


def test_a_picture_without_words_is_no_document() -> None:
    photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
    assert live_document(post(photo=photo)) is None


def album() -> tuple[dict[str, Any], dict[str, Any]]:
    photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
    return (
        post(6, photo=photo, caption="Подпись", media_group_id="77"),
        post(7, photo=photo, media_group_id="77"),
    )


def test_an_album_is_one_document_whatever_the_order() -> None:
    first, second = album()
    found = document(second, first)
    assert (found.id.rsplit("/")[-1], found.text, len(found.media)) == ("6", "Подпись", 2)
    assert found.extra == {"message_ids": [6, 7]}


def test_an_edited_caption_keeps_the_rest_of_the_album() -> None:
    first, second = album()
    whole = document(first, second)
    edited = document(first | {"caption": "Новая подпись"}, existing=whole)
    assert (edited.id, edited.text, len(edited.media)) == (whole.id, "Новая подпись", 2)
    assert edited.extra == whole.extra


RICH = {
    "blocks": [
        {"type": "heading", "size": 1, "text": "Квантизация 😀"},
        {"type": "paragraph", "text": ["Ещё ", {"type": "bold", "text": ["жир", {"type": "italic", "text": "но"}]}]},
        {"type": "list", "items": [
            {"label": "1.", "blocks": [{"type": "paragraph", "text": "раз"}]},
            {"label": "2.", "blocks": [{"type": "paragraph", "text": "два"}], "has_checkbox": True, "is_checked": True},
        ]},
        {"type": "table", "cells": [[{"text": "формат", "is_header": True}, {"text": "бит"}], [{"text": "Q4"}, {}]]},
        {"type": "pre", "text": "x = 1", "language": "python"},
        {"type": "blockquote", "blocks": [{"type": "paragraph", "text": "цитата"}], "credit": "Автор"},
        {"type": "details", "summary": "Подробнее", "blocks": [{"type": "paragraph", "text": "скрытое"}]},
        {"type": "mathematical_expression", "expression": "e^{i\\pi}"},
        {"type": "photo", "photo": [], "caption": {"text": "схема", "credit": "фото автора"}},
        {"type": "divider"},
        {"type": "from_the_future", "text": "новое", "blocks": [{"type": "paragraph", "text": "внутри"}]},
    ]
}  # fmt: skip


@pytest.mark.parametrize("merged", [True, False], ids=["merged by to_dict", "left in api_kwargs"])
def test_a_rich_message_is_read_block_by_block(merged: bool) -> None:
    message = post(rich_message=RICH)
    assert "text" not in message
    if not merged:
        message["api_kwargs"] = {"rich_message": message.pop("rich_message")}
    found = document(message)
    assert found.title == "Квантизация 😀"
    assert found.text == (
        "Квантизация 😀\n\nЕщё жирно\n\n1. раз\n2. ☑ два\n\nформат | бит\nQ4 | \n\nx = 1\n\nцитата\nАвтор\n\n"
        "Подробнее\n\nскрытое\n\ne^{i\\pi}\n\nсхема\nфото автора\n\nновое\n\nвнутри"
    )
    kinds = {entity.type for entity in found.entities}
    assert {"bold", "italic", "pre", "blockquote"} <= kinds
    assert [media.kind for media in found.media] == ["photo"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from([
            "type", "text", "blocks", "items", "cells", "caption", "url", "label", "expression", "offset", "length",
        ]) | st.sampled_from(["paragraph", "bold"]),
        inner | st.sampled_from(["paragraph", "list", "table", "bold", "url", "pre", "blockquote", "photo"]),
        max_size=5,
    ),
    max_leaves=15,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(VALUES, VALUES, st.text(max_size=8))
def test_any_rich_message_and_any_entities_give_entities_inside_the_text(blocks: Any, entities: Any, text: str) -> None:
    message = {
        "message_id": 1, "chat": CHAT, "text": text, "entities": entities, "rich_message": {"blocks": [blocks, blocks]},
    }  # fmt: skip
    found = live_document(message)
    if found is not None:
        length = utf16_length(found.text)
        assert all(0 <= entity.offset < entity.offset + entity.length <= length for entity in found.entities)
