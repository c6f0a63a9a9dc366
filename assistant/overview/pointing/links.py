"""«Скинь ссылку на X»: the post on X with its own address, then the addresses that concern X, each with what is said
of it; behind an answer, those of what was just shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from konspekt.answering.answer import Part, Turn
from konspekt.answering.planning import Planned
from konspekt.answering.replies import Reply, refusal
from konspekt.assistant.overview.guide import lesson
from konspekt.assistant.overview.pointing.addresses import addresses_of, place_of
from konspekt.assistant.overview.pointing.near import cards_of, found, holds, ranked, topic_words
from konspekt.assistant.overview.pointing.replied import ADDRESSES, Linked, channel_of, own_address, replied
from konspekt.assistant.overview.topics.word_families import Word
from konspekt.assistant.overview.work import Work
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import is_markdown
from konspekt.storage.index.catalogue import Card, holding
from konspekt.storage.index.documents import by_ids

POSTS = 2  # that are shown
LOOKED_AT = 60  # documents in which addresses are looked for
_MOST = 0.6  # of a topic's words, in a text
MOST_NAMES = 12  # of an answer, that a link may carry
# What a link may lead to says nothing of what it is about: «ссылка на статью про AWQ»
_KIND = re.compile(
    r"^(?:(?:эт[уоиа]\w*|сам\w+|оригинал\w*|перв\w+|стать\w+|пейпер\w*|препринт\w*|пост\w*|источник\w*|страниц\w+|сайт\w*|адрес\w*|"
    r"the|an?|paper|article|post|page|source|site|website)(?=\s|$)\s*)+"
    r"(?:(?:про|об?|обо|по|на|к|с|где|автора|about|on|of|for|by)\s+)?",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"^(?:(?:не[ёегй]\w*|них|эт\w+|тот|то|него|сам\w*|вс[её]|it|this|that|them|those|these)(?:\s+|$))*$", re.IGNORECASE
)
# Behind an answer these are what belongs to it: «а код есть? ссылку»
_BELONGS = re.compile(
    r"(?:код\w*|реп[оы]\w*|гитхаб\w*|github|ab|arxiv|архив|видео|слайд\w*|презентаци\w+|датасет\w*|веса|демо|колаб|"
    r"code|repo\w*|video|slides|dataset|weights|demo|colab)",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z][\w.+-]*[A-Za-z\d]")
_CHANNEL = re.compile(
    r"(?:сам |этот |ваш |the |this |your )?(?:телеграм[- ]?|тг[- ]?)?(?:канал|channel|тг|телеграм)", re.IGNORECASE
)
# What a course consists of, where nothing says which part of it
_NOTES = re.compile(
    r"(?:вс[ея] )?(?:конспект\w*|материал\w*|лекци\w+|notes|materials|lectures)(?: (?:курса|лекций|of the course))?",
    re.I,
)
_RECORDINGS = re.compile(
    r"(?:вс[ея] )?(?:запис[ьи]|видео|видеозапис[ьи]|recordings?|videos?)"
    r"(?: (?:лекций|курса|занятий|of (?:the )?lectures))?",
    re.I,
)


# «Октябрьский дайджест» is called «Дайджест октября»
_STEMS = "январ феврал март апрел май июн июл август сентябр октябр ноябр декабр"
_MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
_MONTH = dict(zip(_STEMS.split(), _MONTHS.split(), strict=True))
_MONTHLY = re.compile(rf"\b({'|'.join(_MONTH)})ь?(?:ов)?ск\w+", re.IGNORECASE)


def links(work: Work) -> Planned | None:
    """The addresses; a refusal where neither a link nor a post is there."""
    asked = work.plan.topics[0].words if work.plan.topics else ""
    topic = _MONTHLY.sub(lambda match: _MONTH[match[1].lower()], _KIND.sub("", f"{asked} ").strip())
    if _POINTS.match(topic) or (_shown(work) is not None and _BELONGS.fullmatch(topic)):
        shown = _of_what_was_shown(work)
        return shown or Planned(Reply((Part(work.say("which_link")),), refused=True), ())
    if (parts := _the_channel(work, topic) or _parts_of_a_course(work, topic)) is not None:
        return parts
    words = topic_words(work, topic)
    cards = ranked(work, topic)
    half_named = [] if cards else _half_named(work, topic, words)
    if not (cards or half_named):
        if work.plan.aspect:  # «<…> ссылка» may be no request at all
            return None
        near = work.search(topic, POSTS + 1) if work.search is not None else ()
        return Planned(refusal(near, work.language, work.say("no_link_to", named=work.named(topic))), tuple(near))
    there = _addresses(work, cards or half_named)
    exact = [one for one in there if _is_name(words, one.address.label)]
    places = {one.address.place for one in exact}
    its_own = [card for card in cards_of(work).values() if place_of(own_address(card) or "") in places]
    titled = half_named or [card for card in cards if holds(words, card.title)]
    concerning = [one for one in there if one not in exact and _concerns(words, one)]
    named = titled or [one.card for one in (*exact, *concerning)][:1] or cards[:1]
    posts = list(dict.fromkeys([*its_own, *named]))[:POSTS]
    within = [one for one in there if titled and one.card in posts and not one.address.label.startswith("@")]
    told_of = [*exact, *concerning, *within]
    if not told_of and not any(map(own_address, posts)):
        told_of = _lone(_addresses(work, posts))
    told = replied(work, posts, told_of)
    if not half_named:
        return told
    _, *rest = told.reply.parts
    opening = Part(work.say("no_such_link", named=work.named(topic)))
    return Planned(replace(told.reply, parts=(opening, *rest), refused=True), told.passages)


def place(work: Work) -> Planned | None:
    """«Где посмотреть запись третьей лекции»: what is called so, where it has an address of its own; None for all else
    that is asked with «где»."""
    topic = work.plan.topics[0].words
    if (parts := _parts_of_a_course(work, topic)) is not None:
        return parts
    words = topic_words(work, topic)
    cards = ranked(work, topic)
    named = [one for one in _addresses(work, cards) if one.address.label and holds(words, one.address.label)]
    own = [card for card in cards if card.kind != "post" and holds(words, card.title)]
    return replied(work, own[:POSTS], named) if own or named else None


def _parts_of_a_course(work: Work, topic: str) -> Planned | None:
    """All notes, or all recordings, that have addresses; None where they are not what is asked for."""
    kind = "course" if _NOTES.fullmatch(topic) else "subtitles" if _RECORDINGS.fullmatch(topic) else ""
    cards = sorted((card for card in work.among if kind and card.kind == kind and card.url), key=lesson)
    return replied(work, cards[:ADDRESSES], ()) if cards else None


def _the_channel(work: Work, topic: str) -> Planned | None:
    """Where the channels are that posts come from; None where something else is asked for, or no address tells it."""
    if not _CHANNEL.fullmatch(topic):
        return None
    found = {(card.source, url) for card in work.among if card.url and (url := channel_of(card.url))}
    parts = [Part(f"«{title}» — {url}", before="\n• ") for title, url in sorted(found)]
    return Planned(Reply((Part(work.say("links")), *parts)), ()) if parts else None


def _half_named(work: Work, topic: str, words: Sequence[Word]) -> list[Card]:
    """The first that search finds and whose title has half of the words, or that leads somewhere and has most of them:
    it is near, and not what was asked for."""
    cards = cards_of(work)
    near = [cards[name] for name in found(work, topic) if name in cards and words]
    titled = [card for card in near if 2 * _share(words, card.title) >= 1]
    leading = {one.card.id: one.card for one in _lone(_addresses(work, near[:POSTS]))}
    texts = {row.id: row.text for row in by_ids(work.session, list(leading))}
    return [*titled, *(leading[name] for name, text in texts.items() if _share(words, text) >= _MOST)][:1]


def _share(words: Sequence[Word], text: str) -> float:
    held = frozenset(terms(text))
    return sum(word.held_by(held, text) for word in words) / len(words)


def _of_what_was_shown(work: Work) -> Planned | None:
    """The posts that the last answer stood on, their addresses, and those of what it named."""
    before = _shown(work)
    cards = cards_of(work)
    cited = [cards[name] for name in before.cited if name in cards] if before is not None else []
    if before is None or not cited:
        return None
    asked = [turn.text for turn in work.history if turn.role == "user"]
    said = " ".join([before.text, *asked, *(card.title for card in cited)])
    names = list(dict.fromkeys(_NAME.findall(" ".join([*asked[::-1], *(card.title for card in cited), before.text]))))
    wanted = {term for name in names[:MOST_NAMES] for term in terms(name)}
    holders = holding(work.session, wanted)
    others = {name for held in holders.values() if len(held) <= LOOKED_AT for name in held if name in cards}
    spoken = frozenset(terms(said))
    named = [
        one
        for one in _addresses(work, [cards[name] for name in sorted(others) if cards[name] not in cited])
        if _is_named(one.address.label, spoken)
    ]
    own = [one for one in _addresses(work, cited) if not one.address.label.startswith("@")]
    return replied(work, cited[:POSTS], [*own, *named])


def _shown(work: Work) -> Turn | None:
    """The last answer that cited something: a refusal since then shows nothing that a link could be of."""
    return next((turn for turn in reversed(work.history) if turn.role == "assistant" and turn.cited), None)


def _is_named(label: str, spoken: frozenset[str]) -> bool:
    """Whether a text (its terms) speaks of the thing that a label names: «тут» and «статья» name nothing."""
    wanted = frozenset(terms(label)) if _NAME.search(label) and not label.startswith("@") else frozenset[str]()
    return bool(wanted) and wanted <= spoken


def _addresses(work: Work, cards: Sequence[Card]) -> list[Linked]:
    rows = {row.id: row for row in by_ids(work.session, [card.id for card in cards[:LOOKED_AT]])}
    return [
        Linked(card, address)
        for card in cards[:LOOKED_AT]
        if (row := rows.get(card.id)) is not None
        for address in addresses_of(row.text, row.fields.get("entities", ()), markdown=is_markdown(card.id))
    ]


def _lone(there: Sequence[Linked]) -> list[Linked]:
    """Of posts that hold one bare address each, on a line of its own: what they speak of is there, whatever stands
    between."""
    bare = [one for one in there if not one.address.label and place_of(one.address.said) == one.address.place]
    each = Counter(one.card.id for one in bare)
    return [one for one in bare if each[one.card.id] == 1]


def _is_name(words: Sequence[Word], label: str) -> bool:
    """Whether a link's own words are the topic and nothing else."""
    return holds(words, label) and len(terms(label)) <= len(words)


def _concerns(words: Sequence[Word], one: Linked) -> bool:
    """Whether a link is to the topic: by its own words and the post's title, or by the sentence around a link that
    names nothing else («по ссылке», «тут»)."""
    label, said = one.address.label, one.address.said
    held = frozenset(terms(label))
    if any(word.held_by(held, label) for word in words):
        return holds(words, f"{one.card.title} {label} {said}")
    names = bool(_NAME.search(label)) and not label.startswith("@")
    if not names and any(word.held_by(frozenset(terms(said)), said) for word in words):
        return holds(words, f"{one.card.title} {said}")
    return holds(words, said) and not (names and len(words) == 1)
