"""Formulas where a network draws none: Unicode where it is exact, else TeX that the author is told of."""

from __future__ import annotations

import pytest

from konspekt.conversion.drafting import draft_by_rule
from konspekt.conversion.networks import network
from konspekt.conversion.posts.reading import post_from_text
from konspekt.conversion.writing.tex import unicode_of


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\sqrt{d}", "√d"),
        (r"\sqrt{d + 1}", "√(d + 1)"),
        (r"\alpha \approx \log N", "α ≈ log N"),
        (r"x^2 + y_i", "x² + yᵢ"),
        (r"10^{-3}", "10⁻³"),
        (r"\frac{1}{2}", "1/2"),
        (r"\frac{a + b}{c}", "(a + b)/c"),
        (r"\mathrm{softmax}(z)", "softmax(z)"),
        (r"O(n^2)", "O(n²)"),
        (r"\sigma \le 0.5", "σ ≤ 0.5"),
        (r"d = 128", "d = 128"),
        (r"e^{\beta x}", None),
        (r"\begin{matrix} a \end{matrix}", None),
        (r"\frac{a/b}{c}", None),
        (r"x_{max}", "xₘₐₓ"),
        (r"x_{Q}", None),
        (r"{", None),
    ],
)
def test_a_formula_is_unicode_only_where_nothing_is_lost(tex: str, text: str | None) -> None:
    assert unicode_of(tex) == text


def shown(text: str, name: str = "x") -> str:
    return draft_by_rule(post_from_text(text, lang="ru"), network(name)).text


def test_inline_formulas_are_read_on_networks_that_draw_none() -> None:
    text = r"Делим на $\sqrt{d}$, и при $d = 128$ дисперсия \(x^2\) равна единице, $\alpha$."
    assert shown(text) == "Делим на √d, и при d = 128 дисперсия x² равна единице, α."
    assert shown(text, "habr").endswith(text[5:]) or r"\sqrt{d}" in shown(text, "habr")


def test_money_and_code_are_no_formulas() -> None:
    text = "Стоит $5 или $6, а код `$x^2$` и $HOME остаются."
    assert "$5 или $6" in shown(text)
    assert "$HOME" in shown(text)
    assert "$x^2$" in shown("**Код**\n\nКод `$x^2$` остаётся.")


def test_what_has_no_unicode_is_marked() -> None:
    text = r"Берут $e^{\beta x}$ и делят на сумму."
    draft = draft_by_rule(post_from_text(text), network("x"))
    assert [line.why for line in draft.marked] == [("formula",)]
    assert draft_by_rule(post_from_text(f"Сумма\n\n{text}"), network("habr")).finished


def test_a_post_longer_than_linkedin_takes_says_where_it_goes_on() -> None:
    text = "\n\n".join(f"Абзац {place}. " + "Слово за словом, и так до конца абзаца. " * 8 for place in range(12))
    draft = draft_by_rule(post_from_text(text), network("linkedin"))
    assert len(draft.parts) > 1
    assert draft.parts[0].text.endswith("Продолжение — в комментариях.")
    assert all(part.length <= part.limit for part in draft.parts)
    assert "Продолжение" not in draft.parts[-1].text
