"""Drafts by a language model: translated line by line, opened with a hook, shortened where asked, and checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from conversion import prompts
from conversion.convert import convert
from conversion.document import (
    Block,
    Code,
    Heading,
    ListBlock,
    MediaBlock,
    Paragraph,
    Post,
    Quote,
    Run,
    Runs,
    block_runs,
    merge_runs,
    post_text,
    runs_text,
)
from conversion.draft import Draft
from conversion.facts import check_draft, invented_numbers, links_of
from conversion.messages import say
from conversion.network import Network, Options
from conversion.splitting import cut_text
from conversion.translating import Translator, cleaned, right_language
from conversion.wishes import Length, Wishes
from llm_client import ChatModel, LLMError, Message

Progress = Callable[[int, int], None]

# What a network does with a post when the author does not say: `full` keeps it as it is, `medium` opens it with a
# hook, `short` retells it in one part.
_HABITS: dict[str, Length] = {
    "x": "medium",
    "x-long": "medium",
    "threads": "medium",
    "bluesky": "medium",
    "mastodon": "medium",
    "linkedin": "medium",
    "instagram": "short",
}
_SHORT_LIMIT = 600  # a caption longer than this is not short, whatever the network allows
_HOOK_LIMIT = 200
_TITLE_LINE = 100


@dataclass(slots=True)
class _Notes:
    warnings: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)


class Writer:
    """Writes drafts with a model. One post translated once serves all of its networks."""

    def __init__(self, model: ChatModel, *, speak: str = "en", lessons: int = 3) -> None:
        self._model = model
        self._speak = speak
        self._translator = Translator(model, lessons=lessons)

    async def write(
        self,
        post: Post,
        network: Network,
        lang: str | None = None,
        *,
        wishes: Wishes | None = None,
        options: Options | None = None,
        progress: Progress | None = None,
    ) -> Draft:
        """The draft. When the model cannot be asked it is the post by rule alone, and says so."""
        wishes = wishes or Wishes()
        lang = lang or post.lang
        options = replace(options or Options(), lang=lang)
        notes = _Notes()
        try:
            adapted = await self._adapt(post, network, lang, wishes, notes=notes, progress=progress)
        except LLMError as error:
            warning = say(self._speak, "model_failed", value=error)
            plain = convert(post, network, replace(options, lang=post.lang), speak=self._speak)
            return replace(plain, warnings=(warning, *plain.warnings))
        draft = convert(adapted, network, options, speak=self._speak)
        dropped, warnings = check_draft(post, draft, network, self._speak)
        return replace(
            draft,
            dropped=(*draft.dropped, *dropped),
            warnings=tuple(dict.fromkeys((*notes.warnings, *draft.warnings, *warnings))),
            model=await self._name() if adapted is not post else None,
            checks=tuple(dict.fromkeys(notes.trouble)),
        )

    async def _name(self) -> str | None:
        try:
            return await self._model.model_name()
        except LLMError:
            return None  # it has just answered; its name is only for the record

    async def _adapt(
        self,
        post: Post,
        network: Network,
        lang: str,
        wishes: Wishes,
        *,
        notes: _Notes,
        progress: Progress | None,
    ) -> Post:
        translated = await self._translate(post, lang, wishes, notes, progress)
        habit = wishes.length or _HABITS.get(network.name, "full")
        blocks = translated.blocks
        if habit == "short":
            blocks = await self._retell(translated, network, lang, wishes, notes)
        elif habit == "medium":
            blocks = await self._open(translated, network, lang, wishes, notes)
        if wishes.hashtags:
            blocks = (*blocks, *await self._tag(blocks, lang, wishes.hashtags))
        return translated if blocks is translated.blocks else replace(translated, blocks=blocks)

    # ------------------------------------------------------------ translation

    async def _translate(self, post: Post, lang: str, wishes: Wishes, notes: _Notes, progress: Progress | None) -> Post:
        if lang == post.lang and not wishes.rewrites:
            return post
        total = sum(1 for block in post.blocks for runs in block_runs(block) for _ in cut_text(runs, 0))
        done = 0

        async def lines(runs: Runs) -> Runs:
            nonlocal done
            pieces: list[Run] = []
            for line, _ in cut_text(runs, 0):
                result = await self._translator.line(line, post.lang, lang, wishes)
                notes.trouble += result.trouble
                if result.kept:
                    notes.warnings.append(say(self._speak, "untranslated", value=runs_text(line)[:80]))
                pieces += ([Run("\n")] if pieces else []) + list(result.runs)
                done += 1
                if progress:
                    progress(done, total)
            return merge_runs(pieces)

        blocks = [await _each_line(block, lines) for block in post.blocks]
        title = runs_text(await lines((Run(post.title),))) if post.title else ""
        return replace(post, blocks=tuple(blocks), title=title, lang=lang)

    # ------------------------------------------------------------ a hook

    async def _open(self, post: Post, network: Network, lang: str, wishes: Wishes, notes: _Notes) -> tuple[Block, ...]:
        """A long post opens with its most surprising result, under its own title line."""
        text = post_text(post.blocks)
        if network.fits(text) or len(text) < 2 * _HOOK_LIMIT:
            return post.blocks
        points = _points(post)
        messages = prompts.hook(points, lang, network, _HOOK_LIMIT, wishes)
        opening = await self._sentence(messages, points, lang, notes, wishes) or _best_line(points)
        if not opening:
            return post.blocks
        first = post.blocks[0]
        paragraph = Paragraph((Run(opening),))
        if isinstance(first, Heading) or (isinstance(first, Paragraph) and _is_title(first.runs)):
            return (first, paragraph, *post.blocks[1:])
        return (paragraph, *post.blocks)

    async def _sentence(
        self, messages: list[Message], source: str, lang: str, notes: _Notes, wishes: Wishes
    ) -> str | None:
        """A short text by the model, or None when no try passes its checks."""
        limit = _HOOK_LIMIT
        for lesson in range(2):
            temperature = 0.0 if lesson + wishes.attempt == 0 else 0.6
            completion = await self._model.complete(messages, max_tokens=limit, temperature=temperature)
            answer = cleaned(completion.text, source)
            answer = re.sub(r"\s*#\w+", "", answer).strip()
            if len(answer) > limit:
                answer = _whole_sentences(answer, limit)
            if answer and not _invents(answer, source) and _own_words(answer, source):
                return answer
            notes.trouble.append("hook")
        return None

    # ------------------------------------------------------------ one part

    async def _retell(
        self, post: Post, network: Network, lang: str, wishes: Wishes, notes: _Notes
    ) -> tuple[Block, ...]:
        """The post in one part: by the model, shortened by it once if it is still too long, then cut by rule."""
        room = min(network.limit, _SHORT_LIMIT) - 40
        text = post_text(post.blocks)
        if len(text) <= room:
            return post.blocks
        messages = prompts.summary(text[:6000], lang, network, room, wishes)
        answer: str | None = None
        for lesson in range(2):
            temperature = 0.0 if lesson + wishes.attempt == 0 else 0.6
            completion = await self._model.complete(messages, max_tokens=room, temperature=temperature)
            answer = "\n\n".join(cleaned(piece, "") for piece in completion.text.strip().split("\n\n"))
            answer = re.sub(r"[ \t]*#\w+", "", answer).strip()
            if answer and not _invents(answer, text) and right_language(answer, text, lang, lang):
                break
            notes.trouble.append("summary")
            answer = None
        if answer is None:
            answer = text  # the author's own words, cut to whole sentences
        if len(answer) > room and answer is not text:
            notes.trouble.append("limit")
            shorter = await self._model.complete(prompts.shorter(answer, lang, room), max_tokens=room)
            candidate = cleaned(shorter.text, "")
            if candidate and not _invents(candidate, text):
                answer = candidate
        if len(answer) > room:
            answer = _whole_sentences(answer, room)
            notes.warnings.append(say(self._speak, "cut", limit=room))
        code = tuple(block for block in post.blocks if isinstance(block, Code) and len(block.text) < room // 3)
        paragraphs = tuple(Paragraph((Run(piece),)) for piece in answer.split("\n\n") if piece.strip())
        return (*paragraphs, *(code if network.name != "instagram" else ()))

    async def _tag(self, blocks: tuple[Block, ...], lang: str, count: int) -> tuple[Block, ...]:
        completion = await self._model.complete(prompts.hashtags(post_text(blocks), lang, count), max_tokens=12 * count)
        found = dict.fromkeys(re.findall(r"#\w*[^\W\d]\w*", completion.text))
        runs: list[Run] = []
        for tag in list(found)[:count]:
            runs += ([Run(" ")] if runs else []) + [Run(tag, kind="hashtag")]
        return (Paragraph(tuple(runs)),) if runs else ()


async def _each_line(block: Block, change: Callable[[Runs], object]) -> Block:
    """A block with its text changed; code and media stay."""
    if isinstance(block, Code | MediaBlock):
        return block
    if isinstance(block, Paragraph | Heading):
        return replace(block, runs=await change(block.runs))  # type: ignore[misc]
    if isinstance(block, ListBlock):
        items = [replace(item, runs=await change(item.runs)) for item in block.items]  # type: ignore[misc]
        return replace(block, items=tuple(items))
    assert isinstance(block, Quote)
    return replace(block, paragraphs=tuple([await change(runs) for runs in block.paragraphs]))  # type: ignore[misc]


def _is_title(runs: Runs) -> bool:
    text = runs_text(runs)
    return len(text) <= _TITLE_LINE and "\n" not in text and not text.rstrip().endswith((".", ":"))


def _points(post: Post) -> str:
    """The title and the lines with results: what a hook is made of."""
    lines = [line for block in post.blocks if not isinstance(block, Code) for line in _lines(block)]
    title = lines[0] if lines else ""
    results = [line for line in lines[1:] if re.search(r"\d(?:[.,]\d)?\s?(?:[x×%]|times|раз|fold|процент)", line)]
    chosen = results[:1] + results[1:][-4:] or lines[1:5]
    return "\n".join([title, *chosen])[:1500]


def _lines(block: Block) -> list[str]:
    return [line for runs in block_runs(block) for line in runs_text(runs).split("\n") if line.strip()]


def _invents(answer: str, source: str) -> bool:
    return bool(invented_numbers(source, answer) or links_of(answer) or re.search(r"@\w{4,}", answer))


def _own_words(answer: str, source: str) -> bool:
    """Nearly every word of a hook stands in the post, by its beginning: a small model's own additions are guesses."""
    have = {word[:5].casefold() for word in re.findall(r"\w{4,}", source)}
    words = [word for word in re.findall(r"\w{4,}", answer) if not word.isdigit()]
    strange = [word for word in words if word[:5].casefold() not in have]
    return len(words) >= 4 and len(strange) <= len(words) // 6


def _best_line(points: str) -> str | None:
    """The result with the largest factor, in the post's own words; first of all one about what the title names."""
    title, *lines = points.split("\n")
    names = set(re.findall(r"\w{5,}", title))
    scored: list[tuple[bool, float, str]] = []
    for line in lines:
        factors = re.findall(r"\d+(?:[.,]\d+)?(?=\s?(?:[x×]|times|раз))", line)
        if factors and len(line) <= _HOOK_LIMIT:
            about = bool(names & set(re.findall(r"\w{5,}", line)))
            scored.append((about, max(float(factor.replace(",", ".")) for factor in factors), line))
    return re.sub(r"^[^\w]+", "", max(scored)[2]) if scored else None


def _whole_sentences(text: str, limit: int) -> str:
    """As many whole sentences as fit; at least one, cut at a word."""
    kept = ""
    for runs, glue in cut_text((Run(text),), 1):
        piece = kept + (glue if kept else "") + runs_text(runs)
        if len(piece) > limit:
            break
        kept = piece
    if kept:
        return kept
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:—–-") + "…"
