"""dev.to: front matter over Markdown."""

from __future__ import annotations

from dataclasses import replace

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.networks.devto import DEVTO
from konspekt.conversion.parsing.markdown import split_front_matter
from konspekt.conversion.posts.reading import post_from_text


def test_the_front_matter_has_title_tags_and_canonical_link() -> None:
    post = replace(
        post_from_text('Про "кавычки" и двоеточие: да\n\nТекст.'),
        url="https://t.me/channel/5",
        tags=("Machine-Learning", "ИИ", "cuda", "gpu", "fifth"),
    )
    values, body = split_front_matter(convert(post, DEVTO).parts[0].text)
    assert values["published"] == "false"
    assert values["tags"] == "machinelearning, ии, cuda, gpu"
    assert values["canonical_url"] == "https://t.me/channel/5"
    assert "кавычки" in values["title"]
    assert body.strip().startswith("Текст.")


def test_the_front_matter_counts() -> None:
    part = convert(post_from_text("Заголовок\n\nТекст."), DEVTO).parts[0]
    assert part.length == len(part.text)
