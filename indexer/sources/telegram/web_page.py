"""The public web page of a channel, `https://t.me/s/<channel>`: saved by a browser, or fetched page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from konspekt.indexer.documents import Counts, Document, Media, Problem
from konspekt.indexer.sources.about import about_channel
from konspekt.indexer.sources.course.text_files import UnreadableFileError, decode
from konspekt.indexer.sources.errors import BadLinkError, SourceUnreadableError
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
from konspekt.indexer.sources.telegram.counts import short_number
from konspekt.indexer.sources.telegram.ids import username_source_id
from konspekt.indexer.sources.telegram.message import MessageParts
from konspekt.indexer.sources.web_fetch import FetchError, PageFetcher

MAX_BYTES = 64 << 20
HOSTS = frozenset({"t.me", "telegram.me", "www.t.me", "www.telegram.me"})
# A page has about twenty posts; so many pages are 100,000 of them.
MAX_PAGES = 5000

_USERNAME = re.compile(r"[A-Za-z]\w{3,31}", re.ASCII)
_POST = re.compile(r"([A-Za-z]\w*)/(\d+)", re.ASCII)
_MEDIA = {
    "tgme_widget_message_photo_wrap": "photo",
    "tgme_widget_message_video_player": "video",
    "tgme_widget_message_roundvideo_player": "video_note",
    "tgme_widget_message_voice_player": "voice",
    "tgme_widget_message_document_wrap": "document",
    "tgme_widget_message_sticker_wrap": "sticker",
}
# Hidden inside a post: the answered post, the notice for browsers that cannot show it, the preview of a link.
_NOT_THE_POST = (
    "tgme_widget_message_reply",
    "media_not_supported_cont",
    "message_media_not_supported_wrap",
    "tgme_widget_message_link_preview",
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its posts oldest first, and the id before which the older ones are."""

    username: str | None
    title: str
    parts: list[MessageParts]
    before: int | None
    description: str = ""


class SavedPage:
    """A channel page that a browser saved: about twenty posts, so never the whole channel."""

    kind = "t.me"
    partial = True

    def __init__(self, path: Path, username: str, title: str, options: SourceOptions) -> None:
        self._path = path.resolve()
        self._options = options
        self._username = username
        self.id = username_source_id(username, options)
        self.title = title or username
        self.location = str(self._path)

    def documents(self) -> Iterator[Document | Problem]:
        try:
            page = read_page(_read(self._path))
        except (UnreadableFileError, OSError) as error:
            what = error.what if isinstance(error, UnreadableFileError) else say("unreadable", reason=error)
            yield Problem(str(self._path), what, say("save_page_again"))
            return
        yield from _about(page, self.id, self._username, self._options)
        yield from _documents(page, self.id, self._username, self._options)


class WebChannel:
    """A channel fetched from the web, newest page first, back to its first post.

    `partial` is decided by the reading: a channel that could not be read to its beginning yields a Problem.
    """

    kind = "t.me"
    partial = False

    def __init__(self, username: str, options: SourceOptions) -> None:
        self._username = username
        self._options = options
        self.id = username_source_id(username, options)
        self.title = username
        self.location = f"https://t.me/s/{username}"

    def documents(self) -> Iterator[Document | Problem]:
        url = f"{self._options.web_base_url.rstrip('/')}/s/{self._username}"
        before: int | None = None
        with PageFetcher(pause=self._options.web_pause) as fetcher:
            for _ in range(MAX_PAGES):
                address = url if before is None else f"{url}?before={before}"
                try:
                    page = read_page(fetcher.get(address))
                except FetchError as error:
                    yield Problem(address, error.what, error.cure)
                    return
                if before is None and page.username is None and not page.parts:
                    yield Problem(address, say("no_preview"), say("no_preview_cure"))
                    return
                self.title = page.title or self.title
                if before is None:
                    yield from _about(page, self.id, self._username, self._options)
                yield from _documents(page, self.id, page.username or self._username, self._options)
                if page.before is None or (before is not None and page.before >= before):
                    return
                before = page.before
        yield Problem(url, say("older_not_read", pages=MAX_PAGES), say("export_instead"))


def open_channel(link: str, options: SourceOptions) -> WebChannel:
    """A channel by its link: `t.me/name`, `https://t.me/s/name`, with or without a post's number."""
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
        host = (parts.hostname or "").casefold()
        injected = parts.netloc == urlsplit(options.web_base_url).netloc
    except ValueError as error:
        raise BadLinkError(link, say("no_link", reason=error), say("write_link")) from error
    if host not in HOSTS and not injected:
        raise BadLinkError(link, say("other_site"), say("write_link"))
    path = [part for part in parts.path.split("/") if part]
    if path and path[0] == "s":
        path = path[1:]
    if not path or not _USERNAME.fullmatch(path[0]):
        raise BadLinkError(link, say("no_channel"), say("private_channel"))
    return WebChannel(path[0], options)


