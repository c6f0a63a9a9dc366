"""Messages that ask nothing of the material: thanks, greetings, talk about the bot, about the reader, about the talk.

Told by their words, not by whole phrases: a message is small talk when *every* word of it is (lists below), so that
«спасибо, ты супер!» is, and «спасибо, а что такое LoRA?» is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Literal

from konspekt.answering.answer import Turn
from konspekt.answering.words.morphology import is_first_person, is_second_person, part_of_speech
from konspekt.indexer.query.keyboard import typed_in_russian
from konspekt.indexer.query.transliteration import russian_spellings

Talk = Literal[
    "greeting", "thanks", "farewell", "praise", "blame", "acknowledged", "bot", "mistaken", "asked", "remember"
]


@cache
def _words(kind: str) -> tuple[str, ...]:
    """Beginnings of words of a kind, from `talk_words.txt`; a trailing `$` asks for the whole word."""
    text = resources.files("konspekt.answering.question").joinpath("talk_words.txt").read_text("utf-8")
    section = re.search(rf"^\[{re.escape(kind)}\]\n(.*?)(?:^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None, kind
    return tuple(section.group(1).split())


_SMALL: tuple[Talk, ...] = ("thanks", "greeting", "farewell", "praise", "blame", "acknowledged")
_FIRST: tuple[Talk, ...] = ("thanks", "farewell", "blame", "praise", "greeting", "acknowledged")  # of several, which
_HOW_ARE_YOU = re.compile(
    r"\bкак (?:дела|ты\b|жизнь|поживаешь|сам\b|настроение)|how are you|"
    r"how'?s it going|what'?s up|good (?:morning|evening|afternoon|day)",
    re.I,
)

# A message of «ты» and words of the bot itself alone is never searched.
_YOU = re.compile(
    r"\b(?:ты|тебя|тебе|тобой|твой|твоя|твоё|твое|твои|твоего|твоей|вы|вас|вам|ваш\w*|you|your|u|бот\w*|bot)\b", re.I
)
_ASKED = re.compile(
    r"(?:что|о ч[ёе]м|про что|какие вопросы|какой вопрос|сколько (?:раз|"
    r"вопросов))[^?.!]{0,20}\bя\b[^?.!]{0,25}(?:спрашива|спросил|задава|задал|писал|говорил)"
    r"|о ч[ёе]м мы (?:\w+ )?(?:говорили|разговаривали|общались|беседовали)|(?:мой|моего|мои|"
    r"моих) (?:\w+ )?(?:вопрос|вопросы|вопросов|вопросе)\b"
    r"|(?:что|как) ты (?:\w+ )?(?:ответил|отвечал|сказал)\b|what (?:did|have|was) i (?:\w+ )?(?:ask|say|said|asked)"
    r"|what (?:did|have) we (?:\w+ )?(?:talk|discuss)|my (?:\w+ )?questions?\b|what did you (?:\w+ )?(?:answer|say)\b",
    re.I,
)
_REMEMBER = re.compile(
    r"^\W*(?:а |и |ну |слушай,? |пожалуйста,? |please,? )*(?:запомни(?:те)?|учти(?:те)?|имей в виду|знай|"
    r"remember|keep in mind|note that)\b"
    r"|^\W*(?:меня зовут|моё имя|мое имя|мне \d+ (?:лет|год)|я (?:новичок|студент|программист|разработчик|художник|"
    r"дизайнер|учусь|живу)|my name is|i am a|i'm a)\b[^?]*$",
    re.I,
)
_PROMPT = re.compile(
    r"систем\w+ (?:промпт|инструкци|сообщени)\w*|(?:тво|сво|ваш)\w+ (?:\w+ )?(?:промпт|инструкци)\w*|system prompt|"
    r"(?:your|initial) (?:\w+ )?(?:prompt|instructions)|(?:игнорируй|забудь|ignore|"
    r"forget) (?:\w+ ){0,2}(?:инструкци|правил|"
    r"указани|instructions|rules)\w*"
    r"|\bты (?:теперь )?(?:dan\b|пират|хакер|злодей)|теперь ты\b|притворись|представь,? что ты|веди себя как|"
    r"режим (?:отладки|разработчика|бога)|\[system\]|(?:debug|developer|god) mode|"
    r"(?<!такое )(?<!is )(?<!про )(?<!about )\bjailbreak\b(?!\w)|"
    r"\b(?:act as|pretend (?:to be|you)|you are now)\b",
    re.IGNORECASE,
)
_MISTAKEN = re.compile(
    r"\bошиб\w+|\b(?:со)?вр[её]\w+|\bврать\b|\bобман\w+|\b(?:выдум|придумыва)\w+|\bгаллюцин\w+|\b(?:до)?вер(?:ять|ить)\b|\bmistake\w*|"
    r"\bwrong\b|\blie\b|\blying\b|\bhallucinat\w*|\btrust\b|\bты уверен\w*|\bare you sure\b|"
    r"\bmake (?:things|stuff|it) up\b",
    re.IGNORECASE,
)
# «Хм, не верю», "wait, are you sure about that?": of the last answer, and no question of the material
_DOUBTS = re.compile(
    r"^\W*(?:(?:хм+|эм+|ой|стоп|погоди|подожди|серь[её]зно|да ну|ну|а|hm+|wait|really|so|but|and|um+)\b[\s,.!?…—–-]*)*"
    r"(?:(?:я )?(?:тебе |в это |этому |что-?то )*не (?:верю|верится)(?: (?:тебе|в это|этому))?|"
    r"(?:ты |вы |а )*(?:в этом |прям |реально )*(?:уверены?|уверена)(?: (?:ты|вы|в этом|в ответе))*|"
    r"are you (?:really |absolutely |quite )?(?:sure|certain)(?: (?:about|of) (?:that|this|it))?|"
    r"i (?:do not|don'?t) believe (?:it|you|that)|is (?:that|this|it) (?:really )?(?:true|right|correct))\W*$",
    re.IGNORECASE,
)
# «А бот у него какой», "does he have a bot": of somebody that the talk is about
_OF_ANOTHER = re.compile(
    r"\b(?:у|про|с|о|об|для|от) (?:него|неё|нее|них|ним|ней|нём|нем)\b|\b(?:he|she|him|his|her)\b", re.I
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_FEW = 5  # words of a remark behind thanks
_DEFINES = re.compile(r"\b(?:что (?:такое|значит)|what (?:is|are|does))\b", re.I)
_LONGEST_SMALL, _SPELLINGS = 16, 40  # letters of a word of small talk, and Russian spellings of it that are tried


def talk_of(text: str) -> Talk | None:
    """The kind of talk, None for what may be a question about the material."""
    words = [word.lower() for word in _WORD.findall(text)]
    if not words or len(words) > 25:
        return None
    if _ASKED.search(text):
        return "asked"
    if _REMEMBER.search(text):
        return "remember"
    if _PROMPT.search(text):
        return "bot"
    if _DOUBTS.match(text):
        return "mistaken"
    if kind := _small_talk(text, words) or _typed_otherwise(text) or _with_a_tail(text):
        return kind
    if (
        len(words) <= 12
        and (_YOU.search(text) or any(map(is_second_person, words)))
        and not _DEFINES.search(text)
        and not _OF_ANOTHER.search(text)
        and all(_is_of(word, _words("of the bot")) or _YOU.fullmatch(word) for word in words)
    ):
        return None if _is_of_the_author(text) else "mistaken" if _MISTAKEN.search(text) else "bot"
    return None


def _is_of_the_author(text: str) -> bool:
    """«Вы обучали модель?» may well be asked of the channel's author; «ты» is said to the bot."""
    polite = re.search(r"\b(?:вы|вас|вам|ваш\w*)\b", text, re.I) and not re.search(
        r"\b(?:ты|теб\w+|тво\w+|бот\w*)\b", text, re.I
    )
    return bool(polite and re.search(r"обуч|модел|писа|пиш|сдела|дела|созда|данны|нейро", text, re.I))


