"""The bot's ears and eyes: the speech model, told of the channel's own terms, and Tesseract, where they are here."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from konspekt.app.settings import QUOTES_ONLY, Settings

if TYPE_CHECKING:
    from konspekt.recognition import Heard
    from konspekt.recognition.pictures import Eyes
    from konspekt.recognition.speech.listener import Listener
    from konspekt.recognition.speech.terms import Sounds
    from konspekt.storage.database import Database

log = logging.getLogger(__name__)
FRESH = 600.0  # seconds; a new term of the channel may wait so long


@dataclass(frozen=True, slots=True)
class Ears:
    """`konspekt.bot.parts.talk.Ears` by a listener and the index."""

    listener: Listener
    terms: ChannelTerms

    async def hear(self, audio: bytes, language: Literal["ru", "en"], *, longest: float) -> Heard:
        hints = await asyncio.to_thread(self.terms.hint)
        heard = await self.listener.hear(audio, language, longest=longest, hints=hints)
        return replace(heard, text=await asyncio.to_thread(self.terms.restored, heard.text))

    async def close(self) -> None:
        await self.listener.close()


@dataclass(slots=True)
class ChannelTerms:
    """The channel's terms, read from the index and kept for some minutes. Safe to share between threads."""

    database: Database
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _hint: str = ""
    _sounds: Sounds | None = None
    _read_at: float = 0.0

    def hint(self) -> str:
        with self._lock:
            self._refresh()
            return self._hint

    def restored(self, text: str) -> str:
        """What was heard, with the channel's terms where words that it does not have sound like them."""
        from konspekt.indexer.lexical import terms
        from konspekt.storage.index.term_counts import count_chunks_with

        with self._lock:
            self._refresh()
            sounds = self._sounds
        assert sounds is not None
        with self.database.read() as session:

            def known(word: str) -> bool:
                found = terms(word)
                return all(count_chunks_with(session, found).values())  # a stop word has no terms, and is known

            return sounds.restored(text, known)

    def _refresh(self) -> None:
        from konspekt.recognition.speech.terms import Sounds, hint, terms_of
        from konspekt.storage.index.documents import all_texts

        if self._sounds is not None and time.monotonic() - self._read_at < FRESH:
            return
        with self.database.read() as session:
            found = terms_of(all_texts(session))
        self._hint, self._sounds, self._read_at = hint(found), Sounds.of(found), time.monotonic()


def build_ears(settings: Settings, database: Database) -> Ears | None:
    """None where no speech model is wanted, or it is not on this machine, or its engine is not installed."""
    from konspekt import modelhub

    if settings.speech_model == QUOTES_ONLY:
        return None
    found = modelhub.find(settings.speech_model, settings.models)
    if found is None:
        log.info("voice messages are not understood: konspekt models fetch %s", settings.speech_model)
        return None
    if importlib.util.find_spec("faster_whisper") is None:
        log.warning("voice messages are not understood: pip install 'konspekt[speech]'")
        return None
    from konspekt.recognition.speech.listener import Listener

    model = found if found.is_dir() else found.parent
    return Ears(Listener(model, threads=settings.threads or 0), ChannelTerms(database))


def build_eyes() -> Eyes | None:
    """None where Tesseract is not installed, or knows neither Russian nor English."""
    from konspekt.recognition.pictures import Eyes, languages

    if not (known := languages()):
        log.info("pictures are not read: install tesseract-ocr and tesseract-ocr-rus")
        return None
    return Eyes(known)
