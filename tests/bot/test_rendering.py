"""What a model writes is untrusted: whatever it is, the message is well-formed and links only where it may."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.answering.answer import Citation, Part
from konspekt.bot.locales import (
    Locale,
    en,
    locale_for,
    ru,
)
from konspekt.bot.parts.talk import Found
from konspekt.bot.text.answer_runs import part_runs
from konspekt.bot.text.markdown import markdown_runs
from konspekt.bot.text.rendering import (
    answer_parts,
    passages_html,
    preview_html,
    shortened,
)
from konspekt.bot.text.rich_text import plain, to_html
from tests.bot.harness import make_answer
from tests.fakes.telegram_text import parse_html, utf16_length

RU = Locale("ru")
NASTY = st.lists(
    st.sampled_from(
        [
            *("**", "*", "_", "`", "```", "```python\n", "~~", "!", "\\", "|", "<", "\x00", "\n", "\n\n", "    "),
            *("# ", "- ", "1. ", "> ", "---\n", "[", "]", "(", ")", "[1]", "[2]", "[99]", "[1, 2]", "слово ", "word "),
            *("](https://evil.example)", "[x]: http://evil.example\n", "https://t.me/channel/1"),
            *("<b>", "</b>", "<script>", "&lt;", "👨‍👩‍👧‍👦"),
        ]
    ),
    max_size=60,
).map("".join)


@given(NASTY)
def test_any_model_text_becomes_well_formed_messages_with_known_links_only(text: str) -> None:
    for html in answer_parts(make_answer("?", text), RU):
        parse_html(html)
        assert utf16_length(html) <= 4096
        links = set(re.findall(r'href="([^"]*)"', html))
        assert links <= {f"https://t.me/channel/{n}" for n in range(1, 6)}


@given(NASTY)
def test_a_text_that_is_still_being_written_can_be_shown(text: str) -> None:
    assert parse_html(preview_html(text)).strip()


@given(st.text(max_size=200))
def test_a_quoted_answer_is_shown_word_for_word(text: str) -> None:
    shown = parse_html("".join(answer_parts(make_answer("?", text, extractive=True, cited=0), RU)))
    visible = [char for char in text if not char.isspace() and ord(char) >= 32]
    assert [char for char in shown if not char.isspace()] == visible


def test_markdown_becomes_telegram_formatting() -> None:
    text = "# Заголовок\n\n**Жирный** и *курсив*, `код`.\n\n- один\n- два\n   - три\n\n1. раз\n2. два\n\n"
    text += "> цитата\n\n```python\nprint(1)\n```"
    assert to_html(markdown_runs(text, lambda _: False)) == (
        "<b>Заголовок</b>\n\n<b>Жирный</b> и <i>курсив</i>, <code>код</code>.\n\n"
        "• один\n• два\n   • три\n\n1. раз\n2. два\n\n"
        '<blockquote>цитата</blockquote>\n\n<pre><code class="language-python">print(1)</code></pre>'
    )


def test_what_an_author_has_struck_out_is_shown_struck() -> None:
    said = "~~Понедельник, 19:00~~ больше не действует & всё."
    html = "".join(answer_parts(make_answer("?", said, extractive=True, cited=0), RU))
    assert "<s>Понедельник, 19:00</s> больше не действует &amp; всё." in html


def test_a_link_of_the_model_keeps_its_words_and_loses_an_unknown_address() -> None:
    known = "https://t.me/channel/1"
    runs = markdown_runs(f"[пост]({known}) и [зло](https://evil.example)", lambda url: url == known)
    assert to_html(runs) == f'<a href="{known}">пост</a> и зло'


COPIED = [
    "Память равна 2*n*d*b байт.",
    "Вызов f(*args, **kwargs) разворачивает аргументы, а g(*xs) — список.",
    "Метод __init__ вызывает self._run_ и `x`.",
    "Точность > 90 % только у fp16.",
    "> 90 % точности.",
    "- 5 °C и + 3 °C.",
    "5. Пятый пункт",
    "1986) год был хорошим",
    "# include <stdio.h> — первая строка.",
    "Пишем &lt;b&gt; и &copy; и <b>жирно</b>.",
    "arr[i](j) вызывает элемент; [текст](см. ниже).",
    "![x](y) — так пишут картинки.",
    r"Формула \(x_1\) и \[y\] и путь C:\_temp\*.txt.",
    "Диапазон ~100 токенов, а ~~не 300.",
    "2 ** 10 = 1024 и 3 ** 2",
    "матрица A_{i,j}_k и B_{i}_j",
    "| a | b | 1 |",
    "[x]: https://t.me/channel/1",
]


@pytest.mark.parametrize("sentence", COPIED)
def test_a_copied_sentence_is_text_alone_and_beside_a_models_own_words(sentence: str) -> None:
    own = Part("**Коротко:** это так.", (1,), "markdown")
    for parts in ([Part(sentence, (1,))], [own, Part(sentence, (2,), before="\n")], [Part(sentence), own]):
        shown = plain(part_runs(parts, {}, lambda _: False))
        assert sentence.rstrip(".") in shown
    assert "<b>Коротко:</b>" in to_html(part_runs([own, Part(sentence)], {}, lambda _: False))


@given(st.text(st.sampled_from("аb1 *_`~[](){}<>#\\|&^!-+.=:\n"), min_size=1, max_size=40))
def test_whatever_is_copied_is_shown_character_for_character(sentence: str) -> None:
    own = Part("Слово", kind="markdown")
    shown = plain(part_runs([own, Part(sentence.strip(), before="\n\n")], {}, lambda _: False))
    assert [char for char in shown if not char.isspace()] == [*"Слово", *(c for c in sentence if not c.isspace())]


def test_a_number_of_a_list_stays_as_it_was_written() -> None:
    shown = plain(markdown_runs("10. Десятый\n11. Одиннадцатый\n\n5. Пятый", lambda _: False))
    assert shown.split() == ["10.", "Десятый", "11.", "Одиннадцатый", "5.", "Пятый"]


def test_code_is_code_with_its_language_and_one_mark() -> None:
    parts = (Part("Так:", (1,)), Part("a[1] = b[2]\nprint(a)", (1,), "code", "\n", "python"))
    (html,) = answer_parts(make_answer("?", "", parts=parts), RU)
    assert '<pre><code class="language-python">a[1] = b[2]\nprint(a)</code></pre>' in html
    assert html.index("</pre>") < html.rindex('<a href="https://t.me/channel/1">[1]</a>')


def test_marks_are_links_and_brackets_of_the_text_are_not() -> None:
    parts = (Part("Берут из [0, 1] и [1, 2], a[2] = 7.", (1, 2)),)
    (html,) = answer_parts(make_answer("?", "", parts=parts), RU)
    answer = html.partition("<b>Источники")[0]
    assert answer.startswith("Берут из [0, 1] и [1, 2], a[2] = 7 <a href")
    assert answer.count("<a href") == 2


def test_the_answering_words_stand_out_in_the_passage() -> None:
    quote = "Раз. Два. Три."
    citation = Citation(1, "c/1", "Пост", "https://t.me/channel/1", None, quote, ((5, 9),))
    answer = make_answer("?", "", parts=(Part("Два.", (1,)),), citations=(citation,), extractive=True)
    (html,) = answer_parts(answer, RU)
    assert "Раз. <b>Два.</b> Три.</blockquote>" in html


def test_marks_become_links_and_code_stays_code() -> None:
    (html,) = answer_parts(make_answer("?", "Да [1, 2], но `a[1]` нет [7]."), RU)
    assert '<a href="https://t.me/channel/1">[1]</a><a href="https://t.me/channel/2">[2]</a>' in html
    assert "<code>a[1]</code>" in html
    assert "[7]" in html


def test_sources_are_folded_dated_and_escaped() -> None:
    (html,) = answer_parts(make_answer("?", "Да [1]."), RU)
    first = '<blockquote expandable>[1] <a href="https://t.me/channel/1">Пост 1 &lt;b&gt;&amp;</a> · 01.01.2025\n'
    quoted = answer_parts(make_answer("?", "Да [1].", extractive=True), RU)[0]
    assert f"{first}Текст поста 1 про модели &amp; данные.\n[2] " in html
    assert f"{first}Текст поста 1 про модели &amp; данные.\n[2] " in quoted  # the passage around it, to read on


def test_the_notice_of_an_extractive_answer_is_shown() -> None:
    (html,) = answer_parts(make_answer("?", "Цитата", extractive=True, notice="Модель <недоступна>"), RU)
    assert "<i>Модель &lt;недоступна&gt;</i>" in html


def test_a_long_answer_comes_in_several_messages() -> None:
    parts = answer_parts(make_answer("?", "\n\n".join(f"**Абзац {n}** " + "слово " * 100 for n in range(20))), RU)
    assert len(parts) > 2
    for html in parts:
        parse_html(html)


@given(st.lists(st.text(max_size=500), min_size=1, max_size=3))
def test_passages_are_shown_well_formed(texts: list[str]) -> None:
    found = [Found(str(n), text, "https://t.me/c/1", None, text) for n, text in enumerate(texts)]
    for html in passages_html(found, "Ещё"):
        parse_html(html)


@given(st.text(), st.integers(2, 50))
def test_a_shortened_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    line = shortened(text, limit)
    assert len(line) <= limit
    assert "\n" not in line


def test_both_languages_say_the_same_things() -> None:
    assert ru.TEXTS.keys() == en.TEXTS.keys()
    for key in ru.TEXTS:
        holes = [set(re.findall(r"\{(\w+)", texts[key])) for texts in (ru.TEXTS, en.TEXTS)]
        assert holes[0] == holes[1], key


def test_numbers_take_their_form() -> None:
    forms = [RU("forget_messages", n=n) for n in (1, 2, 5, 11, 21, 112)]
    assert forms == ["1 реплика", "2 реплики", "5 реплик", "11 реплик", "21 реплика", "112 реплик"]
    assert [Locale("en")("forget_answers", n=n) for n in (1, 2)] == ["1 answer", "2 answers"]


def test_the_language_is_the_users_or_that_of_the_letters() -> None:
    assert locale_for("ru").language == locale_for("uk").language == "ru"
    assert locale_for("de").language == "en"
    assert locale_for(None, "Что это?").language == "ru"
    assert locale_for(None, "What is LoRA?").language == "en"
    assert plain([]) == ""
