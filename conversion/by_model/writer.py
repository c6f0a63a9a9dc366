"""Drafts by a language model: translated line by line, given the manner of the network, and checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from konspekt.conversion.by_model.adapting import Adapter, Notes
from konspekt.conversion.by_model.capable import is_capable
from konspekt.conversion.by_model.composing import Composer
from konspekt.conversion.by_model.hashtags import translated_hashtags
from konspekt.conversion.by_model.translating import Translator
from konspekt.conversion.by_rule.cutting import cut_text
from konspekt.conversion.document import (
    Block,
    Post,
    Run,
    Runs,
    block_runs,
    merge_runs,
    runs_text,
)
from konspekt.conversion.draft import Draft, Marked
from konspekt.conversion.drafting import compared_with, drafted
from konspekt.conversion.facts.facts import check_draft
from konspekt.conversion.finishing import finished
from konspekt.conversion.messages import say
from konspekt.conversion.network import Network, Options
from konspekt.conversion.rewriting import map_lines
from konspekt.conversion.wishes import Length, Wishes
from konspekt.llm_client import ChatModel, LLMError

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Job:
    """One draft to be written; its language is in `options`."""

    post: Post
    network: Network
    wishes: Wishes
    options: Options
    progress: Progress | None


class Writer:
    """Writes drafts with a model. One post translated once serves all of its networks.

    `translator` translates in the model's place; without a model, the rules alone give a draft the manner of its
    network. `free`: whether the model words the draft in each network's manner, or only translates and chooses among
    the post's sentences; None: judged by the size in its name. `trusted`: no check found that the model translates
    badly; what it translates is never called finished otherwise, whatever its name.
    """

    def __init__(
        self,
        model: ChatModel | None,
        *,
        speak: str = "en",
        lessons: int = 3,
        free: bool | None = None,
        translator: Translator | None = None,
        trusted: bool = True,
    ) -> None:
        assert model is not None or translator is not None
        self._model = model
        self._speak = speak
        self._trusted = trusted
        self._free = free if model is not None else False
        self._translator = translator or Translator(model, lessons=lessons)
        self._adapter = Adapter(model, speak=speak) if model is not None else None
        self._composer = Composer(model) if model is not None else None

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
        lang = lang or post.lang
        options = replace(options or Options(), lang=lang)
        notes = Notes()
        job = _Job(post, network, wishes or Wishes(), options, progress)
        try:
            adapted = told = await self._composed(job, notes)
            if adapted is None or told is None:
                told = await self._translate(job, job.wishes, notes)
                adapted = told
                if self._adapter is not None:
                    adapted = await self._adapter.adapt(told, network, job.wishes, notes)
        except LLMError as error:
            warning = say(self._speak, "model_failed", value=error)
            habit = job.wishes.length or network.habit
            plain = drafted(post, network, replace(options, lang=post.lang), habit=habit, speak=self._speak)
            plain = replace(plain, warnings=(warning, *plain.warnings))
            return finished(post, plain, network, lang, whole=habit != "short", speak=self._speak)
        taking = (
            replace(network, tags_kept=None) if job.wishes.hashtags else network
        )  # those asked for are not too many
        left: Length = "full" if self._adapter is not None else job.wishes.length or network.habit
        draft = drafted(adapted, taking, options, habit=left, speak=self._speak, whole=told)
        said = compared_with(post, network, options)
        dropped, warnings, invented = check_draft(said, draft, network, self._speak)
        name = await self._name() if adapted is not post else None
        draft = replace(
            draft,
            dropped=(*draft.dropped, *dropped),
            warnings=tuple(dict.fromkeys((*notes.warnings, *draft.warnings, *warnings, *invented))),
            model=name,
            checks=tuple(dict.fromkeys(notes.trouble)),
        )
        return finished(
            said,
            draft,
            network,
            lang,
            lines=notes.lines,
            invented=invented,
            to_read=lang != post.lang and not self.believed(name),
            whole=(job.wishes.length or network.habit) != "short",
            speak=self._speak,
        )

    async def words_freely(self) -> bool:
        """Whether a tone, readers or a style change anything: what the model words itself. Raises LLMError."""
        return await self._writes_freely()

    async def line(self, line: Marked, source: str, target: str, wishes: Wishes) -> str | None:
        """Another try at a marked line; None where the model cannot be asked or does no better."""
        again = wishes.without_voice().but(attempt=wishes.attempt + 1)
        try:
            (done,) = await self._translator.lines([(Run(line.source),)], source, target, again)
        except LLMError:
            return None
        text = runs_text(done.runs)
        return None if done.kept or text == line.text or len(done.doubts) > len(line.why) else text

    async def _composed(self, job: _Job, notes: Notes) -> Post | None:
        """The post in the model's own words; None where it only translates, or where what it wrote did not hold."""
        if self._composer is None or self._adapter is None or not job.network.manner or not job.post.blocks:
            return None
        if not await self._writes_freely():
            return None
        aside = Notes()
        translated = await self._translate(job, job.wishes.without_voice(), aside)
        composed = await self._composer.compose(translated, job.network, job.wishes, job.options)
        notes.trouble += composed.trouble
        if composed.post is None:
            failed = ", ".join(composed.trouble)
            notes.warnings.append(say(self._speak, "not_composed", network=job.network.title, value=failed))
            return None
        if "stranger" in composed.left:
            notes.warnings.append(say(self._speak, "stranger"))
        notes.warnings += aside.warnings
        notes.lines += aside.lines
        notes.trouble += aside.trouble
        return await self._adapter.tagged(composed.post, job.wishes)

    def believed(self, name: str | None) -> bool:
        """Whether a translation may be called finished without its author having read it."""
        return self._trusted and self._translator.name is None and name is not None and is_capable(name)

    async def _writes_freely(self) -> bool:
        if self._free is None:
            assert self._model is not None  # without one it is False
            self._free = is_capable(await self._model.model_name())
        return self._free

    async def _name(self) -> str | None:
        if self._translator.name is not None or self._model is None:
            return self._translator.name
        try:
            return await self._model.model_name()
        except LLMError:
            return None  # it has just answered; its name is only for the record

    async def _translate(self, job: _Job, wishes: Wishes, notes: Notes) -> Post:
        """Translated, then reworded as the wishes want it: asked for both at once, a small model adds explanations."""
        post, lang = job.post, job.options.lang
        if lang != post.lang:
            plain = wishes.without_voice()
            translated = await self._lines(job, post, plain, notes)
            blocks = await translated_hashtags(translated.blocks, self._translator, post.lang, lang, plain)
            post = replace(translated, blocks=blocks)
        return await self._lines(job, post, wishes, notes) if wishes.rewrites and self._model is not None else post

    async def _lines(self, job: _Job, post: Post, wishes: Wishes, notes: Notes) -> Post:
        lang = job.options.lang
        title = (Run(post.title),) if post.title else ()
        lines = [line for runs in _texts(post.blocks, title) for line, _ in cut_text(runs, 0)]
        done = await self._translator.lines(lines, post.lang, lang, wishes, job.progress)
        notes.trouble += [name for result in done for name in result.trouble]
        if lang == post.lang:
            kept = sum(result.kept for result in done)
            if kept:
                notes.warnings.append(say(self._speak, "not_reworded", count=kept, total=len(done)))
        else:
            for line, result in zip(lines, done, strict=True):
                if result.kept or result.doubts:
                    why = ("untranslated",) if result.kept else result.doubts
                    notes.lines.append(Marked(runs_text(line), runs_text(result.runs), why))
                if result.kept:
                    notes.warnings.append(say(self._speak, "untranslated", value=runs_text(line)[:80]))
                elif result.doubts:
                    notes.warnings.append(say(self._speak, "unsure", value=runs_text(result.runs)[:80]))
        results = iter(done)

        def translated(runs: Runs) -> Runs:
            pieces: list[Run] = []
            for _ in cut_text(runs, 0):
                pieces += ([Run("\n")] if pieces else []) + list(next(results).runs)
            return merge_runs(pieces)

        blocks = map_lines(post.blocks, translated)
        return replace(post, blocks=blocks, title=runs_text(translated(title)), lang=lang)


def _texts(blocks: tuple[Block, ...], title: Runs) -> list[Runs]:
    """Every text of a post in reading order, the title last."""
    return [*(runs for block in blocks for runs in block_runs(block)), title]
