"""Chunks cover the whole text, in order, and fit the model."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from konspekt.indexer.documents import Anchor, Document
from konspekt.indexer.reindexing.chunking import ChunkOptions, chunk_document, embedded_text
from konspekt.indexer.struck import struck_spans
from tests.fakes.hash_embedder import HashEmbedder

count = HashEmbedder().count_tokens
OPTIONS = ChunkOptions(target=60, whole=80, smallest=10)


def document(text: str, title: str = "Заголовок", **fields: object) -> Document:
    return Document("s/1", "s", "course", title, text, **fields)  # type: ignore[arg-type]


words = st.text(alphabet="абв где.жз!\tя`#~", min_size=1, max_size=30)
pieces = st.one_of(
    words,
    st.just("\n"),
    st.just("\n\n"),
    st.sampled_from(
        ["# Глава\n", "## Раздел один\n\n", "### Подраздел\n", "```python\nx = 1\n\ny = 2\n```\n", "~~~\nкод\n~~~\n"]
    ),
    st.integers(1, 400).map(lambda n: "слово " * n),
    st.integers(1, 600).map(lambda n: "щ" * n),
    st.sampled_from(["👩‍👩‍👧", "\u2028", "\r\n", "```\nне закрыто\n"]),
)
texts = st.lists(pieces, max_size=30).map("".join)


@settings(max_examples=200, deadline=None)
@given(texts, st.text(max_size=300), st.integers(60, 500))
def test_chunks_cover_the_text_in_order_and_fit(text: str, title: str, max_tokens: int) -> None:
    assume(not struck_spans(doc := document(text, title)))  # what is struck stays out: see test_struck
    chunks = chunk_document(doc, count, max_tokens, OPTIONS)
    at = 0
    for ordinal, chunk in enumerate(chunks):
        assert chunk.ordinal == ordinal
        assert chunk.text == text[chunk.start : chunk.end]
        assert chunk.text.strip() == chunk.text != ""
        assert text[at : chunk.start].strip() == "", "something between two chunks was lost"
        assert chunk.token_count == count(chunk.text)
        if len(chunk.text) > 1:
            assert count(embedded_text(title, chunk.heading, chunk.text)) <= max_tokens
        at = chunk.end
    assert text[at:].strip() == ""


@settings(max_examples=60, deadline=None)
@given(texts)
def test_cutting_is_deterministic(text: str) -> None:
    assert chunk_document(document(text), count, 500, OPTIONS) == chunk_document(document(text), count, 500, OPTIONS)


def test_a_short_post_is_one_chunk_whole() -> None:
    text = "Первый абзац.\n\n# Не заголовок\n\nВторой абзац.\n\n```\nкод\n```"
    (chunk,) = chunk_document(document(text), count, 500)
    assert chunk.text == text


def test_an_empty_text_has_no_chunks() -> None:
    assert chunk_document(document(" \n\n\t"), count, 500) == []


def test_headings_start_chunks_and_lead_to_them() -> None:
    text = "\n\n".join(f"# Глава {c}\n\n## Раздел {c}.{s}\n\n" + "Текст раздела. " * 12 for c in (1, 2) for s in (1,))
    chunks = chunk_document(document(text), count, 500, OPTIONS)
    assert [chunk.heading for chunk in chunks] == ["Глава 1 › Раздел 1.1", "Глава 2 › Раздел 2.1"]
    assert all(chunk.text.startswith("# Глава") for chunk in chunks)


def test_a_chunk_after_the_first_still_knows_its_heading() -> None:
    text = "# Глава\n\n" + "\n\n".join("Длинный абзац текста. " * 10 for _ in range(4))
    chunks = chunk_document(document(text), count, 500, OPTIONS)
    assert len(chunks) > 2
    assert {chunk.heading for chunk in chunks} == {"Глава"}
    assert embedded_text("Курс", "Глава", chunks[2].text).startswith("Курс\nГлава\n")


def test_a_heading_is_never_left_alone_at_the_end_of_a_chunk() -> None:
    text = "\n\n".join(f"## Раздел {n}\n\n" + "Слово за словом. " * 14 for n in range(6))
    for chunk in chunk_document(document(text), count, 500, OPTIONS):
        assert not chunk.text.splitlines()[-1].startswith("#")


@pytest.mark.parametrize("fence", ["```", "~~~~"])
def test_a_code_block_that_fits_is_not_cut(fence: str) -> None:
    code = f"{fence}python\n" + "\n\n".join(f"x{n} = {n}  # строка" for n in range(6)) + f"\n{fence}"
    assert count(code) <= OPTIONS.target
    text = "\n\n".join(["Абзац перед кодом. " * 9, code, "Абзац после кода. " * 9, code])
    chunks = chunk_document(document(text), count, 500, OPTIONS)
    assert sum(chunk.text.count(code) for chunk in chunks) == 2


def test_a_heading_inside_code_is_no_heading() -> None:
    text = "```\n# комментарий\n```\n\n" + "Абзац. " * 80
    assert all(chunk.heading == "" for chunk in chunk_document(document(text), count, 500, OPTIONS))


def test_sentences_are_kept_whole_where_they_fit() -> None:
    text = " ".join(f"Предложение номер {n} кончается точкой." for n in range(60))
    chunks = chunk_document(document(text), count, 500, OPTIONS)
    assert len(chunks) > 3
    assert all(re.search(r"точкой\.$", chunk.text) for chunk in chunks)


def test_a_chunk_links_to_its_own_place() -> None:
    parts = [f"Минута {n}. " + "Лектор говорит. " * 8 for n in range(4)]
    text = "\n\n".join(parts)
    anchors = tuple(Anchor(text.index(part), f"{n}:00", f"https://v/?t={n * 60}") for n, part in enumerate(parts))
    chunks = chunk_document(document(text, url="https://v/", anchors=anchors), count, 500, OPTIONS)
    assert [chunk.url for chunk in chunks] == [anchor.url for anchor in anchors]


def test_without_anchors_a_chunk_links_to_the_document() -> None:
    (chunk,) = chunk_document(document("Текст", url="https://t.me/c/1"), count, 500)
    assert chunk.url == "https://t.me/c/1"


def test_the_title_is_embedded_once() -> None:
    assert embedded_text("Заголовок", "", "Заголовок\n\nТекст") == "Заголовок\n\nТекст"
    assert embedded_text("Заголовок", "Заголовок", "# Заголовок\n\nТекст") == "# Заголовок\n\nТекст"
    assert embedded_text("Заголовок", "", "Текст") == "Заголовок\nТекст"
