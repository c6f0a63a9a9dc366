"""A translated post in the manner of a network: an opening, one part of chosen sentences, headings, hashtags.

Nothing here lets the model write a sentence about the post. It chooses among the author's, and names sections in words
that the section has.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from konspekt.conversion.by_model import prompts
from konspekt.conversion.by_model.answers import cleaned
from konspekt.conversion.by_model.composing import SHORT
from konspekt.conversion.by_model.hashtags import with_hashtags
from konspekt.conversion.by_model.selecting import MOST, chosen, numbered
from konspekt.conversion.by_model.together import together
from konspekt.conversion.by_rule.convert import first_line
from konspekt.conversion.by_rule.sentences import Sentence, is_title, leans, sentences_of, strongest
from konspekt.conversion.document import (
    Blocks,
    Code,
    Heading,
    Paragraph,
    Post,
    Run,
    Runs,
    post_text,
    runs_text,
)
from konspekt.conversion.draft import Marked
from konspekt.conversion.manner.article import as_article
from konspekt.conversion.messages import say
from konspekt.conversion.network import Network
from konspekt.conversion.wishes import Wishes
from konspekt.llm_client import ChatModel, Message

_SHORTEST = 140
_FAR = 900  # characters: a sentence nearer to the beginning needs no opening, the reader gets there
_LONG_ARTICLE = 1500  # characters: the longest stretch without a heading that readers of articles put up with
_SECTION = 600
_HEADING = 60


@dataclass(slots=True)
class Notes:
    """What is said to the author along with the draft; `trouble` names the checks that failed, `lines` are those that
    no try got right, as they came out."""

    warnings: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    lines: list[Marked] = field(default_factory=list)


class Adapter:
    def __init__(self, model: ChatModel, *, speak: str = "en") -> None:
        self._model = model
        self._speak = speak

    async def adapt(self, post: Post, network: Network, wishes: Wishes, notes: Notes) -> Post:
        """The post with its blocks rearranged; itself where the network takes it as it is."""
        habit = wishes.length or network.habit
        blocks = post.blocks
        if habit == "short":
            blocks = await self._retell(post, network, wishes, notes)
        elif habit == "medium":
            blocks = await self._open(post, network, wishes)
            if network.likes_stories and wishes.length is None:
                notes.warnings.append(say(self._speak, "as_told", network=network.title))
        if network.article and habit != "short":
            blocks = await self._head(blocks, post.lang, notes)
        return await self.tagged(post if blocks is post.blocks else replace(post, blocks=blocks), wishes)

    async def tagged(self, post: Post, wishes: Wishes) -> Post:
        """The post with as many hashtags made of its own words as were asked for."""
        if not wishes.hashtags:
            return post
        return replace(post, blocks=with_hashtags(post.blocks, await self._tags(post, wishes.hashtags)))

    async def _ask(self, messages: list[Message], tokens: int, temperature: float = 0.0) -> str:
        completion = await self._model.complete(messages, max_tokens=tokens, temperature=temperature)
        return completion.text

    async def _pick(self, sentences: list[Sentence], title: str, lang: str, count: int, attempt: int) -> list[int]:
        """Places of sentences that the model would take, at most `count`."""
        messages = prompts.pick(numbered(sentences), title, lang, count)
        answer = await self._ask(messages, 8 * count, 0.0 if attempt == 0 else 0.8)
        return chosen(answer, len(sentences))[:count]

    # ------------------------------------------------------------ an opening

    async def _open(self, post: Post, network: Network, wishes: Wishes) -> Blocks:
        """A long post opens with its strongest sentence, under its own title line."""
        blocks = post.blocks
        sentences = [sentence for sentence in sentences_of(blocks) if not leans(sentence.text)]
        if network.fits(post_text(blocks)) or not sentences or sentences[-1].place < _FAR:
            return blocks
        title = first_line(blocks)[0]
        place = strongest(sentences, title)
        if place is None:
            sentences = sentences[:6] + [sentence for sentence in sentences[6:] if sentence.place >= _FAR][6 - MOST :]
            place = next(iter(await self._pick(sentences, title, post.lang, 1, wishes.attempt)), None)
        if place is None or sentences[place].place < _FAR:
            return blocks
        opening = Paragraph(_plain(sentences[place].runs))
        if is_title(blocks[0]):
            return (blocks[0], opening, *blocks[1:])
        return (opening, *blocks)

    # ------------------------------------------------------------ one part

    async def _retell(self, post: Post, network: Network, wishes: Wishes, notes: Notes) -> Blocks:
        """The title and as many chosen sentences as one part takes, in the post's order."""
        blocks = post.blocks
        size = len(post_text(blocks))
        room = min(network.limit, SHORT) - 40
        if wishes.length == "short":  # asked for by someone who has seen how long it is
            room = min(room, max(_SHORTEST, size * 3 // 5))
        if size <= room:
            return blocks
        title = first_line(blocks)[0] if is_title(blocks[0]) else ""
        sentences = sentences_of(blocks)
        if not sentences:
            return blocks
        count = max(1, min(4, room // 120))
        wanted = await self._pick(sentences, title, post.lang, count, wishes.attempt) if len(sentences) > count else []
        best = strongest(sentences, title)
        order = dict.fromkeys([*([best] if best is not None else []), *wanted, *range(len(sentences))])
        kept: list[int] = []
        left = room - len(title) - 2
        for place in order:
            cost = len(sentences[place].text) + 1
            if len(kept) < count and cost <= left and not (leans(sentences[place].text) and place - 1 not in kept):
                kept.append(place)
                left -= cost
        if not kept:
            kept = [min(range(len(sentences)), key=lambda place: len(sentences[place].text))]
        notes.warnings.append(say(self._speak, "chosen", count=len(kept), network=network.title))
        runs: list[Run] = []
        for place in sorted(kept):
            runs += [*([Run(" ")] if runs else []), *sentences[place].runs]
        code = tuple(block for block in blocks if isinstance(block, Code) and len(block.text) < left)
        head = (Paragraph((Run(title),)),) if title else ()
        return (*head, Paragraph(tuple(runs)), *(code if network.shows_code else ()))

    # ------------------------------------------------------------ an article

    async def _head(self, blocks: Blocks, lang: str, notes: Notes) -> Blocks:
        """Lines that stand as headings become headings; a long text without any gets some from the model."""
        blocks = as_article(blocks)
        starts = _section_starts(blocks)
        if len(post_text(blocks)) < _LONG_ARTICLE or not starts or any(isinstance(one, Heading) for one in blocks):
            return blocks
        ends = [*starts[1:], len(blocks)]
        sections = [post_text(blocks[start:end]) for start, end in zip(starts, ends, strict=True)]
        answers = await together([self._ask(prompts.heading(section[:1200], lang), 24) for section in sections])
        headed = list(blocks)
        for start, section, answer in reversed(list(zip(starts, sections, answers, strict=True))):
            heading = cleaned(answer, section).strip(" .:#*")
            if 3 <= len(heading) <= _HEADING and own_words(heading, section):
                headed.insert(start, Heading((Run(heading),), level=2))
            else:
                notes.trouble.append("heading")
        return tuple(headed)

    # ------------------------------------------------------------ hashtags

    async def _tags(self, post: Post, count: int) -> list[str]:
        """Hashtags of the post's own words; where the model finds too few, names that the post repeats fill up."""
        text = post_text(post.blocks)
        answer = await self._ask(prompts.hashtags(text, post.lang, count), 12 * count)
        have = {tag.casefold() for tag in re.findall(r"#\w+", text)}
        offered = re.findall(r"#\w*[^\W\d]\w*", answer) + [
            "#" + name for name, _ in Counter(_names(text)).most_common()
        ]
        squeezed = re.sub(r"[\W_]+", "", text).casefold()
        words = {word[:5] for word in re.findall(r"\w{2,}", text.casefold())}
        fresh = {tag.casefold(): tag for tag in reversed(offered) if tag.casefold() not in have}
        return [tag for key, tag in reversed(fresh.items()) if key[1:] in squeezed and key[1:6] in words][:count]


def own_words(answer: str, source: str) -> bool:
    """Every word of some length stands in the source, by its beginning, and so does every number."""
    have = {word[:5].casefold() for word in re.findall(r"\w{4,}", source)}
    words = re.findall(r"\w{4,}", answer)
    numbers = re.findall(r"\d+", answer)
    return all(word[:5].casefold() in have for word in words) and all(number in source for number in numbers)


def _plain(runs: Runs) -> Runs:
    """The words without emoji or signs before them: an opening is plain."""
    text = runs_text(runs)
    if any(run.url for run in runs):
        return runs
    return (Run(re.sub(r"^[^\w«\"(]+", "", text)),)


def _section_starts(blocks: Blocks) -> list[int]:
    """Where sections begin: at paragraphs, each section long enough for a heading; what comes first has the title."""
    starts: list[int] = []
    size = 0
    for place, block in enumerate(blocks):
        if size >= _SECTION and isinstance(block, Paragraph) and len(runs_text(block.runs)) > _HEADING:
            starts.append(place)
            size = 0
        size += len(post_text((block,)))
    if starts and size < _SECTION // 2:
        starts.pop()
    return starts


def _names(text: str) -> list[str]:
    """Latin names that a hashtag can carry: `FlashAttention2`, `PyTorch`, `GGUF`."""
    found = re.findall(r"\b[A-Z][A-Za-z]*[A-Z0-9][A-Za-z0-9]*\b", text)
    return [name for name in found if 3 <= len(name) <= 24]
