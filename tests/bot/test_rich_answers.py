"""Answers as rich messages: what needs them, that they are valid and whole, and that their HTML form can be read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from konspekt.answering.answer import Answer, Part
from konspekt.answering.writing.extractive import Quote
from konspekt.answering.writing.kinds.units import units_of
from konspekt.answering.writing.quoting import Excerpt, quoted
from konspekt.bot.locales import Locale
from konspekt.bot.text.rendering import answer_parts
from konspekt.bot.text.rich.answer import needs_rich, rich_answer
from konspekt.bot.text.rich_text import html_to_text
from konspekt.indexer.passages import COURSE, Passage
from tests.bot.harness import make_answer
from tests.conftest import ROOT
from tests.fakes.bot_api.rich import RichReader
from tests.fakes.telegram_text import parse_html, utf16_length

SAMPLE = ROOT / "sample" / "course"
RU = Locale("ru")
TABLE = "| Метод | Шагов |\n|---|---:|\n| Euler | 40 |\n| DPM++ | 25 |"
HOLDS = re.compile(r"```|\$|^\s*\|", re.MULTILINE)


def of(*parts: Part, **changes: Any) -> Answer:
    return make_answer("?", "".join(part.text for part in parts), parts=parts, **changes)


def rich(*parts: Part, **changes: Any) -> str:
    html = rich_answer(of(*parts, **changes), RU)
    assert html is not None
    RichReader(html)
    return html


@cache
def sample_answers() -> list[tuple[str, Answer]]:
    """Each sentence with a formula, each row of a table and block of code of the course, quoted alone and with what
    stands before it."""
    found = []
    for path in sorted(SAMPLE.glob("*.md")):
        text = path.read_text("utf-8")
        for start, section in _sections(text):
            document = f"{COURSE}{path.name}"
            date = datetime(2025, 3, 1, tzinfo=UTC)
            passage = Passage(1, 1.0, document, start, path.stem, f"https://example.org/{path.name}", date, "course",
                              section, "ru", 100)  # fmt: skip
            units = units_of(section)
            for place, unit in enumerate(units):
                if (HOLDS.search(unit.text) or unit.is_row) and not unit.is_head:
                    for first in {place, max(0, place - 1)}:
                        chosen = tuple(range(first, place + 1))
                        parts, citations = quoted([Excerpt(Quote(passage, section, 1.0), tuple(units), chosen)])
                        answer = make_answer(
                            "?", "", parts=parts, citations=citations, passages=(passage,), extractive=True
                        )
                        found.append((section[unit.start : unit.end], answer))
    return found


def _sections(text: str) -> list[tuple[int, str]]:
    starts = [match.start() for match in re.finditer(r"^## ", text, re.MULTILINE)] or [0]
    return [(start, text[start:end].strip()) for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def test_a_hundred_answers_of_the_sample_are_valid_whole_and_readable() -> None:
    answers = sample_answers()
    assert len(answers) >= 100
    needing = 0
    for unit, answer in answers:
        html = rich_answer(answer, RU)
        assert html is not None, unit
        reader = RichReader(html)
        for latex in re.findall(r"\$\$(.+?)\$\$", unit, re.DOTALL):
            assert latex.strip() in reader.formulas, unit
        if unit.lstrip().startswith("|"):  # a row, told in words
            cells = [cell.strip() for cell in re.findall(r"[^|\n]+", unit) if re.fullmatch(r"[\w ]+", cell.strip())]
            assert all(cell in reader.text for cell in cells), unit
            assert all("|" not in part.text for part in answer.parts), unit
        if unit.startswith("```"):
            assert all(line.strip() in reader.text for line in unit.split("\n")[1:-1]), unit
        assert "$" not in re.sub(r"<(pre|code).*?</\1>", "", html, flags=re.DOTALL), unit
        needing += needs_rich(answer.parts)
        for message in answer_parts(answer, RU):
            text = parse_html(message)
            assert utf16_length(text) <= 4096
            bare = re.sub(r"<(pre|code).*?</\1>", "", message, flags=re.DOTALL)
            assert not re.search(r"\$|\\[a-z]|\|\s*-{2,}|^\|", html_to_text(bare), re.MULTILINE), unit
    assert needing >= 20


@pytest.mark.parametrize(
    ("part", "needed"),
    [
        (Part("Просто слова.", kind="markdown"), False),
        (Part("Цена выросла с $5 до $10 за месяц.", kind="markdown"), False),
        (Part("Вход стоит $5, выход $7.", kind="text"), False),
        (Part("Шаг $x_t$ простой.", kind="authored"), False),  # Unicode says it exactly
        (Part("Матрица $\\begin{pmatrix}a\\end{pmatrix}$.", kind="authored"), True),
        (Part("Так: $$x = 1$$", kind="authored"), True),
        (Part("Так: \\[x = \\frac{1}{2}\\]", kind="markdown"), True),
        (Part("Интервал \\[0, 1\\] закрыт.", kind="markdown"), False),
        (Part("Формула \\(\\underbrace{x}_{n}\\) внутри.", kind="markdown"), True),
        (Part(TABLE, kind="markdown"), True),
        (Part(TABLE, kind="text"), False),  # a post's own signs
        (Part("x = 1", kind="code", language="python"), False),
        (Part("x = 1\n" * 300, kind="code", language="python"), True),
        (Part("```\n" + "x = 1\n" * 300 + "```", kind="markdown"), True),
        (Part("`$\\underbrace{x}$` — исходник", kind="markdown"), False),
    ],
)
def test_what_needs_a_rich_message(part: Part, needed: bool) -> None:
    assert needs_rich([part]) == needed


def test_a_table_a_formula_and_code_are_what_they_are() -> None:
    html = rich(
        Part("## Шаги\n\nИх число:", (1,), "markdown"),
        Part(TABLE, (1,), "markdown", "\n\n"),
        Part("А шум — $$x_t = \\sqrt{\\bar a}\\,x_0$$", (2,), "markdown", "\n\n"),
        Part("print(1 < 2)", (2,), "code", "\n", "python"),
    )
    assert '<table bordered striped><tr><th>Метод</th><th align="right">Шагов</th></tr>' in html
    assert '<td align="right">40</td>' in html
    assert "<h4>Шаги</h4>" in html
    assert "<tg-math-block>x_t = \\sqrt{\\bar a}\\,x_0</tg-math-block>" in html
    assert '<pre><code class="language-python">print(1 &lt; 2)</code></pre>' in html
    assert html.count('<a href="https://t.me/channel/1">[1]</a>') == 2
    assert "<details><summary>[1] Пост 1 &lt;b&gt;&amp; · 01.01.2025</summary>" in html


def test_lists_stay_nested_and_numbers_stay_theirs() -> None:
    html = rich(Part("3. три\n   - а\n   - б\n4. четыре", kind="markdown"))
    assert '<ol start="3"><li>три<ul><li>а</li><li>б</li></ul></li><li>четыре</li></ol>' in html


@pytest.mark.parametrize(
    "text",
    [
        "**не жирно** и _не курсив_ <b>и не тег</b>",
        "# не заголовок\n1. не список\n| не | таблица |\n|---|---|",
        "`не код` и [не ссылка](https://example.org)",
        "~~~\nне ограда\n~~~",
        "Вход $5, а выход $7 & всё",
    ],
)
def test_a_copied_sentence_is_text_and_never_markdown(text: str) -> None:
    html = rich(Part(text, (1,), "text"), citations=(), passages=())
    body = RichReader(html)
    assert body.tags <= {"p"}
    for line in text.split("\n"):
        assert line in body.text


def test_a_formula_in_a_post_is_a_formula_only_where_it_reads_like_one() -> None:
    html = rich(Part("Берём $x_{t-1}$ за $5 и за $7.", kind="text"))
    assert "<tg-math>x_{t-1}</tg-math> за $5 и за $7." in html


def test_links_of_a_model_stay_only_where_the_index_knows_them() -> None:
    html = rich(Part("[пост](https://t.me/channel/1) и [чужое](https://evil.example)", kind="markdown"))
    assert '<a href="https://t.me/channel/1">пост</a> и чужое' in html


@pytest.mark.parametrize(
    "part",
    [
        Part("\n".join(f"- {n}" for n in range(600)), kind="markdown"),
        Part("слово " * 6000, kind="markdown"),
        Part("|" + " a |" * 21 + "\n|" + "---|" * 21 + "\n|" + " 1 |" * 21, kind="markdown"),
        Part("\n".join("  " * n + "- слово" for n in range(20)), kind="markdown"),
    ],
)
def test_what_is_too_much_for_a_rich_message_is_none(part: Part) -> None:
    assert rich_answer(of(part), RU) is None
    assert answer_parts(of(part), RU)


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("markdown", "Шаг \\(x_t\\) и $\\alpha$.", "Шаг xₜ и α."),
        ("markdown", "Матрица $\\underbrace{x}_{n}$.", "Матрица <code>\\underbrace{x}_{n}</code>."),
        ("markdown", "Цена $5, потом $7.", "Цена $5, потом $7."),
        ("markdown", TABLE, "• Euler — Шагов: 40\n• DPM++ — Шагов: 25"),
        ("authored", "Шаг \\(x_t\\), \\[0, 1\\].", "Шаг xₜ, [0, 1]."),
    ],
)
def test_the_html_form_of_formulas_and_tables(kind: Any, text: str, shown: str) -> None:
    (message,) = answer_parts(of(Part(text, kind=kind), citations=(), passages=()), RU)
    assert message == shown


@pytest.mark.skipif(not (Path(ROOT).parent / "shared" / "dumps").is_dir(), reason="no dumps here")
def test_posts_of_real_dumps_are_valid_rich_messages() -> None:
    import json

    for path in sorted((Path(ROOT).parent / "shared" / "dumps").glob("*.json"))[:2]:
        for message in json.loads(path.read_text("utf-8")).get("messages", [])[:300]:
            words = message.get("text_entities") or []
            text = "".join(one.get("text", "") for one in words if isinstance(one, dict))
            if text.strip() and (html := rich_answer(of(Part(text, (1,), "text")), RU)) is not None:
                RichReader(html)
