"""A translation by a model that is not believed is never called finished: by whatever way it comes, or is edited."""

from __future__ import annotations

from dataclasses import replace

import pytest

from konspekt.conversion.by_model.writer import Writer
from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.draft import Draft, Marked
from konspekt.conversion.drafting import draft_by_rule
from konspekt.conversion.editing import edit_part, with_line
from konspekt.conversion.finishing import finished
from konspekt.conversion.messages import say
from konspekt.conversion.network import Options
from konspekt.conversion.networks import network
from konspekt.conversion.posts.reading import post_from_text
from konspekt.llm_client import ChatModel
from tests.conversion.scripted_model import answering_lines
from tests.fakes.openai_server import FakeOpenAIServer

X = network("x")
POST = post_from_text("Модель быстрее\n\nВыигрыш виден на любой карте.", lang="ru")
TOLD = post_from_text("The model is faster\n\nThe gain shows on any card.", lang="en")
LINE = Marked("Выигрыш виден на любой карте.", "The gain shows on any card.", ("direction",))


def translated(*, to_read: bool) -> Draft:
    return finished(POST, convert(TOLD, X, Options(lang="en")), X, "en", lines=[LINE], to_read=to_read)


@pytest.mark.parametrize("to_read", [True, False])
def test_an_edit_of_one_line_does_not_make_the_others_read(to_read: bool) -> None:
    draft = translated(to_read=to_read)
    edited = edit_part(POST, draft, X, 0, draft.parts[0].text.replace("gain shows", "win is seen"))
    own_words = with_line(POST, draft, X, LINE, "The win is seen on any card.")
    left_out = with_line(POST, draft, X, LINE, "")
    for changed in (edited, own_words, left_out):
        assert changed is not None
        assert changed.marked == ()
        assert changed.finished is not to_read
        assert Draft.from_json(changed.to_json()).finished is not to_read


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_draft_stored_before_the_note_was_kept_is_known_by_its_reason(lang: str) -> None:
    stored = replace(translated(to_read=True), to_edit=(say(lang, "edit_small_model"),)).to_json()
    del stored["to_read"], stored["asked"]
    assert not edit_part(POST, Draft.from_json(stored), X, 0, "The win is seen on any card.").finished


def test_a_draft_in_the_wrong_language_is_finished_by_whoever_translates_it() -> None:
    draft = draft_by_rule(POST, X, "en")
    assert not draft.finished
    assert not edit_part(POST, draft, X, 0, "Модель быстрее.\n\nВыигрыш виден на любой карте!").finished
    assert edit_part(POST, draft, X, 0, "The model is faster\n\nThe gain shows on any card.").finished


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_large_name_does_not_outweigh_a_failed_check(server: FakeOpenAIServer, trusted: bool) -> None:
    said = {"Модель быстрее": "The model is faster", LINE.source: LINE.text}
    server.answer = answering_lines(lambda line: said[line])
    model = ChatModel(server.base_url, "key", "translator-70b")
    try:
        draft = await Writer(model, free=False, trusted=trusted).write(POST, X, "en")
    finally:
        await model.close()
    assert draft.finished is trusted
