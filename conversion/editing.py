"""A part of a draft in the author's own words: counted, checked, given its facets again."""

from __future__ import annotations

from dataclasses import replace

from konspekt.conversion.document import Paragraph, Post, Run
from konspekt.conversion.draft import Draft, Marked, Part
from konspekt.conversion.facts.facts import check_draft
from konspekt.conversion.finishing import finished
from konspekt.conversion.network import Network, Options
from konspekt.conversion.parsing.inline import autolink
from konspekt.conversion.posts.reading import post_from_text
from konspekt.conversion.writing.plain import PlainStyle, write_plain


def edit_part(post: Post, draft: Draft, network: Network, index: int, text: str, *, speak: str = "en") -> Draft:
    """The draft with one part replaced. What it lacks or adds is reported again; a part may come out too long, and
    its length says so. The lines that were marked and are as they were stay marked."""
    text = text.strip()
    part = draft.parts[index]
    if network.facets or network.readable:
        block = (Paragraph(autolink((Run(text),))),)
        written = network.write(block, Options(lang=draft.lang))
        if network.facets and written.text != text:
            written = write_plain(block, PlainStyle(links="span", quotes=None, spans=True))
        facets = tuple(network.facets(written)) if network.facets else ()
        edited = Part(written.text, network.length(written.text), part.limit, facets)
    else:
        edited = Part(text, network.length(text), part.limit)
    parts = (*draft.parts[:index], edited, *draft.parts[index + 1 :])
    changed = replace(draft, parts=parts, dropped=(), warnings=())
    dropped, warnings, invented = check_draft(post, changed, network, speak)
    media = tuple(item for item in draft.dropped if item.kind == "media")
    changed = replace(changed, dropped=(*media, *dropped), warnings=(*warnings, *invented))
    asked = draft.asked or draft.lang
    if draft.lang != asked and post_from_text(changed.text).lang == asked:
        changed = replace(changed, lang=asked)  # its author has translated it
    return finished(
        post, changed, network, asked, lines=draft.marked, invented=invented, to_read=draft.to_read, speak=speak
    )


def with_line(
    post: Post, draft: Draft, network: Network, line: Marked, words: str, *, speak: str = "en"
) -> Draft | None:
    """The draft with other words for a marked line, or without it (`words` empty); None where no part has it whole."""
    for index, part in enumerate(draft.parts):
        shown = network.readable(part.text) if network.readable else part.text
        place = shown.find(line.text)
        if place < 0:
            continue
        before, after = shown[:place], shown[place + len(line.text) :]
        if not words.strip():  # the line's own end goes with it
            before, after = before.rstrip("\n -•"), after.lstrip("\n ") if not before.strip() else after
        rest = replace(draft, marked=tuple(one for one in draft.marked if one != line))
        return edit_part(post, rest, network, index, before + words.strip() + after, speak=speak)
    return None
