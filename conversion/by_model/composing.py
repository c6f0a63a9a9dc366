"""A draft in a capable model's own words: written in the network's manner, checked against the post, repaired once.

The post comes here translated, so that everything can be compared in one language. What still fails after one repair
is thrown away: the draft is then what any model gets, the post's own sentences (`adapting.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from konspekt.conversion.by_model import composing_prompts as prompts
from konspekt.conversion.by_model.answers import right_language
from konspekt.conversion.by_model.grounding import SOFT, faults_of
from konspekt.conversion.by_model.prompts import language_name
from konspekt.conversion.by_model.whole_post import WholePost, protect_post
from konspekt.conversion.by_rule.convert import convert, first_line
from konspekt.conversion.by_rule.cutting import cut_text
from konspekt.conversion.by_rule.sentences import is_title
from konspekt.conversion.document import (
    Block,
    Heading,
    Paragraph,
    Post,
    Run,
    Runs,
    merge_runs,
    post_text,
    runs_text,
)
from konspekt.conversion.network import Network, Options
from konspekt.conversion.wishes import Wishes
from konspekt.llm_client import (
    ChatModel,
    LLMBadRequest,
    LLMBadResponse,
    Message,
)

SHORT = 600  # a caption longer than this is not short, whatever the network allows
_ADDED = 60  # characters that the call to the original takes, besides its address
_TOKENS = 6000
_FENCE = re.compile(r"\A```(?:markdown|md)?\n(.*)\n```\Z", re.DOTALL)
_CHATTER = re.compile(
    r"\A(?:sure|certainly|here(?:'s| is| are)|конечно|вот)\b[^\n]{0,90}:[*_]{0,2}\s*\n+", re.IGNORECASE
)
_TAGS = re.compile(r"^[ \t]*</?(?:post|draft)>[ \t]*\n?", re.MULTILINE)
_RULER = re.compile(r"^[ \t]*(?:-{3,}|\*{3,}|_{3,}|─+)[ \t]*$", re.MULTILINE)
_COUNTERS = (
    re.compile(r"^[*_]{0,2}\(?(\d{1,2})\s?/\s?(?:\d{1,2}|n)?\)?[*_]{0,2}[.:)]?(?:[ \t]+|\n)", re.MULTILINE),
    re.compile(r"[ \t]*\n?\(?(\d{1,2})/(?:\d{1,2}|n)\)?[ \t]*$", re.MULTILINE),
)


@dataclass(frozen=True, slots=True)
class Composed:
    """`post` is None where nothing that the model wrote passed. `trouble` names every check that failed on the way,
    `left` what is said about a draft that is used all the same."""

    post: Post | None
    trouble: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Try:
    blocks: tuple[Block, ...]
    answer: str
    faults: tuple[tuple[str, str], ...]

    @property
    def usable(self) -> bool:
        return all(name in SOFT for name, _ in self.faults)


class Composer:
    def __init__(self, model: ChatModel) -> None:
        self._model = model

    async def compose(self, post: Post, network: Network, wishes: Wishes, options: Options) -> Composed:
        """Raises llm_client.LLMError when the model cannot be asked at all."""
        short = (wishes.length or network.habit) == "short"
        titled = (Heading((Run(post.title),), level=1), *post.blocks) if post.title else post.blocks
        source = protect_post(titled, wishes.glossary)
        room = _room(post, network, short=short, asked=wishes.length is not None)
        task = prompts.compose(source.text, network, post.lang, wishes, room)
        freedom = 0.4 if wishes.attempt == 0 else 0.8
        try:
            best = await self._try(task, titled, source, post.lang, freedom, whole=not short)
            trouble = [name for name, _ in best.faults]
            if best.faults:
                again = prompts.put_right(task, best.answer, [advice for _, advice in best.faults])
                second = await self._try(again, titled, source, post.lang, 0.2, whole=not short)
                if second.usable or not best.usable:
                    best = second
            if not best.usable:
                return Composed(None, tuple(dict.fromkeys(trouble + [name for name, _ in best.faults])))
            if room and _size(best.blocks, post, network, options) > room:
                less = prompts.shorten(task, best.answer, _size(best.blocks, post, network, options), room)
                shorter = await self._try(less, titled, source, post.lang, 0.2, whole=not short)
                trouble.append("long")
                if shorter.usable and len(shorter.answer) < len(best.answer):
                    best = shorter
        except (LLMBadRequest, LLMBadResponse):
            return Composed(None, ("refused",))  # a post too long for its window, for example: line by line it may work
        blocks = best.blocks
        if short and room:
            blocks = _cut(blocks, post, network, options, room)
        left = tuple(name for name, _ in best.faults)
        title = "" if isinstance(blocks[0], Heading) or not network.title_limit else _title(post)
        return Composed(replace(post, blocks=blocks, title=title), tuple(dict.fromkeys(trouble)), left)

    async def _try(
        self,
        messages: list[Message],
        post: tuple[Block, ...],
        source: WholePost,
        lang: str,
        freedom: float,
        *,
        whole: bool,
    ) -> _Try:
        tokens = min(_TOKENS, 300 + len(source.text))
        completion = await self._model.complete(messages, max_tokens=tokens, temperature=freedom)
        answer = without_wrapping(completion.text)
        blocks = source.restored(answer)
        faults = faults_of(blocks, post, whole=whole)
        lost = source.lost(answer) if whole else []
        if lost:
            faults.append(("placeholder", f"keep {', '.join(lost[:8])}"))
        if not right_language(answer, source.text, "", lang):
            faults.append(("language", f"write in {language_name(lang)} only"))
        if completion.finish_reason == "length":
            faults.append(("length", "the draft was cut off: write less"))
        return _Try(blocks, answer, tuple(faults))


def without_wrapping(answer: str) -> str:
    """An answer without what models put around it and in between: a fence, a greeting, rulers, numbers of posts."""
    text = _TAGS.sub("", answer).strip()
    fenced = _FENCE.match(text)
    text = _RULER.sub("", _CHATTER.sub("", fenced[1] if fenced else text))
    for counter in _COUNTERS:
        if len(found := counter.findall(text)) > 1 and [int(number) for number in found] == [*range(1, len(found) + 1)]:
            text = counter.sub("", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _title(post: Post) -> str:
    """The post's own, for an article that the model wrote without one."""
    return post.title or (first_line(post.blocks)[0] if is_title(post.blocks[0]) else "")


