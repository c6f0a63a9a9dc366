"""What asks for the last answer in another way: shorter, longer, plainer, in the other language, other posts.

Told by whole messages, as small talk is: «короче» asks for it, «короче, что такое LoRA?» does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from konspekt.answering.answer import Turn
from konspekt.answering.personal import Personal
from konspekt.answering.question.talk import talk_of
from konspekt.answering.texts import Language
from konspekt.answering.words.sentences import split_sentences
from konspekt.indexer.passages import Passage

Again = Literal["shorter", "longer", "simpler", "russian", "english", "other", "more"]

_BEFORE = (
    r"(?:(?:а|и|ну|ок|ладно|нет|слушай|можно|можешь|можете|давай(?:те)?|пожалуйста|плиз|теперь|ещё|еще|чуть|немного|"
    r"ответь(?:те)?|объясни(?:те)?|расскажи(?:те)?|скажи(?:те)?|напиши(?:те)?|перескажи(?:те)?|повтори(?:те)?|сделай(?:те)?|"
    r"переведи(?:те)?|покажи(?:те)?|дай(?:те)?|то же(?: самое)?|тоже|это|этот|мне|"
    r"can|could|you|please|ok|and|now|a|bit|explain|tell|say|answer|repeat|make|it|that|this|translate|me|again|the|same|"
    r"give|show|write)\s+)*"
)
_BEHIND = (
    r"(?:\s+(?:пожалуйста|плиз|можно|об этом|про это|ответ|мне|скажи|объясни|расскажи|please|about it|about this))*"
)
_ASKED: Mapping[Again, str] = {
    "shorter": r"(?:по)?короче|кратко|покороче|коротко|"
    r"(?:одной|одним|в одном|в двух) (?:фразой|предложением|предложении|словах)|"
    r"сократи|без воды|tl ?;? ?dr|shorter|short|briefly|in short|in one sentence|summari[sz]e(?: it)?",
    "longer": r"(?:по)?подробнее|подробно|поподробней|подробней|развёрнуто|развернуто|разверни(?: ответ)?|"
    r"раскрой(?: тему)?|полнее|полностью|целиком|детальнее|в деталях|"
    r"(?:more|in) details?|in more detail|longer|elaborate|go on|продолжай|продолжи|а дальше|дальше",
    "simpler": r"(?:по)?проще|попроще|прост(?:о|ыми|ым) ?(?:словами|языком)?|для чайников|на пальцах|"
    r"как (?:ребёнку|ребенку|новичку|пятилетнему)|"
    r"(?:я )?(?:ничего )?не поняла?(?: ничего| ответа?)?|непонятно|"
    r"simpler|in simple(?:r)? (?:words|terms)|like i'?m (?:five|5)|eli5|i (?:do not|don'?t) (?:get|understand)(?: it)?",
    "russian": r"(?:на|по)[- ]?русск(?:ом|и|ий)|(?:на )?русский(?: язык)?|in russian",
    "english": r"(?:на|по)[- ]?английск(?:ом|и|ий)|(?:на )?английский(?: язык)?|in english",
    "other": r"(?:это )?(?:совсем |вообще )?не (?:то|об этом|про это|о том|про то|это)"
    r"(?: (?:что )?(?:я|мне) (?:спрашивала?|"
    r"нужно|надо|имела? в виду|просила?))?|(?:ты )?(?:меня )?(?:неправильно|не так|не) пон(?:ял|яла)(?: меня| вопрос)?|"
    r"мимо|другой ответ|(?:найди|есть) (?:что-нибудь |что-то )?друг(?:ой|ое|ие)(?: ответ| посты)?|"
    r"(?:that'?s )?not (?:it|that|what i (?:asked|meant|wanted))|wrong answer|something else|another (?:one|answer)",
    "more": r"(?:есть |а |найди |покажи |дай )*(?:что |где )?(?:ещё|еще)(?: (?:есть|что-нибудь|что-то|что|какие-нибудь|"
    r"почитать|посты?|записи|статьи|материалы|ссылки|писали|было))*"
    r"(?: (?:на эту тему|по этой теме|по теме|об этом|про это|о том же|про то же))?(?: (?:есть|почитать|писали))?|"
    r"(?:есть |покажи |дай )?похожие (?:посты|записи|материалы)|"
    r"что почитать (?:об этом|про это|по этой теме|на эту тему)|"
    r"(?:где|что) (?:об этом|про это|по этой теме|на эту тему)(?: ещё| еще)? (?:почитать|прочитать|посмотреть)|"
    r"(?:any |are there )*(?:more|other|similar|related) (?:posts?|materials?)(?: (?:on|about) (?:this|it|that))?|"
    r"(?:what else|anything else)(?: (?:on|about) (?:this|it|that))?|"
    r"where can i read (?:more )?(?:about|on) (?:it|this|that)",
}
_COMPILED = {kind: re.compile(rf"^{_BEFORE}(?:{asked}){_BEHIND}$", re.IGNORECASE) for kind, asked in _ASKED.items()}
_LONGEST = 70  # characters
_SENTENCE = 20  # characters of a sentence that tells a post
_BEYOND_QUOTES: Mapping[Again, str] = {
    "simpler": "own_words",
    "russian": "own_language",
    "english": "own_language",
}
_LANGUAGES: Mapping[Again, Language] = {"russian": "ru", "english": "en"}


def again_of(text: str) -> Again | None:
    """How the last answer is wanted instead; None for every other message."""
    plain = re.sub(r"\s+", " ", re.sub(r"[?!.,:;)(«»\"…]+", " ", text)).strip()
    if not plain or len(plain) > _LONGEST:
        return None
    return next((kind for kind, pattern in _COMPILED.items() if pattern.match(plain)), None)


def asked_last(history: Sequence[Turn]) -> tuple[str, list[Turn]] | None:
    """The reader's last question and the talk before it; None where nothing was asked yet."""
    for place in range(len(history) - 1, -1, -1):
        turn = history[place]
        if turn.role == "user" and again_of(turn.text) is None and talk_of(turn.text) is None:
            return turn.text, list(history[:place])
    return None


