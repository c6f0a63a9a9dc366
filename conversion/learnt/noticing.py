"""From a part as it was written and as its author left it to what is worth remembering.

Only what would be said again is: a word for a word, a hashtag, a line of his own at either end. A sentence written anew
is about this post alone, and a mended ending is grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import takewhile

from konspekt.conversion.document import Post
from konspekt.conversion.draft import Draft
from konspekt.conversion.learnt.lessons import Lesson

_NUMBERING = re.compile(r"\n*\(\d+/\d+\)\s*$")
_EDGES = re.compile(r"^[^\w#]+|[^\w]+$")
_NO_TERM = re.compile(r"\d|://|@|⟦")
_MOST_SAID, _MOST_INSTEAD = 3, 4  # words
_LONGEST_LINE = 200  # characters of an opening or a sign-off


def lessons_of(post: Post, before: Draft, after: Draft, index: int) -> tuple[Lesson, ...]:
    """What an author changed in one part of a draft."""
    old, new = before.parts[index].text, after.parts[index].text
    return noticed(
        old,
        new,
        lang=after.lang,
        network=after.network,
        first=index == 0,
        last=index == len(after.parts) - 1,
        anywhere=after.lang != post.lang,
    )


def noticed(
    before: str, after: str, *, lang: str, network: str, first: bool, last: bool, anywhere: bool
) -> tuple[Lesson, ...]:
    """`first`, `last`: whether the part opens or ends the draft. `anywhere`: a term is the author's in every network
    (it was a translation), not his manner in this one."""
    old, new = _lines(before), _lines(after)
    found: list[Lesson] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    kept = any(tag == "equal" for tag, *_ in matcher.get_opcodes()) or len(old) == len(new)
    for tag, start, end, left, right in matcher.get_opcodes():
        if tag == "replace" and end - start == right - left:
            for pair in zip(old[start:end], new[left:right], strict=True):
                found += _words(*pair, lang=lang, network=network, anywhere=anywhere)
        elif tag == "insert" and kept and right - left == 1 and _is_own_line(new[left]):
            if first and start == 0:
                found.append(Lesson("opening", "", new[left], lang, network))
            elif last and _at_end(old, start):
                found.append(Lesson("sign-off", "", new[left], lang, network))
        elif tag == "delete":
            found += [
                Lesson("hashtag", word, "", lang, network)
                for line in old[start:end]
                if _is_tags(line)
                for word in line.split()
                if not any(word in other.split() for other in new)
            ]
    return tuple(dict.fromkeys(found))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in _NUMBERING.sub("", text).split("\n") if line.strip()]


def _is_tags(line: str) -> bool:
    return all(word.startswith("#") for word in line.split())


def _is_own_line(line: str) -> bool:
    return len(line) <= _LONGEST_LINE and not _is_tags(line) and re.search(r"[^\W\d_]{2}", line) is not None


def _at_end(old: list[str], place: int) -> bool:
    """Whether nothing but tags and the link to the original comes after."""
    return all(_is_tags(line) or "://" in line for line in old[place:])


def _words(before: str, after: str, *, lang: str, network: str, anywhere: bool) -> Iterator[Lesson]:
    old, new = before.split(), after.split()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    tags_only = _is_tags(before) and _is_tags(after)
    if not tags_only and same * 2 < max(len(old), len(new)):
        return  # written anew
    for tag, start, end, left, right in matcher.get_opcodes():
        said = [_EDGES.sub("", word) for word in old[start:end]]
        instead = [_EDGES.sub("", word) for word in new[left:right]]
        if tag in ("replace", "delete") and all(word.startswith("#") for word in (*said, *instead)):
            for place, word in enumerate(said):
                yield Lesson("hashtag", word, instead[place] if place < len(instead) else "", lang, network)
        elif tag == "replace" and _is_term(said, instead):
            yield Lesson("term", " ".join(said), " ".join(instead), lang, "" if anywhere else network)


def _is_term(said: list[str], instead: list[str]) -> bool:
    if len(said) > _MOST_SAID or len(instead) > _MOST_INSTEAD:
        return False
    old, new = " ".join(said), " ".join(instead)
    if any(_NO_TERM.search(text) or not re.search(r"[^\W\d_]{2}", text) or "#" in text for text in (old, new)):
        return False
    if old.casefold() == new.casefold():
        return old != new and not (old[:1] != new[:1] and old[1:] == new[1:])  # not only a sentence's capital
    if all(len(word) <= 3 and word.islower() for word in (*said, *instead)):
        return False  # "a" for "the"
    return not (len(said) == len(instead) == 1 and _only_ending(old, new))


def _only_ending(old: str, new: str) -> bool:
    """`model` and `models`, «делает» and «делают»: the same word in another form."""
    pairs = zip(old.casefold(), new.casefold(), strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return shared >= 0.6 * min(len(old), len(new)) and max(len(old), len(new)) - shared <= 3
