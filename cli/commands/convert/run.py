"""What `konspekt convert` does: names into posts, posts into drafts, drafts onto the screen or into files."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from konspekt.app.drafting import build_writer, known_lessons, wishes_of
from konspekt.app.local_model.at_hand import model_at_hand
from konspekt.app.settings import Settings
from konspekt.bilingual import told
from konspekt.cli.guard import FAILED, INTERRUPTED, NOTHING_THERE, TO_EDIT, failure, tell
from konspekt.cli.text_in import readable
from konspekt.conversion.by_rule.output import DraftFolder, draft_text
from konspekt.conversion.document import Post, post_text
from konspekt.conversion.draft import Draft
from konspekt.conversion.drafting import draft_by_rule
from konspekt.conversion.error_messages import wrong
from konspekt.conversion.errors import WrongUsage
from konspekt.conversion.learnt.lessons import Lesson
from konspekt.conversion.messages import say
from konspekt.conversion.network import Options
from konspekt.conversion.posts.reading import post_from_text, read_file
from konspekt.conversion.slides.drawing import save_slides
from konspekt.conversion.targets import Target, parse_targets
from konspekt.conversion.wishes import Wishes
from konspekt.indexer.documents import Problem
from konspekt.indexer.passages import COURSE
from konspekt.llm_client import LLMError

if TYPE_CHECKING:
    from konspekt.storage.database import Database


@dataclass(frozen=True, slots=True)
class Request:
    """The command line, as given."""

    post: str | None = None
    to: str = "all"
    lang: str | None = None
    tone: str | None = None
    length: str | None = None
    hashtags: int | None = None
    audience: str | None = None
    glossary: str | None = None
    style: Path | None = None
    writing: str | None = None
    no_llm: bool = False
    as_json: bool = False
    out: Path | None = None
    since: datetime | None = None
    bold_letters: bool = False
    instance: str | None = None


def run(request: Request, settings: Settings) -> int:
    """Exit code: 0 done, 1 something failed, 3 no such post, 4 a draft needs editing. Errors are told by `guard`."""
    if request.post is None and request.since is None:
        raise WrongUsage(wrong("name_a_post"))
    try:
        return _Run(request, settings).go()
    except KeyboardInterrupt:
        if request.out is None:
            raise
        raise failure(wrong("goes_on"), INTERRUPTED) from None


class _Run:
    def __init__(self, request: Request, settings: Settings) -> None:
        self.request = request
        self.settings = _with_writing(settings, request.writing)
        self.speak = settings.spoken
        self.targets = parse_targets(request.to, request.lang)
        if request.instance is not None:
            self.targets = [_of_instance(target, request.instance) for target in self.targets]
        self.failed = self.unfinished = 0
        self.files: list[str] = []  # that the last draft was written to
        self.wishes = wishes_of(
            settings,
            tone=request.tone,
            length=request.length,
            hashtags=request.hashtags,
            audience=request.audience,
            glossary=request.glossary,
            examples=_examples(request.style),
        )
        self.lessons = known_lessons(settings)
        self.shaping = _shaping(request, self.settings, self.wishes, self.lessons)
        self.runner = asyncio.Runner()

    def go(self) -> int:
        with ExitStack() as stack:
            stack.enter_context(self.runner)
            if not self.request.no_llm:
                self.settings, _ = stack.enter_context(model_at_hand(self.settings, tell))
            self.writer = None if self.request.no_llm else build_writer(self.settings, self.speak)
            if self.writer is None and not self.request.no_llm:
                typer.echo(told(wrong("by_rule"), self.speak), err=True)
            self._refuse_voice()
            folder = DraftFolder.open(self.request.out) if self.request.out else None
            drafts: list[dict[str, Any]] = []
            count = 0
            for item in self._posts(stack):
                if isinstance(item, Problem):
                    self.failed += 1
                    typer.echo(told(item.message, self.speak), err=True)
                    continue
                count += 1
                for target in self.targets:
                    made = self._draft(item, target, folder)
                    if made and self.request.as_json:
                        drafts.append({**made.to_json(), **({"files": self.files} if folder else {})})
        if self.request.as_json:
            typer.echo(json.dumps(drafts, ensure_ascii=False, indent=2))
        if not count and not self.failed:
            typer.echo(told(wrong("nothing_there"), self.speak), err=True)
            return NOTHING_THERE
        return FAILED if self.failed else TO_EDIT if self.unfinished else 0

    def _refuse_voice(self) -> None:
        """Raises WrongUsage for wishes about how a draft sounds that nothing here could fulfil."""
        request = self.request
        given = {"--tone": request.tone, "--audience": request.audience, "--style": request.style}
        options = ", ".join(name for name, value in given.items() if value)
        if not options:
            return
        try:
            heard = self.writer is not None and self.runner.run(self.writer.words_freely())
        except LLMError:
            return  # the drafts will say that the model does not answer
        if not heard:
            raise WrongUsage(wrong("no_rewording", options=options))

    # ------------------------------------------------------------ posts

    def _posts(self, stack: ExitStack) -> Iterator[Post | Problem]:
        name = self.request.post
        if name is None:
            from konspekt.conversion.posts.locating import posts_since

            yield from posts_since(self._database(stack), self.request.since)
        elif name == "-":
            text = sys.stdin.buffer.read().decode("utf-8", "replace")
            if text.strip():
                yield post_from_text(text, name="stdin")
        else:
            path, _, message = name.rpartition("#") if "#" in name and not _exists(Path(name)) else (name, "", "")
            if _is_file(path):
                yield from read_file(Path(path), message or None)
            else:
                yield self._locate(name, stack)

    def _locate(self, name: str, stack: ExitStack) -> Post:
        from konspekt.conversion.posts.fetching import fetch_post
        from konspekt.conversion.posts.locating import locate

        return locate(readable(name), self._database(stack), fetch_post)

    def _database(self, stack: ExitStack) -> Database:
        from konspekt.app.build import build_database

        database = build_database(self.settings)
        stack.callback(database.close)
        return database

    # ------------------------------------------------------------ drafts

    def _draft(self, post: Post, target: Target, folder: DraftFolder | None) -> Draft | None:
        lang = target.lang or post.lang
        if folder and folder.has(post, target.network, lang, self.shaping):
            return None
        draft = self._write(post, target, lang)
        self.unfinished += not draft.finished
        if folder:
            saved = folder.save(post, target.network, draft, self.shaping, lang)
            names = (item.name or item.path or item.kind for item in saved.missing)
            missing = tuple(say(self.speak, "media_missing", value=name[-80:]) for name in names)
            draft = replace(draft, warnings=(*draft.warnings, *missing))
            slides = save_slides(saved.path, draft, target.network, post.author or "")
            self.files = [str(path) for path in (saved.path, *slides)]
            if not self.request.as_json:
                typer.echo(f"{saved.path}  {_lengths(draft)} · {self._state(draft)}")
                if slides:
                    kind = "slides" if target.network.slides else "pictures"
                    typer.echo(f"  🖼 {say(self.speak, kind, count=len(slides), name=slides[0].name)}", err=True)
        elif not self.request.as_json:
            self._show(draft, target)
        if not self.request.as_json:
            if folder:
                self._show_lines(draft)
            for warning in draft.warnings:
                if warning not in draft.to_edit:
                    typer.echo(f"  ! {warning}", err=True)
        return draft

    def _show(self, draft: Draft, target: Target) -> None:
        network = target.network
        head = f"━━ {network.title} · {draft.lang} · {len(draft.parts)} × {_lengths(draft)} · {self._state(draft)}"
        typer.secho(head, bold=True)
        self._show_lines(draft)
        typer.echo(draft_text(draft, network))

    def _state(self, draft: Draft) -> str:
        return say(self.speak, "finished" if draft.finished else "to_edit")

    def _show_lines(self, draft: Draft) -> None:
        """What must be looked at, the post's own line beside the draft's."""
        for reason in draft.to_edit:
            typer.echo(f"  ✍ {reason}", err=True)
        for line in draft.marked:
            why = ", ".join(say(self.speak, f"why_{kind}") for kind in line.why)
            typer.echo(f"  ✍ {why}:\n      {line.source}", err=True)
            if line.text != line.source:
                typer.echo(f"    → {line.text}", err=True)

    @contextmanager
    def _progress(self, target: Target) -> Iterator[Callable[[int, int], None] | None]:
        """A bar on a terminal while the model writes; nothing elsewhere."""
        if not sys.stderr.isatty():
            yield None
            return
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(target.network.title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    def _write(self, post: Post, target: Target, lang: str) -> Draft:
        options = Options(lang=post.lang, bold_letters=self.request.bold_letters, lessons=self.lessons)
        if self.writer is not None:
            with self._progress(target) as show:
                writing = self.writer.write(
                    post, target.network, lang, wishes=self.wishes, options=options, progress=show
                )
                return self.runner.run(writing)
        length = self.wishes.length
        return draft_by_rule(post, target.network, lang, speak=self.speak, options=options, length=length)


def _shaping(request: Request, settings: Settings, wishes: Wishes, lessons: tuple[Lesson, ...]) -> str:
    """What changes a draft besides the post: a finished draft made with other wishes does not count as done."""
    writing = "by rule" if request.no_llm else settings.draft_writing
    shaping = [asdict(wishes), writing, request.bold_letters, request.instance]
    return json.dumps(shaping + [[asdict(one) for one in lessons]] * bool(lessons), sort_keys=True)


def _is_file(name: str) -> bool:
    if "://" in name or name.startswith("t.me/"):
        return False
    path = Path(name)
    if name.startswith(COURSE) and not _exists(path):  # the id of an indexed course file
        return False
    return _exists(path) or path.suffix.lower() in (".md", ".markdown", ".html", ".htm", ".txt", ".json")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name longer than any file's
        return False


def _examples(path: Path | None) -> tuple[str, ...]:
    """Posts of the author to sound like, the first ones of a file."""
    if path is None:
        return ()
    posts = [post for post in read_file(path) if isinstance(post, Post)]
    return tuple(post_text(post.blocks) for post in posts[:2])


def _with_writing(settings: Settings, writing: str | None) -> Settings:
    """Raises WrongUsage for an unknown way of writing."""
    if writing not in (None, "auto", "free", "strict"):
        raise WrongUsage(wrong("bad_writing", writing=repr(writing)))
    return settings.model_copy(update={"draft_writing": writing}) if writing else settings


def _of_instance(target: Target, instance: str) -> Target:
    """The target with the limits of one server, where its network is one of many."""
    instances = target.network.instances
    if instances is None:
        return target
    from konspekt.conversion.posts.fetching import fetch_json

    return replace(target, network=instances.network(fetch_json(instances.address(instance))))


def _lengths(draft: Draft) -> str:
    shown = [f"{part.length}/{part.limit}" for part in draft.parts]
    return ", ".join(shown if len(shown) <= 3 else [shown[0], "…", shown[-1]])