def _small_talk(text: str, words: Sequence[str]) -> Talk | None:
    told: list[Talk] = []
    for word in words:
        kind = next((kind for kind in _SMALL if _is_of(word, _words(kind))), None)
        if kind is not None:
            told.append(kind)
        elif not _is_of(word, _words("filling")):
            return None
    if told:
        kind = next(kind for kind in _FIRST if kind in told)
        return kind if kind != "acknowledged" or "?" not in text else None
    if _HOW_ARE_YOU.search(text) or _HOW_ARE_YOU.search(" ".join(words)):
        return "greeting"
    return (
        "acknowledged" if len(words) > 1 and not _ASKS.search(text) and not _AGAIN.search(text) else None
    )  # «ну такое»


def _typed_otherwise(text: str) -> Talk | None:
    """Small talk in Latin letters («spasibo, ty super») or with the other keyboard layout on («cgfcb,j»)."""
    if not text.isascii():
        return None
    switched = typed_in_russian(text)
    if (words := [word.lower() for word in _WORD.findall(switched)]) and (kind := _small_talk(switched, words)):
        return kind
    words = [word.lower() for word in _WORD.findall(text)]
    return _small_talk(text, [_russian_small_word(word) or word for word in words])


@cache
def _russian_small_word(word: str) -> str | None:
    """The Russian word of small talk behind Latin letters."""
    if len(word) > _LONGEST_SMALL:
        return None
    lists = [_words(kind) for kind in (*_SMALL, "filling")]
    spellings = russian_spellings(word, _SPELLINGS)
    return next((one for one in spellings if any(_is_of(one, listed) for listed in lists)), None)


