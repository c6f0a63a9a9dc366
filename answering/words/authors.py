"""Who made a method, a model, a paper: who asks for it, and which texts tell it.

Posts rarely say "was invented by": they cite. «GPTQ (Frantar и др., 2022) идёт по столбцам» names who made GPTQ, and so
do «Peebles и Xie (2022) выбросили U-Net» under the title «DiT: …», "Hu et al.", "by Tri Dao".
"""

from __future__ import annotations

import re

from konspekt.answering.words.sentences import split_sentences
from konspekt.answering.words.vocabulary import content_terms, names
from konspekt.indexer.lexical import terms

_MADE = (
    r"(?:придума|изобр[её]|предлож|созда|разработа|выпусти|написа|опубликова|сдела|invent|propos|introduc|creat|"
    r"develop|publish|releas|made\b|wrote\b|written\b|came up|(?:is|are|was) behind)"
)
# A reader asks who makes these as well, and they are told in other words: whose channel it is, who holds a lecture.
_NO_WORK = (
    r"(?:канал|курс|пост|бот|лекци|семинар|заметк|блог|книг|учебник|туториал|теб[яе]\b|вас\b|channel|course|post|bot|"
    r"lecture|book|tutorial|you\b)"
)
AUTHOR = re.compile(  # its groups are what asks; the rest of the question says of what
    rf"^(?!.*\b{_NO_WORK})(?:"
    rf".*\b(?P<who>кто|кем|who|whom)\b.{{0,30}}?\b(?P<made>{_MADE}\w*)"
    r"|.*\b(?P<name>кто|who|назови\w*|name)\b.{0,12}\b(?P<author>автор|авторы|authors?|inventors?|creators?)\b"
    r"|\W*(?P<authors>автор|авторы|authors?)\s+(?:(?P<of>of|метода|статьи|модели|работы)\s+)?[\w+.-]+\W*$"
    r"|.*\b(?P<whose>чь[яёеию]|чей|whose)\b.{0,12}"
    r"\b(?P<work>(?:стать|работ|метод|модел|иде|разработк|paper|work|method|model|idea)\w*)"
    r")",
    re.IGNORECASE,
)
_NAME = r"[A-ZА-ЯЁ][\w’'-]+"
_NAMES = rf"{_NAME}(?:,\s+{_NAME})*"
_YEAR = r"(?:19|20)\d\d"
# «Kynkäänniemi и др. (2024) проверили …» tried what somebody else had made
_TRIED = (
    rf"\.?,?\s*(?:\({_YEAR}\)\s*)?(?:провер|перепровер|сравнил|сравнива|измерил|воспроизв|оценил|"
    r"tested|checked|compared|measured|evaluated|reproduced|verified)"
)
# «Авторы из корнелла»: who made it is told by where they are, in small letters too
_FROM = (
    r"\b(?:[Аа]вторы|[Ии]сследователи|[Уу]ч[её]ные|[Aa]uthors|[Rr]esearchers)\s+(?:из|from|at)\s+"
    r"(?P<place>[^\W\d_]{3,})"
)
AUTHOR_TOLD = re.compile(
    rf"{_FROM}|"
    rf"{_NAMES},?\s+(?:и\s+(?:др\b|соавт\w*\b|коллег\w*\b|его команд\w*\b)|et\s+al\b|"
    rf"and\s+(?:colleagues|others|co-?authors)\b)(?!{_TRIED})"
    rf"|{_NAMES}\s+(?:и|and|&)\s+{_NAME},?\s*\(?{_YEAR}\b(?!\){_TRIED})"
    rf"|\({_NAMES},?\s+{_YEAR}"
    r"|\b(?:[Bb]y|[Оо]т|(?:[Рр]ебят|[Лл]юд|[Кк]оманд|[Ии]сследовател)\w+ из|(?:researchers|people|team) (?:at|from))"
    rf"\s+{_NAME}"
    rf"|\b(?:[Аа]вторы?|[Aa]uthors?)\s*[:—–-]\s*{_NAME}"
    # in a Russian sentence two capitals in a row, of one alphabet, are mostly somebody's name
    # («У Андрея Карпатого есть видео» only has something)
    r"|(?<!\bУ )(?<!\bу )\b(?:[A-Z][\w’'-]+\s+[A-Z][\w’'-]+|[А-ЯЁ][а-яё-]+\s+[А-ЯЁ][а-яё-]+)(?=,?\s+[а-яё])"
    rf"|{_NAME}\s+(?:придумал|изобр[её]л|предложил|создал|разработал|выпустил|представил|выкатил|invented|proposed"
    r"|introduced|created|developed|released|came up with)"
)
_FULL_NAME = re.compile(  # of one alphabet: «Вмешала LoRA» is nobody
    r"[A-Z][\w’'-]+\s+(?:[A-Z]\.\s*)?[A-Z][\w’'-]+|[А-ЯЁ][\w’'-]+\s+(?:[А-ЯЁ]\.\s*)?[А-ЯЁ][\w’'-]+"
)
_ASKING = frozenset(
    terms(
        """
        кто кем чей придумать изобрести предложить создать создавать разработать выпустить написать опубликовать сделать
        автор метод статья модель работа идея назвать who made invent invented propose proposed introduce introduced
        create created develop developed publish published release released write wrote written came come is are behind
        author authors inventor creator the whose name paper method model work idea
        """
    )
)
_WORD = re.compile(_NAME)
_AFTER_THE_HEAD = re.compile(r"[:—–,]|\s-\s")


def asks_for_author(question: str) -> bool:
    """Whether it is asked who made something of the kind that papers are written about."""
    return bool(AUTHOR.search(question))


def tells_author(question: str, text: str) -> bool:
    """Whether a text names somebody as one names who made something; «от GPTQ» names nobody where GPTQ is asked of."""
    return _names_others(question, text, AUTHOR_TOLD)


def may_tell_author(question: str, text: str) -> bool:
    """Whether a text names somebody at all: as one names who made something, or by a first name and a last one."""
    return tells_author(question, text) or _names_others(question, text, _FULL_NAME)


def _names_others(question: str, text: str, named: re.Pattern[str]) -> bool:
    asked = set(terms(question))
    found = [one for match in named.finditer(text) for one in _named(match)]
    return any(set(terms(name)) - asked for name in found)


def _named(match: re.Match[str]) -> list[str]:
    place = match.groupdict().get("place")
    return [place] if place else _WORD.findall(match.group())


def tells_author_of(question: str, title: str, text: str) -> bool:
    """Whether a text names who made the very thing that is asked about: in one sentence with it, or under a title that
    opens with it."""
    if not asks_for_author(question):
        return False
    asked = names(question) or {term for term in content_terms(question) if term not in _ASKING}
    telling = [one.text for one in split_sentences(text) if tells_author(question, one.text)]
    if not asked or not telling:
        return False
    titled = asked <= set(terms(_AFTER_THE_HEAD.split(title)[0]))
    return titled or any(asked <= set(terms(sentence)) for sentence in telling)


def names_the_work(question: str, title: str, sentence: str) -> bool:
    """Whether a sentence, or the opening of its title, speaks of anything that it is asked who made: under «nGPT: …» it
    is nGPT that somebody made, and no transformer. True where the question says nothing of what was made."""
    asked = {term for term in content_terms(question) if term not in _ASKING}
    return not asked or bool(asked & set(terms(f"{_AFTER_THE_HEAD.split(title)[0]}\n{sentence}")))
