"""Is the answer in the material at all? Decided before a model is asked, by a rule calibrated on questions.

A small embedding model gives every text a cosine of 0.75 and more, so that no cosine alone decides. What tells an
answerable question from one that is not: a single sentence near to it in meaning, how many of its words and how rare
ones stand in the best passage and close together, whether its names are there, whether some of its words are nowhere,
and whether searching by meaning and by words find the same post.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from konspekt.answering.judging.asked import holds_kind, lacks_kind
from konspekt.answering.judging.beside import beside
from konspekt.answering.judging.judge import LACKING, Judge, Judgement
from konspekt.answering.judging.logistic import LogisticRule, load_rule
from konspekt.answering.judging.probe import Probe, likeliest
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.meaning import Meaning
from konspekt.answering.words.sentences import split_sentences
from konspekt.answering.words.vocabulary import (
    Frequencies,
    content_terms,
    coverage,
    names,
    rarity,
)
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage

READ = 3  # passages whose words and sentences a question is judged by
SENTENCES = 3  # in a row that count as close together

# What the rule looks at, and whether more of it speaks for an answer (+1) or against one (-1). Calibration keeps to it.
DIRECTIONS: Mapping[str, int] = {
    "sentence": 1,  # highest cosine of the question with one sentence
    "cosine": 1,  # highest cosine with a passage
    "words": 1,  # share of its words, by rarity, in the best passage
    "window": 1,  # the same within a title and three sentences in a row, of any passage
    "found": 1,  # how much that is, counted in rarest words rather than as a share
    "agreed": 1,  # 1.0 when the best passage by meaning and the best by words are of one document
    "names_missing": -1,  # share of its names that stand in no passage
    "unknown": -1,  # share of its words that stand nowhere in the index, nor anything like them in the passages
}


# With a judge there are these too.
READ_CLOSELY: Mapping[str, int] = {
    **DIRECTIONS,
    "judged": 1,  # log-odds that the best window answers, by a network that reads question and window, and by its kind
    "surely": 1,  # the score of the best sentence
    "kind": 1,  # 1.0 when the best window holds the kind of thing asked for, 0.5 when none in particular is
    "untold": -1,  # 1.0 when the sentences that would be shown hold nothing of the kind asked for
    # and of the sentences of the best window that hold the kind asked for, each under its title (`beside.py`):
    "named": 1,  # share of the question's names in the best of them
    "other": -1,  # share of its numbers, and of its names with a number, that the best of them lacks
    "lacking": -1,  # how many of its words the best of them lacks, at most 6
    # What is asked for decides how likely posts are to tell it, whatever was read:
    "counted": -1,  # 1.0 when it is a number: most of those that a reader may ask for are nowhere
    "open": 1,  # 1.0 when it is told in many words: a reason, a way to do it
}

# And with a language model that is read, this.
WITH_A_MODEL: Mapping[str, int] = {
    **READ_CLOSELY,
    "probed": 1,  # log-odds that the likeliest window says what is asked, and by its kind
}

# The rules look at these of them: the others repeat what the judge knows, and mislead a rule fitted to few questions.
_READ = ("judged", "found", "unknown", "untold", "named", "other", "counted", "open")
JUDGED: Mapping[str, int] = {name: WITH_A_MODEL[name] for name in _READ}
PROBED: Mapping[str, int] = {name: WITH_A_MODEL[name] for name in (*_READ, "probed")}


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule makes of passages. `sure`: it says yes with a high probability; `doubted`: with a low one; `nearly`:
    it says no, and what the passages say is near to an answer."""

    probability: float = 0.0
    answerable: bool = False
    sure: bool = False
    doubted: bool = False
    nearly: bool = False


NOT_ANSWERED = Judged()


def judged_by(rule: LogisticRule, probability: float, needed: float, *, shows_near: bool) -> Judged:
    """`needed` for a yes, which is the rule's threshold or more; `shows_near`: whether a no may be `nearly` a yes."""
    answerable = probability >= needed
    return Judged(
        probability,
        answerable,
        sure=probability >= rule.sure,
        doubted=answerable and probability < rule.doubted,
        nearly=shows_near and rule.nearly <= probability < needed,
    )


def is_answerable(
    question: str,
    passages: Sequence[Passage],
    frequencies: Frequencies,
    meaning: Meaning | None = None,
    judge: Judge | None = None,
    *,
    probe: Probe | None = None,
) -> bool:
    """`judge` None: the rule decides without reading; `meaning` None: without the closeness of sentences either;
    `probe` is asked where there is a judge."""
    if not passages:
        return False
    rule, features = rule_for(question, passages, frequencies, meaning, judge, probe=probe)
    return rule.says_yes(features)


