"""The language model for `konspekt convert`, if one is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from konspekt.app.settings import QUOTES_ONLY, Settings

if TYPE_CHECKING:
    from konspekt.app.local_model.running import Running
    from konspekt.conversion.by_model.writer import Writer
    from konspekt.conversion.learnt.lessons import Lesson
    from konspekt.conversion.wishes import Wishes
    from konspekt.llm_client import ChatModel


def build_writer(settings: Settings, speak: str, model: ChatModel | None = None) -> Writer | None:
    """A writer over the configured model, else over a `konspekt serve` that runs on this machine; None without."""
    from konspekt.app.build import build_chat_model
    from konspekt.llm_client import ChatModel

    model = model or build_chat_model(settings)
    if model is None and (running := _running(settings)) is not None:
        model = ChatModel(running.base_url, running.api_key, running.model, timeout=settings.llm_timeout)
        settings = settings.model_copy(update={"openai_model": running.model})
    return writer_over(settings, model, speak)


def writer_over(settings: Settings, model: ChatModel | None, speak: str) -> Writer | None:
    """A writer over this model and the one of TRANSLATION_MODEL; None where there is neither."""
    from konspekt.app.authoring.choosing import can_translate
    from konspekt.app.authoring.translation import build_translator
    from konspekt.conversion.by_model.writer import Writer

    translator = build_translator(settings, model)
    if model is None and translator is None:
        return None
    able = can_translate(settings.konspekt_home, settings.openai_model) if settings.openai_model else None
    return Writer(model, speak=speak, free=writes_freely(settings), translator=translator, trusted=able is not False)


def writes_freely(settings: Settings) -> bool | None:
    """Whether the model writes drafts in its own words; None: judged by its name."""
    if settings.draft_writing != "auto":
        return settings.draft_writing == "free"
    return False if settings.llm_copies else None


def _running(settings: Settings) -> Running | None:
    """The server that runs here, if there is one."""
    from konspekt.app.local_model.running import at_usual_port, find_running

    if settings.local_model == QUOTES_ONLY:
        return None
    return find_running(settings.konspekt_home) or at_usual_port(settings.local_port)


def wishes_of(
    settings: Settings,
    *,
    tone: str | None = None,
    length: str | None = None,
    hashtags: int | None = None,
    audience: str | None = None,
    glossary: str | None = None,
    examples: tuple[str, ...] = (),
) -> Wishes:
    """Wishes of a command line. Raises WrongUsage for an unknown length."""
    from konspekt.conversion.error_messages import wrong
    from konspekt.conversion.errors import WrongUsage
    from konspekt.conversion.wishes import Wishes

    if length not in (None, "short", "medium", "full"):
        raise WrongUsage(wrong("bad_length", length=repr(length)))
    terms = tuple(term.strip() for term in (glossary or "").split(",") if term.strip())
    return Wishes(tone, length, hashtags or 0, audience, (*settings.glossary, *terms), examples)  # type: ignore[arg-type]


def known_lessons(settings: Settings) -> tuple[Lesson, ...]:
    """What was learnt here from edits of drafts; nothing where there is no database yet: none is made to ask it."""
    from konspekt.app.authoring.lessons import AuthorsLessons
    from konspekt.app.build import build_database
    from konspekt.storage.authoring.lessons import Lessons
    from konspekt.storage.errors import StorageError

    if settings.database_url is None and not (settings.konspekt_home / "konspekt.db").exists():
        return ()
    try:
        database = build_database(settings)
    except StorageError:
        return ()  # a file is converted without a database too
    try:
        return AuthorsLessons(Lessons(database)).of(None)
    finally:
        database.close()
