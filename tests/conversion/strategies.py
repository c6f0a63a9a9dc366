"""Generated posts: every entity, nested marks, emoji sequences, right-to-left text, monstrous words and links."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from konspekt.conversion.canonical import canonical_runs
from konspekt.conversion.document import (
    Block,
    Code,
    Heading,
    ListBlock,
    ListItem,
    Mark,
    Paragraph,
    Post,
    Quote,
    Run,
    Runs,
    merge_runs,
    runs_text,
    strip_runs,
)

_SWEEP = 10 if os.environ.get("KONSPEKT_SWEEP") == "1" else 1  # ten times the examples, by hand


def quick(examples: int) -> settings:
    return settings(max_examples=examples * _SWEEP, deadline=None, suppress_health_check=list(HealthCheck))


EMOJI = ("🔥", "👨‍👩‍👧‍👦", "🙋🏽", "🇷🇺", "1️⃣", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩🏿‍🚀", "😶‍🌫️", "☺", "⚡️")
_SAMPLE = (
    "внимание быстрее квантизация is not (это) «цитата» 2.1× 2,7 3.5% snake_case a*b __init__ [x] <b> & &amp; | ~~ "
    "\\hat{A} `tick` # - + > 1. 2) =mc² שלום مرحبا 模型 ё́ e\u0301 Ω … — end. Yes! Why? т.е. wow!! {a} $x$ ^ :--"
)
WORDS = tuple(_SAMPLE.split())
MARKS: tuple[Mark, ...] = ("bold", "italic", "underline", "strike", "code", "spoiler")


def letters(without: str, *categories: str) -> st.SearchStrategy[str]:
    """Anything that can stand in a text, control characters and line separators apart."""
    return st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", *categories), exclude_characters=without)  # type: ignore[arg-type]


long_words = st.sampled_from((500, 2_000, 10_000)).map(lambda n: "ы" * n)
words = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(EMOJI),
    st.text(letters("@#/.\ufeff", "Zs"), min_size=1, max_size=12),
)
texts = st.lists(words, min_size=1, max_size=14).map(" ".join)
urls = st.one_of(
    st.sampled_from(
        (
            "https://github.com/thu-ml/SageAttention",
            "https://en.wikipedia.org/wiki/Primer_(film)",
            "https://example.com/путь?q=1&amp=2#x",
            "http://t.co/abc",
            "https://arxiv.org/abs/2410.02367",
        )
    ),
    st.integers(20, 2000).map(lambda n: "https://example.com/" + "a" * n),
)
marks = st.frozensets(st.sampled_from(MARKS), max_size=3)


@st.composite
def run(draw: st.DrawFn) -> Run:
    kind = draw(st.integers(0, 11))
    if kind == 0:
        url = draw(urls)
        return Run(url, url=url)
    if kind == 1:
        return Run(draw(texts), draw(marks) - {"code"}, url=draw(urls))
    if kind == 2:
        return Run("@" + draw(st.sampled_from(("karpathy", "ai_newz", "some_one_else"))), kind="mention")
    if kind == 3:
        return Run("#" + draw(st.sampled_from(("ликбез", "ml", "LLM_2024"))), kind="hashtag")
    if kind == 4:
        return Run(draw(st.sampled_from(EMOJI)), kind="emoji", emoji_id="5368324170671202286")
    return Run(draw(texts), draw(marks))


@st.composite
def run_lists(draw: st.DrawFn, *, breaks: bool = True) -> Runs:
    """Runs apart from each other by a space or a line break, so that a link or a tag keeps its edges."""
    found: list[Run] = []
    for piece in draw(st.lists(run(), min_size=1, max_size=6)):
        if found:
            found.append(Run(draw(st.sampled_from((" ", " ", "\n") if breaks else (" ",)))))
        found.append(piece)
    return canonical_runs(strip_runs(merge_runs(found)))


items = st.builds(ListItem, run_lists(), st.just("•"), st.integers(0, 2))
codes = st.builds(
    Code,
    st.one_of(
        st.sampled_from(("pip install sageattention", "def f(x):\n    return x\n\nf(1)", "```\nfence\n```", "x" * 700)),
        st.text(letters("\ufeff"), min_size=1, max_size=80).filter(lambda text: text.strip() == text and text),
    ),
    st.sampled_from(("", "python", "c++")),
)
blocks: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, run_lists()),
    st.builds(Paragraph, long_words.map(lambda word: (Run(word),))),
    st.builds(Heading, run_lists(breaks=False), st.integers(1, 6)),
    st.builds(lambda found: ListBlock(tuple(found)), st.lists(items, min_size=1, max_size=5)),
    st.builds(lambda found: Quote(tuple(found)), st.lists(run_lists(), min_size=1, max_size=3)),
    codes,
)
posts = st.builds(
    Post,
    st.lists(blocks, min_size=1, max_size=6).map(tuple),
    url=st.sampled_from((None, "https://t.me/some_channel/42")),
    lang=st.sampled_from(("ru", "en")),
)


def plain_words(post: Post) -> list[str]:
    return [word for block in post.blocks for runs in _texts(block) for word in runs.split()]


def _texts(block: Block) -> list[str]:
    if isinstance(block, Code):
        return [block.text]
    if isinstance(block, ListBlock):
        return [runs_text(item.runs) for item in block.items]
    if isinstance(block, Quote):
        return [runs_text(runs) for runs in block.paragraphs]
    return [runs_text(block.runs)] if isinstance(block, Paragraph | Heading) else []
