"""Questions that hardly anything answers: of somebody's private life, of a version that is nowhere spoken of, of a
licence, a price or a code that no passage holds, of a picture that nobody here sees."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.judging.asked import holds_kind
from konspekt.answering.judging.told import MAY_TELL
from konspekt.answering.words.changing import asked_now
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.prices import asks_for_price, tells_price
from konspekt.answering.words.vocabulary import Frequencies, content_terms, rarity
from konspekt.answering.writing.kinds.belonging import lacks_code
from konspekt.answering.writing.kinds.units import units_of
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage

_PRIVATE = re.compile(
    r"сколько\s+(?:\w+\s+)?лет\s+\w+\W*$|какой\s+возраст|где\s+(?:\w+\s+){0,2}(?:жив[её]т|прожива)|"
    r"номер\w*\s+телефон|домашн\w+\s+адрес|\b(?:он|она|автор\w*|ведущ\w+|админ\w*)\s+(?:\w+\s+)?(?:замужем|женат)|"
    r"\bзамужем\b|\bженат\b|зарплат\w*|сколько\s+(?:\w+\s+){0,3}(?:зарабатыва|получа)\w+|парень|девушка\s+есть|"
    r"есть\s+(?:ли\s+)?(?:\w+\s+){0,2}(?:дети|муж|жена)|how old is|where does \w+ live|phone number|home address|"
    r"\b(?:is|are) \w+ (?:married|single)|salary|how much does \w+ (?:earn|make)",
    re.IGNORECASE,
)
_LICENCE = re.compile(r"лиценз|licen[cs]e", re.IGNORECASE)
# What is asked of somebody, and how a text tells it
_TOLD = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(told, re.IGNORECASE))
    for asked, told in (
        (
            r"\bгде\s+(?:\w+\s+){0,2}(?:жив[её]т|прожива)|домашн\w+\s+адрес|where (?:does|do) \w+ live|home address",
            r"\b(?:живу|проживаю?|переехал[аи]?|перебрал[аи]?с[ья]|родом|(?:я|он|она|автор) жил[аи]?)\b|"
            r"\bя из\s+(?-i:[А-ЯЁ])|\b(?:он|она|автор\w*)\s(?:\w+\s){0,2}жив[её]т\b|"
            r"\bжив(?:[её]т|ут|[её]м)\s+(?:в|во|на)\s+(?-i:[А-ЯЁ])|"
            r"\b(?:i|he|she) (?:lives?|moved)|\bliv(?:es?|ing) in\b|\bbased in\b",
        ),
        (r"номер\w*\s+телефон|phone number", r"\+?\d[\d\s()-]{8,}\d"),
    )
)
_INSTALL = re.compile(
    r"\b(?:как|чем) (?:мне |правильно )?установить\b|\bhow (?:do i|can i|to) install\b", re.IGNORECASE
)
_INSTALLED = re.compile(r"\binstall|\bустан[ао]в|\bpip\b|\bconda\b|\bapt\b|\bbrew\b|\bdocker\b", re.IGNORECASE)
# «Как запустить X на маке»: what is to be run stands beside running it
_RUN = re.compile(
    r"\b(?:как|чем|где|на ч[её]м) (?:мне |можно |правильно |лучше )?(?:запустить|запускать|поднять)\s+"
    r"(?P<name>[A-Za-z][\w.+-]*)|"
    r"\bhow (?:do i|can i|to) run\s+(?:an?\s+|the\s+)?(?P<english>[A-Za-z][\w.+-]*)",
    re.IGNORECASE,
)
_RUNS = re.compile(
    r"запус[кт]|запущ|устан[ао]в|поднять|подним|влез|работает на|\b(?:runs?|running|launch\w*|install\w*|fits?)\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b(?i:я|мне|меня|мо[йяеёию]\w*|ты|теб[яе]|тво\w+|вы|вас|вам|ваш\w*|он|она|его|е[её]|ему|ей|н[её]м|н[её]го|ней|них|их|кто|кем|"
    r"автор\w*|ведущ\w+|админ\w*|лектор\w*|препод\w*|участник\w*|подписчик\w*|люд\w+|чуж\w+|"
    r"you|your?s?|he|she|his|her|him|they|their|i|me|my|who|author\w*|admin\w*|lecturer\w*|teacher\w*|people)\b|"
    r"(?<=\w )[А-ЯЁ][а-яё]+|(?<=\w )[A-Z][a-z]+"
)
_VERSION = re.compile(r"\b([A-Za-z][A-Za-z]{1,11})[ -]?(\d{1,4})\b(?![.,][\dxх])", re.IGNORECASE)

_PICTURE = (
    r"карти?н(?:к|о[йю]\b|[аеуы]\b)\w*|фот(?:о\b|к\w+|ограф\w+)|скрин\w*|график\w*|рисун\w+|диаграмм\w+|схем\w+|изображени\w+|"
    r"pictures?|photos?|images?|screenshots?|plots?|charts?|diagrams?|figures?|graphs?"
)
_POINTED = r"это\w?|эт(?:от|а|и|ой|ом|их|у)|тут|здесь|this|that|these|here"
_THE_PICTURE = re.compile(rf"\b(?:{_PICTURE}|{_POINTED})\b", re.IGNORECASE)
_NAMED_PICTURE = re.compile(rf"\b(?:{_PICTURE})\b", re.IGNORECASE)
# What is left of a question that is about nothing but the picture
_ABOUT_ANYTHING = re.compile(
    r"\b(?!(?:что|чего|ч[ёе]|кто|какой|какая|какое|какие|как|где|за|на|в|во|про|о|об|с|и|а|ну|не|нет|ли|по|тебе|мне|нам|там|"
    r"скажи|объясни|поясни|расскажи|покажи|опиши|разбери|прочитай|распознай|посмотри|глянь|смотри|можешь|пожалуйста|"
    r"изображен[оаы]?|нарисован[оаы]?|написан[оаы]?|показ(?:ан[оаы]?|ыва[ею]т)|происходит|видно|видишь|прислал[аи]?|моей|моём|моем|"
    r"what|who|which|how|is|are|s|the|a|an|on|in|of|can|you|do|does|me|my|tell|explain|describe|read|look|at|going|there|"
    r"show|shown|shows|see|written|please)\b)\w+",
    re.IGNORECASE,
)

# Whether there is anything on a topic: that is never talk, and one word of it in a post is no answer
_SOUGHT = re.compile(
    r"^\W*(?:(?:а|и|ну|скажи|подскажи|слушай)[\s,]+)*(?:(?:"
    r"(?:есть|было|были|найд[её]тся|имеется)(?:\s+ли)?\s+(?:(?:тут|здесь|у вас|вообще|хоть)\s+)*"
    r"(?:(?:что|ч[её]|чо|шо)(?:[ -]?(?:нибудь|нить|либо|то))?|инфа|информаци[яю])(?:\s+\w+){0,3}?|"
    r"(?:что|ч[её]|чо|шо)\s+(?:там\s+)?(?:\w+\s+){0,2}?(?:есть|там|пис\w+|пиш\w+|слышно|нового|известно)|"
    r"писал[аио]?(?:\s+\w+){0,3}?|(?:is there |do you have )?(?:any|anything|something))"
    r"\s+(?:про|обо?|о|по|у|насч[её]т|на тему|about|on|regarding)|топ(?:[ -]?\d+)?|top(?:[ -]?\d+)?)"
    r"\s+(?P<topic>\S.*?)\W*$",
    re.IGNORECASE,
)
_TOP = re.compile(r"\W*(?:топ|top)\b", re.IGNORECASE)
_POINTS = re.compile(
    r"(?:тебя|вас|нас|меня|тебе|вам|нам|мне|н[её]го|не[ёе]|н[её]м|них|этого|этом|this|that|it|you|me|us)\b", re.I
)
_MOST_OF_IT = 0.6  # of a topic's words, by rarity


def topic_sought(question: str) -> str | None:
    """The topic of «есть ли что-нибудь про X?», «чё там у X нового»; None for every other question."""
    match = _SOUGHT.match(question)
    named = match is not None and not _POINTS.match(match["topic"]) and bool(content_terms(match["topic"]))
    return match["topic"] if match and named else None


def asks_of_the_picture(text: str, *, attached: bool = True) -> bool:
    """«Что это за график?» under a photo is about what only the photo shows. `attached`: there is one, so that «что
    это?» is of it; else the picture has to be named."""
    named = _THE_PICTURE if attached else _NAMED_PICTURE
    return bool(named.search(text)) and not _ABOUT_ANYTHING.search(_THE_PICTURE.sub(" ", text))


def asks_for_private(question: str) -> bool:
    """Whether somebody's age, family, address or income is asked for: a post near to it is no answer."""
    return bool(_PRIVATE.search(question))