def answered_last(history: Sequence[Turn]) -> str:
    """What was said to it, with what was said since: posts whose words stand there have been shown."""
    said: list[str] = []
    for turn in reversed(history):
        if turn.role == "user" and again_of(turn.text) is None and talk_of(turn.text) is None:
            break
        said.append(turn.text)
    return "\n".join(said)


def shown_in(text: str, shown: str) -> bool:
    """Whether a sentence of a post stands in what was shown."""
    told = " ".join(shown.split())  # a mark may stand before the last dot
    said = (" ".join(one.text.split()).rstrip(".!?… ") for one in split_sentences(text))
    return any(one in told for one in said if len(one) >= _SENTENCE)


@dataclass(frozen=True, slots=True)
class Wish:
    """How the answer to the question before is wanted. `shown`: what the reader has been told since."""

    kind: Again
    typed: str
    shown: str

    @property
    def beyond_quotes(self) -> str | None:
        """What is told to a reader whose wish only a model that words answers can meet; None: quotes meet it."""
        return _BEYOND_QUOTES.get(self.kind)

    @property
    def language(self) -> Language | None:
        return _LANGUAGES.get(self.kind)

    def of(self, personal: Personal, *, words_it: bool) -> Personal:
        """`words_it`: a model words the answer, and can do so plainly; else the whole place has to do."""
        return replace(
            personal,
            short=self.kind == "shorter" or (personal.short and self.kind != "longer"),
            simple=personal.simple or self.kind == "simpler",
            long=self.kind == "longer" or (self.kind == "simpler" and not words_it),
        )

    def not_shown(self, passages: Sequence[Passage]) -> list[Passage]:
        """Of the passages those that the reader has not seen; of none of them is that known of an answer that a model
        worded, and the first one stands for its source."""
        rest = [one for one in passages if not shown_in(f"{one.title}\n{one.text}", self.shown)]
        return rest if len(rest) < len(passages) else rest[1:]

    def without_shown(self, personal: Personal, passages: Sequence[Passage]) -> Personal:
        """Another answer is looked for beside what was shown."""
        known = {one.document_id for one in passages} - {one.document_id for one in self.not_shown(passages)}
        return replace(personal, leave_out=personal.leave_out | known)


def wish_of(text: str, history: Sequence[Turn]) -> tuple[Wish, str, list[Turn]] | None:
    """The wish, the question that it is about and the talk before that; None for an ordinary question."""
    kind = again_of(text) if history else None
    last = asked_last(history) if kind is not None else None
    if kind is None or last is None:
        return None
    return Wish(kind, text, answered_last(history)), *last
