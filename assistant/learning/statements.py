"""Sentences that can be asked about: each says something by itself, whoever reads it and wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from konspekt.answering.words.sentences import split_sentences
from konspekt.indexer.lexical import morphology
from konspekt.storage.models import DocumentRow

SHORTEST, LONGEST = 35, 230  # characters
# A sentence that begins so goes on from the one before
_GOES_ON = re.compile(
    r"(?:а|и|но|или|зато|поэтому|потому|значит|итак|итог|тогда|там|тут|здесь|отсюда|оттуда|причём|также|тоже|кроме|далее|"
    r"затем|потом|после|сначала|наоборот|однако|впрочем|иначе|например|вторая|второй|второе|третий|третья|первый|первая|"
    r"первое|последний|последняя|остальн\w+|оба|обе|обычно|минус|плюс|сверху|снизу|ещё|еще|то есть|"
    r"and|but|so|then|there|here|therefore|also|however|otherwise|it|they|this|that|these|those|both|only)\b",
    re.IGNORECASE,
)
# Words that point at something outside the sentence, or at who wrote it
_POINTS_OUT = re.compile(
    r"(?<!\w)(?:(?<![—–-] )это|этот|эта|эти|этого|этой|этому|этих|этим|эту|то же|тот|та|те|той|такой|такая|такие|таких|"
    r"такого|туда|здесь|тут|выше|ниже по|вот|сейчас|сегодня|вчера|завтра|недавно|я|мы|меня|мне|нас|нам|наш\w*|мой|моя|"
    r"моё|мои|моей|вы|вам|вас|ваш\w*|ты|тебе|предыдущ\w+|следующ\w+|прошл\w+|остальн\w+|"
    r"this|these|those|such|here|above|below|i|my|we|our|us|you|your|me)(?!\w)",
    re.IGNORECASE,
)
# These may point at a word of the same sentence, when there was one before
_PRONOUN = re.compile(
    r"(?<!\w)(?:он|она|оно|они|его|её|ее|их|ей|им|ему|ней|нём|них|ним|he|she|it|its|they|their|them)(?!\w)",
    re.IGNORECASE,
)
WORDS_BEFORE_PRONOUN = 4
# What somebody thinks of something is no knowledge about it
_OPINION = re.compile(
    r"лучш\w+|худш\w+|хорош\w+|плох\w+|классик\w+|любим\w+|прелест\w+|крут\w+|самы\w+ внушающ\w+|пожалуй|образец|"
    r"кажется|наверное|видимо|по слухам|судя по слухам|советую|рекомендую|\bbest\b|\bworst\b|probably|perhaps",
    re.IGNORECASE,
)
_MARKED = re.compile(r"[$\\|{}_=^~`#@<>…]|https?:|\d\d:\d\d|\w\(|[\U0001F000-\U0001FAFF\u2600-\u27BF\u25A0-\u25FF]")
_ITEM = re.compile(r"^(?:[-*•‣➤–—▪]+|\(?\d{1,2}[.)])\s*")
# Of a course's running and of a channel's life: true for a week, and nothing to learn
_PASSING = re.compile(
    r"домашк|домашн|дедлайн|сертификат|баллов|балла|оценк[аиу] за|консультац|зум|zoom|семинар\w* (?:отмен|перенос)|"
    r"подписчик|подпис\w+ на|голосован|форма записи|записаться|стипенд|проект\w* (?:сда|защ)|защит[аыу]|срок|"
    r"опоздан|слайды|доклад|занят\w+ |расписани\w+ занят|трансляц|кластер|лекци[июя]\b|статью|статьи|пост\b|посте\b",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)")
_LISTED = re.compile(r"^\s*(?:[-*#|>]|\d+\.|```)", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```\s*$|\$\$.*?\$\$", re.MULTILINE | re.DOTALL)
PAIRS = (("(", ")"), ("«", "»"), ("[", "]"))


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a document, as it will be cited."""

    text: str
    document_id: str
    title: str
    url: str | None


def statements(document: DocumentRow) -> Iterator[Statement]:
    """The sentences of a document that stand by themselves. Subtitles are talk, and have none."""
    if document.kind == "subtitles":
        return
    text = _unwrapped(document.text) if document.kind == "course" else document.text
    for sentence in split_sentences(text):
        bare = _EMPHASIS.sub("", _ITEM.sub("", sentence.text)).strip()
        if stands_alone(bare):
            yield Statement(bare, document.id, document.title, document.url)


def stands_alone(sentence: str) -> bool:
    return (
        SHORTEST <= len(sentence) <= LONGEST
        and re.search(r"\.[»)]?$", sentence) is not None
        and "?" not in sentence
        and (sentence[0].isupper() or sentence[0] in "«")
        and not _GOES_ON.match(sentence)
        and not _POINTS_OUT.search(sentence)
        and not any(
            sentence[: match.start()].count(" ") < WORDS_BEFORE_PRONOUN for match in _PRONOUN.finditer(sentence)
        )
        and not _OPINION.search(sentence)
        and not _addresses_someone(sentence)
        and not _MARKED.search(sentence)
        and not _PASSING.search(sentence)
        and all(sentence.count(left) == sentence.count(right) for left, right in PAIRS)
    )


def _addresses_someone(sentence: str) -> bool:
    """An instruction («возьмите»), or a story in the first person («режем»): a verb of another person than the third,
    or an infinitive that opens the sentence («обучить сеть»)."""
    for place, word in enumerate(re.findall(r"[А-Яа-яЁё-]+", sentence)):
        tags = [reading.tag for reading in morphology().parse(word)[: 2 if place == 0 else 1]]
        if any(tag.POS == "VERB" and ("impr" in tag or "1per" in tag or "2per" in tag) for tag in tags):
            return True
        if place == 0 and tags[0].POS == "INFN":
            return True
    return False


def _unwrapped(markdown: str) -> str:
    """Paragraphs on one line each: a sentence of a lecture is wrapped where the line was full."""
    paragraphs = re.split(r"\n\s*\n", _CODE.sub("", markdown))
    return "\n".join(p if _LISTED.search(p) else " ".join(p.split()) for p in paragraphs)