def open_saved_page(path: Path, options: SourceOptions | None = None) -> SavedPage:
    """Raises `SourceUnreadableError` for a page without a single post."""
    try:
        page = read_page(_read(path))
    except UnreadableFileError as error:
        raise SourceUnreadableError(str(path), error.what, error.cure) from error
    if page.username is None:
        raise SourceUnreadableError(str(path), say("page_without_posts"), say("save_channel_page"))
    return SavedPage(path, page.username, page.title, options or SourceOptions())


def read_page(html: str) -> Page:
    """The posts of a channel page. Never raises: markup drifts, and what is not recognised is passed over."""
    soup = parse_html(html)
    username: str | None = None
    found: dict[int, MessageParts] = {}
    for node in soup.find_all("div", attrs={"data-post": True}):
        match = _POST.match(attribute(node, "data-post"))
        if not match or "service_message" in classes(node):
            continue
        username = username or match[1]
        if match[1].casefold() == username.casefold():
            found[int(match[2])] = _post(node, int(match[2]), username)
    title = words(soup.select_one(".tgme_channel_info_header_title")) or attribute(
        soup.select_one('meta[property="og:title"]'), "content"
    )
    about = RichText()
    if (description := soup.select_one(".tgme_channel_info_description")) is not None:
        add_html(about, description)
    parts = [found[number] for number in sorted(found)]
    return Page(username, title, parts, _older(soup), about.build()[0])


def _older(soup: BeautifulSoup) -> int | None:
    more = soup.select_one(".js-messages_more[data-before]")
    if more is not None:
        with suppress(ValueError):
            return int(attribute(more, "data-before"))
    match = re.search(r"[?&]before=(\d+)", attribute(soup.select_one('link[rel="prev"]'), "href"))
    return int(match[1]) if match else None


def _documents(page: Page, source_id: str, username: str, options: SourceOptions) -> Iterator[Document | Problem]:
    return post_documents(page.parts, source_id=source_id, username=username, language=options.language)


def _about(page: Page, source_id: str, username: str, options: SourceOptions) -> Iterator[Document]:
    if page.description:
        url = f"https://t.me/{username}"
        yield about_channel(source_id, page.title or username, page.description, url, options.language)


def _post(node: Tag, number: int, username: str) -> MessageParts:
    reply = node.select_one(".tgme_widget_message_reply")
    reply_match = _POST.search(re.sub(r"^https?://[^/]+/", "", attribute(reply, "href")))
    media = _media(node)
    for hidden in node.select(",".join(f".{name}" for name in _NOT_THE_POST)):
        hidden.extract()
    rich = RichText()
    text = node.select_one(".js-message_text") or node.select_one(".tgme_widget_message_text")
    if text is not None:
        add_html(rich, text)
    poll = node.select_one(".tgme_widget_message_poll")
    if poll is not None:
        question = words(poll.select_one(".tgme_widget_message_poll_question"))
        names = map(words, poll.select(".tgme_widget_message_poll_option_text"))
        shares = map(words, poll.select(".tgme_widget_message_poll_option_percent"))
        voters = re.search(r"\d+", words(node.select_one(".tgme_widget_message_voters")))
        options = list(zip_longest(names, shares, fillvalue=""))
        add_poll(rich, question, options, int(voters[0]) if voters else None)
        media = (*media, Media("poll", question or None))
    written, entities = rich.build()
    origin = node.select_one(".tgme_widget_message_forwarded_from_name")
    author = node.select_one(".tgme_widget_message_from_author") or node.select_one(".tgme_widget_message_owner_name")
    same_channel = reply_match and reply_match[1].casefold() == username.casefold()
    return MessageParts(
        id=number,
        text=written,
        entities=entities,
        media=media,
        published_at=_date(attribute(node.select_one(".tgme_widget_message_date time"), "datetime")),
        author=words(author) or None,
        forwarded_from=words(origin) or None,
        reply_to=int(reply_match[2]) if reply_match and same_channel else None,
        counts=_counts(node),
    )


def _counts(node: Tag) -> Counts:
    each = [short_number(words(one)) for one in node.select(".tgme_reaction")]
    reactions = [number for number in each if number is not None]
    return Counts(short_number(words(node.select_one(".tgme_widget_message_views"))), sum(reactions) if each else None)


def _media(node: Tag) -> tuple[Media, ...]:
    found = []
    for item in node.find_all(["a", "div"]):
        kind = next((kind for name, kind in _MEDIA.items() if name in classes(item)), None)
        if kind:
            found.append(Media(kind, words(item.select_one(".tgme_widget_message_document_title")) or None))
    return tuple(found)


def _date(value: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(value)
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def _read(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableFileError(say("too_large", limit=MAX_BYTES >> 20), say("save_one_page"))
    return decode(path.read_bytes())
