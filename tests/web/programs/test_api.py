"""The HTTP API: the same JSON as the commands print, over a real socket."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner

from konspekt.cli.main import build_app
from konspekt.web.api.told import AnswerItem, DocumentItem, DraftItem, OutlineItem, PassageItem
from tests.web.programs.served import Served

QUESTION = "За сколько шагов DDIM делает выборку?"
API = "/api/v1"


def command(*arguments: str) -> Any:
    result = CliRunner().invoke(build_app(), list(arguments))
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def untimed(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "timings"}


@pytest.mark.usefixtures("at_server_home")
def test_each_route_answers_as_the_command_prints(server: Served) -> None:
    with server.client() as api:
        found = api.get(f"{API}/search", params={"q": QUESTION, "k": 2}).json()
        # scores: the command's light engine rounds differently in the sixth place
        printed = command("search", QUESTION, "-k", "2", "--json")
        assert [{**one, "score": 0} for one in found] == [{**one, "score": 0} for one in printed]
        assert [one["score"] for one in found] == pytest.approx([one["score"] for one in printed], abs=0.05)
        listed = api.get(f"{API}/documents")
        assert sorted(listed.json(), key=lambda one: one["id"]) == command("documents", "--json")
        assert listed.headers["X-Total-Count"] == "3"
        name = found[0]["document_id"]
        assert api.get(f"{API}/documents/{name}").json() == command("show", name, "--json")
        answer = api.post(f"{API}/ask", json={"question": QUESTION}).json()
        printed_answer = command("ask", QUESTION, "--no-llm", "--json")
        for one in (answer, printed_answer):
            for passage in one["passages"]:
                passage["score"] = 0
        assert untimed(answer) == untimed(printed_answer)
        assert "двадцать шагов" in answer["answer"]
        drafts = api.post(f"{API}/convert", json={"post": name, "to": "x,linkedin"}, headers={"Accept-Language": "en"})
        assert drafts.json() == command("convert", name, "--to", "x,linkedin", "--no-llm", "--json")
        short = api.post(f"{API}/convert", json={"post": name, "to": "x", "length": "short", "use_model": False})
        assert (
            short.json()[0]["parts"]
            == command("convert", name, "--to", "x", "--length", "short", "--no-llm", "--json")[0]["parts"]
        )


@pytest.mark.parametrize("use_model", [True, False])
@pytest.mark.parametrize("wish", ["tone", "audience"])
def test_a_wish_that_nothing_here_fulfils_is_refused(server: Served, wish: str, use_model: bool) -> None:
    with server.client() as api:
        wanted = {"text": "Модель быстрее прежней.", "to": "x", wish: "calm", "use_model": use_model}
        refused = api.post(f"{API}/convert", json=wanted, headers={"Accept-Language": "en"})
        assert refused.status_code == 422
        assert wish in refused.json()["error"]["message"]
        assert "words drafts" in refused.json()["error"]["message"]


def test_openapi_tells_the_truth(server: Served) -> None:
    with server.client() as api:
        shapes: list[tuple[Any, Any]] = [
            (list[PassageItem], api.get(f"{API}/search", params={"q": "KV cache"})),
            (list[OutlineItem], api.get(f"{API}/documents")),
            (DocumentItem, api.get(f"{API}/documents/course:notes/cache.md")),
            (AnswerItem, api.post(f"{API}/ask", json={"question": "What does the KV cache store?"})),
            (AnswerItem, api.post(f"{API}/ask", json={"question": "Кто выиграл чемпионат мира 1998 года?"})),
            (
                list[DraftItem],
                api.post(f"{API}/convert", json={"text": "# Пост\n\nТекст [код](https://a.b)", "to": "all"}),
            ),
        ]
        for shape, answer in shapes:
            assert answer.status_code == 200, answer.text
            TypeAdapter(shape).validate_json(answer.content)
    with server.client(None) as stranger:
        schema = stranger.get(f"{API}/openapi.json").json()
    paths = {path: set(methods) for path, methods in schema["paths"].items()}
    assert paths == {
        "/search": {"get"},
        "/documents": {"get"},
        "/documents/{id}": {"get"},
        "/ask": {"post"},
        "/convert": {"post"},
    }
    assert schema["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    assert schema["servers"] == [{"url": API}]


def test_an_answer_streams_as_events_and_ends_with_the_whole(server: Served) -> None:
    with (
        server.client() as api,
        api.stream("POST", f"{API}/ask", json={"question": QUESTION, "stream": True}) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        text = "".join(response.iter_text())
    events = [dict(line.split(": ", 1) for line in event.split("\n")) for event in text.strip().split("\n\n")]
    assert [event["event"] for event in events] == ["status", "answer"]
    assert "двадцать шагов" in json.loads(events[-1]["data"])["answer"]


def test_a_talk_that_is_brought_along_is_understood_and_forgotten(server: Served) -> None:
    said = {"role": "assistant", "text": "За двадцать.", "cited": ["channel/1"]}  # of a post that may be gone
    history = [{"role": "user", "text": QUESTION}, said]
    with server.client() as api:
        leaning = api.post(f"{API}/ask", json={"question": "А что с переобучением?", "history": history}).json()
        alone = api.post(f"{API}/ask", json={"question": "А что с переобучением?"}).json()
    assert leaning["standalone_question"] != "А что с переобучением?"
    assert alone["standalone_question"] == "А что с переобучением?"


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"limit": 1}, 1),
        ({"limit": 2, "offset": 2}, 1),
        ({"offset": 99}, 0),
        ({"source": "nowhere"}, 0),
        ({"since": "2001"}, 0),  # notes have no date
    ],
)
def test_lists_come_in_pages(server: Served, query: dict[str, Any], titles: int) -> None:
    with server.client() as api:
        assert len(api.get(f"{API}/documents", params=query).json()) == titles


def test_a_way_of_searching_that_is_not_here_is_wrong_usage(server: Served) -> None:
    with server.client() as api:
        assert api.get(f"{API}/search", params={"q": "KV cache", "mode": "lexical"}).status_code == 200
        refused = api.get(f"{API}/search", params={"q": "KV cache", "mode": "reranked"})
    assert refused.status_code == 422
    assert "RERANKER_MODEL" in refused.json()["error"]["message"]


@pytest.mark.parametrize(("language", "said"), [("ru-RU,ru;q=0.9", "неизвестен"), ("en", "unknown"), ("", "unknown")])
def test_refusals_are_told_in_the_language_that_is_asked_for(server: Served, language: str, said: str) -> None:
    with server.client("gone", **{"Accept-Language": language}) as api:
        refused = api.get(f"{API}/search", params={"q": "x"})
    assert refused.status_code == 401
    assert said in refused.json()["error"]["message"]
    assert refused.headers["www-authenticate"] == "Bearer"


def test_nothing_of_what_programs_ask_is_kept(server: Served) -> None:
    from sqlalchemy import create_engine, inspect, text

    with server.client() as api:
        assert api.post(f"{API}/ask", json={"question": QUESTION}).status_code == 200
    engine = create_engine(server.settings.database)
    with engine.connect() as connection:
        for table in ("answers", "turns", "notes", "reads", "users", "feedback", "drafts"):
            assert inspect(connection).has_table(table), table
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table
    engine.dispose()
