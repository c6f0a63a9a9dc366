"""A sentence stays only when its source bears it out: numbers, names, words, meaning."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from konspekt.answering.judging.logistic import load_rule
from konspekt.answering.judging.support import SupportChecker
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.meaning import Meaning
from konspekt.answering.words.vocabulary import names, numbers
from konspekt.indexer.language import detect_language
from tests.answering.passages import ENGLISH, SAMPLERS

LABELLED = Path(__file__).parents[2] / "benchmarks" / "answers" / "support_sentences.json"


@pytest.mark.parametrize(
    ("sentence", "supported"),
    [
        ("Для SDXL берут сэмплер DPM++ 2M Karras и 25 шагов ⟦1⟧.", True),
        ("Euler требует 40 шагов ⟦1⟧.", True),
        ("Сэмплер LCM хорош для превью.", True),
        ("Euler требует 15 шагов ⟦1⟧.", False),  # a number that is not there
        ("Сэмплер UniPC лучше всех ⟦1⟧.", False),  # a name that is not there
        ("Погода сегодня солнечная, возьмите зонт ⟦1⟧.", False),
    ],
)
def test_words_alone_tell_the_plain_cases(sentence: str, supported: bool) -> None:
    evidence = SupportChecker().check(sentence, SAMPLERS.text, SAMPLERS.title)
    assert evidence.supported == supported
    assert evidence.quote in SAMPLERS.text


def test_a_citation_mark_is_no_number_of_the_sentence() -> None:
    assert SupportChecker().check("Сэмплер LCM хватает 4 шагов ⟦3⟧.", SAMPLERS.text).supported


def test_the_questions_own_words_need_no_source() -> None:
    sentence = "Сэмплер LCM на Mac Studio годится для превью ⟦1⟧."
    assert not SupportChecker().check(sentence, SAMPLERS.text).supported
    assert SupportChecker().check(sentence, SAMPLERS.text, question="Что взять для превью на Mac Studio?").supported


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("в 2,1 раза, 2 308 токенов, 07", {"2.1", "2308", "7"}),
        ("500,000 steps and 4.50", {"500000", "4.5"}),
        ("обходится четырьмя шагами", {"4"}),
        ("FP16 и v2 — имена ⟦1⟧", set()),
        ("16-64 и 128×128", {"16", "64", "128"}),
    ],
)
def test_numbers_have_one_spelling(text: str, found: set[str]) -> None:
    assert numbers(text) == found


def test_names_are_latin_words_in_russian_and_capitals_in_the_middle() -> None:
    assert {"sdxl", "flux"} <= names("Модели SDXL и Flux быстрые")
    assert names("Модели быстрые. Они новые.") == set()
    assert "openai" in names("The model by OpenAI is new")


def test_terms_meet_across_endings_and_alphabets() -> None:
    terms = Terms(["квантизация", "reflow", "dpm++"])
    assert "квантование" in terms
    assert terms.worth("рефлоу") > 0
    assert "dpm" in terms
    assert terms.worth("борщ") == 0


@pytest.mark.model
def test_the_calibrated_rule_does_on_unseen_sentences_what_its_file_says(e5: Any) -> None:
    """The held-out split, again from scratch: the numbers in the docs are those of the code."""
    checker = SupportChecker(Meaning(e5))
    right: Counter[tuple[str, bool]] = Counter()
    total: Counter[tuple[str, bool]] = Counter()
    for entry in json.loads(LABELLED.read_text("utf-8")):
        if entry["split"] != "heldout":
            continue
        for sentence, supported, *asked in entry["sentences"]:
            across = detect_language(sentence) != detect_language(entry["passage"])
            kind = "support_across" if across else "support", bool(supported)
            total[kind] += 1
            found = checker.check(sentence, entry["passage"], entry["title"], asked[0] if asked else "")
            right[kind] += found.supported == bool(supported)
    for name in ("support", "support_across"):
        said = load_rule(name).provenance["heldout"]
        assert right[name, True] / total[name, True] == pytest.approx(said["supported_recall"], abs=0.06)
        assert right[name, False] / total[name, False] == pytest.approx(said["unsupported_recall"], abs=0.06)


@pytest.mark.model
def test_meaning_bears_out_a_sentence_in_another_language(e5: Any) -> None:
    checker = SupportChecker(Meaning(e5))
    good = checker.check("Страницы int8 уменьшают кэш вдвое без заметных потерь.", ENGLISH.text, ENGLISH.title)
    assert good.supported
    assert good.quote == "Int8 pages halve the cache with no visible loss."
    assert not checker.check("Борщ варят из свёклы и капусты.", ENGLISH.text, ENGLISH.title).supported


@pytest.mark.parametrize("name", ["support", "support_across", "support_words"])
def test_every_rule_says_what_it_was_calibrated_on(name: str) -> None:
    rule = load_rule(name)
    assert 0 < rule.threshold < 1
    assert rule.provenance["script"].startswith("benchmarks/calibrate_")
    assert {"tune", "heldout", "date"} <= set(rule.provenance)
