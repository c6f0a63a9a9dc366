"""What a post says that a draft must not lose or add: links, numbers, mentions, code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from konspekt.conversion.document import (
    Block,
    Code,
    Post,
    all_runs,
    post_text,
)
from konspekt.conversion.draft import Draft, Dropped
from konspekt.conversion.facts.clock import by_the_day
from konspekt.conversion.facts.number_words import halves, scaled_numbers, spoken_numbers
from konspekt.conversion.messages import say
from konspekt.conversion.network import Network
from konspekt.conversion.parsing.inline import trim_link, with_scheme

_NUMBER = re.compile(r"\d+(?:[ \u00a0\u202f]\d{3}(?!\d)|[.,]\d+)*")
_LINK = re.compile(r"https?://[^\s<>\"»“”]+")
_MENTION = re.compile(r"(?<![\w@/.&=-])@[A-Za-z_]\w{2,31}(?:@[\w-]+(?:\.[\w-]+)+)?")
_PART_NUMBER = re.compile(r"\n\n\(\d+/\d+\)\Z")


@dataclass(frozen=True, slots=True)
class Facts:
    """Numbers as written; links without the punctuation around them; code line by line."""

    links: tuple[str, ...]
    numbers: tuple[str, ...]
    mentions: tuple[str, ...]
    code: tuple[str, ...]


def facts_of_blocks(blocks: tuple[Block, ...]) -> Facts:
    runs = list(all_runs(blocks))
    links = dict.fromkeys(run.url for run in runs if run.url)
    mentions = dict.fromkeys(run.text for run in runs if run.kind == "mention")
    code = [block.text for block in blocks if isinstance(block, Code)]
    code += [run.text for run in runs if "code" in run.marks]
    text = by_the_day(_without_links(post_text(blocks)))
    return Facts(
        tuple(links),
        tuple(dict.fromkeys(_NUMBER.findall(text))),
        tuple(mentions),
        tuple(dict.fromkeys(code)),
    )


def facts_of_post(post: Post) -> Facts:
    return facts_of_blocks(post.blocks)


def numbers_of(text: str) -> list[str]:
    return _NUMBER.findall(by_the_day(_without_links(text)))


def links_of(text: str) -> list[str]:
    return [trim_link(link) for link in _LINK.findall(text)]


def _without_links(text: str) -> str:
    return _LINK.sub(" ", text)


def number_forms(number: str) -> frozenset[str]:
    """The ways to read a number: `2,5` is 2.5; `2 308`, `2,308` and `2.308` may be 2308 or 2.308."""
    compact = re.sub(r"[ \u00a0\u202f]", "", number)
    forms = {compact.replace(",", ".")}
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", compact):
        forms.add(re.sub(r"[.,]", "", compact))
    return frozenset(form.rstrip("0").rstrip(".") if "." in form else form.lstrip("0") or "0" for form in forms)


def missing_numbers(wanted: tuple[str, ...] | list[str], text: str) -> list[str]:
    """Numbers that a text does not have, in any way of writing them."""
    have = {form for number in numbers_of(text) for form in number_forms(number)}
    have |= {form for number in re.findall(r"\d+", by_the_day(text)) for form in number_forms(number)}
    return [number for number in wanted if not number_forms(number) & have]


def invented_numbers(source: str, text: str) -> list[str]:
    """Numbers of a text that its source does not have, in digits or in words."""
    known = {form for number in numbers_of(source) for form in number_forms(number)}
    known |= {form for number in re.findall(r"\d+", by_the_day(source)) for form in number_forms(number)}
    known |= {str(number) for number in (*spoken_numbers(source), *scaled_numbers(source))}
    known |= {"2", "0.5", "1.5", "50"} if halves(source) else set()
    return [number for number in numbers_of(text) if not number_forms(number) & known]


def check_draft(post: Post, draft: Draft, network: Network, speak: str) -> tuple[list[Dropped], list[str], list[str]]:
    """What the draft lacks of its post, with warnings; and warnings of what it has that the post does not."""
    show = network.readable or (lambda text: text)
    texts = [_PART_NUMBER.sub("", show(part.text)) for part in draft.parts]
    whole = "\n".join([draft.title, *texts])
    on_pictures = "" if network.slides else "\n".join(card.text for card in draft.cards)
    whole = f"{whole}\n{on_pictures}"
    searchable = _unescaped(whole) + "\n" + "\n".join(repr(part.facets) for part in draft.parts)
    facts = facts_of_post(post)
    already = {item.value for item in draft.dropped}
    dropped: list[Dropped] = []
    for kind, values in (
        ("link", [link for link in facts.links if link not in searchable and _bare(link) not in searchable]),
        ("number", missing_numbers(facts.numbers, _without_links(whole))),
        ("mention", [name for name in facts.mentions if name not in searchable]),
        ("code", [code for code in facts.code if not _has_code(code, whole, searchable)]),
    ):
        dropped += [Dropped(kind, value) for value in values if value not in already]
    warnings = []
    for kind in ("link", "number", "mention", "code"):
        values = [item.value for item in dropped if item.kind == kind]
        if values:
            shown = ", ".join(value if len(value) <= 60 else value[:57] + "…" for value in values[:8])
            more = f" (+{len(values) - 8})" if len(values) > 8 else ""
            warnings.append(say(speak, "missing", what=say(speak, kind), value=shown + more))
    source = post.title + "\n" + post_text(post.blocks)
    invented = [("number", number) for number in dict.fromkeys(invented_numbers(source, _unescaped(whole)))]
    known_links = {*facts.links, *(with_scheme(link) for link in facts.links), *([post.url] if post.url else [])}
    addresses = dict.fromkeys(trim_link(link.rstrip(">)")) for link in links_of(_unescaped(whole)))
    strangers = [
        link
        for link in addresses
        if "t.me/" not in link and not any(link in known or known in link for known in known_links)
    ]
    invented += [("link", link) for link in strangers]
    return dropped, warnings, [say(speak, "invented", what=say(speak, kind), value=value) for kind, value in invented]


def _bare(link: str) -> str:
    return link.split("://", 1)[-1]


def _unescaped(text: str) -> str:
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


def _has_code(code: str, whole: str, searchable: str) -> bool:
    """Code may be cut between its lines by a part's end, and nowhere else."""
    return code in searchable or all(
        not line.strip() or line in whole or line in searchable for line in code.split("\n")
    )
