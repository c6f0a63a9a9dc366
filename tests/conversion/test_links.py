"""What is a link, what it leads to, and what it costs."""

from __future__ import annotations

import pytest

from konspekt.conversion.by_rule.counting import mastodon_length, tweet_length
from konspekt.conversion.document import Paragraph, Post, Run, all_runs
from konspekt.conversion.network import Network, Options
from konspekt.conversion.networks import network
from konspekt.conversion.networks.bluesky import facets, write
from konspekt.conversion.parsing.inline import autolink, with_scheme
from konspekt.conversion.parsing.markdown import blocks_from_markdown
from konspekt.conversion.parsing.telegram import blocks_from_telegram
from konspekt.indexer.documents import Entity

HOLDING = (
    "web.archive.org/web/2020/https://example.org/",
    "example.org/?next=https://a.example/x",
    "example.org/#https://a.example/x",
    "example.org/login?to=tg://resolve",
    "archive.org/ftp://old.example",
    "example.org:8080/https://a.example",
)


@pytest.mark.parametrize("link", HOLDING)
def test_a_link_without_a_scheme_may_hold_one(link: str) -> None:
    blocks = blocks_from_telegram(link, (Entity("url", 0, len(link)),))
    assert [run.url for run in all_runs(blocks)] == [f"https://{link}"]
    found = facets(write(blocks, Options()))
    assert found[0]["features"][0]["uri"] == f"https://{link}"
    text = network("markdown").write(blocks, Options()).text
    assert f"](https://{link})" in text
    again = blocks_from_markdown(text)
    assert [run.url for run in all_runs(again)] == [f"https://{link}"]


@pytest.mark.parametrize(
    "link", ["https://a.example/x", "HTTP://a.example", "tg://user?id=1", "mailto:a@b.example", "tel:+7900", "tg:x"]
)
def test_a_link_with_a_scheme_keeps_it(link: str) -> None:
    assert with_scheme(link) == link


def test_a_long_link_that_holds_another_is_shown_short_and_led_to_whole() -> None:
    link = "web.archive.org/web/20200101000000/https://example.org/a/very/long/path/indeed"
    runs = autolink((Run(f"Архив: {link}"),))
    written = write((Paragraph(runs),), Options())
    assert written.text.startswith("Архив: web.archive.org/web/2020")
    assert facets(written)[0]["features"][0]["uri"] == f"https://{link}"


def bluesky(*runs: Run) -> list[dict[str, object]]:
    found = facets(write((Paragraph(runs),), Options()))
    return [facet["features"][0] for facet in found]


@pytest.mark.parametrize(
    ("tag", "there"),
    [
        ("#" + "х" * 64, True),
        ("#" + "х" * 65, False),
        ("#" + "👍🏽" * 64, True),  # 64 graphemes of 8 bytes
        ("#" + "👨‍👩‍👧‍👦" * 26, False),  # 26 graphemes, 650 bytes
        ("#" + "e\u0301" * 64, True),
        ("#" + "оченьдлинныйхештег" * 4, False),
        ("#", False),
    ],
)
def test_a_tag_over_blueskys_limits_is_only_text(tag: str, there: bool) -> None:
    assert bool(bluesky(Run(tag, kind="hashtag"))) is there
    assert write((Paragraph((Run(tag, kind="hashtag"),)),), Options()).text == tag


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("https://example.org/?q=a b", "https://example.org/?q=a%20b"),
        ("https://example.org/\tx\ny", "https://example.org/%09x%0Ay"),
        ("https://пример.рф/путь", "https://пример.рф/путь"),
        ("tg://user?id=1", "tg://user?id=1"),
        ("https://example.org/" + "a" * 9000, None),
        ("https://example.org/" + "ы" * 4090, None),  # 8 KB are counted in bytes
        ("no address", None),
        ("//example.org", None),
    ],
)
def test_a_link_that_bluesky_would_refuse_is_mended_or_only_text(url: str, uri: str | None) -> None:
    found = bluesky(Run("слово", url=url))
    assert [feature["uri"] for feature in found] == ([uri] if uri else [])