def _with_a_tail(text: str) -> Talk | None:
    """«Ок, спасибо, пойду делать», «спасибо, стало понятнее»: small talk, and what the reader does or feels."""
    clauses = [clause for clause in re.split(r"[,.!;…\n]+", text) if _WORD.search(clause)]
    kinds = [_small_talk(clause, [word.lower() for word in _WORD.findall(clause)]) for clause in clauses]
    told = [kind for kind in kinds if kind is not None]
    tails = [clause for clause, kind in zip(clauses, kinds, strict=True) if kind is None]
    if not told or _ASKS.search(text) or not all(_tells_own_plans(tail) or _names_nothing(tail) for tail in tails):
        return None
    return next(kind for kind in _FIRST if kind in told)


def without_small_talk(text: str) -> str:
    """«Спасибо, а когда дедлайн?» without the thanks: they would be searched for. The text itself where all is talk."""
    rest = _behind_thanks(text)
    while (match := _CLAUSE.match(rest)) and _WORD.search(rest[match.end() :]):
        clause = match["clause"]
        words = [_russian_small_word(word) or word for word in map(str.lower, _WORD.findall(clause))]
        is_talk = _small_talk(clause, words) if words else None
        sigh = _SENTENCE_ENDS.match(rest, match.end("clause")) and _is_a_sigh(clause)
        if not (is_talk or sigh or _CALLS.fullmatch(clause.strip())):
            break
        rest = rest[match.end() :]
    opened = _CALLS_FIRST.match(rest)
    rest = rest[opened.end() :] if opened and _WORD.search(rest[opened.end() :]) else rest
    return rest.strip() if rest != text else text


def _behind_thanks(text: str) -> str:
    """«Понял спасибо а вторая» without its first two words: they are joined to a question by a word and no comma."""
    found = list(_WORD.finditer(text))
    first = 0
    while first < len(found) and any(_is_of(found[first].group().lower(), _words(one)) for one in _JOINED_ON):
        first += 1
    joined = found[first] if 0 < first < len(found) - 1 else None
    between = text[: joined.start()] if joined else "?"
    return (
        text[joined.start() :] if joined and _JOINS.fullmatch(joined.group()) and not _PAUSE.search(between) else text
    )


def _is_a_sigh(clause: str) -> bool:
    """«Не понимаю всё равно.», «не верится!»: how it goes with the reader, and nothing that could be searched for."""
    words = re.findall(r"[а-яё]+", clause.lower())
    told = any(is_first_person(word) for word in words)
    nouns = any(part_of_speech(word) == "NOUN" for word in words)
    return told and not nouns and len(words) <= _FEW and not re.search(r"[A-Za-z\d]", clause) and not asks(clause)


def _tells_own_plans(clause: str) -> bool:
    """A verb in the first person or of going away, and no name or number that may be a topic."""
    if re.search(r"[A-Za-z\d]", clause):
        return False
    if _GOES_AWAY.match(clause):
        return True
    return any(is_first_person(word) for word in re.findall(r"[а-яё]+", clause.lower()))


