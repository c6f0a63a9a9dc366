"""A post as it is told on LinkedIn: the result first, then the problem and how, what was learnt, a question at the end.

All of it are the post's own paragraphs. One that nothing marks as a lesson or a question keeps its place.
"""

from __future__ import annotations

import re

from konspekt.conversion.by_rule.sentences import asks_readers, leans
from konspekt.conversion.document import Block, Blocks, Paragraph, all_runs, block_text

_LESSON = re.compile(
    r"[^\w]*(?:вывод|мораль|урок|итого|итог\b|главное|в общем|короче говоря|чему (?:я|мы) научил|что (?:я|мы) понял"
    r"|lessons?\b|takeaways?\b|rule of thumb|bottom line|in short|the moral|what (?:i|we) learn)",
    re.IGNORECASE,
)


def told(blocks: Blocks) -> Blocks:
    """The blocks with the lesson, then the question to the readers, last; links and tags stay under them."""
    end = len(blocks)
    while end and _is_tail(blocks[end - 1]):
        end -= 1
    body, tail = blocks[:end], blocks[end:]
    question = next((place for place in range(len(body) - 1, 0, -1) if _asks(body[place])), None)
    lesson = next((place for place in range(len(body) - 1, 0, -1) if _teaches(body, place)), None)
    last = [place for place in (lesson, question) if place is not None]
    if not last:
        return blocks
    rest = [block for place, block in enumerate(body) if place not in last]
    return (*rest, *(body[place] for place in dict.fromkeys(last)), *tail)


def _is_tail(block: Block) -> bool:
    """Links, tags, signatures: what stands under a post."""
    if not isinstance(block, Paragraph):
        return False
    words = " ".join(run.text for run in all_runs((block,)) if run.url is None and run.kind == "text")
    return len(re.findall(r"[^\W\d_]{2,}", words)) < 3


def _asks(block: Block) -> bool:
    text = block_text(block)
    return isinstance(block, Paragraph) and "\n" not in text and asks_readers(text)


def is_lesson(text: str) -> bool:
    return _LESSON.match(text) is not None


def _teaches(body: Blocks, place: int) -> bool:
    """A paragraph that says what was learnt, whole in itself: neither does it announce what follows, nor does that
    hang on it."""
    block = body[place]
    if not isinstance(block, Paragraph) or not is_lesson(block_text(block)) or block_text(block).endswith(":"):
        return False
    after = body[place + 1] if place + 1 < len(body) else None
    return after is None or (isinstance(after, Paragraph) and not leans(block_text(after)))
