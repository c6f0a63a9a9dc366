"""The words of questions about the talk: who spoke, and how. Texts are lower case, without «ё»."""

# ruff: noqa: E501

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["asked", "told", "recommended", "reference"]

_GAP = r"(?:[\w«»\"'-]+,?\s+){0,6}?"  # words between the person and the verb
_TOLD = (
    r"(?:говорил|сказал|рассказ(?:ал|ывал)|отвечал|ответил|объясн(?:ил|ял)|написал|упомин(?:ал|ул)|упомянул|подсказ(?:ал|ывал)|"
    r"цитировал|привел|приводил|находил|нашел|пояснил|поправил)(?:а|о|и)?"
)
_SHOWN = (
    r"(?:(?:по)?советовал|(?:по)?рекомендовал|порекомендовал|показ(?:ал|ывал)|кидал|скид(?:ал|ывал)|скинул|кинул|прис(?:лал|ылал)|"
    r"давал|дал|ссылал(?:ся)?|подкинул|предлагал|предложил)(?:а|о|и|ась|ись)?"
)
_ASKED = r"(?:спрашивал|спросил|интересовал(?:ся|ась|ись)|задавал|задал|узнавал)(?:а|и)?"
_TOGETHER = (
    r"(?:обсуждал|обсудил|говорил|разговаривал|общал|беседовал|проходил|прошл|разбирал|разобрал|затрагивал|касал)"
    r"(?:а|и|ись|ась)?"
)
_POST = r"(?:пост|стать|ссылк|материал|видео|лекци)\w*"
_OUR_TALK = r"(?:разговор|бесед|переписк|обсужден|диалог)\w*"
_EN_TOLD = r"(?:tell|say|mention|answer|explain|write)"
_EN_SHOW = r"(?:recommend|suggest|show|send|give|link)"
_FEW = r"(?:\w+\s+){0,3}?"

ASKS = re.compile(
    r"\b(?:что|чего|чем|ком|какой|какая|какое|какие|каких|какую|каком|какими|как|когда|где|сколько|зачем|почему|кто|куда|"
    r"напомни(?:те)?|покажи|повтори|найди|перечисли|помнишь|помните|ли|what|which|when|where|how|why|who|remind|show|list|"
    r"do you remember|did|have|had)\b"
)
CALLS = re.compile(r"помнишь|помните|do you remember")  # calls to mind and asks nothing yet

# The person and the verb. «Вы» may be the author, unless something was said to the reader.
FRAMES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("recommended", re.compile(
        rf"\bты\s+{_GAP}{_SHOWN}\b|\bвы\s+{_GAP}(?:мне|нам)\s+{_GAP}{_SHOWN}\b|\b{_SHOWN}\s+ты\b|"
        rf"\b{_POST}\s+{_GAP}(?:мне|нам)\s+{_GAP}{_SHOWN}\b")),
    ("recommended", re.compile(
        rf"\byou\s+{_FEW}(?:recommended|suggested|showed|shown|sent|gave|linked)\b|"
        rf"\b(?:did|have|had)\s+you\s+{_FEW}{_EN_SHOW}(?:ed|n)?\b")),
    ("told", re.compile(
        rf"\b(?:ты|бот)\s+{_GAP}{_TOLD}\b|\bвы\s+{_GAP}(?:мне|нам)\s+{_GAP}{_TOLD}\b|\b{_TOLD}\s+ты\b|"
        r"\b(?:твой|твоего|твоем|твои|твоих)\s+(?:\w+\s+){0,2}?(?:ответ|совет|рекомендаци|слов)\w*")),
    ("told", re.compile(
        rf"\byou\s+{_FEW}(?:told|said|mentioned|answered|explained|wrote)\b|"
        rf"\b(?:did|have|had)\s+you\s+{_FEW}{_EN_TOLD}(?:ed|en)?\b|\byour\s+(?:last|previous|earlier)\s+(?:answers?|advice)\b")),
    ("asked", re.compile(
        rf"\bя\s+{_GAP}{_ASKED}\b|\b{_ASKED}\s+я\b|\bя\s+{_GAP}тебе\s+{_GAP}(?:говорил|писал|рассказывал|сказал)а?\b|"
        rf"\bмы\s+{_GAP}{_TOGETHER}\b|\b{_TOGETHER}\s+мы\b|\bу нас\s+{_GAP}(?:был\w*|шла)\s+{_GAP}реч\w+")),
    ("asked", re.compile(
        rf"\bi\s+{_FEW}asked\b|\bdid\s+i\s+{_FEW}ask\b|\bhave\s+i\s+{_FEW}asked\b|\bwe\s+{_FEW}(?:talked|discussed|spoke)\b|"
        rf"\b(?:did|have)\s+we\s+{_FEW}(?:talk|discuss|speak|spoken)(?:ed)?\b")),
)  # fmt: skip
# «мои вопросы за неделю»: no verb; only where it opens the text or something is asked of it
NOUNS = re.compile(
    rf"\b(?:мои|моих|моим|моими)\s+(?:\w+\s+){{0,2}}?вопрос\w+|\b(?:мой|моего|моем)\s+(?:прошл|последн|предыдущ|перв)\w+\s+вопрос\w*|"
    rf"\b(?:наш|нашего|нашем|наши|нашу|нашей)\s+(?:\w+\s+){{0,2}}?{_OUR_TALK}|\bmy\s+(?:\w+\s+)?questions\b|"
    r"\bmy\s+(?:last|previous|first)\s+question\b|\bour\s+(?:\w+\s+)?(?:talks?|conversations?|chats?)\b"
)
SAYS_THAT = re.compile(r"^\s*,?\s*(?:что|будто|как будто|that)\b")
OTHERS = re.compile(r"\b(?:автор|канал|лектор|преподаватель|он|она|они|кто-то|кто-нибудь|author|lecturer)\w*\s*$")
OF_OTHERS = re.compile(r"\s+(?:у\s+(?!тебя|вас|бота)|(?:на|в)\s+(?:форум|работе|другом))")  # «я спросил у коллеги»
CLAUSE = re.compile(r"(?<=[.!?…;])\s+|\n+|\s+[—–-]\s+")
# Words of such a question that are no topic
NO_TOPIC = re.compile(
    r"\b(?:напомни(?:те)?|помнишь|помните|скажи|покажи|повтори|найди|перечисли|ты|вы|я|мы|мне|нам|нас|меня|тебя|тебе|тобой|с тобой|"
    r"был\w*|прошл\w+|прошедш\w+|почитать|посмотреть|бот|уже|ранее|раньше|тогда|недавно|давно|когда-то|когда-нибудь|что-то|что-нибудь|как-то|ведь|же|там|пожалуйста|раз|разе|разу|вообще|хоть|"
    r"пост\w*|стать(?:ю|я|и|е|ей)|ссылк\w*|материал\w*|тему|темы|теме|тема|вопрос\w*|ответ\w*|совет\w*|разговор\w*|бесед\w*|переписк\w*|"
    r"спрашивал\w*|говорил\w*|post|posts|link|links|article|question|questions|answer|answers|talk|conversation|please|remind|"
    r"remember|ever|already|earlier|before|about|tell|told|say|said|ask|asked|discuss|discussed|recommend|recommended)\b"
)
SMALL_WORDS = re.compile(
    r"(?<!\w)(?:о|об|обо|про|по|насчет|на счет|относительно|в|во|с|со|к|и|а|но|за|из|на|у|the|of|on|to|me|in|i|you|we)(?=\s|$|[?.,])",
    re.IGNORECASE,
)
