"""Quotes stand in the post word for word, hold the answer, and neither cut code nor stop at a heading or a colon."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from konspekt.answering.words.vocabulary import NoFrequencies, content_terms, rarity
from konspekt.answering.writing.extractive import MAX_CHARS, best_quotes
from tests.answering.passages import passage

FILLER = "\n\n".join(f"Абзац номер {n} говорит о погоде в горах и о старых картах перевалов долины." for n in range(12))
CODE = "```python\nmodel = load()\nmodel.half()\n\nprint(model.size)\n```"


def quoted(question: str, *texts: str, scores: tuple[float, ...] = ()) -> list[str]:
    ranked = zip(texts, scores or (1.0,) * len(texts), strict=True)
    found = [passage(n, f"Пост {n}", text, score=score) for n, (text, score) in enumerate(ranked, 1)]
    return [quote.text for quote in best_quotes(found, rarity(content_terms(question), NoFrequencies()))]


def test_a_short_post_is_quoted_whole_without_its_hashtags() -> None:
    body = "DDIM — та же сеть.\n\n• шагов в двадцать раз меньше;\n• шум тот же.\n\n50 шагов хватает."
    assert quoted("сколько шагов хватает DDIM", f"{body}\n\n#сэмплеры #ddim") == [body]


def test_of_a_long_post_the_stretch_about_the_question_is_quoted_whole() -> None:
    answer = "Ранг LoRA берите шестнадцать. Больший ранг стиль только портит."
    (quote,) = quoted("какой ранг LoRA брать", f"{FILLER}\n\n{answer}\n\n{FILLER}")
    assert answer in quote
    assert len(quote) <= MAX_CHARS


def test_a_quote_ends_on_no_heading_and_no_colon() -> None:
    for ending in ("## Что дальше", "Варианты:", "Почему так?", "#lora #стиль"):
        text = f"{FILLER}\n\nРанг LoRA берите шестнадцать.\n\n{ending}\n\n{'очень длинное слово ' * 60}."
        (quote,) = quoted("какой ранг LoRA брать", text)
        assert "шестнадцать" in quote
        assert not quote.endswith(ending)


def test_code_is_quoted_whole_or_not_at_all() -> None:
    (quote,) = quoted("как вызвать half у model", f"{FILLER}\n\nВызовите half у model так:\n\n{CODE}\n\n{FILLER}")
    assert CODE in quote


def test_a_second_source_is_quoted_only_when_it_matches_about_as_well() -> None:
    good, also = "Ранг LoRA стоит брать от восьми.", "Какой ранг LoRA брать, зависит от стиля."
    assert quoted("какой ранг LoRA брать", good, also, scores=(1.0, 0.95)) == [good, also]
    assert quoted("какой ранг LoRA брать", good, also, scores=(1.0, 0.4)) == [good]
    assert quoted("какой ранг LoRA брать", good, "Домашнее задание выдадут в среду.", scores=(1.0, 0.95)) == [good]


@given(st.lists(st.text("абв лора.:#|`\n$", max_size=300), min_size=1, max_size=8))
def test_whatever_the_post_quotes_are_its_own_text(paragraphs: list[str]) -> None:
    text = "\n\n".join(paragraphs)
    for quote in quoted("что такое лора", text):
        assert quote.rstrip("…").strip() in text
        assert len(quote) <= 2 * MAX_CHARS
