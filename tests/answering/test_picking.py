"""Sentences that are shown can be understood: with what they speak of, and with what contrasts with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.answering.parts import merged_marks, plain_text
from konspekt.answering.reading import RuleReader
from konspekt.answering.words.vocabulary import NoFrequencies, content_terms, rarity
from konspekt.answering.writing.kinds.leaning import needs_antecedent
from konspekt.answering.writing.kinds.units import units_of
from konspekt.answering.writing.picking import picked
from konspekt.answering.writing.quoting import excerpts, quoted
from konspekt.indexer.passages import Passage
from tests.answering.passages import passage

FILLER = " ".join(f"Абзац номер {n} говорит о погоде в горах." for n in range(14))


def said(question: str, text: str, best: str) -> str:
    units = units_of(text)
    chosen = picked(units, [1.0 if unit.text == best else 0.0 for unit in units])
    return "\n".join(units[i].text for i in chosen)


@pytest.mark.parametrize(
    "sentence",
    [
        "Мощно и больно.",
        "Это ускоряет вдвое.",
        "Он обучается за час.",
        "Хватает вполне.",
        "It halves the cache.",
        "Но не всегда.",
        "Кстати, он быстрее.",
        "Чтобы это окупилось, LoRA учат дольше.",
        "Из-за этого файл растёт.",
        "Because of this the file grows.",
    ],
)
def test_a_sentence_that_points_back_comes_with_what_it_speaks_of(sentence: str) -> None:
    assert needs_antecedent(sentence)
    shown = said("?", f"Про погоду. Полное дообучение LoRA меняет все веса. {sentence}", sentence)
    assert shown.startswith("Полное дообучение")


@pytest.mark.parametrize(
    "sentence",
    [
        "Ранг LoRA берите восемь.",
        "Сэмплер Euler быстрее.",
        "The cache is halved.",
        "И да: снимки в JPEG тоже портят FID.",
        "Кстати, ранг тоже влияет.",
        "By the way, the cache is halved.",
        "Значит, Euler — тот же Heun с другим шагом.",
        "В этом посте ранг LoRA равен восьми.",
    ],
)
def test_a_sentence_with_a_subject_stands_alone(sentence: str) -> None:
    assert not needs_antecedent(sentence)
    assert said("?", f"Погода сегодня хорошая. {sentence} Кот спит.", sentence) == sentence


def test_the_contrast_behind_a_sentence_comes_along() -> None:
    text = "SageAttention считает PV в FP16. А вот SageAttention2 считает его в FP8. Кот спит."
    assert said("?", text, "SageAttention считает PV в FP16.").endswith("в FP8.")


def test_of_a_why_the_explanation_behind_comes_along() -> None:
    text = "Стиль LoRA исчез после сжатия. Добавка мала по сравнению с шагом. Кот спит на окне."
    units = units_of(text)
    assert picked(units, [1.0, 0.1, 0.0]) == [0]
    assert picked(units, [1.0, 0.1, 0.0], enough=80, explaining=True) == [0, 1]


def test_a_heading_and_a_question_are_no_answer() -> None:
    units = units_of("## Какой ранг LoRA\n\nКакой ранг LoRA брать? Ранг LoRA берите восемь.")
    assert [units[i].text for i in picked(units, [1.0, 1.0, 0.5])] == ["Ранг LoRA берите восемь."]


def test_a_line_that_announces_a_list_comes_with_the_list() -> None:
    text = "Шаги такие:\n- взять веса;\n- сжать их;\n- проверить.\n\nКот спит."
    assert said("?", text, "Шаги такие:").endswith("- проверить.")


def test_a_line_that_only_goes_on_belongs_to_its_sentence() -> None:
    units = units_of("The value\nof an old token is not needed again. Next one.\n- an item\n- another")
    assert units[0].text == "The value\nof an old token is not needed again."
    assert len(units) == 4


def test_the_answer_comes_first_and_short_with_the_passage_around_it_below() -> None:
    text = f"{FILLER} Ранг LoRA берите шестнадцать. {FILLER}"
    question = "какой ранг LoRA брать"
    frequencies = NoFrequencies()
    found = excerpts(
        question, [passage(1, "Пост", text)], rarity(content_terms(question), frequencies), RuleReader(frequencies)
    )
    parts, (citation,) = quoted(found)
    assert plain_text(parts) == "Ранг LoRA берите шестнадцать [1]."
    ((start, end),) = citation.answering
    assert citation.quote[start:end] == "Ранг LoRA берите шестнадцать."
    assert len(citation.quote) > 300


def test_code_is_a_part_of_its_own_with_one_mark() -> None:
    text = "Вызовите half у model так:\n\n```python\nmodel.half()\nprint(a[1])\n```"
    question = "как вызвать half у model"
    frequencies = NoFrequencies()
    found = excerpts(question, [passage(1, "Пост", text)], {}, RuleReader(frequencies))
    parts, _ = quoted([found[0].choosing(range(len(found[0].units)))])
    assert [(part.kind, part.language, part.text) for part in parts][-1] == (
        "code",
        "python",
        "model.half()\nprint(a[1])",
    )
    assert [part.marks for part in parts] == [(), (1,)]


@given(st.lists(st.text("абв лора.:#|`\n$-1[]", max_size=200), min_size=1, max_size=6))
def test_whatever_the_post_the_answer_is_its_own_text(paragraphs: list[str]) -> None:
    text = "\n\n".join(paragraphs)
    found = excerpts("что такое лора", [passage(1, "Пост", text)], {"лора": 1.0}, RuleReader(NoFrequencies()))
    parts, citations = quoted(found)
    for part in parts:
        assert part.text.strip().rstrip("…").strip() in text
    for citation in citations:
        for start, end in citation.answering:
            assert citation.quote[start:end].strip()
    assert merged_marks(parts) == parts


@pytest.mark.parametrize(
    ("title", "below"),
    [
        ("Полное дообучение", "Мощно и больно."),
        ("SageAttention", "Это внимание в восьми битах."),
        ("Кэширование латентов", "Так быстрее на треть."),
    ],
)
def test_a_sentence_right_below_its_title_is_shown_with_it(title: str, below: str) -> None:
    found = passage(1, title, f"{title}\n\n{below} {FILLER}")
    shown, _ = answer_of(f"{title}: что сказано?", found)
    assert shown.startswith(title)
    assert below.rstrip(".") in shown


def test_a_title_alone_is_no_answer() -> None:
    found = passage(1, "Сколько весит LoRA", "Сколько весит LoRA\n\nОна весит мало. Файл LoRA весит сто мегабайт.")
    shown, _ = answer_of("сколько весит LoRA", found)
    assert "сто мегабайт" in shown


@pytest.mark.parametrize("opening", ["Но", "Однако", "А вот", "Правда,", "Зато", "However,"])
def test_a_quote_never_ends_before_its_other_half(opening: str) -> None:
    half = f"{opening} третий способ дороже."
    text = f"{FILLER}\n\nРанг LoRA берите шестнадцать. {'Слово за слово ' * 38}. {half} {FILLER}"
    (excerpt,) = quotes_of("какой ранг LoRA брать", passage(1, "Пост", text))
    assert "шестнадцать" in excerpt
    assert excerpt.endswith(half) or half not in text[text.index(excerpt) + len(excerpt) :][: len(half) + 2]


def answer_of(question: str, found: Passage) -> tuple[str, list[str]]:
    weights = rarity(content_terms(question), NoFrequencies())
    chosen = excerpts(question, [found], weights, RuleReader(NoFrequencies()))
    parts, citations = quoted(chosen)
    return plain_text(parts).replace(" [1]", ""), [citation.quote for citation in citations]


def quotes_of(question: str, found: Passage) -> list[str]:
    return answer_of(question, found)[1]
