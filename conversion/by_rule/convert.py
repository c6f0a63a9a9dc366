"""A post to a draft by rule alone: no model, same language, everything kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from konspekt.conversion.by_rule.company import in_company
from konspekt.conversion.by_rule.labels import without_dead_labels
from konspekt.conversion.by_rule.splitting import split
from konspekt.conversion.by_rule.thoughts import split_thoughts
from konspekt.conversion.document import (
    Block,
    Blocks,
    Heading,
    MediaItem,
    Paragraph,
    Post,
    Run,
    all_media,
    all_runs,
    block_runs,
    runs_text,
    slice_runs,
)
from konspekt.conversion.draft import Draft, Dropped, Part
from konspekt.conversion.messages import say
from konspekt.conversion.network import Network, Options
from konspekt.conversion.parsing.inline import is_bare
from konspekt.conversion.rewriting import map_runs


@dataclass(slots=True)
class _Notes:
    """What is said to the author along with the draft."""

    speak: str
    warnings: list[str] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)

    def warn(self, key: str, **values: object) -> str:
        text = say(self.speak, key, **values)
        self.warnings.append(text)
        return text


# What a post of another network can carry; a poll, a story or a checklist is only text there.
_ATTACHABLE = frozenset({"photo", "video", "animation", "audio", "voice", "video_note", "document"})
_TITLE_WORDS = 110  # a first line up to this long reads as a title
_TITLE_OF_SENTENCES = 60  # one of several sentences reads as text sooner
_SHORTEST_TITLE = 12
_CHANNEL = re.compile(r"https?://t\.me/(?:s/)?\w+/?")
_SENTENCE_END = re.compile(r"[.!?…](?=\s|$)")


def convert(post: Post, network: Network, options: Options | None = None, *, speak: str = "en") -> Draft:
    """The draft of a post for one network. `speak` is the language of its warnings."""
    options = options or Options(lang=post.lang)
    notes = _Notes(speak)
    title, blocks = _title(post, network, notes)
    hashtags = tuple(run.text.lstrip("#") for run in all_runs(post.blocks) if run.kind == "hashtag")
    options = replace(options, title=title, tags=options.tags or post.tags or hashtags)
    blocks, dead = without_dead_labels(blocks)
    dropped = dead_labels_told(dead, speak)
    notes.dropped += dropped
    notes.warnings += [item.reason for item in dropped]
    blocks = _with_original(blocks, post, options)
    blocks = _fit_links(blocks, network, options, notes)
    blocks = _fit_hashtags(blocks, network, notes)
    _warn_of_handles(blocks, network, notes)
    media = _fit_media(post, network, notes)
    parts = make_parts(blocks, post, network, options)
    if len(parts) > 1 and network.overflow in ("comments", "cards"):
        notes.warn(network.overflow, network=network.title, limit=network.limit, count=len(parts))
    if not parts:
        notes.warn("empty")
    if options.bold_letters and network.bold_letters:
        notes.warn("bold_letters")
    return Draft(
        network.name, options.lang, parts, title, media, tuple(dict.fromkeys(notes.warnings)), tuple(notes.dropped)
    )


def dead_labels_told(dead: Sequence[str], speak: str) -> list[Dropped]:
    return [Dropped("label", line, say(speak, "dead_label", value=line)) for line in dead]


# ---------------------------------------------------------------- parts


def make_parts(blocks: Blocks, post: Post, network: Network, options: Options) -> tuple[Part, ...]:
    """Text cut to the network's limit, numbered where it numbers."""
    if not blocks:
        return ()
    for digits in (0, 1, 2, 3, 4):
        numbering = len(_number(10**digits - 1, 10**digits - 1)) if network.numbered and digits else 0
        wrapping = len(network.finish("", post, options)) if network.finish else 0
        wrapping += len(_continued(options)) if network.overflow == "comments" and digits else 0
        reserve = numbering + wrapping
        cost = partial(_cost, network, options)
        fits = partial(_fits, network, options, reserve)
        if digits == 0 and not fits(blocks):
            continue
        room = network.limit - reserve
        thoughts = split_thoughts(blocks, room, cost, fits) if network.numbered and not fits(blocks) else None
        chunks = in_company(thoughts or split(blocks, room, cost, fits), fits)
        if len(chunks) < max(2, 10**digits) or not network.numbered:
            break
    parts: list[Part] = []
    for position, chunk in enumerate(chunks):
        written = network.write(chunk, options)
        text = written.text
        if network.numbered and len(chunks) > 1:
            text += _number(position + 1, len(chunks))
        if network.overflow == "comments" and position == 0 and len(chunks) > 1:
            text += _continued(options)
        if network.finish and position == 0:
            text = network.finish(text, post, options)
        facets = tuple(network.facets(replace(written, text=text))) if network.facets else ()
        parts.append(Part(text, network.length(text), network.limit, facets))
    return tuple(parts)


def _continued(options: Options) -> str:
    return f"\n\n{say(options.lang, 'continued')}"


def _number(position: int, count: int) -> str:
    return f"\n\n({position}/{count})"


def _cost(network: Network, options: Options, blocks: Blocks) -> int:
    return network.length(network.write(blocks, options).text)


def _fits(network: Network, options: Options, reserve: int, blocks: Blocks) -> bool:
    return network.fits(network.write(blocks, options).text, reserve)


# ---------------------------------------------------------------- what a network asks for