def is_of_somebody(question: str) -> bool:
    """Whether a question speaks of a person: nothing else is a private matter («link to the recording?»)."""
    return bool(_SOMEBODY.search(question))


def tells_private(question: str, text: str) -> bool:
    """Whether a text tells such a thing as is asked for of somebody; true where nothing private is asked.

    «Где она живёт?» is of a person's home: «здесь живут конспекты» is none.
    """
    told = next((told for asked, told in _TOLD if asked.search(question)), None)
    return told is None or bool(told.search(text))


def unknown_versions(question: str, frequencies: Frequencies) -> list[str]:
    """Names with a number («GPT-5») that stand nowhere in the index, where other versions of the name do."""
    if not frequencies.passages():
        return []
    found = []
    for match in _VERSION.finditer(question):
        name = match[1].lower()
        others = [f"{name}{number}" for number in range(1, 10)]
        counts = frequencies.containing([*others, f"{name}{match[2]}"])
        if any(counts.get(other) for other in others) and not counts.get(f"{name}{match[2]}"):
            found.append(match.group())
    return found


def rules_out(question: str, passages: Sequence[Passage], frequencies: Frequencies) -> bool:
    """Whether nothing in the index can be the answer, whatever is near: a version that it does not know, say."""
    sought = topic_sought(question)
    shown_first = passages[: 1 if _TOP.match(question) else MAY_TELL]  # a top of something else is near to any top
    if sought is not None and not _speaks_of(sought, shown_first, frequencies):
        return True
    return bool(unknown_versions(question, frequencies)) or not _may_hold(question, passages)