def _room(post: Post, network: Network, *, short: bool, asked: bool) -> int | None:
    """The most characters of a draft that has to be one part; None where it may be a thread or a whole article."""
    if short:
        room = min(network.limit, SHORT) - _ADDED
        return min(room, max(140, len(post_text(post.blocks)) * 3 // 5)) if asked else room
    if network.overflow == "thread" or network.article:
        return None
    return network.limit - _ADDED - len(post.url or "")


def _size(blocks: tuple[Block, ...], post: Post, network: Network, options: Options) -> int:
    """Characters of a draft as the network counts them, in all of its parts; without the call to the original."""
    draft = convert(replace(post, blocks=blocks, title="", url=None), network, options)
    return sum(part.length for part in draft.parts)


def _cut(blocks: tuple[Block, ...], post: Post, network: Network, options: Options, room: int) -> tuple[Block, ...]:
    """Without its last sentences until it fits; what they said is reported as left out."""
    while _size(blocks, post, network, options) > room:
        *head, last = blocks
        rest = _without_last_sentence(last.runs) if isinstance(last, Paragraph) else ()
        if not head and not rest:
            return blocks  # one sentence: it is cut like any text that is too long
        blocks = (*head, Paragraph(rest)) if rest else tuple(head)
    return blocks


def _without_last_sentence(runs: Runs) -> Runs:
    sentences = [
        (sentence, outer if not place else glue)
        for line, outer in cut_text(runs, 0)
        for place, (sentence, glue) in enumerate(cut_text(line, 1))
    ]
    kept: list[Run] = []
    for sentence, glue in sentences[:-1]:
        kept += [*([Run(glue)] if kept and glue else []), *sentence]
    return merge_runs(kept) if runs_text(merge_runs(kept)).strip() else ()
