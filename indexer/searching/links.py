"""A link in a question: which document it names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from konspekt.indexer.lexical import terms
from konspekt.storage.index.chunks import documents_at

LINK = re.compile(r"(?:https?://|(?<![\w@.])(?:www\.|t\.me/|telegram\.me/|telegram\.dog/))[^\s<>«»\"]+", re.I)
TRAILING = ".,;:!?)]}…"
TELEGRAM = re.compile(r"(?:t|telegram)\.(?:me|dog)/(?:s/)?((?:c/\d+|\w+))/(?:\d+/)?(\d+)(?:$|[?#])", re.I)
LONGEST_ALBUM = 10
# Words that ask about the linked thing itself: a question with nothing else needs no other document.
ABOUT_IT = (
    "пост пост запись статья ссылка лекция видео текст заметка здесь рассказать рассказывать пересказать перескажи "
    "расскажи объяснить объясни кратко коротко вкратце суть смысл говорить говориться написать написано писать речь "
    "понять содержание главное вывод подробнее подробно post article link about summary summarize summarise tell "
    "explain briefly say here read video lecture point main думать думаешь мнение посмотреть смотреть глянуть оценить "
    "скажешь сказать интересно think opinion thoughts look"
)


@dataclass(frozen=True, slots=True)
class Linked:
    """`documents`: ids in the order of the links. `rest`: what else is asked. `alone`: only what they are about."""

    documents: tuple[str, ...]
    rest: str
    alone: bool


def without_tail(link: str) -> str:
    """A link without the punctuation behind it; a bracket that it opens itself closes it."""
    bare = link.rstrip(TRAILING)
    opened = bare.count("(") > bare.count(")") and link[len(bare) :].startswith(")")
    return f"{bare})" if opened else bare


def asks_about_a_link(question: str) -> bool:
    """Whether a question holds a link and asks only what it is about, or what is thought of it."""
    return bool(LINK.search(question)) and set(terms(LINK.sub(" ", question))) <= set(terms(ABOUT_IT))


def look_up(session: Session, question: str) -> Linked | None:
    """The indexed documents that the question links to; None where there is no link, or none of something indexed."""
    links = [without_tail(match.group()) for match in LINK.finditer(question)]
    found = [document for link in links for document in _documents(session, link)]
    if not found:
        return None
    rest = " ".join(LINK.sub(" ", question).split())
    return Linked(tuple(dict.fromkeys(found)), rest, asks_about_a_link(question))


def _documents(session: Session, link: str) -> list[str]:
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", link, flags=re.I).lower()
    if (post := TELEGRAM.match(bare)) is not None:
        return _posts(session, post[1], int(post[2]))
    plain = bare.split("#")[0].rstrip("/")
    return [row.id for row in documents_at(session, [bare, plain, f"{plain}/"])]


def _posts(session: Session, channel: str, number: int) -> list[str]:
    """The post, or the album that holds this message: an album is linked by its first one."""
    numbers = range(max(1, number - LONGEST_ALBUM + 1), number + 1)
    rows = documents_at(session, [f"t.me/{channel}/{n}" for n in numbers])
    exact = [row.id for row in rows if (row.url or "").lower().endswith(f"/{number}")]
    return exact or [row.id for row in rows if number in row.fields.get("extra", {}).get("message_ids", ())]
