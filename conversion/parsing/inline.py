"""Links, mentions and hashtags inside plain text, and which of a post's runs are one indivisible thing."""

from __future__ import annotations

import regex

from konspekt.conversion.document import Run, Runs, merge_runs

# With a scheme anything goes. Without one only what no file name looks like: `model.py` and `README.md` end in
# top-level domains too, so a bare host needs a path, and one of the endings that people really link to.
_LINK = regex.compile(
    r"""(?P<link>https?://[^\s<>«»"“”]+
        |(?<![\w@./-])(?:www\.|(?:[a-z0-9-]+\.)+(?:com|org|net|io|ai|me|dev|co|ru|edu|info|app)/)[^\s<>«»"“”]+)
      |(?<![\w@/.&=-])(?P<mention>@[A-Za-z_]\w{2,31}(?:@[\w-]+(?:\.[\w-]+)+)?)(?![\w@])(?!\.\w)
      |(?<![\w\#&/])(?P<hashtag>\#\w*[^\W\d]\w*(?:@\w+)?)""",
    regex.VERBOSE | regex.IGNORECASE,
)
_SCHEME = regex.compile(r"[a-z][a-z0-9+.-]*://|(?:mailto|tg|tel):", regex.IGNORECASE)
_TRAILING = ".,;:!?'\"…*_~"
_CLOSERS = {")": "(", "]": "[", "}": "{"}


def autolink(runs: Runs) -> Runs:
    """Makes every bare link, mention and hashtag of plain text a run of its own."""
    result: list[Run] = []
    for run in runs:
        if run.url or run.kind != "text" or "code" in run.marks:
            result.append(run)
        else:
            result.extend(_split(run))
    return merge_runs(result)


def _split(run: Run) -> list[Run]:
    text = run.text
    if not ("@" in text or "#" in text or "." in text):
        return [run]
    pieces: list[Run] = []
    last = 0
    for match in _LINK.finditer(text):
        start, end = match.span()
        if start < last:
            continue
        found = match.group()
        if match["link"]:
            found = trim_link(found)
            end = start + len(found)
            if not regex.search(r"\w", found.split("://", 1)[-1]):
                continue
            piece = Run(found, run.marks, url=with_scheme(found))
        else:
            piece = Run(found, run.marks, kind="mention" if match["mention"] else "hashtag")
        if start > last:
            pieces.append(run.with_text(text[last:start]))
        pieces.append(piece)
        last = end
    if last < len(text):
        pieces.append(run.with_text(text[last:]))
    return pieces


def trim_link(link: str) -> str:
    """A link without the punctuation that belongs to the sentence around it; a balanced bracket stays."""
    while link:
        tail = link[-1]
        opener = _CLOSERS.get(tail)
        if tail in _TRAILING or (opener and link.count(tail) > link.count(opener)):
            link = link[:-1]
        else:
            break
    return link


def with_scheme(link: str) -> str:
    """The address that a link means. One without a scheme may hold another with one, as an archive's does."""
    return link if _SCHEME.match(link) else f"https://{link}"


def is_bare(run: Run) -> bool:
    """The link shows its own address."""
    return run.url is not None and run.url in (run.text, f"https://{run.text}", f"http://{run.text}")


def is_atom(run: Run) -> bool:
    """Never cut, as long as it fits a part by itself."""
    return run.url is not None or run.kind != "text" or "code" in run.marks
