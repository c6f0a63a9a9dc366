"""Evaluation on the page by an author's own questions, and the arena, with a model behind a real socket."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from konspekt.answering.judging.logistic import load_rule
from konspekt.answering.quality.own_thresholds import FILE, fingerprint
from konspekt.web.parts import WebSettings
from tests.fakes.openai_server import FakeOpenAIServer, Reply
from tests.web.harness import ADMIN, DDIM, KEY, OTHER, READER, TOKEN, Page, Visiting, running

QUESTION = "За сколько шагов DDIM делает выборку?"
WRITTEN = "Выборку DDIM делает за двадцать шагов вместо тысячи [1]."
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"question": QUESTION, "accept": ["двадцать шагов"]},
    {"question": "Как держат LoRA после <квантизации>?", "accept": ["двадцать шагов"]},  # a wrong expectation
    {"question": "Сколько стоит аренда яхты в Монако?", "accept": []},
)


def answering(home: Path) -> Path:
    """A home whose thresholds fit the tests' embedder, whose vectors tell the judge little."""
    rules = [fingerprint(load_rule(name)) for name in ("refusal_words", "refusal", "refusal_judged")]
    (home / FILE).write_text(
        json.dumps({"rules": {rule: {"threshold": 1e-10, "sure": 1e-10} for rule in rules}}), "utf-8"
    )
    return home


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    home = tmp_path_factory.mktemp("judging") / "home"
    (home / "questions").mkdir(parents=True)
    lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in QUESTIONS)
    (home / "questions" / "mine.jsonl").write_text(lines, "utf-8")
    (home / "questions" / "broken.jsonl").write_text("{}", "utf-8")
    own = WebSettings(
        key=KEY,
        questions_per_minute=0,
        bot_token=TOKEN,
        admins=frozenset({ADMIN}),
        url="https://page.example",
        arena_readers=True,
    )
    with FakeOpenAIServer() as model:
        model.answer = lambda _: Reply(WRITTEN)
        with running(answering(home), own=own, openai_base_url=model.base_url, openai_api_key="key") as started:
            yield started


@pytest.fixture(scope="module")
def admin(page: Page) -> Visiting:
    return page.visitor(ADMIN, **{"accept-language": "ru"})


def evaluated(page: Page, admin: Visiting, **fields: Any) -> str:
    assert admin.post("/evaluation/run", **fields).status_code == 303
    evaluation = page.parts.evaluation
    assert evaluation is not None
    while evaluation.state().running:
        time.sleep(0.01)
    return unescape(admin.get("/evaluation").text)


def test_a_run_is_kept_with_its_tables_and_each_miss_leads_to_its_post(page: Page, admin: Visiting) -> None:
    shown = admin.get("/evaluation").text
    assert 'value="mine.jsonl"' in shown
    html = evaluated(page, admin, sets="mine.jsonl")
    assert "вопросов: 3 · цитаты" in html
    for mode in ("по смыслу", "по словам", "вместе"):
        assert f'<td>{mode}</td><td>все</td><td class="num">2</td>' in html
    (miss,) = re.findall(r"<li>(<a href=\"/search.*?)</li>", html)
    assert "Как держат LoRA после <квантизации>?" in miss
    assert "<квантизации>" not in admin.get("/evaluation").text  # escaped as it was sent
    assert "процитированы другие посты" in miss
    assert f'href="/post?id={DDIM.id.replace("/", "%2F")}"' in miss


def test_the_model_answers_where_it_is_asked_to(page: Page, admin: Visiting) -> None:
    html = evaluated(page, admin, sets="mine.jsonl", by_model="1")
    assert "вопросов: 3 · ответы модели" in html
    evaluation = page.parts.evaluation
    assert evaluation is not None
    latest, *earlier = evaluation.runs()
    assert latest.report["answers"]["all"]["written"] > 0
    assert earlier[0].report["answers"]["all"]["written"] == 0
    assert f"/evaluation?run={earlier[0].id}" in html
    assert "· цитаты" in admin.get("/evaluation", run=earlier[0].id).text.split("Прежние")[0]


def test_a_file_that_cannot_be_read_is_said_and_leaves_no_run(page: Page, admin: Visiting) -> None:
    evaluation = page.parts.evaluation
    assert evaluation is not None
    before = len(evaluation.runs())
    assert "Последняя проверка не удалась" in evaluated(page, admin, sets="broken.jsonl")
    assert len(evaluation.runs()) == before


