"""The sets of talks and of corrections, and how their benchmarks count."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.answers import corrections, talks
from benchmarks.answers.strangers import read
from konspekt.answering.answer import Answer, Citation, Timings
from tests.answering.passages import SAMPLERS

FOUND = Answer("q", "q", "Ему нужно 40 шагов.", "ru", False, True, (), (SAMPLERS,), None, Timings(1.0, None, 5.0))


@pytest.mark.parametrize(
    ("turn", "answer", "right"),
    [
        ({"accept": ["40 шагов"]}, FOUND, True),
        ({"accept": ["30 шагов"]}, FOUND, False),
        ({"accept": ["40 шагов"]}, replace(FOUND, refused=True), False),
        ({"accept": ["40 шагов"], "avoid": ["нужно"]}, FOUND, False),
        ({"accept": ["40 шагов"], "avoid": ["50 шагов"]}, replace(FOUND, text="40 шагов, прежде 50 шагов"), True),
        ({"accept": ["в цитате"]}, replace(FOUND, citations=(Citation(1, "d", "t", None, None, "В цитате"),)), True),
        ({"expect": "no"}, FOUND, False),
        ({"expect": "no"}, replace(FOUND, refused=True), True),
        ({"expect": "no"}, replace(FOUND, passages=()), True),
        ({"expect": "chat"}, replace(FOUND, passages=()), True),
        ({"expect": "chat"}, replace(FOUND, refused=True), False),
    ],
)
def test_when_a_turn_is_right(turn: dict[str, Any], answer: Answer, right: bool) -> None:
    assert talks.turn_is_right(turn, answer) is right


def test_a_talk_is_right_when_all_of_its_turns_are() -> None:
    told = [
        talks.Told(talk, ("why",), "ru", place, "?", "answer", right, right, "")
        for talk, rights in (("a", (True, True)), ("b", (True, False, False, False)))
        for place, right in enumerate(rights)
    ]
    counted = talks.scores(told)
    assert counted["turns"]["mean"] == 0.5
    assert counted["talks"]["mean"] == 0.5
    assert counted["turns_of_a_talk"]["mean"] == pytest.approx(0.625)
    assert counted["turns_by_place"]["first"]["mean"] == 1.0
    assert counted["turns_by_place"]["later"]["mean"] == 0.25


def test_there_are_sixty_talks_whose_answers_stand_in_the_sample() -> None:
    from konspekt.indexer.documents import Document
    from konspekt.indexer.evaluation import normalise
    from konspekt.indexer.sources.recognise import SourceOptions, recognise

    found = [item for one in recognise(str(talks.ROOT / "sample"), SourceOptions()) for item in one.documents()]
    body = normalise(
        "\n".join(
            f"{item.title}\n{item.published_at}\n{item.author}\n{item.text}"
            for item in found
            if isinstance(item, Document)
        )
    )
    held = read("talks")
    assert len(held) == 60
    assert len({talk["id"] for talk in held}) == 60
    for talk in held:
        assert 3 <= len(talk["turns"]) <= 6, talk["id"]
        for turn in talk["turns"]:
            assert ("accept" in turn) != ("expect" in turn)
            assert turn.get("expect", "no") in {"no", "chat"}
            phrases = turn.get("accept", ())
            assert not phrases or any(normalise(phrase) in body for phrase in phrases), (talk["id"], turn)


def test_there_are_forty_corrections_of_every_kind_and_pairs_that_are_none() -> None:
    pairs = read("corrections")
    assert sum(pair["correction"] for pair in pairs) == 40
    assert sum(not pair["correction"] for pair in pairs) >= 10
    ways = {"поправка", "upd", "переносится", "обновление", "reply", "год спустя", "зачёркнуто"}
    assert ways <= {pair["way"] for pair in pairs}
    for pair in pairs:
        older, newer = pair["posts"][0], pair["posts"][-1]
        assert older["date"] <= newer["date"]
        true = newer if pair["correction"] else older
        assert any(phrase in true["text"].replace("~~", "") for phrase in pair["new"]), pair["id"]


def test_an_export_keeps_dates_replies_and_struck_text() -> None:
    pairs = [
        {"posts": [{"date": "2025-02-01", "text": "Цена ~~400~~ 550"}]},
        {"posts": [{"date": "2025-01-01", "text": "а"}, {"date": "2025-03-01", "text": "б", "reply": True}]},
    ]
    messages = corrections.export(pairs)["messages"]
    assert [(one["id"], one["date"][:10]) for one in messages] == [
        (1, "2025-01-01"),
        (2, "2025-02-01"),
        (3, "2025-03-01"),
    ]
    assert messages[1]["text"] == ["Цена ", {"type": "strikethrough", "text": "400"}, " 550"]
    assert messages[2]["reply_to_message_id"] == 1


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Теперь 940 градусов.", True),
        ("Было 980, теперь 940.", False),
        ("940, а не 980.", True),
        ("980 градусов", False),
    ],
)
def test_the_newer_wins_when_nothing_outdated_stands_before_it(text: str, right: bool) -> None:
    pair = {"id": "c", "way": "w", "correction": True, "question": "?", "new": ["940"], "old": ["980"]}
    assert corrections.outcome(pair, replace(FOUND, text=text)).right is right
    assert not corrections.outcome(pair, replace(FOUND, text=text, refused=True)).right


def test_lines_of_both_sets_are_canonical_json() -> None:
    for name in ("talks", "corrections", "follow_ups_tune"):
        for line in (talks.ROOT / "benchmarks" / "questions" / f"{name}.jsonl").read_text("utf-8").splitlines():
            assert json.dumps(json.loads(line), ensure_ascii=False) == line
