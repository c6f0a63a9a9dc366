"""A follow-up becomes a question that stands alone: «а во второй версии?» needs to know of what."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.answer import Turn
from konspekt.answering.question.in_a_row import (
    ORDINAL,
    another_person,
    counted_out,
    meant_instead,
    named_instead,
    said_more,
    same_of_another,
)
from konspekt.answering.question.ranking import defined_name
from konspekt.answering.texts import Language
from konspekt.answering.words.morphology import (
    PREDICATES,
    has_predicate,
    is_of_a_third,
    may_be_one_subject,
    part_of_speech,
)
from konspekt.answering.words.vocabulary import content_terms, names
from konspekt.answering.writing.prompts import rewrite_messages
from konspekt.indexer.language import detect_language
from konspekt.indexer.lexical import terms
from konspekt.indexer.numbered import numbered_things
from konspekt.indexer.searching.links import LINK
from konspekt.llm_client import ChatModel, LLMError

_OPENING = re.compile(
    r"^(?:\s*(?:а|и|но|ну|тогда|хорошо|(?:что|как) насч[её]т|ок|ладно|понятно|and|but|so|then|ok|okay|what about|"
    r"how about)\b[\s,]*)+",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:он|она|оно|они|его|её|ее|их|ему|ей|им|ими|нём|нем|ней|них|нему|этот|эта|это|эти|этого|этой|этом|этому|этих|"
    r"такой|такая|такое|такие|там|тот|та|те|том|той|того|первый|первая|второй|вторая|последний из|"
    r"it|its|they|them|their|this|that|these|those|he|she|his|her|there|one|ones)\b",
    re.IGNORECASE,
)
# "это" that points at nothing before: "что это такое — LoRA?", "правда ли это?" is rare enough.
_WHOLE = re.compile(
    r"\b(?:что такое|кто такой|кто такая|что значит|расскажи (?:про|о|об)|what is|what are|who is|explain|"
    r"tell me about)\s+"
    r"(?!он|она|оно|они|это|эт[аио]|it\b|this\b|that\b|they\b|these\b)\w",
    re.IGNORECASE,
)
# What stands before the reader's eyes, whatever was said: it points at nothing in the talk.
_HERE = re.compile(
    r"\b(?:эт(?:от|ого|ому|им|ом|а|ой|у)|that|this|these)\s+(?:канал|курс|бот|чат|групп|блог|автор|материал|channel|course|"
    r"bot|chat|group|blog|author)\w*|\b(?:в|на|из|об?|про)\s+эт(?:от|ом|ого|ой|у)\s+(?:канал|курс|чат|групп|блог)\w*",
    re.IGNORECASE,
)
# The reader takes the own question back: «нет, я имел в виду на один токен», "no, I meant the second one".
_CORRECTS = re.compile(
    r"^\W*(?:ой|нет|не[ -]?не|не то|точнее|вернее|извини\w*|сорри|sorry|no|oops|wait)\b[\s,!.—–-]*(?:то есть\s+)?"
    r"(?:я\s+)?(?:имел[аи]?\s+в\s+виду|спрашива\w+|говор\w+|хотел\w*\s+спросить|про|о|об|"
    r"i\s+(?:meant?|was asking)|about)\b\s*"
    r"(?:про\s+|о\s+|об\s+|about\s+)?"
    r"|^\W*(?:я\s+имел[аи]?\s+в\s+виду|имел[аи]?\s+в\s+виду|i\s+meant?)\b\s*(?:про\s+)?",
    re.IGNORECASE,
)
# "What guidance value", "how many steps?": an English question without a verb, of what the one before it names
_BARE = re.compile(
    r"^\W*(?:what|which|how (?:many|much|long|big|large))(?:\s+(?!(?:is|are|was|were|do|does|did|has|have|had|can|"
    r"could|should|would|will|to|for|of|in|on|at|with|the|about)\b)[\w-]+){1,3}\W*$",
    re.IGNORECASE,
)
_ANY = re.compile(r"^\W*any(?:\s+[\w-]+){1,4}\W*$", re.IGNORECASE)  # "any free tools?": for what was spoken of
_BARE_NAME = re.compile(r"[A-Za-z][\w+.-]*")
_ASKED_OF_A_NAME = re.compile(r"\((?P<of>[A-Za-z][\w+.-]*)\)\?$")  # "чем лучше (sageattention2)?", as it is made here
_ASKING = re.compile(
    r"\b(?:почему|зачем|как|где|куда|сколько|когда|что|кто|why|how|where|when|what|who)\b", re.IGNORECASE
)
_CASE = re.compile(r"(?:если|if)\b", re.IGNORECASE)
_EXISTS = re.compile(r"\b(?:есть|будет|будут|бывают|нужн[оаы]?|обязатель\w+)\b(?! ли)", re.IGNORECASE)
_EXPLAINING = frozenset({"почему", "зачем", "как"})  # these go on about what was said, and not about its topic alone
_OF_ITS_OWN = re.compile(
    r"\b(?:где|куда|откуда|сколько|скольк\w+|когда|кто|кому|что|как(?:ой|ая|ое|ие|ого|их|ую|им|ом)|есть|если|нужн[оаы]?|можно)\b",
    re.IGNORECASE,
)
_NAMING = frozenset({"NOUN", "ADJF", "NUMR"})
# What is asked of a thing, where the thing itself follows: «срок первой домашки», «цена курса».
_ATTRIBUTE = re.compile(
    r"дедлайн\w*|срок\w*|дат[аыу]|врем[яе]\w*|цен[аыу]|стоимость|размер\w*|количеств\w*|числ\w+|порог\w*|автор\w*|лицензи\w+|"
    r"как\w+|сам\w+|скольк\w*",
    re.IGNORECASE,
)
_LONG_ENOUGH = 5  # content terms that make a question whole whatever it opens with
_WHOLE_TOPIC = 3  # content terms of what has no verb and is a question all the same: «какой порог у первой домашки?»
_NAMELESS = 3  # content terms of what hardly says of what it asks
_SHORT = 7  # content terms of a question that may still be of what was just shown


def is_follow_up(question: str, history: Sequence[Turn]) -> bool:
    """Whether the question leans on what was said before."""
    if LINK.search(question) or not any(turn.role == "user" for turn in history):
        return False  # a link says what is asked about
    if _HERE.search(question) and not _POINTING.search(_HERE.sub("", question)):
        return False
    topic = content_terms(question)
    if not topic or corrects_itself(question):
        return True
    body = _OPENING.sub("", question)
    if numbered_things(terms(body)) and not _OPENING.match(question) and not _points_beside_a_number(body):
        return False  # «когда дедлайн второй домашки?»: the number says of which
    if _POINTING.search(_HERE.sub("", body)) and len(topic) < _LONG_ENOUGH:
        return not _WHOLE.search(body) and not _points_within(body)
    if _WHOLE.search(body):
        return False
    opened = bool(_OPENING.match(question))
    if detect_language(question) == "en":
        return (opened or bool(_ANY.match(question) and not names(question))) and len(topic) < _LONG_ENOUGH
    if not names(body) and _lacks_subject(body):
        return True  # "сколько памяти ест?"
    if len(topic) >= 3:
        return opened and not has_predicate(body)
    if len(topic) == 1 and part_of_speech(topic[0]) in PREDICATES:
        return True  # "сколько стоит?"
    if len(topic) == 1 and _EXISTS.search(body) and not names(body):
        return True  # «бонусы есть?»
    return opened or not (has_predicate(body) or names(body))


def _points_within(question: str) -> bool:
    """«Кто придумал DiT и где он живёт?»: whom the second half means the first one names."""
    first, joined, second = question.partition(" и ") if " и " in question else question.partition(" and ")
    return bool(joined and names(first) and not _POINTING.search(first) and _POINTING.search(second))


def may_go_on(question: str) -> bool:
    """Whether a question that seems whole may still be of what was just shown: it is short, and is no definition."""
    topic = content_terms(question)
    whole = LINK.search(question) or _WHOLE.search(question) or _HERE.search(question) or defined_name(question)
    return not whole and 0 < len(topic) <= _SHORT


def brings_nothing(question: str) -> bool:
    """Whether a follow-up names no thing of its own: «а как лечить»."""
    own = re.findall(r"[а-яё]+", question.lower())
    return bool(own) and not names(question) and not any(part_of_speech(word) == "NOUN" for word in own)


def names_nothing(question: str) -> bool:
    """Whether a question has few words and no name, so that it hardly says of what it asks: «на чём проверяли?»."""
    return len(content_terms(question)) <= _NAMELESS and not names(question)


def _points_beside_a_number(question: str) -> bool:
    return bool(_POINTING.search(ORDINAL.sub("", _HERE.sub("", question))))


def corrects_itself(question: str) -> bool:
    """«Ой, я про модель без GQA»: the question before, meant otherwise."""
    return bool(_CORRECTS.match(question))


def leans_openly(question: str) -> bool:
    """Whether a question says by a word of its own that it goes on: «а …», «это», «там»."""
    return bool(_OPENING.match(question) or _POINTING.search(_HERE.sub("", question))) or not content_terms(question)


def asks_of_a_case(question: str) -> bool:
    """«А если опоздаю»: rules say what happens then of all there is, and hardly of the one that was spoken of."""
    return bool(_CASE.match(_OPENING.sub("", question))) and not names(question)


def may_stand_alone(question: str) -> bool:
    """Whether a follow-up may as well be searched by itself: it names something, and is no mere piece of a question."""
    topic = content_terms(question)
    if focus_of(question):
        return len(topic) >= _WHOLE_TOPIC and not corrects_itself(question)
    return len(topic) > 1 or any(part_of_speech(term) == "NOUN" for term in topic)


def focus_of(question: str) -> str:
    """What of a follow-up is new: «а на png?» asks the question before of PNG. Empty for a whole question."""
    if corrects_itself(question):
        return _CORRECTS.sub("", question).strip(" ,.!")
    body = _OPENING.sub("", question)
    whole = has_predicate(body) or _WHOLE.search(body) or asks_of_a_case(question)
    elliptical = bool(_OPENING.match(question)) and not whole
    return body.strip() if elliptical and content_terms(body) and not _ASKING.search(body) else ""


def rewrite_by_rule(question: str, history: Sequence[Turn]) -> str:
    """The previous whole question and the new one: search finds both, and a model reads them as one."""
    before = ""
    asked = [turn.text for turn in history if turn.role == "user"]
    points = bool(_POINTING.search(_HERE.sub("", question))) or not content_terms(question)
    for index in range(len(asked) - 1, -1, -1):
        before = asked[index]
        if not is_follow_up(before, [Turn("user", text) for text in asked[:index]]) and not (
            index and _says_not_of_what(before)
        ):
            break
        whole = may_stand_alone(before) and _names_something(before) and not _ANY.match(before)
        if points and whole and not _POINTING.search(before):
            break  # «а где?» after «ясно. а когда консультации?» is of these, whatever was asked before
    before = before.strip()
    if not before:
        return question
    if other := another_person(_OPENING.sub("", question), asked):
        return other
    for since in asked[index + 1 :]:  # «сколько шагов?» after «а для sdxl?» is of SDXL
        other = _of_what_it_names(before, since) or said_more(before, _OPENING.sub("", since).strip())
        named = _ASKED_OF_A_NAME.search(other)
        before = named["of"] if named else other or before
    if other := _of_what_it_names(before, question):
        return other
    if _asks_anew(question) and (topic := _topic_of(before, asked[index + 1 :], question)):
        return counted_out(question, topic) or f"{question.strip(' ?!.')} ({topic})?"
    bare = before if _BARE_NAME.fullmatch(before) else None
    if name := defined_name(before) or bare:  # «что такое X» would draw everything to what X is
        rest = _OPENING.sub("", question).strip(" ?!.")
        another = names(rest) and " " not in rest
        return before.replace(name, rest) if another else f"{rest or question.strip(' ?!.')} ({name})?"
    return f"{before if before[-1] in '.?!…' else before + '.'} {question.strip()}"


def asked_of_another(question: str, history: Sequence[Turn]) -> str:
    """The question before of another name, whole: «ссылка на awq» of «а на awq». Empty for any other follow-up."""
    if not is_follow_up(question, history):
        return ""
    whole = rewrite_by_rule(question, history)
    return whole if named_instead(question, whole) else ""


def _says_not_of_what(question: str) -> bool:
    return bool(_BARE.match(question)) and not names(question)


def _of_what_it_names(before: str, question: str) -> str:
    """The question `before`, of what a follow-up names instead or puts right; empty where that asks something else."""
    if corrects_itself(question):
        return meant_instead(before, focus_of(question)) if focus_of(question) else ""
    return same_of_another(before, _OPENING.sub("", question).strip())


def _names_something(question: str) -> bool:
    topic = content_terms(question)
    english = detect_language(question) == "en" and len(topic) > 1
    return english or bool(names(question)) or any(part_of_speech(term) == "NOUN" for term in topic)


def _asks_anew(question: str) -> bool:
    """«Куда сдавать?» asks something of its own: of the question before it only needs the topic."""
    terms = content_terms(question)
    if detect_language(question) == "en" or not terms or focus_of(question):
        return False
    asking = {match.group().lower() for match in _OF_ITS_OWN.finditer(question)}
    explaining = {match.group().lower() for match in _ASKING.finditer(question)} & _EXPLAINING
    own = re.findall(r"[а-яё]+", question.lower())  # «число» has one term with its unit in another language
    whole = has_predicate(question) or any(part_of_speech(word) == "NOUN" for word in own)
    return bool(asking) and not explaining and whole


def _topic_of(before: str, since: Sequence[str], question: str) -> str:
    """What a Russian question is about, without what it asks of it: «первой домашки» of «срок первой домашки?».

    `since`: what was asked of it in between; «до какого числа?» after «где записаться?» goes on from there.
    `question`: what is asked now, of the second one perhaps.
    """
    if defined_name(before):
        return ""  # a name is its own topic
    counted = bool(ORDINAL.search(question))

    def names_it(word: str) -> bool:
        if re.search(r"[a-z\d]", word):
            return True
        return part_of_speech(word) in _NAMING and not (_ASKING.fullmatch(word) or (counted and ORDINAL.match(word)))

    said = re.findall(r"[^\W_][\w.+-]*", before)
    kept: list[str] = []
    for place, word in enumerate(said):
        if names_it(word.lower()):
            unnamed = word.isdigit() and place and said[place - 1] not in kept  # «1» says nothing without its «дз»
            kept += [said[place - 1], word] if unnamed else [word]
    while len(kept) > 1 and _ATTRIBUTE.fullmatch(kept[0]):
        del kept[0]
    # «что сделать во второй?» is of homework, whatever was asked of the first since; «сколько длится?» says itself what
    # happens
    going_on = since and not counted and not has_predicate(question)
    steps = [word for word in content_terms(since[-1]) if part_of_speech(word) in PREDICATES] if going_on else []
    return " ".join([*steps, *kept])


async def standalone_question(
    question: str, history: Sequence[Turn], model: ChatModel | None, language: Language
) -> str:
    """The question itself when it stands alone; else as `rewritten`."""
    if not is_follow_up(question, history):
        return question
    return await rewritten(question, history, model, language)


async def rewritten(question: str, history: Sequence[Turn], model: ChatModel | None, language: Language) -> str:
    """A follow-up that stands alone: by the model, or by rule when there is none, it cannot or it fails."""
    by_rule = rewrite_by_rule(question, history)
    if model is None:
        return by_rule
    try:
        completion = await model.complete(
            rewrite_messages(question, history[-4:], language), max_tokens=80, stop=["\n"]
        )
    except LLMError:
        return by_rule
    written = _cleaned(completion.text)
    return written if _faithful(written, question, history, language) else by_rule


def _cleaned(text: str) -> str:
    text = text.strip().split("\n")[0]
    text = re.sub(
        r"^(?:переписанный |последний |rewritten |last )?(?:вопрос|question|читатель|reader)\s*:\s*",
        "",
        text,
        flags=re.I,
    )
    return text.strip(" «»\"'`*")


def _faithful(written: str, question: str, history: Sequence[Turn], language: Language) -> bool:
    """A small model invents: what it wrote must hold the question's words, something of the talk, and little else."""
    if not written or len(written) > 300 or detect_language(written, language) != language:
        return False
    if question.rstrip().endswith("?") and not written.endswith("?"):
        return False  # an answer
    now = set(content_terms(written))
    asked = set(content_terms(question))
    said = {term for turn in history for term in content_terms(turn.text)}
    if not asked <= now or not (now & said) - asked:
        return False
    return len(now - said - asked) <= max(1, len(now) // 4)


def _lacks_subject(text: str) -> bool:
    """Whether a Russian phrase has a verb of the third person singular and nothing that it could be said of."""
    words = re.findall(r"[а-яё]+", text.lower())
    return any(is_of_a_third(word) for word in words) and not any(may_be_one_subject(word) for word in words)
