"""Newer passages a little forward, for questions about the newest state of something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import Frequencies, content_terms, rarity
from konspekt.answering.writing.kinds.defining import BEGINS, DEFINES, TOLD, defines
from konspekt.answering.writing.kinds.naming import alike, name_pattern
from konspekt.answering.writing.kinds.units import units_of
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage

_CONSIDERED = 5  # passages below these are too far off the question for a date to help
_RANKS = 2.0  # how many places the newest may gain over the oldest

_ABOUT_AS_SURELY = 0.03  # … where no text says it straight
_AS_SURELY = 0.1 + 1e-9  # less surely than the best by more than this, and a passage only speaks of the thing

_NAME = r"(?P<{0}>[^?!.,;:()]{{2,40}}?)"
_ASKED_SO = (
    r"(?:(?:что|ч[её]|чо|шо) (?:это )?(?:так(?:ое|ой|ая|ие)|значит|означает|за)|кто так(?:ой|ая|ие)|чем является|"
    r"что (?:в [\w@]+ [\w@]+ |[\w@]+ )?(?:пис[а-я]+|пиш[а-я]+|говор[а-я]+|рассказ[а-я]+|известно)"
    r"(?: [\w@]+)? (?:про|обо?|о)|(?:какие )?(?:шаги|этапы|алгоритм|идея|суть|принцип(?: работы)?)(?: у)?|"
    r"(?:what are (?:the )?)?(?:steps|stages|idea) (?:of|in|behind)|"
    r"как (?:работа[ею]т|устроен[аоы]?|действу[ею]т)|расскажи(?:те)?(?: мне)? (?:про|о|об)|объясни(?:те)?|"
    r"как расшифровыва\w+|расшифровка|о ч[её]м|в ч[её]м (?:смысл|суть|идея|фишка|прикол)|определение|"
    r"(?:зачем|для чего|к чему)\s+(?:вообще\s+|нам\s+)?нуж(?:ен|на|но|ны)|why (?:do (?:we|i|you|people) )?(?:need|use)|"
    r"what(?:'s| is| are)(?: meant by)?|whats|explain|define|definition of|meaning of)"
)
# Verbs that an English question splits off its "does": of "what does the VAE do" the name is VAE
_SPLIT_OFF = (
    r"(?:really\s+|actually\s+|even\s+)?(?:mean|stand for|refer to|do)"
    r"(?:\s+(?:here|exactly|in\s[^?!.,;:]{2,30}))?"
)
_BEFORE_IT = (
    r"(?:(?:а|ну|и|слушай|(?:под)?скажи(?:те)?|расскажи(?:те)?|объясни(?:те)?|напомни(?:те)?|кстати|please|can you|"
    r"could you|tell me|пожалуйста|плиз)[\s,]+)*"
)
_ASKED_BEHIND = (
    r"(?:(?:это\s+)?(?:что|ч[её]|чо|шо) (?:это|такое|значит|за\s+\w+)(?:\s+такое)?|"
    r"это (?:про )?(?:что|ч[её]|чо|шо)(?:\s+за\s+\w+)?|is what|what is it)"
)
_BEHIND_IT = (
    r"(?:\s+(?:(?:good |used |needed |meant )?for|"
    r"простыми словами|за зверь|за штука|в двух словах|кратко|вообще|по-простому|такое|это|"
    r"in simple terms|simply))*"
)
_DEFINITION = re.compile(
    rf"^\W*{_BEFORE_IT}"
    rf"(?:{_ASKED_SO}\s+(?:(?:это|такое|за|зверь|штука)\s+)*(?:an?\s+|the\s+)?{_NAME.format('name')}"
    rf"|{_NAME.format('behind')}\s*[—–-]?\s+{_ASKED_BEHIND}"
    rf"|what (?:does|do|did)\s+(?:an?\s+|the\s+)?(?!(?:it|this|that|they|s?he)\b){_NAME.format('doing')}\s+{_SPLIT_OFF}"
    rf"|how (?:does|do)\s+(?:an?\s+|the\s+)?{_NAME.format('working')}\s+work){_BEHIND_IT}\s*[?!.]*\s*$",
    re.IGNORECASE,
)
_WHAT_IS_IT = re.compile(  # a follow-up with its topic behind it
    r"^\W*(?:(?:а|и|ну)\s+)?(?:(?:что|ч[её])\s+(?:это|такое)(?:\s+(?:такое|за\s+\w+))?|what(?:'s| is) (?:it|that))\s+"
    r"\((?P<of>[^()]{2,40})\)\W*$",
    re.IGNORECASE,
)
# "What is the best team" asks which one, and not what a team is
_WHICH_ONE = re.compile(
    r"(?:the )?(?:best|worst|most|least)\b|(?:fast|slow|larg|small|cheap|lat|new)est\b", re.IGNORECASE
)
# «буква M в Q4_K_M»: what a text says of the whole name is no answer
_PART_OF = re.compile(
    r"(?:букв\w+|слог|символ|приставка|суффикс|цифра|letter|prefix|suffix|digit)\s+\S{1,5}\s+(?:в|in)\s"
    r"|[«\"']?(?P<part>\w{1,3})[»\"']?\s+(?:в|in)\s+\S*(?P=part)",
    re.IGNORECASE,
)
_AND_ASKS = re.compile(
    r"\s+(?:и|and)\s+(?:зачем|почему|для чего|как|чем|где|когда|сколько|why|how|where|when|what)\b.*$", re.IGNORECASE
)
_WORK = (
    r"(?:стать[яеию]|пост[еу]?|пейпер\w*|папир\w*|публикаци[яи]|заметк[аеи]|конспект\w*|"
    r"(?:research )?paper|article|post|blog ?post)"
)
# «О чём статья X?», «что за пейпер X», "what is the X paper about"
_SUMMED_UP = re.compile(
    rf"^\W*{_BEFORE_IT}(?:"
    rf"(?:о|об|про) (?:ч[её]м|что) (?:был[аи]? |говорится в |там |эт(?:а|от) |вообще )*{_WORK}(?: (?:про|обо?|о|по))? "
    rf"|что (?:это )?за {_WORK}(?: (?:про|обо?|о))? "
    rf"|(?:в ч[её]м|какая) (?:суть|идея|смысл) {_WORK}(?: (?:про|обо?|о))? "
    rf"|what(?:'s| is) (?:the )?{_WORK} (?:about|on|called) "
    rf")(?P<name>\S.*?)(?: about)?\W*$"
    rf"|^\W*what(?:'s| is) (?:the )?(?P<before>\S.*?) {_WORK} about\W*$",
    re.IGNORECASE,
)
_MOST_OF_A_TITLE = 0.7  # of the words asked of
_RECENCY = re.compile(
    r"\b(?:последн\w+|новейш\w+|свеж\w+|актуальн\w+|сейчас|теперь|на сегодня|недавн\w+|нов(?:ый|ая|ое|ые|ых|ой|ого)|"
    r"latest|newest|current(?:ly)?|recent(?:ly)?|now|up to date)\b",
    re.IGNORECASE,
)


def wants_newest(question: str) -> bool:
    """Whether the reader asks for the newest state of something."""
    return bool(_RECENCY.search(question))


def newest_first(passages: Sequence[Passage]) -> list[Passage]:
    """The best few in order of place and date together; all others stay where they are."""
    top = list(passages[:_CONSIDERED])
    dates = sorted({p.published_at for p in top if p.published_at is not None})
    if len(dates) < 2:
        return list(passages)
    gain = {date: _RANKS * position / (len(dates) - 1) for position, date in enumerate(dates)}
    gained = [gain[passage.published_at] if passage.published_at else 0.0 for passage in top]
    placed = sorted(enumerate(top), key=lambda item: (item[0] - gained[item[0]], -gained[item[0]]))
    return [passage for _, passage in placed] + list(passages[_CONSIDERED:])


def along_last(passages: Sequence[Passage]) -> list[Passage]:
    """Corrections that only come along with what they correct, behind the best few: they take no place from these."""
    later: list[Passage] = []
    for before, passage in pairwise(passages):
        following = passages[passages.index(passage) + 1 :][:1]
        if before.corrected_by == passage.document_id and following and passage.score < following[0].score:
            later.append(passage)
    found = [one for one in passages if one not in later]
    return [*found[:_CONSIDERED], *later, *found[_CONSIDERED:]]


def defined_name(question: str) -> str | None:
    """X of «что такое X?», «X — это что?», where that is all that is asked."""
    if leaning := _WHAT_IS_IT.match(question):
        return leaning["of"].strip()
    match = _DEFINITION.match(question)
    name = (match["name"] or match["behind"] or match["doing"] or match["working"]).strip(" «»\"'—–-") if match else ""
    if _WHICH_ONE.match(name) or _PART_OF.match(name) or name.lower() == "это":
        return None
    return _AND_ASKS.sub("", name) or None


def summed_up_name(question: str) -> str | None:
    """X of «о чём статья X?», «что за пост про X?»: what a text says from its beginning is asked."""
    match = _SUMMED_UP.match(question)
    return (match["name"] or match["before"]).strip(" «»\"'—–-") if match else None


def titled_by(name: str, passages: Sequence[Passage], frequencies: Frequencies) -> Passage | None:
    """The passage whose title holds most of `name` by the rarity of its terms: of several first the one that is called
    just so («GPTQ: …»), last one that only asks («GPTQ или AWQ?»)."""
    weights = rarity(content_terms(name), frequencies)
    found = [one for one in passages if weights and Terms(terms(one.title)).share(weights) >= _MOST_OF_A_TITLE]

    def place(one: Passage) -> tuple[bool, bool]:
        title = one.title.lower().strip(' «»"')
        return re.split(r"[:—–(]", title)[0].strip() != name.lower(), title.endswith("?")

    return min(found, key=place, default=None)


def beginning_of(passage: Passage, search: object) -> Passage:
    """The passage of the same text that its title fits best: its beginning, as far as the search can give it."""
    within = getattr(search, "within", None)
    if passage.opens or within is None:
        return passage
    found = [one for one in within(passage.title, [passage.document_id]) if one.document_id == passage.document_id]
    return next((one for one in found if one.opens), passage)


def introducing(name: str, passages: Sequence[Passage]) -> list[Passage]:
    """Those that say what `name` is, the surest first: in a sentence («X — это …»), under their title («X: …», «X»), in
    a section that asks it. Where none does, those whose title begins with it.

    In whatever case of its words: «расскажи про квантизацию» asks of «Квантизация».
    """
    surely = [defines(name, one.title, units_of(one.text), opens=one.opens) for one in passages]
    best = max(surely, default=0.0)
    near = _AS_SURELY if best >= TOLD else _ABOUT_AS_SURELY
    least = best - near if best >= DEFINES else max(best, BEGINS)
    first = [i for i, worth in enumerate(surely) if worth >= least]
    return [passages[i] for i in sorted(first, key=lambda i: (-surely[i], i))]


def defining_first(name: str, passages: Sequence[Passage], further: Sequence[Passage] = ()) -> list[Passage]:
    """Those that introduce `name`, of `further` ones too, before those that only speak of it; else as they were."""
    known = {one.document_id for one in passages}
    first = introducing(name, [*passages, *(one for one in further if one.document_id not in known)])
    return [*first, *(one for one in passages if one not in first)]


def is_named(name: str, passages: Sequence[Passage]) -> bool:
    """Whether one of the best few holds the very name: DPO is not the DDPM that search takes it for a slip of."""
    word = name_pattern(name)
    return any(word.search(alike(f"{one.title}\n{one.text}")) for one in passages[:_CONSIDERED])