def rule_for(
    question: str,
    passages: Sequence[Passage],
    frequencies: Frequencies,
    meaning: Meaning | None = None,
    judge: Judge | None = None,
    *,
    probe: Probe | None = None,
    shown: str | None = None,
) -> tuple[LogisticRule, dict[str, float]]:
    """The rule that decides, by what there is to judge with, and its inputs. `passages` holds at least one.

    `shown`: the sentences that would be the answer.
    """
    features = refusal_features(question, passages, frequencies, meaning)
    if meaning is None:
        return load_rule("refusal_words"), features
    if judge is None:
        return load_rule("refusal"), features
    judgement = judge.judge(question, passages)
    features |= judged_features(question, judgement) | {"untold": untold(question, shown)}
    window = likeliest(question, judgement) if probe is not None else None
    probed = probe.log_odds(question, window) if probe is not None and window is not None else None
    if probed is None or window is None:
        return load_rule("refusal_judged"), features
    return load_rule("refusal_probed"), {**features, "probed": probed_by_kind(question, window, probed)}


def untold(question: str, shown: str | None) -> float:
    return float(shown is not None and lacks_kind(question, shown))


def probed_by_kind(question: str, window: str, log_odds: float) -> float:
    return log_odds - LACKING if lacks_kind(question, window) else log_odds


def judged_features(question: str, judgement: Judgement) -> dict[str, float]:
    """What the judge adds to `refusal_features`, named as in `JUDGED`."""
    return {
        "judged": judgement.logit,
        "surely": judgement.sentences[0].score if judgement.sentences else 0.0,
        "kind": holds_kind(question, judgement.window),
        **beside(question, judgement.window),
    }


def refusal_features(
    question: str, passages: Sequence[Passage], frequencies: Frequencies, meaning: Meaning | None
) -> dict[str, float]:
    """The rule's inputs, named as in `DIRECTIONS`, from the found passages (best first, at least one)."""
    weights = rarity(content_terms(question), frequencies)
    best = passages[:READ]
    found = [terms(f"{passage.title}\n{passage.text}") for passage in best]
    together = Terms(term for one in found for term in one)
    window = max(_window(passage, weights) for passage in best)
    named = {term: weights.get(term, 1.0) for term in names(question)}
    return {
        "sentence": _nearest(question, best, meaning) if meaning else 0.0,
        "cosine": max((passage.dense_score or 0.0 for passage in passages), default=0.0),
        "words": _share(Terms(found[0]), weights),
        "window": window,
        "found": window * sum(weights.values()) / _rarest(frequencies),
        "agreed": float(_agreed(passages)),
        "names_missing": 1.0 - coverage(named, {term for one in found for term in one}),
        "unknown": _unknown(weights, frequencies, together),
    }


def _nearest(question: str, passages: Sequence[Passage], meaning: Meaning) -> float:
    texts, documents = [one.text for one in passages], [one.document_id for one in passages]
    return meaning.answers(question, texts, documents)


def _share(there: Terms, weights: Mapping[str, float]) -> float:
    """A question without a single word of content finds nothing: it asks about nothing."""
    return there.share(weights) if weights else 0.0


def _window(passage: Passage, weights: Mapping[str, float]) -> float:
    """The largest share of the question's words within the title and three sentences in a row."""
    title = terms(passage.title)
    sentences = [terms(sentence.text) for sentence in split_sentences(passage.text)] or [[]]
    starts = range(max(1, len(sentences) - SENTENCES + 1))
    windows = (Terms([*title, *(term for one in sentences[i : i + SENTENCES] for term in one)]) for i in starts)
    return max(_share(window, weights) for window in windows)


def _rarest(frequencies: Frequencies) -> float:
    """The weight of a word that stands nowhere: the unit in which what was found is counted."""
    total = frequencies.passages()
    return math.log(1 + (total + 0.5) / 0.5) if total else 1.0


def _agreed(passages: Sequence[Passage]) -> bool:
    nearest = max(passages, key=lambda passage: passage.dense_score or 0.0)
    wordiest = max(passages, key=lambda passage: passage.lexical_score or 0.0)
    return nearest.document_id == wordiest.document_id


def _unknown(weights: Mapping[str, float], frequencies: Frequencies, found: Terms) -> float:
    if not weights:
        return 1.0
    if not frequencies.passages():
        return 0.0
    counts = frequencies.containing(weights)
    missing = (weight for term, weight in weights.items() if not counts.get(term) and not found.worth(term))
    return sum(missing) / sum(weights.values())
