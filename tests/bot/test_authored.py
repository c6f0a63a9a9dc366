"""Course files are Markdown with formulas: an answer shows them as a book would, and nothing of their signs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.answering.answer import Citation, Part
from konspekt.bot.locales import Locale
from konspekt.bot.text.answer_runs import part_runs
from konspekt.bot.text.authored import authored_runs
from konspekt.bot.text.formulas import in_unicode
from konspekt.bot.text.rendering import answer_parts
from konspekt.bot.text.rich_text import plain, to_html
from konspekt.indexer.passages import is_markdown
from tests.bot.harness import make_answer
from tests.fakes.telegram_text import parse_html

LESSON = "course:lessons/01.md"


def shown(text: str, *stretches: tuple[int, int]) -> str:
    return to_html(authored_runs(text, lambda _: True, stretches))


@pytest.mark.parametrize(
    ("latex", "written"),
    [
        (r"x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\varepsilon", "xₜ = √ᾱₜ x₀ + √(1−ᾱₜ) ε"),
        (r"\frac{a+b}{2}", "(a+b)/2"),
        (r"\tfrac12 g^2", "½ g²"),
        (r"q(x_{t-1}\mid x_t)", "q(xₜ₋₁ | xₜ)"),
        (r"z\sim\mathcal N(0, I)", "z ∼ 𝒩(0, I)"),
        (r"\mathbb{E}[X]", "𝔼[X]"),
        (r"\|Wx\|^2", "‖Wx‖²"),
        (r"10^{-5}", "10⁻⁵"),
        (r"p(x)^w", "p(x)^w"),
        (r"\varepsilon_\theta", "ε_θ"),
        (r"e^{x+\delta}", "e^(x+δ)"),
        (r"\text{loss} \le 0.5", "loss ≤ 0.5"),
    ],
)
def test_a_formula_is_written_in_unicode(latex: str, written: str) -> None:
    assert in_unicode(latex) == written


@pytest.mark.parametrize(
    "latex", [r"\begin{pmatrix}1 & 0\end{pmatrix}", r"\underbrace{x}", r"\unknown", "{x", r"\frac{1}", "", "{" * 50]
)
def test_what_unicode_cannot_say_exactly_is_not_guessed_at(latex: str) -> None:
    assert in_unicode(latex) is None


@given(st.text(st.sampled_from("\\{}^_$ab1+-= fracsqtmhl"), max_size=60))
def test_no_text_breaks_the_reader_of_formulas(latex: str) -> None:
    assert in_unicode(latex) is None or in_unicode(latex)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Здесь $x_0$ и **важное**.", "Здесь x₀ и <b>важное</b>."),
        ("$$\\begin{matrix}a\\end{matrix}$$", "<code>\\begin{matrix}a\\end{matrix}</code>"),
        ("Строка файла\nидёт дальше.", "Строка файла идёт дальше."),
        ("## Зачем\nЗатем.", "<b>Зачем</b>\n\nЗатем."),
        ("- один\n- *два*", "• один\n• <i>два</i>"),
        ("Цена $5 и ещё $6.", "Цена $5 и ещё $6."),
        ("Вызов `f($x$)`.", "Вызов <code>f($x$)</code>."),
        ("| А | Б |\n|---|---|\n| раз | 2 |", "• раз — Б: 2"),
        ("| раз | 2 |\n| два | 3 |", "• раз — 2\n• два — 3"),
        ("[лекция](https://a.example/1)", '<a href="https://a.example/1">лекция</a>'),
        ("половина **без конца", "половина **без конца"),
        ("```python\n# | a | b |\nx = 1\n```", '<pre><code class="language-python"># | a | b |\nx = 1</code></pre>'),
    ],
)
def test_markdown_of_a_course_file_is_formatting(text: str, html: str) -> None:
    assert shown(text) == html


@pytest.mark.parametrize(
    ("text", "answering", "bold"),
    [
        ("Раз. Два. Три.", "Два.", "<b>Два.</b>"),
        ("- **Порог**: режут.\n- Другое.", "- **Порог**: режут.", "<b>Порог: режут.</b>"),
        ("По $x_0$ видно. Да.", "По $x_0$ видно.", "<b>По x₀ видно.</b>"),
        ("## Глава\nСлово.", "## Глава", "<b>Глава</b>"),
        ("Код `x` есть. Да.", "Код `x` есть.", "<b>Код </b><code>x</code><b> есть.</b>"),
    ],
)
def test_the_words_that_answer_are_bold_and_nothing_else(text: str, answering: str, bold: str) -> None:
    start = text.index(answering)
    html = shown(text, (start, start + len(answering)))
    assert bold in html
    assert parse_html(html)


@given(st.text(st.sampled_from("ab1 *_`$|#-\n\\[]().\uf000\uf7fe\ue001"), max_size=80), st.integers(0, 40))
def test_any_text_becomes_well_formed_html(text: str, start: int) -> None:
    parse_html(shown(text, (start, start + 10)))
    part = Part(text or "x", (1,), "authored")
    parse_html(to_html(part_runs([part, Part("**свои** слова", (1,), "markdown")], {}, lambda _: False)))
    assert not any("\uf000" <= char <= "\uf7ff" for char in plain(authored_runs(text, lambda _: False)))


def test_a_mark_stands_before_the_stop_behind_a_formula() -> None:
    html = to_html(part_runs([Part("Скорость — $x_1 - x_0$.", (1,), "authored")], {1: "https://a.example"}, bool))
    assert html == 'Скорость — x₁ − x₀ <a href="https://a.example">[1]</a>.'


def test_a_mark_behind_a_table_is_no_cell_of_it() -> None:
    table = "| А | Б |\n|---|---|\n| раз | 2 |\n| два | 3 |"
    shown_table = plain(part_runs([Part(table, (1,), "authored")], {}, bool))
    assert shown_table == "• раз — Б: 2\n• два — Б: 3\n\n[1]"


@pytest.mark.parametrize(
    ("document", "markdown"),
    [
        ("course:sample/course/01-noise.md", True),
        ("course:c/05.ipynb", True),
        ("course:c/talk.srt", False),
        ("course:c/hand.pdf", False),
        ("telegram:1/2", False),
        ("dump:a/readme.md", False),
    ],
)
def test_posts_keep_their_stars_and_dollars(document: str, markdown: bool) -> None:
    assert is_markdown(document) is markdown


def quoted(quote: str, *answering: tuple[int, int], document: str = LESSON) -> str:
    citation = Citation(1, document, "Лекция", "https://a.example", datetime(2026, 9, 7, tzinfo=UTC), quote, answering)
    answer = make_answer("?", "", extractive=True, parts=(Part("Ответ.", (1,)),), citations=(citation,))
    return "".join(answer_parts(answer, Locale("ru")))


def test_the_passage_below_is_readable_too_and_does_not_say_the_answer_again() -> None:
    assert "<b>Да, $5.</b>" in quoted("Да, $5. А ещё **нет** и многое другое.", (0, 7), document="telegram:1/2")
    assert "**нет**" in quoted("Да, $5. А ещё **нет** и многое другое.", (0, 7), document="telegram:1/2")
    assert "<b>нет</b>" in quoted("Да. А ещё **нет** и многое другое.", (0, 3))
    assert "Всё уже сказано" not in quoted("Всё уже сказано выше.", (0, 21))
    assert "Лекция" in quoted("Всё уже сказано выше.", (0, 21))
