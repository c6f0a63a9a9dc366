"""When a question is refused: the rule's constants, what moves it, and what it reads from passages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.common.calibration import area_under_curve, fit_evenly, out_of_fold
from konspekt.answering.judging.judge import Judge, Judgement, SentenceScore
from konspekt.answering.judging.logistic import LogisticRule, load_rule
from konspekt.answering.judging.refusal import (
    DIRECTIONS,
    JUDGED,
    PROBED,
    READ_CLOSELY,
    WITH_A_MODEL,
    is_answerable,
    judged_by,
    judged_features,
    refusal_features,
    rule_for,
)
from konspekt.answering.words.meaning import Meaning, Vectors
from konspekt.answering.words.vocabulary import NoFrequencies
from konspekt.indexer.passages import Passage
from tests.answering.passages import passage

RULES = ("refusal", "refusal_words", "refusal_judged", "refusal_probed")
BY_OUR_QUESTIONS = ("refusal", "refusal_words")
SAGE = passage(
    1,
    "SageAttention",
    "SageAttention вычитает из ключей среднее. Внимание становится вдвое быстрее.",
    dense_score=0.9,
    lexical_score=9.0,
)
COURSE = passage(
    2,
    "Курс",
    "Занятия по средам. Сертификат получит тот, кто набрал шестьдесят баллов.",
    dense_score=0.8,
    lexical_score=2.0,
)


class Index:
    """A hundred passages; these words stand in this many of them."""

    def __init__(self, **counts: int) -> None:
        self._counts = counts

    def passages(self) -> int:
        return 100

    def containing(self, terms: Iterable[str]) -> Mapping[str, int]:
        return {term: self._counts.get(term, 0) for term in terms}


INDEX = Index(ключ=5, среднее=3, средний=3, вычитать=1, sageattention=2, attention=9, sage=2, сертификат=1, балл=3)


@pytest.mark.parametrize("name", RULES)
def test_constants_are_complete_and_push_where_their_feature_points(name: str) -> None:
    rule = load_rule(name)
    directions = {"refusal_judged": JUDGED, "refusal_probed": PROBED}.get(name, DIRECTIONS)
    expected = set(directions) - ({"sentence"} if name == "refusal_words" else set())
    assert set(rule.weights) == set(rule.means) == set(rule.scales) == expected
    assert 0 < rule.threshold < 1
    assert math.isfinite(rule.bias)
    for feature, weight in rule.weights.items():
        assert weight * WITH_A_MODEL[feature] >= 0, feature
        assert rule.scales[feature] > 0
    assert any(rule.weights.values())


@pytest.mark.parametrize("name", BY_OUR_QUESTIONS)
def test_constants_say_what_they_reach_on_questions_they_were_not_fitted_on(name: str) -> None:
    provenance = load_rule(name).provenance
    for part in ("cross_validated", "fresh"):
        reached = provenance[part]["all"]
        assert reached["answerable"] >= 60
        assert reached["unanswerable"] >= 60
        assert 0.5 < reached["refusal_recall"] <= 1
        assert reached["false_refusals"] < 0.2
    assert any(name.endswith("_fresh.jsonl") for name in provenance["questions"])


@pytest.mark.parametrize("name", ["refusal_judged", "refusal_probed"])
def test_the_rule_with_a_judge_says_what_it_reaches_on_other_documents(name: str) -> None:
    provenance = load_rule(name).provenance
    assert any("strangers" in name for name in provenance["questions"])
    reached = provenance["cross_validated"]
    for numbers in reached.values():
        assert 0 <= numbers["low"] <= numbers["value"] <= numbers["high"] <= 1
    assert reached["area_near_misses"]["low"] > 0.5  # better than chance, on what words alone cannot tell


@pytest.mark.parametrize("name", RULES)
@given(
    values=st.fixed_dictionaries({feature: st.floats(-1, 3) for feature in WITH_A_MODEL}),
    feature=st.sampled_from(sorted(WITH_A_MODEL)),
    more=st.floats(0, 2),
)
def test_more_that_speaks_for_an_answer_never_makes_a_refusal_likelier(
    name: str, values: dict[str, float], feature: str, more: float
) -> None:
    rule = load_rule(name)
    better = {**values, feature: values[feature] + more * WITH_A_MODEL[feature]}
    assert rule.probability(better) >= rule.probability(values)


def test_features_are_shares_of_what_was_asked() -> None:
    asked = refusal_features("Что SageAttention вычитает из ключей?", [SAGE, COURSE], INDEX, None)
    assert asked["words"] == asked["window"] == 1.0
    assert asked["cosine"] == 0.9
    assert asked["agreed"] == 1.0
    assert asked["names_missing"] == asked["unknown"] == 0.0
    other = refusal_features("Сколько стоит Kling?", [SAGE, COURSE], INDEX, None)
    assert other["words"] == other["found"] == 0.0
    assert other["names_missing"] == other["unknown"] == 1.0


def test_two_rare_words_found_are_more_than_one() -> None:
    one = refusal_features("сертификат", [COURSE], INDEX, None)
    two = refusal_features("сертификат баллы", [COURSE], INDEX, None)
    assert one["window"] == two["window"] == 1.0
    assert two["found"] > one["found"]


def test_a_word_of_another_spelling_is_not_unknown() -> None:
    assert refusal_features("сейдж аттеншн", [SAGE], INDEX, None)["unknown"] < 1.0


def test_both_searches_naming_different_posts_do_not_agree() -> None:
    wordy = replace(COURSE, lexical_score=20.0)
    assert refusal_features("ключи", [SAGE, wordy], INDEX, None)["agreed"] == 0.0


@pytest.mark.parametrize("question", ["?", "а почему", "ты тут?"])
def test_a_question_without_content_finds_nothing(question: str) -> None:
    features = refusal_features(question, [SAGE], INDEX, None)
    assert features["words"] == features["window"] == features["found"] == 0.0
    assert features["unknown"] == 1.0


def test_an_answerable_question_is_answered_and_a_foreign_one_refused() -> None:
    assert is_answerable("Что SageAttention вычитает из ключей?", [SAGE, COURSE], INDEX)
    far = [replace(SAGE, dense_score=0.8, lexical_score=None), replace(COURSE, dense_score=0.79, lexical_score=None)]
    assert not is_answerable("как сварить борщ", far, INDEX)
    assert not is_answerable("Что SageAttention вычитает из ключей?", [], INDEX)


def test_without_frequencies_every_word_counts_alike() -> None:
    features = refusal_features("сертификат борщ", [COURSE], NoFrequencies(), None)
    assert features["words"] == pytest.approx(0.5)
    assert features["found"] == pytest.approx(1.0)
    assert features["unknown"] == 0.0


class CountingEncoder:
    """Vectors by the first letter; remembers what it was asked to embed."""

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return np.eye(64, dtype=np.float32)[[ord(text[0]) % 64 for text in texts]]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        return self.embed_queries(texts)


def test_a_sentence_is_embedded_once_however_passages_are_joined() -> None:
    encoder = CountingEncoder()
    meaning = Meaning(encoder)
    assert meaning.answers("Быстро?", ["Альфа здесь. Быстро там.", "Ветер."]) == 1.0
    assert meaning.answers("Г?", ["Быстро там. Альфа здесь."]) == 0.0
    assert meaning.within("Альфа", "Быстро там. Альфа здесь.") == [0.0, 1.0]
    assert encoder.embedded == ["Альфа здесь.", "Быстро там.", "Ветер."]


def test_out_of_fold_scores_tell_signal_from_noise() -> None:
    random = np.random.default_rng(3)
    labels = [bool(i % 2) for i in range(80)]
    rows = [{"signal": label + random.normal(0, 0.7), "noise": random.normal()} for label in labels]
    groups = [i % 3 for i in range(80)]

    def reached(*names: str) -> float:
        signs = dict.fromkeys(names, 1)
        return area_under_curve(out_of_fold(rows, labels, groups, signs=signs, l2=1.0, folds=5, repeats=1), labels)

    assert reached("signal", "noise") > 0.75
    assert reached("noise") < 0.65
    assert fit_evenly(rows, labels, signs={"signal": -1}, l2=1.0).weights["signal"] == 0.0


def test_area_under_curve_counts_pairs_in_order() -> None:
    assert area_under_curve([0.9, 0.8, 0.1], [True, False, False]) == 1.0
    assert area_under_curve([0.5, 0.5], [True, False]) == 0.5
    assert math.isnan(area_under_curve([0.5], [True]))


class Says:
    """A judge that has read the passages already."""

    def __init__(self, probability: float) -> None:
        self._judgement = Judgement(probability, (SentenceScore(0, SAGE.document_id, 0, probability),))

    def judge(self, question: str, passages: Sequence[Passage]) -> Judgement:
        return self._judgement


def test_a_judge_that_finds_the_answer_makes_a_refusal_unlikelier() -> None:
    question, meaning = "Что SageAttention вычитает из ключей?", Meaning(CountingEncoder())
    (rule, sure), (same, unsure) = (
        rule_for(question, [SAGE, COURSE], INDEX, meaning, cast(Judge, Says(probability)))
        for probability in (0.99, 0.01)
    )
    assert rule is same
    assert rule.probability(sure) > rule.probability(unsure)


def test_without_a_judge_or_without_vectors_an_earlier_rule_decides() -> None:
    question, meaning = "Что SageAttention вычитает из ключей?", Meaning(CountingEncoder())
    assert rule_for(question, [SAGE], INDEX)[0] is load_rule("refusal_words")
    assert rule_for(question, [SAGE], INDEX, meaning)[0] is load_rule("refusal")
    assert rule_for(question, [SAGE], INDEX, meaning, cast(Judge, Says(0.5)))[0] is load_rule("refusal_judged")
    assert rule_for(question, [SAGE], INDEX, None, cast(Judge, Says(0.5)))[0] is load_rule("refusal_words")


def test_a_judgement_without_doubt_has_finite_odds() -> None:
    assert -20 < Judgement(0.0, ()).logit < Judgement(0.5, ()).logit == 0.0 < Judgement(1.0, ()).logit < 20


def test_the_kind_asked_for_is_looked_for_in_the_best_window() -> None:
    judgement = Judgement(0.5, (SentenceScore(1, COURSE.document_id, 1, 0.4),), COURSE.text)
    asked = judged_features("Сколько баллов нужно?", judgement)
    assert {name: asked[name] for name in ("judged", "surely", "kind")} == {"judged": 0.0, "surely": 0.4, "kind": 1.0}
    assert set(asked) < set(READ_CLOSELY)
    assert judged_features("Сколько стоит курс?", judgement)["kind"] == 0.0
    assert judged_features("Сколько баллов нужно?", Judgement(0.0, ()))["kind"] == 0.0


@pytest.mark.parametrize(
    ("probability", "needed", "said"),
    [
        (0.9, 0.3, "sure"),
        (0.6, 0.3, "plain"),
        (0.4, 0.3, "doubted"),
        (0.2, 0.3, "nearly"),
        (0.05, 0.3, "no"),
        (0.4, 0.45, "nearly"),  # a follow-up needs more
    ],
)
def test_a_verdict_by_the_bounds_of_its_rule(probability: float, needed: float, said: str) -> None:
    rule = LogisticRule(0.0, 0.3, {}, {}, {}, {}, sure=0.8, doubted=0.5, nearly=0.1)
    found = judged_by(rule, probability, needed, shows_near=True)
    assert found.answerable is (said in {"sure", "plain", "doubted"})
    assert (found.sure, found.doubted, found.nearly) == (said == "sure", said == "doubted", said == "nearly")
    assert not judged_by(rule, probability, needed, shows_near=False).nearly


def test_a_rule_without_further_bounds_doubts_up_to_sure_and_shows_nothing_in_a_refusal() -> None:
    rule = load_rule("refusal")
    assert rule.doubted == rule.sure
    assert not judged_by(rule, 0.99 * rule.threshold, rule.threshold, shows_near=True).nearly
