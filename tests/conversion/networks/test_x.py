"""X: threads of 280 weighted characters, links as 23, the long post of paid accounts."""

from __future__ import annotations

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.by_rule.counting import is_valid_tweet
from konspekt.conversion.document import Post
from konspekt.conversion.networks import network
from konspekt.conversion.networks.x import X
from konspekt.conversion.posts.reading import post_from_text


def _post(text: str) -> Post:
    return post_from_text(text)


def test_a_post_that_fits_is_one_tweet_without_a_number() -> None:
    draft = convert(_post("Коротко о главном: https://example.com/" + "a" * 300), X)
    assert [part.length for part in draft.parts] == [len("Коротко о главном: ") + 23]


def test_exactly_280_is_one_and_281_are_two() -> None:
    assert len(convert(_post("ы" * 280), X).parts) == 1
    parts = convert(_post("ы" * 281), X).parts
    assert len(parts) == 2
    assert parts[0].text.endswith("\n\n(1/2)")
    assert parts[0].length == 280


def test_a_thread_of_more_than_nine_counts_its_wider_numbers() -> None:
    parts = convert(_post("Предложение ровно для проверки нумерации частей. " * 80), X).parts
    assert len(parts) > 9
    assert all(is_valid_tweet(part.text) for part in parts)
    assert parts[-1].text.endswith(f"({len(parts)}/{len(parts)})")


def test_paragraphs_are_kept_whole_before_sentences_are() -> None:
    first, second = "Первый абзац. " * 12, "Второй абзац. " * 14
    parts = convert(_post(f"{first}\n\n{second}"), X).parts
    assert len(parts) == 2
    assert "Второй" not in parts[0].text


def test_links_show_their_address_and_their_words() -> None:
    draft = convert(_post("Читайте [статью](https://arxiv.org/abs/1) и [код](https://github.com/a/b)"), X)
    assert draft.parts[0].text == "Читайте статью (https://arxiv.org/abs/1) и код (https://github.com/a/b)"


def test_a_telegram_name_is_warned_of() -> None:
    draft = convert(_post("Спасибо @durov за наводку"), X)
    assert "@durov" in draft.parts[0].text
    assert any("@durov" in warning for warning in draft.warnings)


def test_the_long_post_takes_in_one_what_the_thread_splits() -> None:
    post = _post("Предложение о том, как всё устроено. " * 100)
    assert len(convert(post, X).parts) > 10
    assert len(convert(post, network("x-long")).parts) == 1


def test_a_heading_does_not_end_a_part_alone() -> None:
    text = "Слово " * 40 + "\n\n## Заголовок\n\n" + "Текст под ним. " * 12
    parts = convert(_post(text), X).parts
    assert all(not part.text.split("\n\n(")[0].endswith("Заголовок") for part in parts)


def test_a_label_does_not_make_a_part_of_its_own_when_its_first_item_is_long() -> None:
    item = "Предложение об этом пункте списка, и довольно длинное. " * 5
    parts = convert(_post(f"Вступление. {'Слово ' * 35}\n\nМетод:\n• {item}\n• Второй пункт."), X).parts
    labelled = next(part for part in parts if "Метод:" in part.text)
    assert "• Предложение" in labelled.text
    assert all(part.length > 60 for part in parts[:-1])
