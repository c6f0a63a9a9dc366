"""A channel page that was selected, copied and saved as `.txt`: many posts, no separators."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from konspekt.indexer.documents import Document, Problem
from konspekt.indexer.language import detect_language
from konspekt.indexer.sources.about import about_channel
from konspekt.indexer.sources.adverts import is_advert
from konspekt.indexer.sources.course.text_files import UnreadableFileError, decode
from konspekt.indexer.sources.dumps.borders import THRESHOLD, find_borders, find_openers
from konspekt.indexer.sources.dumps.habits import HABIT_SHARE, find_habits
from konspekt.indexer.sources.dumps.lines import Kind, read_lines
from konspekt.indexer.sources.dumps.repeats import find_repeats, key
from konspekt.indexer.sources.dumps.shape import is_labels
from konspekt.indexer.sources.dumps.split import Post, split_dump
from konspekt.indexer.sources.messages import say
from konspekt.indexer.sources.options import SourceOptions
from konspekt.indexer.sources.titles import title_of

MAX_BYTES = 64 << 20  # ten years of a busy channel are a few megabytes
SLUG_WORDS = 5
HASHED_CHARS = 200  # a post is known by its beginning, so that a later edit at its end keeps the id
# A text file counts as a dump when the page's furniture stands in it at least so often; one such line may be chance.
MARKS = 2
POSTS = 3  # fewer posts show no habits


class TextDump:
    """The posts of one dump. `distinct` is mixed into the id where two dumps have one name."""

    kind = "dump"
    partial = False

    def __init__(
        self,
        path: Path,
        options: SourceOptions | None = None,
        *,
        source_id: str | None = None,
        distinct: str | None = None,
    ) -> None:
        self._path = path.resolve()
        self._options = options or SourceOptions()
        suffix = "-" + _hash(distinct) if distinct is not None else ""
        self.id = source_id or f"dump:{path.stem}{suffix}"
        self.title = path.stem
        self.location = str(self._path)

    def documents(self) -> Iterator[Document | Problem]:
        try:
            if self._path.stat().st_size > MAX_BYTES:
                raise UnreadableFileError(say("too_large", limit=MAX_BYTES >> 20), say("split_dump"))
            text = decode(self._path.read_bytes())
        except UnreadableFileError as error:
            yield Problem(str(self._path), error.what, error.cure)
            return
        except OSError as error:
            yield Problem(str(self._path), say("unreadable", reason=error), say("check_file"))
            return
        header, posts = split_dump(text, self._options.embed)
        if not posts:
            yield Problem(str(self._path), say("no_post"), say("no_post_cure"))
            return
        username = self._options.username(self._path.stem, header.title) or _signed_by(posts)
        url = f"https://t.me/{username}" if username else None
        if header.title and header.description:
            yield about_channel(self.id, header.title, header.description, url, self._options.language)
        seen: Counter[str] = Counter()
        for post in posts:
            yield self._document(post, header.title, url, seen)

    def _document(self, post: Post, channel: str | None, url: str | None, seen: Counter[str]) -> Document:
        own = post.text
        title = title_of(own)
        local = _local_id(title, own)
        text = "\n\n".join(filter(None, (own, "\n".join(post.preview))))
        extra: dict[str, object] = {"link_preview": post.preview} if post.preview else {}
        if is_advert(own):
            extra["advert"] = True
        seen[local] += 1
        if seen[local] > 1:
            local = f"{local}-{seen[local]}"
        return Document(
            id=f"{self.id}/{local}",
            source_id=self.id,
            kind="post",
            title=title,
            text=text,
            url=url,
            published_at=post.date,
            author=post.author or channel,
            language=detect_language(text, self._options.language),
            forwarded_from=post.forwarded_from,
            extra=extra,
        )


def looks_like_dump(head: bytes, *, among_dumps: bool = False) -> bool:
    """Whether the beginning of a text file is that of a channel page, and not of a text.

    It is if the page's furniture stands in it, or if it is built as only a page is: texts that stand twice, one and the
    same line at the end or the beginning of every post. `among_dumps`, beside files that are dumps, it is also if it
    falls apart into several posts.
    """
    text = _decode_head(head)
    header, lines = read_lines(text)
    if header.title is not None or sum(line.kind not in (Kind.TEXT, Kind.BLANK) for line in lines) >= MARKS:
        return True
    words = [line for line in lines if line.kind is Kind.TEXT]
    texts = [line.text for line in words]
    gaps = [0, *(below.number - above.number - 1 for above, below in pairwise(words))]
    closers = find_habits([texts]).closers
    return (
        len(find_repeats(texts)) >= POSTS
        or any(closer.startswith("@") for closer in closers)
        or sum(is_labels(texts[number + 1]) for number in find_openers(texts)) + 1 >= POSTS
        or (among_dumps and len(find_borders(texts, gaps, THRESHOLD)) + 1 >= POSTS)
    )


def _decode_head(head: bytes) -> str:
    for cut in range(4):  # the last character may be cut in two
        with suppress(UnicodeDecodeError):
            return head[: len(head) - cut].decode("utf-8-sig")
    try:
        return decode(head)
    except UnreadableFileError:
        return ""


def _signed_by(posts: list[Post]) -> str | None:
    """The channel's username when most posts are signed with one and the same `@name`."""
    names = Counter(post.signature for post in posts if post.signature and post.signature.startswith("@"))
    for name, count in names.most_common(1):
        if count >= 2 and count >= HABIT_SHARE * len(posts):
            return name[1:]
    return None


def _local_id(title: str, text: str) -> str:
    words = re.findall(r"\w+", title.casefold())[:SLUG_WORDS]
    return "-".join([*words, _hash(key(text[: HASHED_CHARS * 2])[:HASHED_CHARS])])


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
