"""What a draft lacks or adds is found, and what is only written otherwise is not."""

from __future__ import annotations

import pytest

from konspekt.conversion.document import Code, Paragraph, Post, Run
from konspekt.conversion.draft import Draft, Dropped, Part
from konspekt.conversion.facts.facts import check_draft, facts_of_post
from konspekt.conversion.networks import network
from konspekt.conversion.parsing.inline import autolink


def post(text: str, *code: str) -> Post:
    return Post((Paragraph(autolink((Run(text),))), *(Code(block) for block in code)))


def checked(
    source: Post, *texts: str, name: str = "x", facets: tuple[dict[str, object], ...] = ()
) -> tuple[list[tuple[str, str]], list[str]]:
    parts = tuple(Part(text, len(text), 9999, facets) for text in texts)
    dropped, warnings, invented = check_draft(source, Draft(name, "en", parts), network(name), "en")
    return [(item.kind, item.value) for item in dropped], warnings + invented


CODE = "def f(x):\n    return x\n\nf(y)"


@pytest.mark.parametrize(
    "texts",
    [
        (CODE,),
        ("def f(x):\n    return x", "f(y)"),
        ("def f(x):", "    return x", "f(y)"),
        ("def f(x):\n    return x\n\n(1/2)", "f(y)\n\n(2/2)"),
    ],
)
def test_code_may_be_cut_between_its_lines(texts: tuple[str, ...]) -> None:
    assert checked(post("Код", CODE), *texts)[0] == []


@pytest.mark.parametrize(
    "text", ["def f(x):\n    return x", "def f(x):\n\nf(y)", "Код", "f(y)", "def f(x): return x f(y)"]
)
def test_a_line_of_code_that_is_gone_is_missed(text: str) -> None:
    dropped, warnings = checked(post("Код", CODE), text)
    assert dropped == [("code", CODE)]
    assert any("leaves out code" in warning for warning in warnings)


def test_code_inside_a_line_is_a_fact_too() -> None:
    source = Post((Paragraph((Run("Вызов "), Run("f(x)", frozenset({"code"})))),))
    assert facts_of_post(source).code == ("f(x)",)
    assert checked(source, "The call f(x)")[0] == []
    assert checked(source, "The call f(y)")[0] == [("code", "f(x)")]


LINK = "https://example.org/a_(b)"


@pytest.mark.parametrize("text", [f"See {LINK}.", "See example.org/a_(b)", f"([x]({LINK}))", "example.org/a\\_\\(b\\)"])
def test_a_link_is_there_in_any_dress(text: str) -> None:
    assert checked(post(f"Код: {LINK}"), text) == ([], [])


def test_a_link_may_be_in_a_facet_alone() -> None:
    facet = {"features": [{"uri": LINK}]}
    assert checked(post(f"Код: {LINK}"), "See example.org/…", name="bluesky", facets=(facet,))[0] == []
    assert checked(post(f"Код: {LINK}"), "See example.org/…", name="bluesky")[0] == [("link", LINK)]


def test_a_link_of_the_models_own_is_told_and_the_original_is_not() -> None:
    source = Post((Paragraph((Run("Текст"),)),), url="https://t.me/channel/5")
    assert checked(source, "Text https://t.me/channel/5")[1] == []
    assert checked(source, "Text https://evil.example/x")[1] == [
        "The draft has link that the post does not: https://evil.example/x"
    ]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("2,5 раза", "2.5 times"),
        ("2 308 штук", "2,308 of them"),
        ("2 308 штук", "2308 of them"),
        ("1,50 раза", "1.5 times"),
        ("007", "7"),
        ("двадцать пять", "25"),
        ("половина", "50 %"),
        ("половина", "0.5"),
        ("вдвое", "2 times"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(said: str, text: str) -> None:
    dropped, warnings = checked(post(said), text)
    assert [value for kind, value in dropped if kind == "number"] == []
    assert not any("does not" in warning for warning in warnings)


@pytest.mark.parametrize(("said", "text"), [("2,5 раза", "25 times"), ("2 308", "2300"), ("17 %", "71 %"), ("8", "9")])
def test_another_number_is_missed_and_told(said: str, text: str) -> None:
    dropped, warnings = checked(post(said), text)
    assert [kind for kind, _ in dropped] == ["number"]
    assert any("that the post does not" in warning for warning in warnings)


def test_numbers_of_parts_are_nobodys_claim() -> None:
    assert checked(post("Текст"), "Text\n\n(1/2)", "and more\n\n(2/2)") == ([], [])
    assert checked(post("Текст"), "Text (1/2)")[1] != []


def test_a_mention_is_missed() -> None:
    source = post("Спасибо @some_one и @user@host.social")
    assert facts_of_post(source).mentions == ("@some_one", "@user@host.social")
    assert checked(source, "Thanks @some_one")[0] == [("mention", "@user@host.social")]


def test_many_that_are_missing_are_counted_and_long_ones_cut() -> None:
    links = [f"https://example.org/{n}{'x' * 60}" for n in range(10)]
    warnings = checked(post(" ".join(links)), "Text")[1]
    assert len(warnings) == 1
    assert "(+2)" in warnings[0]
    assert links[0] not in warnings[0]
    assert links[0][:57] + "…" in warnings[0]


def test_what_was_dropped_before_is_not_missed_again() -> None:
    draft = Draft("x", "en", (Part("Text", 4, 280),), dropped=(Dropped("link", LINK, "too long"),))
    assert check_draft(post(f"Код: {LINK}"), draft, network("x"), "en") == ([], [], [])


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Лекция в 19:00", "The lecture is at 7 p.m."),
        ("Лекция в 19:30", "The lecture is at 7:30 pm"),
        ("Встреча в 7 вечера", "The meeting is at 19:00"),
        ("Встреча в 9 утра", "The meeting is at 9 am."),
        ("The call is at 12 p.m.", "Звонок в 12:00"),
        ("Запуск в 11 ночи", "The launch is at 11 PM"),
        ("Запуск в 2 ночи", "The launch is at 2:00"),
    ],
)
def test_a_time_is_the_same_by_the_day_and_by_its_half(said: str, text: str) -> None:
    assert checked(post(said), text) == ([], [])
    assert checked(post(text), said) == ([], [])


@pytest.mark.parametrize(
    ("said", "text"), [("Лекция в 19:00", "The lecture is at 7 a.m."), ("Лекция в 19:30", "The lecture is at 7 p.m.")]
)
def test_another_time_is_another(said: str, text: str) -> None:
    assert checked(post(said), text)[0]