def _title(post: Post, network: Network, notes: _Notes) -> tuple[str, Blocks]:
    """The title, and the blocks without it where the network shows a title of its own."""
    blocks = post.blocks
    title, from_text = post.title, False
    if not title:
        title, rest = first_line(blocks)
        from_text = True
    else:
        found, rest = first_line(blocks)
        from_text = found.strip() == title.strip()
    if not network.title_limit:
        if post.title and not from_text:
            blocks = (Heading((Run(post.title),), level=1), *blocks)
        return "", blocks
    if len(title) > network.title_limit:
        notes.warn("title_cut", limit=network.title_limit)
        cut = title[: network.title_limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:—–-")
        return f"{cut}…", blocks if from_text else (Heading((Run(post.title),), level=1), *blocks)
    return title, rest if from_text else blocks


def first_line(blocks: Blocks) -> tuple[str, Blocks]:
    """The first line as a title, and what remains. A line with a link in it stays in the text too."""
    if not blocks or not isinstance(blocks[0], Paragraph | Heading):
        line = next((runs_text(runs) for block in blocks for runs in block_runs(block) if runs_text(runs)), "")
        return _headline(line.split("\n")[0]), blocks
    runs = blocks[0].runs
    text = runs_text(runs)
    line = text.split("\n", 1)[0]
    title = _headline(line)
    rest: Blocks = blocks
    if (
        title == line.strip()
        and not any(run.url for run in slice_runs(runs, 0, len(line)))
        and len(text) + len(blocks) > 1
    ):
        remaining = slice_runs(runs, len(line) + 1, len(text))
        rest = (replace(blocks[0], runs=remaining), *blocks[1:]) if remaining else blocks[1:]
        if not rest:
            rest = blocks
    return title, rest


def _headline(line: str) -> str:
    """A line that reads as a title, else its first sentence or as much of it as a title holds."""
    line = line.strip()
    if len(line) <= (_TITLE_WORDS if len(_SENTENCE_END.findall(line)) < 2 else _TITLE_OF_SENTENCES):
        return line
    for mark in (". ", "! ", "? ", ": ", " — "):
        head = line.split(mark, 1)[0]
        if _SHORTEST_TITLE <= len(head) <= _TITLE_WORDS:
            return head + (mark[0] if mark[0] in "!?" else "")
    return line[: _TITLE_WORDS - 1].rsplit(" ", 1)[0].rstrip(" ,;:—–-") + "…"


def _with_original(blocks: Blocks, post: Post, options: Options) -> Blocks:
    """The call to the original: a last paragraph with its address, unless the text has it already."""
    tail: list[Block] = []
    if post.forwarded_from:
        tail.append(Paragraph((Run(say(options.lang, "forwarded", value=post.forwarded_from)),)))
    if post.url and all(run.url != post.url for run in all_runs(blocks)):
        of_post = not _CHANNEL.fullmatch(post.url)  # a dump knows the channel alone: that is not where the post stands
        label = Run(say(options.lang, "original" if of_post else "channel"))
        tail.append(Paragraph((label, Run(post.url, url=post.url)), tight=bool(tail)))
    return (*blocks, *tail)


def _fit_links(blocks: Blocks, network: Network, options: Options, notes: _Notes) -> Blocks:
    """Takes out the links that no part could hold. Where links cannot be clicked, says so."""
    links = [run for run in all_runs(blocks) if run.url]
    if links and network.links == "not clickable":
        notes.warn("links_dead", network=network.title)
    doomed: set[str] = set()
    for run in links:
        url = run.url or ""
        if len(url) < 100 or url in doomed:
            continue
        alone = (Paragraph((Run(url, url=url),)),)
        if not _fits(network, options, 40, alone):
            doomed.add(url)
            reason = notes.warn("link_too_long", length=len(url), network=network.title)
            notes.dropped.append(Dropped("link", url, reason))
    if not doomed:
        return blocks

    def unlink(run: Run) -> Run:
        if run.url not in doomed:
            return run
        return Run("[…]", run.marks) if is_bare(run) else replace(run, url=None)

    return map_runs(blocks, unlink)


def _fit_hashtags(blocks: Blocks, network: Network, notes: _Notes) -> Blocks:
    limit = network.hashtag_limit
    if limit is None or sum(run.kind == "hashtag" for run in all_runs(blocks)) <= limit:
        return blocks
    notes.warn("hashtags", network=network.title, limit=limit)
    seen = 0

    def plain(run: Run) -> Run:
        nonlocal seen
        if run.kind != "hashtag":
            return run
        seen += 1
        return run if seen <= limit else replace(run, kind="text", text=run.text.lstrip("#"))

    return map_runs(blocks, plain)


def _warn_of_handles(blocks: Blocks, network: Network, notes: _Notes) -> None:
    runs = list(all_runs(blocks))
    if network.handles:
        names = dict.fromkeys(run.text for run in runs if run.kind == "mention")
        for name in names:
            notes.warn("handle", value=name, network=network.title)
    if "strike" not in network.formatting and any("strike" in run.marks for run in runs):
        notes.warn("strike", network=network.title)
    if network.shows_spoilers and any("spoiler" in run.marks for run in runs):
        notes.warn("spoiler", network=network.title)


def fit_media(post: Post, network: Network) -> tuple[MediaItem, ...]:
    """The post's media that the network takes."""
    return tuple(item for item in all_media(post) if item.kind in _ATTACHABLE)[: network.media_limit]


def _fit_media(post: Post, network: Network, notes: _Notes) -> tuple[MediaItem, ...]:
    media = tuple(item for item in all_media(post) if item.kind in _ATTACHABLE)
    if any(item.kind == "poll" for item in post.media):
        notes.warn("poll")
    if not media and network.media_required:
        notes.warn("media_required", network=network.title)
    limit = network.media_limit
    if limit is not None and len(media) > limit:
        left = media[limit:]
        reason = notes.warn("media_left", network=network.title, limit=limit, count=len(media), left=len(left))
        notes.dropped.extend(Dropped("media", item.name or item.path or item.kind, reason) for item in left)
        media = media[:limit]
    return media
