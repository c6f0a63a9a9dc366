"""Having the model write: streamed, in the right language, at most two attempts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from konspekt.answering.stopping import Stop, is_set, until
from konspekt.answering.texts import Language
from konspekt.answering.words.citations import without_marks
from konspekt.answering.words.sentences import split_sentences
from konspekt.answering.writing.checking import presentable, starts_another
from konspekt.answering.writing.context import PromptSource
from konspekt.answering.writing.prompts import answer_messages, says_no_answer
from konspekt.indexer.language import detect_language
from konspekt.llm_client import ChatModel

MOST_SENTENCES = 10  # the prompt asks for four; a list of points may need more
_ENOUGH_TO_TELL = 160  # characters after which a text's language is plain


class Draft:
    """One answer being written. After `stream()`: `text` raw, `model`, and whether it is in the wrong language."""

    def __init__(
        self,
        model: ChatModel,
        question: str,
        sources: Sequence[PromptSource],
        known: frozenset[str],
        *,
        language: Language,
        max_tokens: int,
    ) -> None:
        self._model = model
        self._question = question
        self._sources = sources
        self._known = known
        self._language = language
        self._max_tokens = max_tokens
        self.stop: Stop = None
        self.manner = ""  # lines on how to word it, see `answering.personal`
        self.text = ""
        self.model: str | None = None
        self.wrong_language = False

    async def stream(self) -> AsyncGenerator[str]:
        """What can be shown so far, each time more of it can. Raises `LLMError`."""
        for firmer in (False, True):
            async for shown in self._attempt(firmer):
                yield shown
            if not self.wrong_language or self.stopped:
                return

    @property
    def stopped(self) -> bool:
        """Given up by the reader: `text` is what had been written by then."""
        return is_set(self.stop)

    async def _attempt(self, firmer: bool) -> AsyncGenerator[str]:
        messages = answer_messages(self._question, self._sources, self._language, firmer=firmer, manner=self.manner)
        stream = self._model.stream(messages, max_tokens=self._max_tokens)
        self.wrong_language = False
        shown, seen, cut = "", "", False
        try:
            async for piece in until(self.stop, stream):
                if any(stop in piece for stop in ".!?\n") and self._is_enough(stream.text):
                    cut = True
                    break
                if len(stream.text) >= _ENOUGH_TO_TELL and self._is_wrong(stream.text):
                    break
                visible = presentable(stream.text, self._sources, self._known)
                if not stream.text.startswith(seen):
                    shown = ""  # what was shown turned out to be thinking
                seen = stream.text
                if len(visible) > len(shown) and not self._is_wrong(visible):
                    shown = visible
                    yield visible
        finally:
            await stream.aclose()
        cut = cut or self.stopped or stream.completion.finish_reason == "length"
        self.text = _whole_sentences(stream.text) if cut else stream.text
        self.model = stream.completion.model
        self.wrong_language = self._is_wrong(self.text) and not says_no_answer(self.text)

    def _is_enough(self, text: str) -> bool:
        return _goes_on_and_on(text) or starts_another(text, self._sources)

    def _is_wrong(self, text: str) -> bool:
        bare = without_marks(text)
        return len(bare) > 20 and detect_language(bare, self._language) != self._language


def _goes_on_and_on(text: str) -> bool:
    """Longer than any answer should be, or a small model going round in circles: each token more is waiting time."""
    sentences = [without_marks(sentence.text) for sentence in split_sentences(text)]
    return len(sentences) > MOST_SENTENCES or (len(sentences) > 1 and sentences[-1] in sentences[:-1])


def _whole_sentences(text: str) -> str:
    """Without the sentence that the token limit cut in the middle, unless it is the only one."""
    end = max(
        text.rfind(". "), text.rfind(".\n"), text.rfind("]."), text.rfind("⟧."), text.rfind("! "), text.rfind("? ")
    )
    return text[: end + 2].rstrip() if end > 0 and text.rstrip()[-1:] not in ".!?…" else text