def _names_nothing(clause: str) -> bool:
    """A few words without a noun, a name or a number: there is nothing in them to search for. «Не работает» is trouble,
    and not meant as talk."""
    if re.search(r"[A-Za-z\d]|\bне\b", clause):
        return False
    words = re.findall(r"[а-яё]+", clause.lower())
    return len(words) <= _FEW and not any(part_of_speech(word) == "NOUN" for word in words)


def _is_of(word: str, beginnings: Sequence[str]) -> bool:
    return any(word == one[:-1] if one.endswith("$") else word.startswith(one) for one in beginnings)


_JOINED_ON: tuple[Talk, ...] = ("thanks", "acknowledged")
_JOINS = re.compile(r"а|но|тогда|and|but|so|then", re.I)
_PAUSE = re.compile(r"[,.!?;:]")
_SENTENCE_ENDS = re.compile(r"[.!\n]")
_GOES_AWAY = re.compile(r"\W*(?:я\s+)?(?:по)?(?:ш[её]л|шла|бежала?|ехала?)\b", re.I)
_CLAUSE = re.compile(r"(?P<clause>[^,.!?;:\n]{1,60})[,.!;\n]+\s*")
_CALLS = re.compile(
    r"\W*(?:слуш(?:ай)?|короче|смотри|скажи|подскажи(?:те)?|пожалуйста|плиз|listen|please|hey|бот)\W*", re.I
)
_CALLS_FIRST = re.compile(
    r"\W*(?:(?:слуш(?:ай)?|короче|(?:под)?скажи(?:те)?|пожалуйста|плиз|please)\b[\s,]+(?:а\s+)?)+", re.I
)
_AGAIN = re.compile(r"\b(?:ещ[её]|раз|снова|again|more)\b", re.I)
_ASKS = re.compile(
    r"\?|\b(?:кто|что(?!-)|ч[еёо]|шо|если(?! честно)|разве|неужели|"
    r"чего|чему|чем|ч[её]м|как|какой|какая|какое|какие|каких|каким|какую|каков\w*|"
    r"где|куда|откуда|когда|почему|зачем|"
    r"сколько|скок\w*|чей|чья|ли|можно|нужно|надо|стоит|есть|расскаж\w*|объясн\w*|покаж\w*|дай\w*|найд\w*|"
    r"найти|ищу|опиши\w*|сравни\w*|"
    r"перечисл\w*|назов\w*|подскаж\w*|посовету\w*|помоги\w*|скинь\w*|пришли\w*|хочу|интересует|нужен|нужна|разниц\w*|"
    r"who|what|which|how|where|when|why|whose|is|are|was|do|does|did|can|could|should|tell|explain|show|"
    r"give|find|list|compare|"
    r"describe|need|want|difference)\b|^\W*(?:will|would|may|shall|am|were|has|have)\b",
    re.I,
)
_TROUBLE = re.compile(
    r"^\W*(?:помогите\W+|help\W+)?(?:у (?:меня|нас)\s+(?!сегодня|завтра|вчера|день|нет вопрос|вс[её] )\w|"
    r"i (?:get|got|keep getting|see)\b|"
    r"(?:my|our) (?:[\w.-]+ ){1,4}?(?:is|are|has|keeps?|crash\w*|fails?|does|runs?|goes|gets?|looks?|comes?|won'?t|"
    r"can'?t)\b)",
    re.I,
)
_PERSONAL = re.compile(
    r"\b(?:я|мне|меня|мной|мой|моя|моё|мое|мои|мы|нам|нас|ты|тебе|тебя|ваш\w*|вас|вам|i|me|my|we|you|сегодня|вчера|завтра|today|yesterday)\b",
    re.I,
)


def asks(text: str) -> bool:
    """Whether a text has a question mark or a word that asks or wants something."""
    return bool(_ASKS.search(text))


def asks_nothing(text: str) -> bool:
    """Whether a text is a remark of somebody («мне сегодня грустно») rather than a question, a topic («LoRA») or a
    trouble («у меня CUDA out of memory»)."""
    return bool(_PERSONAL.search(text)) and not _ASKS.search(text) and not _TROUBLE.search(text)


def asked_before(history: Sequence[Turn], most: int = 5) -> list[str]:
    """The reader's own last questions, oldest first."""
    return [turn.text for turn in history if turn.role == "user" and talk_of(turn.text) is None][-most:]
