"""What the channel is, who writes and how to reach them, which lectures there are, what is popular: what is known of
the channel, and what is not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from konspekt.answering.answer import Part
from konspekt.answering.planning import Planned
from konspekt.answering.replies import Reply
from konspekt.answering.texts import materials, say
from konspekt.answering.words.authors import AUTHOR_TOLD
from konspekt.answering.words.sentences import split_sentences
from konspekt.assistant.overview.guide import lesson
from konspekt.assistant.overview.items import Item, bare, line_of, shortened, shown, telling
from konspekt.assistant.overview.work import Work
from konspekt.indexer.query.transliteration import in_latin
from konspekt.storage.index.catalogue import Card, texts_of
from konspekt.storage.index.popularity import NOTHING_KNOWN, Popularity, popularity_of

AUTHORS, TAGS, OF_ONESELF = 5, 8, 2
LATEST, CONTACTS = 3, 3
CITED = 3  # posts of the last answer
DESCRIPTION_CHARS = 320
MOST_POPULAR = 10
_TAG = re.compile(r"(?<!\w)#([^\W\d]\w+)")
_INTRODUCES = re.compile(
    r"обо мне|знакомств|о себе|зачем этот канал|об авторе|меня зовут|about me|my name is|who am i|"
    r"(?:^|[.!?\n]\s*)я —? ?[А-ЯЁ][а-яё]+,",
    re.IGNORECASE | re.MULTILINE,
)
_NAMES_ONESELF = re.compile(r"\b(?:[Мм]еня зовут|[Mm]y name is)\s+[A-ZА-ЯЁ]|(?:^|[.!?]\s*)Я —? ?[А-ЯЁ][а-яё]+[ ,]")
_NAMES_AUTHORS = re.compile(
    r"\b(?:автор\w*|ребята|парни|команда|исследователи)[ -](?:из )?\w{4,}|\bauthors? (?:from|at)\b", re.IGNORECASE
)

# «Вопросы — в комментарии», «пишите сюда @name»: a way is named, and what it is for
_REACHES = re.compile(
    r"\bсвяз(?:аться|ь\b|и\b)|\b(?:на)?пиш(?:ите|и|у)\b|\bписать\b|\bвопросы?\s*[—–:-]|обращай\w+|спрашивай\w+|"
    r"\bконсультаци\w+|\b[аa]втор\w*\s*:|\bauthors?\s*:|\bcontact\b|\breach\b|\bwrite (?:to )?me\b|"
    r"\bquestions?\s*[—–:-]|\boffice hours\b|\bask me\b",
    re.IGNORECASE,
)
_WAY = re.compile(
    r"(?<!\w)@\w{4,}|[\w.+-]+@[\w-]+\.\w+|t\.me/\w|комментари|\bчат[ае]?\b|\bботу?\b|личк|личные|\bcomments?\b|\bdm\b",
    re.IGNORECASE,
)


def about(work: Work) -> Planned:
    """What the channel says of itself, how much there is, and what came last."""
    items = [Item(card, description(card)) for card in _introductions(work, _of_source(work))][:OF_ONESELF]
    page = shown(items, None)
    last = shown([work.item(card) for card in _latest(work)], None, len(items) + 1)
    sources = dict.fromkeys(name for name, _ in Counter(card.source for card in work.among).most_common())
    dates = [card.published_at for card in work.among if card.published_at]
    span = say("span", work.language, first=f"{min(dates):%d.%m.%Y}", last=f"{max(dates):%d.%m.%Y}") if dates else ""
    named = ", ".join(f"«{name}»" for name in list(sources)[:4])
    counted = say("about", work.language, documents=materials(len(work.among), work.language), sources=named, span=span)
    opening = [Part(work.say("of_itself")), *page.parts] if items else []
    parts = (*opening, Part(counted, before="\n\n" if items else ""), *last.parts)
    return Planned(Reply(parts, (*page.citations, *last.citations)), (*page.passages, *last.passages))


def contact(work: Work) -> Planned:
    """The sentences in which authors say how to reach them; where there are none, who they are."""
    items = ways_in(work)
    if not items:
        return author(work)
    page = shown(items, None)
    return Planned(Reply((Part(work.say("contact")), *page.parts), page.citations), page.passages)


def ways_in(work: Work) -> list[Item]:
    """The posts that name a way to reach somebody, each by the sentence that does: introductions first. Behind an
    answer: those of the channel that its posts are of, and these alone where they say it."""
    here = [] if work.plan.source else _cited(work)
    sources = {card.source_id for card in here}
    cards = [card for card in _of_source(work) if not sources or card.source_id in sources]
    first = [card for card in _introductions(work, cards) if not sources or card.source_id in sources]
    looked_at = [*first, *(card for card in reversed(cards) if card not in first and not card.hidden)]
    texts = texts_of(work.session, [card.id for card in (*here, *looked_at)])

    def told(among: Sequence[Card]) -> list[Item]:
        ways = ((card, _way_in(card.title, texts.get(card.id, ""))) for card in among)
        return [Item(card, way) for card, way in ways if way][:CONTACTS]

    return told(here) or told(looked_at)


def _cited(work: Work) -> list[Card]:
    """What the last answer rests on that cited anything."""
    answers = (turn.cited for turn in reversed(work.history) if turn.role == "assistant" and turn.cited)
    return [work.catalogue.by_id[one] for one in next(answers, ())[:CITED] if one in work.catalogue.by_id]


def _makers(work: Work) -> list[Item]:
    """Of each post that the talk is about, the sentence that says who made what it is of."""
    cards = _cited(work)
    texts = texts_of(work.session, [card.id for card in cards])
    told = ((card, _maker(texts.get(card.id, ""))) for card in cards)
    return [Item(card, sentence) for card, sentence in told if sentence]


def _maker(text: str) -> str:
    sentences = [one.text for one in split_sentences(text)]
    for naming in (_NAMES_ONESELF, AUTHOR_TOLD, _NAMES_AUTHORS):
        if found := next((one for one in sentences if naming.search(one)), ""):
            return shortened(bare(found), DESCRIPTION_CHARS)
    return ""


def _way_in(title: str, text: str) -> str:
    """The first sentence that names a way to reach somebody; its title may say what the way is for."""
    for sentence in split_sentences(text):
        if _WAY.search(sentence.text) and (_REACHES.search(sentence.text) or _REACHES.search(title)):
            return shortened(bare(sentence.text), DESCRIPTION_CHARS)
    return ""


def description(card: Card) -> str:
    """How a channel introduces itself: its first sentences, as they stand there."""
    told = ""
    for sentence in split_sentences(card.opening):
        text = bare(sentence.text)
        if not telling(sentence.text) or text.rstrip(".!?… ") in card.title:
            continue
        if told and len(told) + len(text) > DESCRIPTION_CHARS:
            break
        told = f"{told} {text}".strip()
    return shortened(told, DESCRIPTION_CHARS)


def _latest(work: Work) -> list[Card]:
    dated = [card for card in work.among if card.published_at is not None]
    return (dated or list(work.among))[: -LATEST - 1 : -1]


def _of_source(work: Work) -> list[Card]:
    return [
        card for card in work.catalogue.cards if work.plan.source in {None, card.source_id, card.source, card.author}
    ]


def _introductions(work: Work, cards: Sequence[Card]) -> list[Card]:
    """Where a channel or its author says what and who it is: its own description first."""
    titled = [card for card in cards if _INTRODUCES.search(card.title)]
    openings = [card for card in cards if card not in titled and _INTRODUCES.search(card.opening)]
    abouts = [
        card for card in work.catalogue.abouts if work.plan.source in {None, card.source_id, card.source, card.author}
    ]
    return [*abouts, *titled, *openings]


def author(work: Work) -> Planned:
    """Who wrote how much, and where they say who they are. Behind an answer: who made what it is about, where its posts
    tell; of a work alone (`aspect`) nothing else is meant."""
    if work.plan.aspect and (made := _makers(work)):
        page = shown(made, None)
        return Planned(Reply((Part(work.say("contact")), *page.parts), page.citations), page.passages)
    if work.plan.aspect == "work":
        return Planned(Reply((Part(work.say("no_author")),), refused=True), ())
    cards = _of_source(work)
    counts = _by_person(Counter(card.author for card in cards if card.author))
    told = ", ".join(f"{name} ({work.say('all', n=number)})" for name, number in counts.most_common(AUTHORS))
    known = _introductions(work, cards)[: max(OF_ONESELF, len(work.catalogue.abouts) + 1)]
    items = [Item(card, line_of(card)) for card in known]
    page = shown(items, None)
    opening = [Part(work.say("author", authors=told))] if told else []
    opening += [Part(work.say("of_oneself"), before="\n\n" if told else "")] if items else []
    opening = opening or [Part(work.say("no_author"))]
    return Planned(Reply((*opening, *page.parts), page.citations, refused=not told and not items), page.passages)


def _by_person(counts: Counter[str]) -> Counter[str]:
    """One name for each, the commonest: «Вера Полянская» and "Vera Polyanskaya" are one."""
    called: dict[str, str] = {}
    for name, _ in counts.most_common():
        called.setdefault(in_latin(name.lower()), name)
    people: Counter[str] = Counter()
    for name, number in counts.items():
        people[called[in_latin(name.lower())]] += number
    return people


def course(work: Work) -> Planned:
    """Lectures, seminars and handouts, in their order."""
    items = [work.item(card) for card in sorted(work.among, key=lesson)]
    if not items:
        return Planned(Reply((Part(work.say("no_course")),), refused=True), ())
    return work.listing(work.say("course_list", count=work.count(len(items))), items)


def _seen(work: Work, numbers: Popularity) -> str:
    reactions, views = ("—" if one is None else str(one) for one in (numbers.reactions, numbers.views))
    return work.say("seen", reactions=reactions, views=views)


def popular(work: Work) -> Planned:
    """The posts with the most reactions, then views, of the period. Where no number is known: says so, and what is
    written about most, by the authors' own hashtags."""
    known = popularity_of(work.session, [card.id for card in work.among])
    counted = [card for card in reversed(work.among) if known.get(card.id, NOTHING_KNOWN).order > (0, 0)]
    if counted:
        ranked = sorted(counted, key=lambda card: known[card.id].order, reverse=True)[:MOST_POPULAR]
        items = [replace(work.item(card), note=_seen(work, known[card.id])) for card in ranked]
        return work.listing(work.say("most_popular", period=work.period()), items)
    texts = texts_of(work.session, [card.id for card in work.among])
    tags = Counter(tag.lower() for text in texts.values() for tag in set(_TAG.findall(text)))
    told = ", ".join(f"#{tag} — {work.count(number)}" for tag, number in tags.most_common(TAGS) if number > 1)
    parts = [Part(work.say("popular"))]
    if told:
        parts.append(Part(work.say("popular_tags", tags=told), before="\n\n"))
    return Planned(Reply(tuple(parts)), ())
