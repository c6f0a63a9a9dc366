"""Finished or not: a draft that may be posted without reading, or one whose author must look at some lines first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from konspekt.conversion.by_rule.labels import dead_pointers, elsewhere, is_dead_label, on_pictures
from konspekt.conversion.by_rule.unshown import handed_over, of_the_channel
from konspekt.conversion.document import Code, Paragraph, Post, Run, all_media, all_runs
from konspekt.conversion.draft import Draft, Marked, Part
from konspekt.conversion.messages import say
from konspekt.conversion.network import Network
from konspekt.conversion.writing.tex import tex_left

_CYRILLIC_WORD = re.compile(r"[А-Яа-яЁё]{2,}")
_ADDRESS = re.compile(r"https?://\S+|[@#]\w+|`[^`]*`")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKED_LINK = re.compile(r"\[([^\[\]]+)\]\(<?https?://[^)\s]+\)")
_TARGET = re.compile(r"(?<=\S) \(https?://[^\s)]+\)")
_AUTOLINK = re.compile(r"<(https?://[^<>\s]+)>")
_SIGNS = re.compile(r"`|\*\*|~~|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_SPACE = re.compile(r"[\s\\]+")
_IN_PLAIN = ("link", "number", "code")  # what a draft of the whole post must have of it


def finished(
    post: Post,
    draft: Draft,
    network: Network,
    asked: str,
    *,
    lines: Sequence[Marked] = (),
    invented: Sequence[str] = (),
    to_read: bool = False,
    whole: bool = True,
    speak: str = "en",
) -> Draft:
    """The draft with what keeps it from being posted unread.

    `lines`: those of the post whose translation is doubted; `asked`: the language it was to be in; `whole`: it is not a
    choice of the post's sentences. `to_read`: translated by a model that is not believed, which is never finished:
    checks find what is turned round, not what reads badly.
    """
    show = network.readable or (lambda text: text)
    on_slides = [card.text for card in draft.cards] if network.slides else []
    shown = "\n".join([draft.title, *(show(part.text) for part in draft.parts), *on_slides])
    marked = [line for line in lines if _has(shown, line.text)]
    if draft.lang != "ru":
        marked += [Marked(line, line, ("language",)) for line in _russian_lines(post, shown, marked)]
    alone = _lines_without_links(draft, network, shown)
    said = post.blocks if draft.lang == post.lang else tuple(Paragraph((Run(line),)) for line in alone)
    labels = [line for line in alone if is_dead_label(line)]
    if not all_media(post):
        labels += [line for line in on_pictures(said) if _has(shown, line) and line not in _own_lines(draft)]
    labels += [line for line in dead_pointers(said) if _has(shown, line)]
    marked += [Marked(line, line, ("label",)) for line in dict.fromkeys(labels)]
    if not network.in_telegram:
        told_there = dict.fromkeys((*elsewhere(said), *of_the_channel(said)))
        marked += [Marked(line, line, ("elsewhere",)) for line in told_there if _has(shown, line)]
    for line in handed_over(post):
        marked.append(Marked(line, line if _has(shown, line) else alone[-1] if alone else line, ("unshown",)))
    if not network.shows_formulas:
        marked += [Marked(formula, formula, ("formula",)) for formula in dict.fromkeys(tex_left(shown))]
    reasons: list[str] = []
    if draft.title.endswith("…"):
        reasons.append(say(speak, "edit_title"))
    elif network.article and draft.parts and _said_again(draft, show(draft.parts[0].text)):
        reasons.append(say(speak, "edit_title_again"))
    if draft.lang != asked:
        reasons.append(say(speak, "edit_language", lang=asked))
    elif to_read:
        reasons.append(say(speak, "edit_small_model"))
    if not draft.parts:
        reasons.append(say(speak, "empty"))
    reasons += invented
    reasons += [item.reason for item in draft.dropped if item.kind == "label" and item.reason]
    if whole and any(item.kind in _IN_PLAIN and not item.reason for item in draft.dropped):
        reasons.append(say(speak, "edit_lost"))
    if any(part.length > part.limit for part in draft.parts):
        reasons.append(say(speak, "edit_too_long"))
    told = tuple(dict.fromkeys(reasons))
    return replace(draft, marked=tuple(dict.fromkeys(marked)), to_edit=told, asked=asked, to_read=to_read)


def _bare(text: str) -> str:
    """Words as they are read, without what a network writes around them: marks of Markdown, addresses behind words."""
    text = _ESCAPED.sub(r"\1", text)
    text = _AUTOLINK.sub(r"\1", _TARGET.sub("", _MARKED_LINK.sub(r"\1", text)))
    return _SIGNS.sub("", text)


def _lines_without_links(draft: Draft, network: Network, shown: str) -> list[str]:
    """The lines of a draft as text; those with a link or a name in them point somewhere, also where a link is not in
    the text but on its words."""
    lines = shown.split("\n")
    if network.linked is not None:
        lines = [line for part in draft.parts for line in _unlinked(part, network.linked(part.text, part.facets))]
    return [line.strip() for line in lines if line.strip() and "://" not in line and "@" not in line]


def _unlinked(part: Part, linked: Sequence[tuple[int, int]]) -> list[str]:
    found: list[str] = []
    start = 0
    for line in part.text.split("\n"):
        end = start + len(line)
        if not any(left < end and start < right for left, right in linked):
            found.append(line)
        start = end + 1
    return found


def _said_again(draft: Draft, text: str) -> bool:
    """Whether a text begins with its title: a page shows both."""
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)  # dev.to's front matter
    return bool(draft.title) and _SPACE.sub(" ", _bare(body)).strip().casefold().startswith(
        _SPACE.sub(" ", _bare(draft.title)).strip().casefold()
    )


def _own_lines(draft: Draft) -> set[str]:
    """What a draft says of its own pictures."""
    numbers = ["", *(f" {number}" for number in range(1, len(draft.cards) + 1))]
    kinds = {card.kind for card in draft.cards} & {"code", "table", "formula"}
    return {say(draft.lang, f"on_picture_{kind}", number=number) for kind in kinds for number in numbers}


def _has(shown: str, text: str) -> bool:
    """Whether a line stands in the draft, however it is cut into parts."""
    squeezed = _SPACE.sub(" ", _bare(shown))
    sentences = re.split(r"(?<=[.!?…])\s+", _bare(text))
    return any(_SPACE.sub(" ", sentence).strip() in squeezed for sentence in sentences if len(sentence.strip()) > 3)


def _russian_lines(post: Post, shown: str, marked: Sequence[Marked]) -> list[str]:
    """Lines of a draft in another language with Russian words that are neither code nor a name of the post's."""
    kept = {line.strip() for block in post.blocks if isinstance(block, Code) for line in block.text.split("\n")}
    kept |= {run.text for run in all_runs(post.blocks) if "code" in run.marks}
    names = [name for name in (post.forwarded_from, post.author) if name]
    found = []
    for line in shown.split("\n"):
        words = _ADDRESS.sub(" ", line)
        for name in (*names, *kept):
            words = words.replace(name, " ") if name else words
        if (
            line.strip() not in kept
            and _CYRILLIC_WORD.search(words)
            and not any(_has(line, one.text) for one in marked)
        ):
            found.append(line.strip())
    return list(dict.fromkeys(found))
