"""What an author changed in one draft: noticed where it would be said again, and said in the next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from konspekt.conversion.drafting import draft_by_rule
from konspekt.conversion.editing import edit_part
from konspekt.conversion.learnt.lessons import Lesson, lesson_of
from konspekt.conversion.learnt.noticing import lessons_of, noticed
from konspekt.conversion.network import Options
from konspekt.conversion.networks import network
from konspekt.conversion.posts.reading import post_from_text

LINE = "We run the model on one accelerator at home, and the loss falls every night."
TEXT = f"A cheap machine\n\n{LINE}\n\n#ml #hardware"


def seen(before: str, after: str, **rest: bool) -> list[tuple[str, str, str]]:
    ends = {"first": True, "last": True, "anywhere": True} | rest
    found = noticed(before, after, lang="en", network="x", **ends)
    return [(lesson.kind, lesson.said, lesson.instead) for lesson in found]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("accelerator", "GPU", "term"),
        ("one accelerator", "a single GPU", "term"),
        ("#hardware", "#gpu", "hashtag"),
        ("#ml ", "", "hashtag"),
        ("model", "LLM", "term"),
        ("accelerator", "Accelerator card", "term"),
    ],
)
def test_what_was_changed_once_is_noticed_and_said_the_next_time(old: str, new: str, kind: str) -> None:
    changed = TEXT.replace(old, new)
    assert seen(TEXT, changed) == [(kind, old.strip(), new)]
    post = post_from_text(TEXT.replace("every night", "each day"))
    known = noticed(TEXT, changed, lang="en", network="x", first=True, last=True, anywhere=True)
    draft = draft_by_rule(post, network("x"), options=Options(lang="en", lessons=known))
    assert draft.text == changed.replace("every night", "each day")
    assert any("As you changed it before" in warning for warning in draft.warnings)
    assert draft.finished


@pytest.mark.parametrize(
    "changed",
    [
        TEXT.replace("falls", "falling"),  # grammar
        TEXT.replace("the loss", "a loss"),
        TEXT.replace(LINE, "This line is written anew from its first word to the very last one."),
        TEXT.replace("one accelerator", "2 accelerators"),  # a number is this post's
        TEXT.replace("at home", "at https://example.org"),
        TEXT.replace("We run", "we run"),
    ],
)
def test_what_is_about_one_post_alone_is_not(changed: str) -> None:
    assert seen(TEXT, changed) == []


def test_an_opening_and_a_sign_off_are_the_author_s_in_that_network_alone() -> None:
    changed = f"Notes from the garage.\n\n{TEXT}\n\nMore every Friday: https://example.org/garage"
    known = noticed(TEXT, changed, lang="en", network="x", first=True, last=True, anywhere=False)
    assert [(lesson.kind, lesson.instead) for lesson in known] == [
        ("opening", "Notes from the garage."),
        ("sign-off", "More every Friday: https://example.org/garage"),
    ]
    post = replace(post_from_text(TEXT), url="https://t.me/garage/7")
    options = Options(lang="en", lessons=known)
    draft = draft_by_rule(post, network("x"), options=options)
    assert draft.text.startswith("Notes from the garage.\n\nA cheap machine")
    assert "every night.\n\nMore every Friday: https://example.org/garage\n\n#ml #hardware" in draft.text
    assert draft.finished
    elsewhere = draft_by_rule(post, network("threads"), options=options)
    assert "Friday" not in elsewhere.text


def test_a_word_is_changed_only_where_it_stands_alone_as_text() -> None:
    known = (Lesson("term", "model", "LLM", "en"),)
    post = post_from_text("**Model zoo**\n\nA model and `model.pt`, remodel, https://example.org/model #model")
    text = draft_by_rule(post, network("x"), options=Options(lang="en", lessons=known)).text
    assert text == "LLM zoo\n\nA LLM and model.pt, remodel, https://example.org/model #model"


def test_a_part_that_was_edited_tells_what_was_learnt() -> None:
    post = post_from_text(TEXT)
    draft = draft_by_rule(post, network("linkedin"))
    text = draft.parts[0].text.replace("accelerator", "GPU").replace("{hashtag|\\#|ml}", "#ml")
    changed = edit_part(post, draft, network("linkedin"), 0, text)
    assert lessons_of(post, draft, changed, 0)[:1] == (Lesson("term", "accelerator", "GPU", "en", "linkedin"),)


@pytest.mark.parametrize(
    ("text", "lesson"),
    [
        ("accelerator = GPU", Lesson("term", "accelerator", "GPU", "en")),
        ("нейросеть = модель", Lesson("term", "нейросеть", "модель", "ru")),
        ("#ml=#machinelearning", Lesson("hashtag", "#ml", "#machinelearning", "en")),
        ("#ml =", Lesson("hashtag", "#ml", "", "en")),
        ("GPU", None),
        ("= GPU", None),
        ("a = ", None),
        ("same = same", None),
        ("#ml = two words", None),
    ],
)
def test_a_change_is_told_in_one_line(text: str, lesson: Lesson | None) -> None:
    assert lesson_of(text) == lesson
