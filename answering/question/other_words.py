"""A word that the material never uses, by one that it does: «заболел» where posts say «болеете», «слайды» where they
say «презентация».

What is meant is then searched for, and judged, in the material's own words. A word that the index holds is never
touched, so that nothing is lost where a channel does say «слайды».
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache

from konspekt.answering.words.morphology import is_imperative, part_of_speech
from konspekt.answering.words.vocabulary import Frequencies, content_terms
from konspekt.indexer.lexical import is_dictionary_word, is_russian, terms
from konspekt.indexer.query.translations import counterparts

# What readers of channels and courses say one way or another. A plain word of everyday speech each: no names.
_GROUPS = (
    "болеть заболеть приболеть разболеться простудиться простыть слёг слегла болезнь больничный хворать",
    "слайд презентация",
    "экзамен зачёт",
    "преподаватель лектор препод",
    "сертификат диплом корочка",
    "опоздание опоздать опаздывать просрочить просрочка",
    "записаться зарегистрироваться регистрация",
    "списать списывать плагиат",
    "присылать отправлять слать скинуть",
    "бесплатный даром халява",
    "пользоваться юзать заюзать использовать применять",
    "вдвоём втроём вчетвером напарник команда",
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_MINOR = re.compile(r"\b(?P<name>[A-Za-z]{1,20})[ -]?(?P<first>\d{1,2})\.(?P<second>\d{1,2})\b")
# How jargon makes verbs of nouns: «за-бан-ить», «за-релиз-ить»
_MADE_A_VERB = re.compile(r"(?:из)?(?:ир)?ов?а?$")
_BEGINS_A_VERB = re.compile(r"^(?:за|от|про|пере|по|рас|раз|на|вы|до|при|под|у|с)(?=\w)")
_ROOT = 3  # letters, at least
_CARD = re.compile(
    r"\b(?:(?:rtx|gtx|ртх|nvidia|geforce)[ -]?)?(?P<model>(?:10|16|20|30|40|50)[5-9]0)(?:[ -]?(?:ti|super|ти))?\b"
    r"(?!\s*(?:картин|шаг|токен|пример|раз|images?|steps?|tokens?|examples?|times))",
    re.IGNORECASE,
)
_BEST = re.compile(r"\W*(?:сам\w+ )?лучш(?P<ending>ий|ая|ее|ие)\s+\w", re.IGNORECASE)
_BEST_ENGLISH = re.compile(r"\W*best\s+\w[^?]{2,40}\??$", re.IGNORECASE)
_WHICH = {"ий": "ой", "ая": "ая", "ее": "ое", "ие": "ие"}
# May one use it? Rules speak of what it is, hardly ever of one by its name.
_MAY = re.compile(
    r"\b(?:можно|нельзя|разреш\w+|запрещ\w+|допуска\w+|(?:may|can) (?:i|we)|allowed|permitted|forbidden|okay to)\b",
    re.IGNORECASE,
)
_CHAT_MODELS = frozenset(terms("chatgpt gpt claude gemini deepseek copilot grok qwen гигачат алиса чат-гпт"))
_WHAT_IT_IS = {True: ("языковая модель", "нейросеть"), False: ("language model", "языковая модель")}


# What is meant, whatever the words, and what posts call it: what is handed in after its day is late.
_MEANT = tuple(
    (re.compile(said, re.IGNORECASE), called)
    for said, called in (
        (
            r"\b(?:сда\w+|присл\w+|присыла\w+|отправ\w+|слать|досда\w+)\b.*\b(?:позже|позднее|не ?вовремя|"
            r"(?:после|позже) (?:срока|дедлайна))|"
            r"\b(?:(?:submit|hand (?:it )?in|turn in)\b.*\blate|after the deadline|penalt\w+ .*\blate(?:ness)?|"
            r"late (?:penalt\w+|submissions?|homeworks?|assignments?|polic\w+|days?|work))\b",
            ("опоздание", "late"),
        ),
        (r"\bsign(?:ing)? up\b|\b(?:register|enroll?)\b", ("записаться", "register")),
        (r"\boffice hours\b", ("консультация", "office hours")),
        (r"\bproject\b.*\b(?:alone|solo|(?:on|by) my ?(?:own|self))\b", ("команда",)),
    )
)

# Parts of a course. Asked of with no word of a topic, they are those of the course as a whole, which its programme and
# announcement speak of, while every lecture's own title has the word.
_PARTS = frozenset(terms("лекция занятие семинар пара урок вебинар lecture class seminar lesson"))
# What nobody speaks of who does not speak of a course
_OF_A_COURSE = frozenset(terms("домашка дедлайн семинар лекция вебинар зачёт сертификат homework seminar lecture"))
_TIMES = frozenset(terms("минута час день неделя месяц раз время minute hour day week month time"))
_COURSE = {True: ("курс", "на курсе"), False: ("course", "in the course")}
_NO_TOPIC = frozenset({"VERB", "INFN", "ADVB", "PRED", "ADJS", "NPRO", "CONJ", "PRCL", "PREP", "COMP"})
_ASKS_WHEN = re.compile(r"\b(?:когда|во сколько|в какие|по каким)\b", re.IGNORECASE)
_LECTURES = re.compile(r"\b(?:лекци[ия]|пары|уроки|вебинары)\b", re.IGNORECASE)
# Whether one meets on a day that only the reader's calendar knows: when one meets at all is what is told
_DAY = re.compile(r"\b(?:сегодня|завтра|послезавтра|today|tomorrow|tonight)\b", re.IGNORECASE)
# «Расписание лекций» is when one meets, and no schedule of noise or of learning rates
_SCHEDULE = re.compile(r"\b(?:расписани\w+|timetable|schedule)\b", re.IGNORECASE)
_SCHEDULED = _PARTS | frozenset(terms("курс учёба школа course"))
_WHEN_ONE_MEETS = {True: "когда занятия на курсе?", False: "when are the lectures of the course?"}
# Whether a machine may do one's homework: rules speak of language models, whatever a reader calls his
_ASSISTANT = (
    r"\b(?:(?:чат|chat)[- ]?(?:гпт|жпт|gpt)\w*|гпт|gpt|copilot|claude|gemini|deepseek|гигачат\w*|нейронк\w+|"
    r"нейросет\w+|ии|ai)\b"
)
_WRITING = (
    r"\b(?:(?:на|по)?пи(?:ш|са)\w+|(?:с)?генер\w+|реша(?:ет|ют|ть|ла)|за меня|wr(?:ite|ote|itten)\w*|"
    r"generat\w+|for me)\b"
)
_BY_MODEL = re.compile(
    rf"{_ASSISTANT}|(?=.*{_WRITING})\b(?:llms?|ллм\w*|языков\w+ модел\w+|language models?)\b", re.IGNORECASE
)
_OWN_WORK = re.compile(r"\b(?:домашк\w+|дз|домашн\w+|задани\w+|код\w*|homeworks?|assignments?|code)\b", re.IGNORECASE)
_LEAVE = re.compile(
    rf"{_MAY.pattern}|\b(?:норм|ок|влет\w+|снижа\w+|снизят|снима\w+|снимут|нака[зж]\w+|запал\w+|ноль|незач\w+|юза\w+|"
    r"пользова\w+|использова\w+|cheat\w*|use|using|punish\w*|penal\w+)\b",
    re.IGNORECASE,
)
_MODELS_ALLOWED = {True: "можно ли пользоваться языковыми моделями?", False: "are language models allowed?"}
_ASKS_FACTS = re.compile(
    r"\b(?:сколько|скок\w*|когда|во сколько|где|нужн\w+|можно|будет|будут|бывают|how (?:many|long|much)|when|where|"
    r"what (?:time|day)|can (?:i|we))\b",
    re.IGNORECASE,
)


@cache
def _kin() -> Mapping[str, tuple[str, ...]]:
    """Term -> the words of its group."""
    groups = [tuple(group.split()) for group in _GROUPS]
    return {term: group for group in groups for word in group for term in terms(word)[:1]}


def in_full(question: str) -> str:
    """«Лучший сэмплер» as the question that it is: «какой лучший сэмплер»."""
    if (match := _BEST.match(question)) is not None:
        return f"как{_WHICH[match['ending'].lower()]} {_uncapitalised(question)}"
    return f"what is the {_uncapitalised(question)}" if _BEST_ENGLISH.match(question) else question


def _uncapitalised(question: str) -> str:
    bare = question.lstrip()
    return bare[:1].lower() + bare[1:]


def is_of_the_course(question: str, frequencies: Frequencies) -> bool:
    """Whether a question names a part of a course that the material speaks of: «как залить на гитхаб домашку»."""
    named = _OF_A_COURSE.intersection(terms(question))
    return any(frequencies.containing(named).values())


def of_the_course(question: str, frequencies: Frequencies) -> str:
    """«Сколько всего лекций» with «на курсе», where the material is about one: itself otherwise."""
    russian = bool(re.search("[а-яё]", question, re.IGNORECASE))
    name, added = _COURSE[russian]
    wanted = set(content_terms(question))
    if _SCHEDULE.search(question) and wanted & _SCHEDULED and _held(terms(name), frequencies):
        unscheduled = wanted - _SCHEDULED - set(terms("расписание timetable schedule"))
        return _WHEN_ONE_MEETS[russian] if _no_topic(unscheduled) else question
    if not wanted & _PARTS or re.search(r"\d", question):
        return question
    if _DAY.search(question) and _no_topic(wanted) and _held(terms(name), frequencies):
        return _WHEN_ONE_MEETS[russian]
    if not _ASKS_FACTS.search(question):
        return question
    if not _no_topic(wanted) or not _held(terms(name), frequencies):
        return question
    if _ASKS_WHEN.search(question) and _held(terms("занятие"), frequencies):
        question = _LECTURES.sub("занятия", question)  # what is announced is when one meets
    body = question.rstrip(" ?!.")
    return f"{body} {added}{question[len(body) :].strip()}"


def _no_topic(wanted: Collection[str]) -> bool:
    """Whether nothing but parts of a course and times of it is named."""
    return all(part_of_speech(term) in _NO_TOPIC for term in set(wanted) - _PARTS - _TIMES)


def in_its_words(question: str, frequencies: Frequencies) -> str:
    """The question itself where the index holds its words, or nothing better is known."""
    if not frequencies.passages():
        return question
    if all(one.search(question) for one in (_BY_MODEL, _OWN_WORK, _LEAVE)) and _held(terms("языковая"), frequencies):
        return _MODELS_ALLOWED[bool(re.search("[а-яё]", question, re.IGNORECASE))]
    may = bool(_MAY.search(question))
    russian = bool(re.search("[а-яё]", question, re.IGNORECASE))

    def better(match: re.Match[str]) -> str:
        word = match.group()
        found = terms(word)
        if not found or _held(found, frequencies) or is_imperative(word.lower()):
            return word  # «скинь ссылку»: what the bot is told to do is in no post
        if may and _CHAT_MODELS.intersection(found):
            kinds = _WHAT_IT_IS[bool(re.search("[а-яё]", question, re.IGNORECASE))]
            return next((kind for kind in kinds if _held(terms(kind), frequencies)), word)
        kin = next((kin for kin in _kin().get(found[0], ()) if _held(terms(kin)[:1], frequencies)), None)
        return kin or of_one_root(word, frequencies) or (russian and _said_otherwise(word, frequencies)) or word

    found = _WORD.sub(better, _card_as_such(question, frequencies))
    for said, called in _MEANT:
        named = next((one for one in called if _held(terms(one), frequencies)), None)
        if named and said.search(question) and not set(terms(named)) & set(terms(found)):
            found = f"{found.rstrip(' ?!.')}: {named}?"
    return found


def of_one_root(word: str, frequencies: Frequencies) -> str | None:
    """The noun that a verb of jargon is made of, or the verb that is made of the noun, whichever is held: «бан» for
    «забанили», «закоммитить» for «коммит». Words of the dictionary mean what they say: «замена» is made of nothing."""
    if not is_russian(word.lower()) or is_dictionary_word(word.lower()):
        return None
    (term, *_) = terms(word) or [""]
    bare = _MADE_A_VERB.sub("", term)
    roots = dict.fromkeys((bare, _BEGINS_A_VERB.sub("", bare)))
    verbs = (f"{prefix}{term}" for prefix in ("за", "от", "про", "с"))
    made = (one for one in (*roots, *verbs) if one != term and len(one) >= _ROOT)
    return next((one for one in made if _held(terms(one), frequencies)), None)


def _said_otherwise(word: str, frequencies: Frequencies) -> str | None:
    """What the other language calls a noun of a Russian question, where only that is held: «v-предсказание» for
    "v-prediction", `injection` for «инъекция»."""
    (term, *_) = terms(word) or [""]
    if is_russian(term) and part_of_speech(term) != "NOUN":
        return None
    others = counterparts(term)
    counts = frequencies.containing(others)
    return max((one for one in others if counts.get(one)), key=lambda one: counts[one], default=None)


def _card_as_such(question: str, frequencies: Frequencies) -> str:
    """«Видеокарта» for a reader's own card whose model is nowhere spoken of: what runs on «моя 3060» is told of such
    cards in general."""
    russian = bool(re.search("[а-яё]", question, re.IGNORECASE))

    def as_such(match: re.Match[str]) -> str:
        cards = ("видеокарта",) if russian else ("consumer gpu", "gpu")
        held = not _held(terms(match["model"]), frequencies)
        return next((one for one in cards if held and _held(terms(one), frequencies)), match.group())

    return _CARD.sub(as_such, question)


def in_family(question: str, texts: Sequence[str]) -> str:
    """«SD 1.5» as «SD 1.x», where that is how one of the texts names its family and none names the version itself."""

    def family(match: re.Match[str]) -> str:
        version = re.compile(rf"\b{re.escape(match['name'])}[ -]?{match['first']}\.{match['second']}\b", re.IGNORECASE)
        of_family = re.compile(rf"\b{match['first']}\.[xх]\b", re.IGNORECASE)
        name = re.compile(rf"\b{re.escape(match['name'])}", re.IGNORECASE)
        if any(version.search(text) for text in texts):
            return match.group()
        told = any(of_family.search(text) and name.search(text) for text in texts)
        return f"{match['name']} {match['first']}.x" if told else match.group()

    return _MINOR.sub(family, question)


def _held(wanted: Sequence[str], frequencies: Frequencies) -> bool:
    counts = frequencies.containing(wanted)
    return bool(wanted) and all(counts.get(term) for term in wanted)
