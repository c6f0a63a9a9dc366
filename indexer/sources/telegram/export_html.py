"""Telegram Desktop's HTML export: `messages.html`, `messages2.html`, … of one chat in one folder.

It shows less than the JSON export: no chat id, so that the channel is known by its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from bs4 import Tag

from konspekt.indexer.documents import Document, Media, Problem
from konspekt.indexer.sources.course.text_files import UnreadableFileError, decode
from konspekt.indexer.sources.errors import SourceUnreadableError
from konspekt.indexer.sources.html_text import (
    add_html,
    attribute,
    classes,
    parse_html,
    words,
)
from konspekt.indexer.sources.messages import say
from konspekt.indexer.sources.options import SourceOptions
from konspekt.indexer.sources.polls import add_poll
from konspekt.indexer.sources.rich_text import RichText
from konspekt.indexer.sources.telegram.albums import post_documents
from konspekt.indexer.sources.telegram.ids import telegram_source_id, username_source_id
from konspekt.indexer.sources.telegram.message import MessageParts

MAX_BYTES = 64 << 20  # Telegram Desktop begins a new file every 1,000 messages: about a megabyte

_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?(?: UTC([+-])(\d{2}):?(\d{2}))?")
_MESSAGE_ID = re.compile(r"message(\d+)")
_REPLY = re.compile(r"go_to_message(\d+)")
_VOTES = re.compile(r"\s*\d*\s*votes?.*|\s*chosen vote.*", re.IGNORECASE)
_VOTE_COUNT = re.compile(r"(\d+)\s*vote")
_MEDIA_CLASS = re.compile(r"media_(photo|video|voice_message|audio_file|file|animation|sticker|video_message)")
_MEDIA_KINDS = {"file": "document", "audio_file": "audio", "voice_message": "voice", "video_message": "video_note"}


class TelegramHtml:
    """The posts of one chat. `paths` are its pages in order."""

    kind = "telegram"
    partial = False

    def __init__(self, paths: Sequence[Path], name: str, options: SourceOptions | None = None) -> None:
        options = options or SourceOptions()
        self._paths = [path.resolve() for path in paths]
        self._language = options.language
        self._username = options.username(name)
        number = _channel_id(name, options)
        if self._username and number is None:
            self.id = username_source_id(self._username, options)
        else:
            self.id = telegram_source_id(number, name)
        self.title = name
        self.location = str(self._paths[0].parent if len(self._paths) > 1 else self._paths[0])

    def documents(self) -> Iterator[Document | Problem]:
        return post_documents(self._parts(), source_id=self.id, username=self._username, language=self._language)

    def _parts(self) -> Iterator[MessageParts | Problem]:
        author: str | None = None
        for path in self._paths:
            try:
                page = parse_html(_read(path))
            except UnreadableFileError as error:
                yield Problem(str(path), error.what, error.cure)
                continue
            except OSError as error:
                yield Problem(str(path), say("unreadable", reason=error), say("check_file"))
                continue
            for node in page.find_all("div", class_="message"):
                match = _MESSAGE_ID.fullmatch(attribute(node, "id"))
                names = classes(node)
                if match and "default" in names and "service" not in names:
                    parts = _message(node, int(match[1]), author)
                    author = parts.author
                    yield parts


def open_telegram_html(paths: Sequence[Path], options: SourceOptions | None = None) -> list[TelegramHtml]:
    """The chats of some pages: one for each folder. Raises `SourceUnreadableError` for a page that is no export."""
    folders: dict[Path, list[Path]] = {}
    for path in paths:
        folders.setdefault(path.parent, []).append(path)
    sources = []
    for pages in folders.values():
        pages.sort(key=_page_number)
        try:
            page = parse_html(_read(pages[0]))
        except UnreadableFileError as error:
            raise SourceUnreadableError(str(pages[0]), error.what, error.cure) from error
        header = page.select_one(".page_header .text")
        name = words(header) if header else ""
        if not name:
            raise SourceUnreadableError(str(pages[0]), say("no_export_page"), say("export_html_again"))
        sources.append(TelegramHtml(pages, name, options))
    return sources


def _read(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableFileError(say("too_large", limit=MAX_BYTES >> 20), say("export_json"))
    return decode(path.read_bytes())


def _page_number(path: Path) -> tuple[int, str]:
    match = re.search(r"(\d+)$", path.stem)
    return (int(match[1]) if match else 1), path.name


def _channel_id(name: str, options: SourceOptions) -> int | None:
    """The id of a channel whose name and id were both given the same username."""
    username = options.username(name)
    return options.channel_id(username) if username else None


def _message(node: Tag, number: int, author: str | None) -> MessageParts:
    """`author` is the last one named: messages that follow each other are "joined" and name no one."""
    body = node.find("div", class_="body", recursive=False)
    body = body if isinstance(body, Tag) else node
    own_name = body.find("div", class_="from_name", recursive=False)
    forwarded = body.select_one("div.forwarded.body")
    content = forwarded or body
    rich = RichText()
    text = content.find("div", class_="text", recursive=False)
    if isinstance(text, Tag):
        add_html(rich, text)
    poll = content.select_one(".media_poll")
    if poll:
        _poll(rich, poll)
    reply = body.select_one(".reply_to a")
    reply_match = _REPLY.search(attribute(reply, "href")) if attribute(reply, "href").startswith("#") else None
    signature = body.find("div", class_="signature", recursive=False)
    written, entities = rich.build()
    return MessageParts(
        id=number,
        text=written,
        entities=entities,
        media=_media(content, poll),
        published_at=_date(attribute(body.find("div", class_="date", recursive=False), "title")),
        author=(words(signature) if isinstance(signature, Tag) else "")
        or (_name(own_name) if isinstance(own_name, Tag) else None)
        or author,
        forwarded_from=_name(forwarded.find("div", class_="from_name", recursive=False)) if forwarded else None,
        reply_to=int(reply_match[1]) if reply_match else None,
    )


def _name(node: object) -> str | None:
    """The name in a `from_name`, without the date that a forward carries in it."""
    if not isinstance(node, Tag):
        return None
    date = node.find("span", class_="date")
    name = words(node)
    shown = words(date) if isinstance(date, Tag) else ""
    return name.removesuffix(shown).strip() or None


def _poll(rich: RichText, poll: Tag) -> None:
    options: list[tuple[str, int | str | None]] = []
    for answer in poll.select(".answer"):
        details = answer.select_one(".details")
        option = words(answer).removesuffix(words(details)) if details else words(answer)
        votes = _VOTE_COUNT.search(words(details)) if details else None
        option = _VOTES.sub("", option).strip().removeprefix("- ").strip()
        options.append((option, int(votes[1]) if votes else None))
    total = _VOTE_COUNT.search(words(poll.select_one(".total")))
    add_poll(rich, words(poll.select_one(".question")), options, int(total[1]) if total else None)


def _media(content: Tag, poll: Tag | None) -> tuple[Media, ...]:
    found = []
    for wrap in content.find_all("div", class_="media_wrap", recursive=False):
        for node in wrap.find_all(["a", "div"], recursive=False):
            names = " ".join(classes(node))
            if "photo_wrap" in names:
                kind = "photo"
            elif "video_file_wrap" in names:
                kind = "video"
            elif match := _MEDIA_CLASS.search(names):
                kind = _MEDIA_KINDS.get(match[1], match[1])
            else:
                continue
            title = node.select_one(".title")
            path = attribute(node, "href") or None
            found.append(Media(kind, words(title) or None if title and kind != "photo" else None, path))
    if poll:
        found.append(Media("poll", words(poll.select_one(".question")) or None))
    return tuple(found)


def _date(title: str) -> datetime | None:
    """`12.03.2024 15:30:45 UTC+03:00`; older exports have no zone there, taken as UTC."""
    match = _DATE.search(title)
    if not match:
        return None
    day, month, year, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    shift = timedelta(hours=int(match[8] or 0), minutes=int(match[9] or 0))
    zone = timezone(-shift if match[7] == "-" else shift) if shift < timedelta(hours=24) else UTC
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