def test_a_mention_leads_to_telegram_and_one_of_another_network_nowhere() -> None:
    assert bluesky(Run("@some_user", kind="mention"))[0]["uri"] == "https://t.me/some_user"
    assert bluesky(Run("@user@mastodon.social", kind="mention")) == []


def test_telegram_takes_a_hundred_entities() -> None:
    runs = tuple(piece for n in range(150) for piece in (Run(f"б{n}", frozenset({"bold"})), Run(" ")))
    draft = network("telegram")
    assert draft.facets is not None
    found = draft.facets(
        draft.write(
            (
                Paragraph(
                    (*runs, Run("конец", url="https://a.example")),
                ),
            ),
            Options(),
        )
    )
    assert len(found) == 100
    assert {"text_link"} == {entity["type"] for entity in found if "url" in entity}, "a link is more than a look"
    assert [entity["offset"] for entity in found] == sorted(entity["offset"] for entity in found)


@pytest.mark.parametrize("text", ["O(n^2)", "2^10", "^_^", "^^x", "x^(a b)", "**жирно^2**"])
def test_reddit_shows_a_caret_as_one(text: str) -> None:
    post = Post((Paragraph((Run(text),)),))
    written = network("reddit").write(post.blocks, Options()).text
    assert written.count("^") == written.count("\\^") == text.count("^")
    assert "^" not in written.replace("\\^", "")
    assert all_runs_text(written) == text
    assert "\\^" not in network("markdown").write(post.blocks, Options()).text


def all_runs_text(text: str) -> str:
    return "".join(run.text for run in all_runs(blocks_from_markdown(text)))


def test_a_caret_in_code_or_an_address_is_not_escaped() -> None:
    runs = (Run("a^b", frozenset({"code"})), Run(" "), Run("x", url="https://e.example/a^b"))
    assert network("reddit").write((Paragraph(runs),), Options()).text == "`a^b` [x](https://e.example/a^b)"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("https://пример.рф/путь?q=да", 23),
        ("https://example.org/поиск?q=кеш+ключей", 23),
        ("https://example.org/?q=да&z=нет#раздел", 23),
        ("https://example.org/?q=日本語", 23),
        ("https://example.org/?q=a^b", 23),
        ("https://example.org/日本語/ラベル", 23),
        ("https://example.org/\u0561\u0562", 23),
        ("https://example.org/a\u2014b", 23),
        ("https://example.org/🔥", 23),
        ("https://ru.wikipedia.org/wiki/Кеш_(память)", 23),
        ("https://ru.wikipedia.org/wiki/Кеш_(память)?q=(да)", 24),  # a bracket ends no query
        ("https://example.org/кеш.", 24),
        ("https://example.org/кеш?q=да,", 24),
        ("«https://example.org/кеш»", 1 + 23),  # there a closing quote may end a path
        ("https://example.org/?q=да нет", 27),
        ("(https://example.org/путь)", 25),
        ("https://mastodon.social/@user@other.example", 23),
        ("http://localhost:8080/x", 23),
        ("example.org/кеш", 15),
        ("https://a.example/" + "x" * 200, 218),
        ("см. https://example.org/а и https://example.org/б?в=г", 4 + 23 + 3 + 23),
    ],
)
def test_mastodon_counts_any_letter_of_a_link(text: str, length: int) -> None:
    assert mastodon_length(text) == length


def test_x_counts_as_it_did() -> None:
    assert tweet_length("https://example.org/поиск?q=да") == 23 + 2, "a query of X ends before Cyrillic letters"


def test_a_network_that_takes_long_links_is_still_measured_by_its_own_count() -> None:
    mastodon: Network = network("mastodon")
    link = "https://example.org/?q=" + "да" * 400
    assert mastodon.length(link) == 23
