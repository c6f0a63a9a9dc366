"""A part of a draft in the author's own words: counted, checked, given its facets again."""

from __future__ import annotations

from dataclasses import replace

from konspekt.conversion.document import Paragraph, Post, Run
from konspekt.conversion.draft import Draft, Part
from konspekt.conversion.facts.facts import check_draft
from konspekt.conversion.network import Network, Options
from konspekt.conversion.parsing.inline import autolink
from konspekt.conversion.writing.plain import PlainStyle, write_plain


def edit_part(post: Post, draft: Draft, network: Network, index: int, text: str, *, speak: str = "en") -> Draft:
    """The draft with one part replaced. What it lacks or adds is reported again; a part may come out too long, and
    its length says so."""
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
    dropped, warnings = check_draft(post, changed, network, speak)
    media = tuple(item for item in draft.dropped if item.kind == "media")
    return replace(changed, dropped=(*media, *dropped), warnings=tuple(warnings))
