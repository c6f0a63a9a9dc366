"""What the author thinks of a thing is what the posts say of it: «что автор думает о X» asks about X.

The author is no topic, and nobody's private matter is asked for. What is asked of them alone («сколько лет автору»)
stays as it is.
"""

from __future__ import annotations

import re

_WHO = (
    r"(?:(?:сам[аи]?|этот|эта|наш\w*|ваш\w*|твой|тут|там|здесь)\s+)*"
    r"(?:автор\w*|она|он|они|вы|ведущ\w+|админ\w*|лектор\w*|препод\w*|канал\w*|в канале|на канале|тут|там|здесь)"
    r"(?:\s+(?:канала|курса|блога))?"
)
_SAYS = (
    r"(?:(?:вообще|сейчас|теперь|раньше|про это|тогда|лично|вы|она|он)\s+)*"
    r"(?:пи[шс]\w+|написал\w*|дума\w+|счита\w+|говор\w+|сказал\w*|рассказыва\w+|рассказал\w*|мысл\w+)"
    r"(?:\s+(?:вообще|сейчас|теперь|сам[аи]?|тут|там|здесь|в канале))*"
)
_OF = r"(?P<of>про|обо?|о|насч[её]т|по поводу|на тему)"
_TOPIC = r"(?P<topic>\S.*?)(?:\s+(?:было|есть|писали|вообще|в канале))?[\s?!.]*"
_OPENING = r"^\W*(?:(?:а|и|ну|скажи|подскажи)[\s,]+)?"
_THOUGHT = tuple(
    re.compile(_OPENING + pattern + r"$", re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"(?:что|чего|ч[её]|как)\s+(?:же\s+)?(?:{_WHO})\s+(?:{_SAYS})\s+{_OF}\s+{_TOPIC}",
        rf"(?:что|чего|ч[её]|как)\s+(?:же\s+)?(?:{_SAYS})\s+(?:{_WHO})\s+{_OF}\s+{_TOPIC}",
        r"(?:что|чего|ч[её])\s+(?:(?:там|тут|здесь|в канале|на канале)\s+)+"
        rf"(?:(?:было|есть|пишут|писали|говорят|говорили)\s+)?{_OF}\s+{_TOPIC}",
        rf"(?:какое|какого|каково)\s+(?:у\s+)?(?:{_WHO}|не[ёе]|него)\s+(?:мнени\w+|отношени\w+|взгляд\w*)\s+"
        rf"(?P<of>обо?|о|про|на|к|ко)\s+{_TOPIC}",
        rf"(?:какое|каково)\s+(?:мнени\w+|отношени\w+)\s+(?:{_WHO})\s+(?P<of>обо?|о|про|на|к|ко)\s+{_TOPIC}",
        rf"(?:мнени\w+|отношени\w+)\s+(?:{_WHO})\s+(?P<of>обо?|о|про|на|к|ко)\s+{_TOPIC}",
        rf"как\s+(?:{_WHO})\s+(?:вообще\s+|сейчас\s+)?относ\w+\s+(?P<of>к|ко)\s+{_TOPIC}",
        rf"как\s+относ\w+\s+(?:{_WHO})\s+(?P<of>к|ко)\s+{_TOPIC}",
    )
)
_WHO_IN_ENGLISH = r"(?:the\s+|this\s+)?(?:author|she|he|they|channel|blogger|admin|you)"
_WHOSE_IN_ENGLISH = r"(?:(?:the\s+|this\s+)?(?:author|channel|blogger|admin)['’]?s|her|his|their|your)"
_VIEW = (
    r"(?:honest\s+|personal\s+|overall\s+)?"
    r"(?:takes?|opinions?|views?|thoughts?|stance|position|verdict|impressions?)"
)
_ON = r"(?:of|about|on|regarding|towards?)"
_TOPIC_IN_ENGLISH = r"(?P<topic>\S.*?)[\s?!.]*$"
_OPENS_IN_ENGLISH = r"^\W*(?:what(?:['’]?s|\s+is|\s+are|\s+was|\s+were)\s+)?(?:and\s+)?"
_THOUGHT_IN_ENGLISH = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"^\W*(?:what|how)\s+(?:does|did|do|has)\s+{_WHO_IN_ENGLISH}\s+"
        rf"(?:think|thinks|say|says|said|write|written|feel)\s+{_ON}\s+{_TOPIC_IN_ENGLISH}",
        rf"{_OPENS_IN_ENGLISH}{_WHOSE_IN_ENGLISH}\s+{_VIEW}\s+{_ON}\s+{_TOPIC_IN_ENGLISH}",
        rf"{_OPENS_IN_ENGLISH}(?:the\s+)?{_VIEW}\s+of\s+{_WHO_IN_ENGLISH}\s+{_ON}\s+{_TOPIC_IN_ENGLISH}",
    )
)
_ONESELF = re.compile(
    r"^(?:себ[еяё]\w*|сво[ейюяё]\w*|мен[яе]|нас|вас|теб[яе]|himself|herself|themsel\w+|me|you)\b", re.I
)


def of_its_topic(question: str) -> str:
    """«Что пишут о лоре» for «что она думает о лоре»; the question itself where nobody's view of a thing is asked."""
    for pattern in _THOUGHT:
        match = pattern.match(question)
        if match is not None and not _ONESELF.match(match["topic"]):
            of = match["of"] if match["of"].lower() in {"про", "о", "об", "обо"} else "про"
            return f"что пишут {of} {match['topic']}"
    for pattern in _THOUGHT_IN_ENGLISH:
        match = pattern.match(question)
        if match is not None and not _ONESELF.match(match["topic"]):
            return f"what do posts say about {match['topic']}"
    return question
