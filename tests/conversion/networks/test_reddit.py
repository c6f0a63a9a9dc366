"""Reddit: a title of 300 and Markdown."""

from __future__ import annotations

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.networks.reddit import REDDIT
from konspekt.conversion.posts.reading import post_from_text


def test_the_first_line_is_the_title_and_not_the_text_too() -> None:
    draft = convert(post_from_text("Быстрый attention\n\nТекст **жирно** и [ссылка](https://a.com/x)"), REDDIT)
    assert draft.title == "Быстрый attention"
    assert draft.parts[0].text == "Текст **жирно** и [ссылка](https://a.com/x)"


def test_a_long_first_sentence_is_shortened_for_the_title_and_kept_in_the_text() -> None:
    line = (
        "Очень длинное первое предложение, в котором автор рассказывает обо всём сразу, и ещё немного о погоде, "
        "и о том, как он провёл лето."
    )
    draft = convert(post_from_text(f"{line}\n\nДальше."), REDDIT)
    assert len(draft.title) <= 300
    assert line in draft.parts[0].text


def test_spoilers_are_reddits_own() -> None:
    from konspekt.conversion.document import Paragraph, Post, Run

    post = Post((Paragraph((Run("Ответ: "), Run("сорок два", frozenset({"spoiler"})))),))
    assert convert(post, REDDIT).parts[0].text == "Ответ: >!сорок два!<"
