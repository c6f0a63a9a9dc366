"""Whether a text that a model wrote freely says only what the post says.

Both are in one language: the post is translated first, line by line and checked, so that words can be compared. What
words cannot tell (the same ones, put together wrongly) no check here finds: so small models do not write freely.
"""

from __future__ import annotations

import re

from konspekt.conversion.by_rule.cutting import cut_text
from konspekt.conversion.document import (
    Blocks,
    Code,
    Heading,
    Run,
    all_runs,
    block_runs,
    runs_text,
)
from konspekt.conversion.facts.facts import invented_numbers, missing_numbers, numbers_of
from konspekt.conversion.facts.number_words import unsaid_words

# Faults that leave a draft usable: the author is told of them and decides.
SOFT = frozenset({"number", "name", "stranger"})
_WORD = re.compile(r"[^\W\d_]{4,}")
_TOKEN = re.compile(r"[^\W_][\w.+'’-]*")
_MARKED = re.compile(r"(?=.*[A-Za-z]).+[A-Z\d].*")  # GPT-4, PyTorch, RTX4090
# Not names: words that a translation or a caption may use where the post has others.
_COMMON = frozenset(
    ("ai", "api", "cpu", "cpus", "eu", "faq", "gpu", "gpus", "i", "it", "llm", "llms", "ml", "nlp", "ok")
)
# Numbers are checked as such.
_QUANTITY = re.compile(r"\d+(?:x|k|m|b|d|th|nd|rd|st|bit|gb|mb|ms|s|й|го|е|х|ю|я|ми|ти)?")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_PART = re.compile(r"[-–./+]")
_ENOUGH = 5  # words of four letters and more that a sentence needs to be judged by them
_GROUNDED, _SENTENCE_GROUNDED = 0.45, 0.25


def faults_of(blocks: Blocks, source: Blocks, *, whole: bool) -> list[tuple[str, str]]:
    """Every check that a draft fails: its name, and what to tell the model. `whole`: it must carry every number."""
    text, given = _prose(blocks), _prose(source)
    everything = given + "\n" + "\n".join(_hidden(source))
    wrong: list[tuple[str, str]] = []
    numbers = list(dict.fromkeys(invented_numbers(everything, text)))
    numbers += unsaid_words(everything, text)
    if numbers:
        wrong.append(("invented", f"the post does not say {', '.join(numbers[:6])}: leave it out"))
    links = {run.url for run in all_runs(blocks) if run.url} - {run.url for run in all_runs(source) if run.url}
    if links:
        wrong.append(("link", "no links but those behind the marks"))
    for kind, what in (("mention", "@mentions"), ("hashtag", "hashtags")):
        if {run.text for run in all_runs(blocks) if run.kind == kind} - set(_of_kind(source, kind)):
            wrong.append((kind, f"no {what} but those of the post"))
    known_code = "\n".join(_code(source))
    if any(code not in known_code for code in _code(blocks)):
        wrong.append(("code", "no code but that of the post"))
    marked, plain = _strangers(blocks, everything)
    if marked:
        wrong.append(("invented_name", f"the post does not name {', '.join(marked[:6])}: leave it out"))
    if plain:
        wrong.append(("stranger", f"the post does not name {', '.join(plain[:6])}: leave it out"))
    floating = _floating(blocks, everything)
    if floating:
        shown = "; ".join(f"«{sentence[:80]}»" for sentence in floating[:2])
        wrong.append(("ungrounded", f"say only what the post says; it does not say {shown}"))
    missing = missing_numbers(list(dict.fromkeys(numbers_of(given))), text) if whole else []
    if missing:
        wrong.append(("number", f"keep these numbers: {', '.join(missing[:8])}"))
    if len(text) < (0.3 if whole else 0.05) * len(given) or not text.strip():
        wrong.append(("length", "this is too short: say what the post says"))
    if len(text) > 2 * len(given) + 200:
        wrong.append(("length", "this is far longer than the post: add nothing"))
    return wrong


def _prose(blocks: Blocks) -> str:
    """The words, without code, addresses and list markers."""
    return "\n".join(
        "".join(run.text for run in runs if "code" not in run.marks and run.text != run.url)
        for block in blocks
        for runs in block_runs(block)
    )


def _hidden(blocks: Blocks) -> list[str]:
    """What the prose leaves out, from which a name or a number may come all the same."""
    return [*_code(blocks), *(run.url or "" for run in all_runs(blocks) if run.url)]


def _code(blocks: Blocks) -> list[str]:
    found = [block.text for block in blocks if isinstance(block, Code)]
    return found + [run.text for run in all_runs(blocks) if "code" in run.marks]


def _of_kind(blocks: Blocks, kind: str) -> list[str]:
    return [run.text for run in all_runs(blocks) if run.kind == kind]


def _strangers(blocks: Blocks, source: str) -> tuple[list[str], list[str]]:
    """Names that the source does not have: those that look like one anywhere (`GPT-4`), and capitalised words inside
    a sentence. Headings capitalise as they like."""
    squeezed = re.sub(r"[\W_]+", "", source).casefold()
    stems = {word[:5].casefold() for word in re.findall(r"\w{2,}", source)}
    marked: dict[str, None] = {}
    plain: dict[str, None] = {}
    for block in blocks:
        for runs in block_runs(block):
            shown = tuple(run for run in runs if run.kind == "text" and "code" not in run.marks and run.text != run.url)
            for sentence in _sentences(shown):
                tokens = _TOKEN.findall(sentence)
                titled = isinstance(block, Heading) or sum(token[0].isupper() for token in tokens) > 0.6 * len(tokens)
                for place, token in enumerate(tokens):
                    if _is_known(token, squeezed):
                        continue
                    if any(_MARKED.fullmatch(part) and not _is_known(part, squeezed) for part in _PART.split(token)):
                        marked.setdefault(token.rstrip(".-+'’"))
                    elif token[0].isupper() and place and not titled and token[:5].casefold() not in stems:
                        plain.setdefault(token.rstrip(".-+'’"))
    return list(marked), list(plain)


def _is_known(name: str, squeezed: str) -> bool:
    """Whether the source has a name, however it joins its parts, and whatever ending it has here."""
    bare = re.sub(r"[\W_]+", "", re.sub(r"['’]s$", "", name)).casefold()
    return bare in squeezed or bare.rstrip("s") in squeezed or bare in _COMMON or _QUANTITY.fullmatch(bare) is not None


def _floating(blocks: Blocks, source: str) -> list[str]:
    """Sentences almost none of whose words are the source's; all of them together, if they are too much of the text."""
    if _IDEOGRAPH.search(source):
        return []  # written without spaces: there are no words to compare
    have = {word[:5].casefold() for word in _WORD.findall(source)}
    found: list[str] = []
    known = count = 0
    for block in blocks:
        for runs in block_runs(block):
            for sentence in _sentences(runs):
                words = [word[:5].casefold() for word in _WORD.findall(sentence)]
                inside = sum(word in have for word in words)
                known, count = known + inside, count + len(words)
                if len(words) >= _ENOUGH and inside < _SENTENCE_GROUNDED * len(words):
                    found.append(sentence)
    if not found and count >= _ENOUGH and known < _GROUNDED * count:
        return [_prose(blocks)]
    if not found and 0 < count < _ENOUGH and not known:
        return [_prose(blocks)]
    return found


def _sentences(runs: tuple[Run, ...]) -> list[str]:
    return [runs_text(sentence) for line, _ in cut_text(runs, 0) for sentence, _ in cut_text(line, 1)]
