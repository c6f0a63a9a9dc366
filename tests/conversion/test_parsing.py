"""Posts of every kind become the same document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.app.in_bot.drafts import read_messages
from konspekt.conversion.document import (
    Code,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Run,
    all_runs,
    post_text,
    runs_text,
)
from konspekt.conversion.parsing.html import blocks_from_html
from konspekt.conversion.parsing.inline import autolink, trim_link
from konspekt.conversion.parsing.plain import blocks_from_text
from konspekt.conversion.parsing.telegram import blocks_from_telegram
from konspekt.conversion.posts.reading import post_from_text
from konspekt.conversion.posts.stored_posts import (
    document_id,
    post_from_json,
    post_to_json,
    source_hash,
)
from konspekt.indexer.documents import Entity


def test_overlapping_entities_give_each_letter_its_own_marks() -> None:
    (block,) = blocks_from_telegram("abcdef", [Entity("bold", 0, 4), Entity("italic", 2, 4)])
    assert isinstance(block, Paragraph)
    assert [(run.text, set(run.marks)) for run in block.runs] == [
        ("ab", {"bold"}),
        ("cd", {"bold", "italic"}),
        ("ef", {"italic"}),
    ]


def test_a_bold_first_line_is_the_heading() -> None:
    blocks = blocks_from_telegram("Заголовок\n\nТекст", [Entity("bold", 0, 9)])
    assert isinstance(blocks[0], Heading)
    assert runs_text(blocks[0].runs) == "Заголовок"


def test_entities_outside_the_text_do_no_harm() -> None:
    blocks = blocks_from_telegram("abc", [Entity("bold", 1, 99), Entity("italic", 50, 2), Entity("pre", 3, 0)])
    assert post_text(blocks) == "abc"


@given(
    st.text(max_size=60),
    st.lists(
        st.builds(
            Entity,
            st.sampled_from(("bold", "pre", "blockquote", "text_link", "url", "code", "custom_emoji", "mention")),
            st.integers(0, 70),
            st.integers(0, 70),
            url=st.just("https://a.com/x"),
        ),
        max_size=6,
    ),
)
def test_no_letter_is_lost_whatever_the_entities(text: str, entities: list[Entity]) -> None:
    def letters(value: str) -> str:
        return "".join(char for char in value if char.isalpha())

    assert letters(post_text(blocks_from_telegram(text, entities))) == letters(text)


def test_a_dump_that_lost_its_blank_lines_gets_paragraphs_back() -> None:
    long = "Длинное предложение, которое занимает больше одной строки на экране телефона, и ещё немного слов."
    blocks = blocks_from_text(f"{long}\n{long}\nФормула:\nx = y\n{long}")
    assert len(blocks) >= 3
    assert any("Формула:\nx = y" in post_text((block,)) for block in blocks)


def test_code_in_a_dump_is_code_and_prose_is_not() -> None:
    blocks = blocks_from_text("Дальше так:\nimport torch\nfrom a.b import c\nF.x = y\n\nimport важен для экономики")
    assert [block.text for block in blocks if isinstance(block, Code)] == ["import torch\nfrom a.b import c\nF.x = y"]


def test_bullets_are_lists_and_a_lone_dash_is_speech() -> None:
    bullets, speech = blocks_from_text("➤ раз\n➤ два"), blocks_from_text("— Привет, — сказал он")
    assert isinstance(bullets[0], ListBlock)
    assert [item.marker for item in bullets[0].items] == ["➤", "➤"]
    assert isinstance(speech[0], Paragraph)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("см. https://a.com/b).", ["https://a.com/b"]),
        ("https://en.wikipedia.org/wiki/Primer_(film)", ["https://en.wikipedia.org/wiki/Primer_(film)"]),
        ("файл model.py и README.md", []),
        ("t.me/channel/5 и github.com/a/b", ["t.me/channel/5", "github.com/a/b"]),
        ("почта a.b@mail.com", []),
    ],
)
def test_links_of_plain_text(text: str, kinds: list[str]) -> None:
    assert [run.text for run in autolink((Run(text),)) if run.url] == kinds


def test_a_link_ends_before_the_sentence_does() -> None:
    assert trim_link("https://a.com/x?y=1…») ".strip()) == "https://a.com/x?y=1…»"
    assert trim_link("https://a.com/(x)).") == "https://a.com/(x)"


def test_a_page_of_the_web_is_its_article() -> None:
    blocks = blocks_from_html(
        "<body><nav>menu</nav><article><h2>T</h2><p>a <b>b</b></p><ul><li>x<ul><li>y</li></ul></li></ul>"
        "<blockquote>q</blockquote><pre><code class='language-py'>x = 1</code></pre>"
        "<script>evil()</script></article><footer>f</footer></body>"
    )
    assert [type(block) for block in blocks] == [Heading, Paragraph, ListBlock, Quote, Code]
    assert "evil" not in post_text(blocks)


def test_language_is_told_by_letters_and_not_by_addresses() -> None:
    assert post_from_text("Код: https://github.com/thu-ml/SageAttention/blob/main/README.md").lang == "ru"
    assert post_from_text("Just English with one слово").lang == "en"


def test_a_forward_keeps_its_own_link_and_not_the_chats() -> None:
    private = {"id": 42, "type": "private", "username": "the_admin"}
    message = {"message_id": 9, "chat": private, "date": 1700000000, "text": "Пост"}
    post = read_messages([message])
    assert post is not None
    assert post.url is None
    origin = {"type": "channel", "chat": {"id": -1, "type": "channel", "username": "source"}, "message_id": 5}
    post = read_messages([{**message, "forward_origin": origin}])
    assert post is not None
    assert post.url == "https://t.me/source/5"
    assert document_id(post).startswith("text:")


def test_a_stored_post_reads_back() -> None:
    post = post_from_text("## T\n\n**b** [l](https://a.com/x)\n\n```py\nx\n```")
    again = post_from_json(post_to_json(post))
    assert again.blocks == post.blocks
    assert source_hash(again) == source_hash(post)
    assert not [run for run in all_runs(again.blocks) if run.kind == "emoji"]