@pytest.mark.parametrize("name", ["../web.key", "/etc/passwd", "mine", "", "../questions/mine.jsonl"])
def test_only_listed_files_are_read(page: Page, admin: Visiting, name: str) -> None:
    assert page.parts.evaluation is not None
    assert admin.post("/evaluation/run", sets=name).status_code == 303
    assert not page.parts.evaluation.start([name], by_model=False)


def test_cases_count_and_go_with_their_reader(page: Page, admin: Visiting) -> None:
    reader = page.visitor(READER)
    reader.ask("Как готовить наваристый борщ дома?")
    case = page.parts.cases.next()
    assert case is not None
    page.parts.cases.point(case.answer_id, "channel/1")
    html = evaluated(page, admin, sets="cases")
    assert "разобранные случаи · вопросов: 1" in html
    assert "наваристый борщ" in html.split('id="misses"')[1]
    evaluation = page.parts.evaluation
    assert evaluation is not None
    assert "борщ" not in json.dumps(evaluation.runs()[0].report, ensure_ascii=False)
    page.parts.cases.decide(case.answer_id, "dropped")
    assert "наваристый борщ" not in admin.get("/evaluation").text


def contest(visitor: Visiting) -> str:
    """Where the two answers are."""
    response = visitor.post("/arena/ask", question=QUESTION)
    assert response.status_code == 303, response.text
    return str(response.headers["location"])


def test_two_answers_are_blind_until_one_is_chosen(page: Page, admin: Visiting) -> None:
    place = contest(admin)
    blind = admin.get(place).text
    assert all("двадцать шагов" in answer for answer in blind.split("<article")[1:])
    for name in ("fake-model", "цитаты, без модели"):
        assert name not in blind.split("Кто сильнее")[0]
    match = place.split("=")[1]
    assert admin.post("/arena/vote", match=match, vote="left").status_code == 303
    told = admin.get(place).text.split("Кто сильнее")[0]
    assert "fake-model" in told
    assert "цитаты, без модели" in told
    assert "Лучше А" in told
    assert page.parts.arena is not None
    admin.post("/arena/vote", match=match, vote="right")  # who was who is known by now
    shown = page.parts.arena.match(ADMIN, int(match))
    assert shown is not None
    assert shown.vote == "left"
    (strongest, other) = page.parts.arena.table()
    assert strongest.name == shown.left.name
    assert strongest.points > other.points
    assert strongest.name.replace("quotes", "цитаты") in admin.get("/arena").text.split("Кто сильнее", 1)[1]


def test_a_reader_votes_on_their_own_pair_and_sees_no_table(page: Page) -> None:
    reader, other = page.visitor(READER), page.visitor(OTHER)
    place = contest(reader)
    match = place.split("=")[1]
    assert other.get(place).status_code == 404
    assert other.post("/arena/vote", match=match, vote="both").status_code == 404
    assert reader.post("/arena/vote", match=match, vote="best").status_code == 422
    assert reader.post("/arena/vote", match=match, vote="both").status_code == 303
    html = reader.get(place).text
    assert "Оба хороши" in html or "Both are good" in html
    assert "<table" not in html


def test_the_same_answer_twice_is_no_contest(admin: Visiting) -> None:
    response = admin.post("/arena/ask", question="Сколько стоит аренда яхты в Монако?")
    assert response.status_code == 422
    assert "одинаковы" in response.text


def test_without_a_second_way_to_answer_there_is_nothing_to_compare(tmp_path: Path) -> None:
    with running(tmp_path / "home") as alone:
        visitor = alone.visitor(**{"accept-language": "en"})
        assert "nothing to compare yet" in visitor.get("/arena").text
        assert visitor.post("/arena/ask", question=QUESTION).status_code == 404
        assert "no questions yet" in visitor.get("/evaluation").text


def test_a_second_endpoint_takes_part_under_its_address(tmp_path: Path) -> None:
    with FakeOpenAIServer(models=("other-model",)) as rival:
        rival.answer = lambda _: Reply(WRITTEN)
        (tmp_path / "home").mkdir()
        with running(answering(tmp_path / "home"), arena_base_url=rival.base_url) as started:
            visitor = started.visitor(**{"accept-language": "en"})
            place = contest(visitor)
            visitor.post("/arena/vote", match=place.split("=")[1], vote="neither")
            html = visitor.get(place).text
        assert f"other-model · 127.0.0.1:{rival.port}" in html
        assert not any(
            "authorization" in one.headers and "key" in one.headers["authorization"] for one in rival.requests
        )