def _speaks_of(topic: str, passages: Sequence[Passage], frequencies: Frequencies) -> bool:
    """Whether one of the passages holds most of a topic's words: votes are no «клонирование голоса»."""
    weights = rarity(content_terms(topic), frequencies)
    texts = (f"{one.title}\n{one.text}" for one in passages)
    return any(Terms(terms(text)).share(weights) >= _MOST_OF_IT for text in texts)


def _may_hold(question: str, passages: Sequence[Passage]) -> bool:
    """Whether any of the best passages tells a licence, a price or somebody's home, or any passage holds the code,
    where such is asked for; true for other questions."""
    if not any(tells_private(question, f"{one.title}\n{one.text}") for one in passages[:MAY_TELL]):
        return False
    if lacks_code(question, [(one.title, units_of(one.text)) for one in passages]):
        return False
    if _INSTALL.search(question) and not any(_INSTALLED.search(one.text) for one in passages[:MAY_TELL]):
        return False
    if not _tells_running(question, passages[:MAY_TELL]):
        return False
    price = asks_for_price(asked_now(question))
    if not price and not _LICENCE.search(question):
        return True
    texts = [f"{one.title}\n{one.text}" for one in passages[:MAY_TELL]]
    return any(holds_kind(question, text) > 0 or (price and tells_price(text)) for text in texts)


def _tells_running(question: str, passages: Sequence[Passage]) -> bool:
    """Whether a sentence on running stands in a text whose title names what is to be run, or beside one that does; true
    where nothing is to be run."""
    match = _RUN.search(question)
    if match is None:
        return True
    wanted = set(terms(match["name"] or match["english"]))
    for one in passages:
        texts = [unit.text for unit in units_of(one.text)]
        for i, text in enumerate(texts):
            beside = " ".join(texts[max(0, i - 1) : i + 2])
            if _RUNS.search(text) and wanted & set(terms(f"{one.title} {beside}")):
                return True
    return False
