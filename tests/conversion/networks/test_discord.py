"""Discord: messages of 2,000 in its own Markdown."""

from __future__ import annotations

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.document import Paragraph, Post, Run
from konspekt.conversion.networks.discord import DISCORD
from konspekt.conversion.posts.reading import post_from_text


def test_underline_and_spoiler_are_discords_own() -> None:
    post = Post((Paragraph((Run("под", frozenset({"underline"})), Run(" и "), Run("тайна", frozenset({"spoiler"})))),))
    assert convert(post, DISCORD).parts[0].text == "__под__ и ||тайна||"


def test_a_code_block_that_is_cut_is_a_block_in_each_message() -> None:
    code = "\n".join(f"print({n})" for n in range(300))
    parts = convert(post_from_text(f"```python\n{code}\n```"), DISCORD).parts
    assert len(parts) > 1
    assert all(part.text.startswith("```python\n") and part.text.endswith("\n```") for part in parts)
    inner = "\n".join(part.text.removeprefix("```python\n").removesuffix("\n```") for part in parts)
    assert inner == code


def test_headings_have_three_levels() -> None:
    assert convert(post_from_text("##### Глубоко\n\nтекст"), DISCORD).parts[0].text.startswith("### Глубоко")
