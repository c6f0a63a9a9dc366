"""What is written parses back: Markdown, HTML, LinkedIn's escaping, Telegram's entities."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from konspekt.conversion.by_model.whole_post import protect_post
from konspekt.conversion.canonical import canonical_runs
from konspekt.conversion.document import (
    Block,
    Code,
    Heading,
    ListBlock,
    ListItem,
    Paragraph,
    Quote,
    Run,
    Runs,
    merge_runs,
)
from konspekt.conversion.networks.linkedin import escape, hashtag, unescape
from konspekt.conversion.parsing.html import blocks_from_html
from konspekt.conversion.parsing.markdown import blocks_from_markdown
from konspekt.conversion.rewriting import map_lines
from konspekt.conversion.writing.markdown import write_markdown
from tests.conversion.html_writer import write_html
from tests.conversion.strategies import blocks, quick

QUICK = quick(120)


def _ready(found: list[Block]) -> tuple[Block, ...]:
    """The form that formats without custom emoji can give back: depths without gaps."""

    def change(runs: Runs) -> Runs:
        plain = [replace(run, kind="text", emoji_id=None) if run.kind == "emoji" else run for run in runs]
        return canonical_runs(merge_runs(plain))

    return tuple(_steps(block) for block in map_lines(tuple(found), change))


def _steps(block: Block) -> Block:
    if not isinstance(block, ListBlock):
        return block
    items: list[ListItem] = []
    depth = -1
    for item in block.items:
        depth = min(item.depth, depth + 1)
        items.append(replace(item, depth=depth))
    return replace(block, items=tuple(items))


documents = st.lists(blocks, min_size=1, max_size=5).map(_ready)


@QUICK
@given(documents)
@example((Paragraph((Run("a"), Run("b!", frozenset({"bold"})), Run("c"))),))
@example((Paragraph((Run("bold", frozenset({"bold"})), Run("it", frozenset({"italic"})))),))
@example((Paragraph((Run("wow!"), Run("x", url="https://a.com/"))),))
@example((Quote(((Run("1. not a list"),), (Run("- nor this"),))), Quote(((Run("apart"),),))))
@example((ListBlock((ListItem((Run("a"),)),)), ListBlock((ListItem((Run("b"),)),))))
@example((Heading((Run("C#"),), 2), Paragraph((Run("# not a heading\n+ nor a list\n===\n---"),))))
@example((Paragraph((Run("x", frozenset({"bold", "code"})), Run(" y ", frozenset({"code"})),
                     Run("z", frozenset({"bold", "code"})))),))  # fmt: skip
def test_markdown_parses_back_to_the_same_document(document: tuple[Block, ...]) -> None:
    assert blocks_from_markdown(write_markdown(document).text) == document


@QUICK
@given(documents)
def test_html_parses_back_to_the_same_document(document: tuple[Block, ...]) -> None:
    assert blocks_from_html(write_html(document).text) == document


@quick(40)
@given(documents)
def test_a_post_shown_to_a_model_and_given_back_unchanged_is_the_post(document: tuple[Block, ...]) -> None:
    whole = protect_post(document)
    assert whole.lost(whole.text) == []
    assert blocks_from_markdown(write_markdown(whole.restored(whole.text)).text) == document


@quick(40)
@given(documents, st.lists(st.sampled_from(("⟦1⟧", "⟦2⟧", "⟦9⟧", "[a](⟦1⟧)", "- ", "# ", "```", "\n", "\n\n", "ok"))))
def test_whatever_a_model_answers_becomes_blocks_without_marks(document: tuple[Block, ...], pieces: list[str]) -> None:
    """Marks inside a fence of the model's own stay, and the draft is refused for its code."""
    whole = protect_post(document)
    blocks = tuple(block for block in whole.restored("".join(pieces)) if not isinstance(block, Code))
    assert "⟦1⟧" not in write_markdown(blocks).text or not whole.slots


@given(st.text())
def test_linkedin_escaping_round_trips(text: str) -> None:
    assert unescape(escape(text)) == text
    assert not re.search(r"(?<!\\)(?:\\\\)*[|{}@\[\]()<>#*_~]", escape(text))


@given(st.from_regex(r"\A#\w{1,20}\Z"))
def test_a_linkedin_hashtag_round_trips(tag: str) -> None:
    assert unescape(f"x {hashtag(tag)} y") == f"x {tag} y"
