"""Answers that no model writes: a refusal, quotes, and replies about the channel itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from konspekt.answering.answer import Citation, Part, Turn
from konspekt.answering.lacking.missing import Missing
from konspekt.answering.library import Library, Listed
from konspekt.answering.parts import plain_text
from konspekt.answering.question.asides import AsideKind
from konspekt.answering.question.examples import example_questions
from konspekt.answering.question.intents import Intent
from konspekt.answering.question.talk import asked_before
from konspekt.answering.texts import Language, materials, say
from konspekt.answering.words.sentences import split_sentences
from konspekt.indexer.passages import Passage, is_markdown

CLOSEST = 3
RELATED = 5
_NEAR = 0.35  # of the score of the first
EXAMPLES = 3
TITLES = 60  # that examples are made from


@dataclass(frozen=True, slots=True)
class Reply:
    parts: tuple[Part, ...]
    citations: tuple[Citation, ...] = ()
    refused: bool = False
    extractive: bool = False
    notice: str | None = None
    model: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return plain_text(self.parts)


def refusal(passages: Sequence[Passage], language: Language, told: str = "") -> Reply:
    """ "Not in the material" (or what is `told` instead), with the closest posts by name; nothing is answered."""
    told = told or say("refusal", language)
    closest = list(passages[:CLOSEST])
    citations = tuple(_cited(n, passage) for n, passage in enumerate(closest, 1))
    if not closest:
        return Reply((Part(f"{told} {say('nothing', language)}"),), refused=True)
    opening = Part(f"{told} {say('closest', language)}")
    return Reply((opening, *_listed(citations)), citations, refused=True)


def lacking(missing: Missing, language: Language) -> str:
    """What of the question nothing tells, in words."""
    return say(f"missing_{missing.what}", language, name=missing.name)


def with_nearest(told: str, language: Language, *, mentioned: bool = False) -> str:
    """A no behind which the nearest sentence is shown; `mentioned`: it holds the very name that was asked about."""
    return f"{told} {say('mentioned' if mentioned else 'nearest', language)}"


def nearly(passage: Passage, said: str, passages: Sequence[Passage], language: Language, opening: str) -> Reply:
    """A refusal whose nearest post shows its sentence that is near, what is `said`, as a quote below its title."""
    others = [one for one in passages if one.document_id != passage.document_id]
    closest = [passage, *others][:CLOSEST]
    line = " ".join(said.split())
    citations = tuple(_cited(n, one) for n, one in enumerate(closest, 1))
    citations = (replace(citations[0], quote=line), *citations[1:])
    quote = Part(say("in_quotes", language, said=line), before="\n  ")
    if is_markdown(passage.document_id):
        quote = replace(quote, kind="authored")
    named, *rest = _listed(citations)
    return Reply((Part(opening), named, quote, *rest), citations, refused=True)


def doubtful(reply: Reply, language: Language) -> Reply:
    """An answer that may not be one: it says so first."""
    return led(reply, say("doubtful", language))


def with_refused(reply: Reply, unanswered: Sequence[str], language: Language) -> Reply:
    """An answer that says of which part of the question nothing was found."""
    told = [Part(say("nothing_on", language, part=part.rstrip("?. ")), before="\n\n") for part in unanswered]
    return replace(reply, parts=(*reply.parts, *told))


def dated(reply: Reply, language: Language) -> Reply:
    """An answer about what changes: it says of when it is, by the newest of its sources."""
    dates = [citation.published_at for citation in reply.citations if citation.published_at is not None]
    if not dates:
        return reply
    told = Part(say("as_of", language, date=f"{max(dates):%d.%m.%Y}"), before="\n\n")
    return replace(reply, parts=(*reply.parts, told))


def asking_back(passages: Sequence[Passage], language: Language) -> Reply:
    """Which of these is meant? Each is a choice, and can be read by its mark."""
    citations = tuple(_cited(n, passage) for n, passage in enumerate(passages, 1))
    parts = (Part(say("which", language)), *_listed(citations))
    return Reply(parts, citations, choices=tuple(passage.title for passage in passages))


def near(passages: Sequence[Passage]) -> list[Passage]:
    """Of passages, best first, those that are not much less near than the best."""
    return [one for one in passages if one.score >= _NEAR * passages[0].score][:RELATED]


def related(passages: Sequence[Passage], language: Language) -> Reply:
    """Posts on the same, beside those that were shown already."""
    citations = tuple(_cited(n, passage) for n, passage in enumerate(passages, 1))
    if not citations:
        return Reply((Part(say("nothing_related", language)),))
    return Reply((Part(say("related", language)), *_listed(citations)), citations)


def led(reply: Reply, opening: str) -> Reply:
    """The reply with a line before it."""
    first, *rest = reply.parts
    return replace(reply, parts=(Part(opening), replace(first, before="\n\n"), *rest))


def unknown_link(language: Language) -> Reply:
    """A question about a link to something that is not indexed."""
    return Reply((Part(say("unknown_link", language)),), refused=True)


def no_question(language: Language) -> Reply:
    """A remark that asks nothing and that nothing in the material answers."""
    return Reply((Part(say("no_question", language)),), refused=True)


def to_aside(kind: AsideKind, language: Language) -> Reply:
    """A kind no to what no channel answers; talk is no question, and is not refused either."""
    return Reply((Part(say(f"aside_{kind}", language)),), refused=kind != "talk")


def about_itself(intent: Intent, library: Library | None, language: Language, history: Sequence[Turn] = ()) -> Reply:
    """Small talk, what the bot is and can do, what was asked before, what the channel is about, the latest posts."""
    if intent in {"wordless", "picture"}:
        return Reply((Part(say(intent, language)),), refused=True)
    if intent == "asked":
        return _asked(history, language)
    if intent in {"thanks", "farewell", "praise", "blame", "acknowledged", "remember", "mistaken"}:
        return Reply((Part(say(intent, language)),))
    overview = library.overview() if library else None
    if library is None or overview is None or not overview.documents:
        return Reply((Part(say("empty", language)),))
    listed = library.latest(EXAMPLES if intent in {"about", "latest"} else TITLES)
    sources = ", ".join(f"«{title}»" for title in overview.sources[:4])
    questions = example_questions([one.title for one in listed], language, EXAMPLES)
    if questions and intent not in {"about", "latest"}:
        asked = [Part(question, before="\n• ") for question in questions]
        return Reply((Part(say(intent, language, sources=sources)), *asked))
    listed = listed[:EXAMPLES]
    citations = tuple(
        Citation(n, one.document_id, one.title, one.url, one.published_at, _opening(one.text))
        for n, one in enumerate(listed, 1)
    )
    if intent == "latest":
        openings = [_opening(one.text, one.title) for one in listed]
        return Reply((Part(say("latest", language)), *_listed(citations, openings)), citations)
    if intent == "about":
        opening = say(
            "about",
            language,
            documents=materials(overview.documents, language),
            sources=sources,
            span=_span(overview.first, overview.last, language),
        )
    else:
        opening = say(intent, language, sources=sources)
    return Reply((Part(opening), *_listed(citations)), citations)


def _asked(history: Sequence[Turn], language: Language) -> Reply:
    before = asked_before(history)
    if not before:
        return Reply((Part(say("asked_nothing", language)),))
    return Reply((Part(say("asked", language)), *(Part(one, before="\n• ") for one in before)))


def _cited(n: int, passage: Passage) -> Citation:
    opening = _opening(passage.text)
    return Citation(n, passage.document_id, passage.title, passage.url, passage.published_at, opening)


def _listed(citations: Sequence[Citation], openings: Sequence[str] = ()) -> list[Part]:
    parts: list[Part] = []
    for place, citation in enumerate(citations):
        parts.append(Part(_named(citation), (citation.n,), before="\n• "))
        if openings and openings[place]:
            parts.append(Part(openings[place], before="\n  "))
    return parts


def example_titles(library: Library, count: int = EXAMPLES) -> list[Listed]:
    """Recent documents to offer as examples of what can be asked about."""
    return library.latest(count)


def _named(citation: Citation) -> str:
    date = f", {citation.published_at:%d.%m.%Y}" if citation.published_at else ""
    return f"«{citation.title}»{date}"


def _span(first: datetime | None, last: datetime | None, language: Language) -> str:
    if first is None or last is None:
        return ""
    return say("span", language, first=f"{first:%d.%m.%Y}", last=f"{last:%d.%m.%Y}")


def _opening(text: str, title: str = "", limit: int = 200) -> str:
    """The first sentence that is not the title."""
    for sentence in split_sentences(text):
        said = sentence.text.lstrip("# ")
        if said and (not title or not title.startswith(said.rstrip(".!?… "))) and not sentence.text.startswith("#"):
            return said if len(said) <= limit else said[:limit].rsplit(" ", 1)[0] + "…"
    return ""
