"""Messages that ask nothing of the material: thanks, greetings, talk about the bot, about the reader, about the talk.

Told by their words, not by whole phrases: a message is small talk when *every* word of it is (lists below), so that
«спасибо, ты супер!» is, and «спасибо, а что такое LoRA?» is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from konspekt.answering.answer import Turn

Talk = Literal["greeting", "thanks", "farewell", "praise", "blame", "acknowledged", "bot", "asked", "remember"]

# Beginnings of words, so that endings do not matter; a trailing `$` asks for the whole word.
_KINDS: dict[Talk, tuple[str, ...]] = {
    "thanks": ("спасиб", "благодар", "спс$", "пасиб", "мерси", "сенкс", "thank", "thx$", "ty$", "cheers$"),
    "greeting": ("привет", "здравств", "здаров", "здоров$", "хай$", "хелло$", "салют", "дратути", "приветик", "hi$",
                 "hello", "hey$", "hallo$", "yo$", "ку$", "добр$", "добрый", "доброе", "доброй", "доброго"),
    "farewell": ("пока$", "прощай", "свидан", "бай$", "чао$", "удачи$", "увидимся", "спокойной", "bye", "goodbye",
                 "goodnight", "cya$"),
    "praise": ("супер", "класс", "крут", "отличн", "молод", "умни", "лучш", "огонь$", "топ$", "гениальн", "прекрасн",
               "замечательн", "шикарн", "восхитительн", "обожаю", "люблю$", "помог", "great", "awesome", "cool$", "nice",
               "amazing", "brilliant", "perfect", "helpful", "helped", "wonderful", "excellent", "best$", "love$"),
    "blame": ("туп", "глуп", "дурак", "идиот", "бесполезн", "плох", "ужасн", "отстой", "врёшь", "врешь", "stupid",
              "dumb", "useless", "terrible", "awful", "bad$", "idiot"),
    "acknowledged": ("ок$", "окей", "ладно$", "понял", "понятно$", "ясно$", "хорошо$", "ага$", "угу$", "да$", "нет$",
                     "ого$", "вау$", "хм", "ха", "лол$", "лан$", "принято$", "точно$", "интересно$", "ok$", "okay$",
                     "got$", "sure$", "fine$", "yes$", "no$", "wow$", "lol$", "haha", "hmm", "understood$", "right$"),
}  # fmt: skip
_FILLING = (
    "ты", "вы", "тебе", "тебя", "вам", "вас", "мне", "меня", "я", "мы", "нам", "это", "всё", "все", "всем", "так", "очень",
    "большое", "огромное", "огромная", "человеческое", "за", "и", "а", "но", "ну", "же", "бы", "уж", "вот", "прям", "просто",
    "реально", "правда", "мой", "моя", "наш", "друг", "дружище", "бот", "ботик", "бро", "брат", "народ", "сэр", "ещё", "еще",
    "раз", "тоже", "снова", "теперь", "сегодня", "вчера", "ответ", "ответы", "ответил", "помощь", "информацию", "инфу",
    "подробный", "быстрый", "быстро", "самый", "самая", "какой", "какая", "до", "завтра", "встречи", "скорого", "день",
    "утро", "вечер", "ночи", "времени", "суток", "как", "дела", "жизнь", "сам", "поживаешь", "настроение", "слушай", "блин",
    "мир", "от", "души", "в", "на", "с", "не", "ничего", "себе", "the", "a", "an", "you", "u", "are", "re", "is", "it",
    "that", "this", "so", "very", "much", "a", "lot", "for", "your", "my", "me", "i", "we", "help", "answer", "bot", "man",
    "friend", "there", "all", "everyone", "morning", "evening", "afternoon", "night", "day", "good", "how", "doing", "do",
    "and", "but", "well", "really", "just", "was", "were", "what", "see", "later", "again", "too", "not", "to", "of", "up",
)  # fmt: skip
_HOW_ARE_YOU = re.compile(
    r"\bкак (?:дела|ты\b|жизнь|поживаешь|сам\b|настроение)|how are you|how'?s it going|what'?s up|good (?:morning|evening|afternoon|day)",
    re.I,
)

# What may be said of the bot itself; a message of «ты» and these alone is never searched.
_YOU = re.compile(
    r"\b(?:ты|тебя|тебе|тобой|твой|твоя|твоё|твое|твои|твоего|твоей|вы|вас|вам|ваш\w*|you|your|u|бот\w*|bot)\b", re.I
)
_OF_THE_BOT = (
    "человек", "люд", "бот", "робот", "машин", "программ", "модел", "нейросет", "нейронк", "искусствен", "интеллект", "ии$",
    "зовут", "имя$", "имен", "называ", "звать", "созда", "сдела", "напис", "разработ", "придум", "обуч", "лет$", "возраст",
    "стар", "родил", "жив", "работа", "устрое", "уме", "мож", "знае", "люб", "нрав", "дума", "чувств", "мысл", "говор",
    "язык", "русск", "английск", "помн", "запомин", "хран", "данны", "следи", "сознан", "разум", "настоящ", "реальн", "chatgpt",
    "чатгпт", "гпт", "gpt", "claude", "llm$", "ai$", "openai", "алис", "умн", "ошиба", "врё", "вре", "врать", "шут", "анекдот",
    "устал", "скуч", "спишь", "ешь$", "пол$", "мужчин", "женщин", "парень", "девушк", "человечн", "кто", "что", "какой", "какая",
    "какие", "каким", "чем", "чём", "как", "где", "откуда", "почему", "зачем", "сколько", "ли$", "или", "не", "же", "тут", "там",
    "это", "всё", "все", "по", "на", "в$", "с$", "о$", "об$", "и$", "а$", "у$", "для", "есть", "такой", "такое", "такая", "свой", "своих",
    "себе", "себя", "мне", "меня", "мной", "я$", "нас", "расскаж", "скаж", "ответ", "вопрос", "сейчас", "вообще", "правд", "точно",
    "human", "person", "robot", "machine", "real", "alive", "model", "name", "called", "made", "make", "created", "creator",
    "built", "trained", "old$", "age$", "live", "work", "can$", "able", "know", "think", "feel", "like$", "love", "speak",
    "language", "russian", "english", "remember", "store", "data", "smart", "joke", "tell", "lie$", "mistake", "sleep",
    "who", "what", "which", "how", "where", "why", "when", "are$", "is$", "do$", "does$", "did$", "a$", "an$", "the$", "or$",
    "of$", "to$", "me$", "my$", "about$", "yourself", "any$", "have$", "by$", "in$", "i$", "it$", "not$", "from$", "with$",
)  # fmt: skip
_ASKED = re.compile(
    r"(?:что|о ч[ёе]м|про что|какие вопросы|какой вопрос|сколько (?:раз|вопросов))[^?.!]{0,20}\bя\b[^?.!]{0,25}(?:спрашива|спросил|задава|задал|писал|говорил)"
    r"|о ч[ёе]м мы (?:\w+ )?(?:говорили|разговаривали|общались|беседовали)|(?:мой|моего|мои|моих) (?:\w+ )?(?:вопрос|вопросы|вопросов|вопросе)\b"
    r"|(?:что|как) ты (?:\w+ )?(?:ответил|отвечал|сказал)\b|what (?:did|have|was) i (?:\w+ )?(?:ask|say|said|asked)"
    r"|what (?:did|have) we (?:\w+ )?(?:talk|discuss)|my (?:\w+ )?questions?\b|what did you (?:\w+ )?(?:answer|say)\b",
    re.I,
)
_REMEMBER = re.compile(
    r"^\W*(?:а |и |ну |слушай,? |пожалуйста,? |please,? )*(?:запомни(?:те)?|учти(?:те)?|имей в виду|знай|remember|keep in mind|note that)\b"
    r"|^\W*(?:меня зовут|моё имя|мое имя|мне \d+ (?:лет|год)|я (?:новичок|студент|программист|разработчик|художник|дизайнер|учусь|живу)|my name is|i am a|i'm a)\b[^?]*$",
    re.I,
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def talk_of(text: str) -> Talk | None:
    """The kind of talk, None for what may be a question about the material."""
    words = [word.lower() for word in _WORD.findall(text)]
    if not words or len(words) > 25:
        return None
    if _ASKED.search(text):
        return "asked"
    if _REMEMBER.search(text):
        return "remember"
    if kind := _small_talk(text, words):
        return kind
    if (
        len(words) <= 12
        and _YOU.search(text)
        and all(_is_of(word, _OF_THE_BOT) or _YOU.fullmatch(word) for word in words)
    ):
        return None if _is_of_the_author(text) else "bot"
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
        kind = next((kind for kind, beginnings in _KINDS.items() if _is_of(word, beginnings)), None)
        if kind is not None:
            told.append(kind)
        elif word not in _FILLING:
            return None
    if told:
        order: tuple[Talk, ...] = ("thanks", "farewell", "blame", "praise", "greeting", "acknowledged")
        kind = next(kind for kind in order if kind in told)
        return kind if kind != "acknowledged" or "?" not in text else None
    return "greeting" if _HOW_ARE_YOU.search(text) else None


def _is_of(word: str, beginnings: Sequence[str]) -> bool:
    return any(word == one[:-1] if one.endswith("$") else word.startswith(one) for one in beginnings)


_ASKS = re.compile(
    r"\?|\b(?:кто|что|чего|чему|чем|ч[её]м|как|какой|какая|какое|какие|каких|каким|какую|каков\w*|где|куда|откуда|когда|почему|зачем|"
    r"сколько|скок\w*|чей|чья|ли|можно|нужно|надо|стоит|есть|расскаж\w*|объясн\w*|покаж\w*|дай\w*|найд\w*|найти|ищу|опиши\w*|сравни\w*|"
    r"перечисл\w*|назов\w*|подскаж\w*|посовету\w*|помоги\w*|скинь\w*|пришли\w*|хочу|интересует|нужен|нужна|разниц\w*|"
    r"who|what|which|how|where|when|why|whose|is|are|was|do|does|did|can|could|should|tell|explain|show|give|find|list|compare|"
    r"describe|need|want|difference)\b",
    re.I,
)
_PERSONAL = re.compile(
    r"\b(?:я|мне|меня|мной|мой|моя|моё|мое|мои|мы|нам|нас|ты|тебе|тебя|i|me|my|we|you|сегодня|вчера|завтра|today|yesterday)\b",
    re.I,
)


def asks_nothing(text: str) -> bool:
    """Whether a text is a remark of somebody («мне сегодня грустно») rather than a question or a topic («LoRA»)."""
    return bool(_PERSONAL.search(text)) and not _ASKS.search(text)


def asked_before(history: Sequence[Turn], most: int = 5) -> list[str]:
    """The reader's own last questions, oldest first."""
    return [turn.text for turn in history if turn.role == "user" and talk_of(turn.text) is None][-most:]
