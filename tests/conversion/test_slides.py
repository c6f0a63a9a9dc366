"""A post as the pictures of a carousel: everything on them, in order, inside their edges."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.draft import Card, Draft
from konspekt.conversion.networks import network
from konspekt.conversion.posts.reading import post_from_text, read_file
from konspekt.conversion.slides.cards import cards_of, most_telling, with_cards
from konspekt.conversion.slides.drawing import pictures, png, save_slides
from konspekt.conversion.slides.formulas import can_be_drawn

INSTAGRAM = network("instagram")
SAMPLE = Path(__file__).parents[2] / "sample" / "channel" / "result.json"
CODE = "import torch\n\n\ndef attention(q, k, v):\n    return torch.softmax(q @ k.mT, -1) @ v"
TEXT = f"Внимание в восьми битах\n\nКлючи вычитают среднее, и диапазон узок.\n\n```python\n{CODE}\n```\n\nВсё."


def drawn(card: Card, size: tuple[int, int] = (1080, 1350)) -> Image.Image:
    image = Image.open(io.BytesIO(png(card, 1, 3, size, "Канал")))
    image.load()
    return image


def test_title_text_and_code_are_cards_in_the_posts_order() -> None:
    cards = cards_of(post_from_text(TEXT))
    assert [card.kind for card in cards] == ["title", "text", "code", "text"]
    assert cards[0].text == "Внимание в восьми битах"
    assert cards[2] == Card("code", CODE, "python")


def test_nothing_of_a_long_text_is_lost_and_no_card_is_full_of_words() -> None:
    text = "Заголовок поста\n\n" + " ".join(f"Предложение номер {number} о моделях." for number in range(60))
    cards = cards_of(post_from_text(text))
    assert all(len(card.text) <= 420 for card in cards)
    assert re.sub(r"\s+", " ", " ".join(card.text for card in cards)) == re.sub(r"\s+", " ", text)
    assert [card.kind for card in most_telling(cards, 4)] == ["title", "text", "text", "text"]
    assert most_telling(cards, 4)[-1] == cards[-1]


def test_addresses_and_dead_labels_are_not_on_pictures() -> None:
    post = post_from_text("Название\n\nВышла [статья](https://example.org/x) о моделях, и она важная.\n\n❱❱ Код")
    assert [card.text for card in cards_of(post)] == ["Название", "Вышла статья о моделях, и она важная."]


def test_a_post_of_emoji_alone_has_no_slides_and_tags_are_on_none() -> None:
    assert cards_of(post_from_text("🔥🚀")) == ()
    cards = cards_of(post_from_text("Название\n\nТекст поста о моделях.\n\n#диффузия #сэмплеры"))
    assert [card.text for card in cards] == ["Название", "Текст поста о моделях."]


def test_a_long_line_of_code_is_wrapped_under_its_indent() -> None:
    cards = cards_of(post_from_text("Код:\n\n```\n    " + "x" * 100 + "\n```"))
    (card,) = [card for card in cards if card.kind == "code"]
    first, second = card.text.split("\n")
    assert len(first) <= 56
    assert second.startswith("      x")


@pytest.mark.parametrize(
    "card",
    [
        Card("title", "Внимание в восьми битах"),
        Card("text", "Слово " * 70),
        Card("text", "неразрывноеслово" * 40),
        Card("code", CODE, "python"),
        Card("code", "\n".join("x" * 56 for _ in range(22)), "no-such-language"),
        Card("title", "🔥 Быстрее\tна 🚀"),
    ],
)
def test_a_card_is_drawn_inside_its_edges(card: Card) -> None:
    image = drawn(card)
    assert image.size == (1080, 1350)
    for edge in (image.crop((0, 0, 40, 1350)), image.crop((1040, 0, 1080, 1350)), image.crop((0, 0, 1080, 40))):
        assert edge.getextrema() == ((255, 255), (255, 255), (255, 255))
    assert image.getextrema()[0][0] < 128  # something is written


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=500), st.sampled_from(["title", "text", "code"]))
def test_any_text_can_be_drawn(text: str, kind: str) -> None:
    assert drawn(Card(kind, text, "python")).size == (1080, 1350)  # type: ignore[arg-type]


def test_only_networks_with_slides_get_cards_and_need_no_other_picture(tmp_path: Path) -> None:
    post = post_from_text(TEXT)
    plain = convert(post, INSTAGRAM)
    assert any("picture" in warning for warning in plain.warnings)
    draft = with_cards(plain, post, INSTAGRAM, "en")
    assert not any("without a picture" in warning for warning in draft.warnings)
    assert Draft.from_json(draft.to_json()) == replace(draft, asked="ru")  # JSON says what the default is
    assert with_cards(convert(post, network("x")), post, network("x"), "en").cards == ()
    paths = save_slides(tmp_path / "post.instagram.ru.txt", draft, INSTAGRAM)
    assert [path.name for path in paths] == [f"post.instagram.ru-slide-{number}.png" for number in range(1, 5)]
    assert "2. Ключи вычитают" in (tmp_path / "post.instagram.ru-slides.txt").read_text("utf-8")


def test_pictures_of_the_post_leave_room_for_fewer_slides() -> None:
    post = post_from_text("Название\n\n" + "Предложение о моделях и данных. " * 200)
    draft = with_cards(convert(post, INSTAGRAM), post, INSTAGRAM, "en")
    assert len(draft.cards) == 10
    crowded = replace(draft, media=draft.media * 3, cards=())
    assert len(with_cards(crowded, post, INSTAGRAM, "en").cards) == 10 - len(crowded.media)


@pytest.mark.slow
def test_posts_of_the_sample_become_slides() -> None:
    for post in list(read_file(SAMPLE))[::4]:  # drawing all of them takes half a minute
        draft = with_cards(convert(post, INSTAGRAM), post, INSTAGRAM, "ru")  # type: ignore[arg-type]
        assert len(pictures(draft, INSTAGRAM)) == len(draft.cards) <= 10


@pytest.mark.parametrize(
    "card",
    [
        Card("table", "a | b\n1 | 2"),
        Card("formula", r"\frac{a}{b} = \sqrt{c}"),
        Card("formula", "x + " * 90 + "y"),
        Card("code", "\n".join("x" * 110 for _ in range(28)), "python"),
    ],
)
def test_code_tables_and_formulas_are_drawn_inside_a_wide_picture_without_a_number(card: Card) -> None:
    image = Image.open(io.BytesIO(png(card, 1, 0, (1600, 900))))
    assert image.size == (1600, 900)
    for edge in (image.crop((0, 0, 60, 900)), image.crop((1540, 0, 1600, 900)), image.crop((0, 840, 1600, 900))):
        assert edge.getextrema() == ((255, 255), (255, 255), (255, 255))
    assert image.getextrema()[0][0] < 128


@pytest.mark.usefixtures("threads_in_turn")
def test_two_posts_at_once_get_all_their_formulas() -> None:
    formulas = [rf"\frac{{a}}{{b_{number}}} + \sqrt{{x}}" for number in range(40)]
    with ThreadPoolExecutor(8) as authors:
        assert all(authors.map(can_be_drawn, formulas))
