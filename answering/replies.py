"""Answers that no model writes: a refusal, quotes, and replies about the channel itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from konspekt.answering.answer import Citation
from konspekt.answering.library import Library, Listed
from konspekt.answering.question.intents import Intent
from konspekt.answering.texts import Language, materials, say
from konspekt.answering.words.sentences import split_sentences
from konspekt.answering.writing.extractive import Closeness, best_quotes
from konspekt.indexer.passages import Passage

CLOSEST = 3
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    citations: tuple[Citation, ...] = ()
    refused: bool = False
    extractive: bool = False
    notice: str | None = None
    model: str | None = None


def refusal(passages: Sequence[Passage], language: Language) -> Reply:
    """ "Not in the material", with the closest posts by name; nothing is answered."""
    closest = list(passages[:CLOSEST])
    citations = tuple(
        Citation(n, p.document_id, p.title, p.url, p.published_at, _opening(p.text)) for n, p in enumerate(closest, 1)
    )
    if not closest:
        return Reply(f"{say('refusal', language)} {say('nothing', language)}", refused=True)
    named = "\n".join(f"• {_named(citation)} [{citation.n}]" for citation in citations)
    return Reply(f"{say('refusal', language)} {say('closest', language)}\n{named}", citations, refused=True)


def quotes(
    passages: Sequence[Passage],
    weights: Mapping[str, float],
    language: Language,
    notice: str,
    closeness: Closeness | None = None,
) -> Reply:
    """The best stretch of the best passages, word for word."""
    found = best_quotes(passages, weights, closeness)
    citations = tuple(
        Citation(n, q.passage.document_id, q.passage.title, q.passage.url, q.passage.published_at, q.text)
        for n, q in enumerate(found, 1)
    )
    quoted = "\n\n".join(f"«{quote.text}» [{n}]" for n, quote in enumerate(found, 1))
    return Reply(f"{say('quotes', language)}\n\n{quoted}", citations, extractive=True, notice=say(notice, language))


def about_itself(intent: Intent, library: Library | None, language: Language) -> Reply:
    """A greeting, what the bot can do, what the channel is about, the latest posts; a request for words."""
    if intent == "wordless":
        return Reply(say("wordless", language), refused=True)
    if intent == "thanks":
        return Reply(say("thanks", language))
    overview = library.overview() if library else None
    if library is None or overview is None or not overview.documents:
        return Reply(say("empty", language))
    listed = library.latest(EXAMPLES)
    citations = tuple(
        Citation(n, one.document_id, one.title, one.url, one.published_at, _opening(one.text))
        for n, one in enumerate(listed, 1)
    )
    if intent == "latest":
        lines = [
            f"• {_named(c)} [{c.n}]\n  {_opening(one.text, one.title)}"
            for c, one in zip(citations, listed, strict=True)
        ]
        return Reply("\n".join([say("latest", language), *lines]), citations)
    sources = ", ".join(f"«{title}»" for title in overview.sources[:4])
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
    lines = [f"• {_named(citation)} [{citation.n}]" for citation in citations]
    return Reply("\n".join([opening, *lines]), citations)


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
        if sentence.text.rstrip(".!?… ") != title.rstrip(".!?… "):
            return sentence.text if len(sentence.text) <= limit else sentence.text[:limit].rsplit(" ", 1)[0] + "…"
    return ""
