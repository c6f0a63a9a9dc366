"""One form for formatting that looks the same: which mark a space carries cannot be seen, so a rule decides."""

from __future__ import annotations

from dataclasses import replace

from konspekt.conversion.document import Run, Runs, merge_runs


def canonical_runs(runs: Runs) -> Runs:
    """White space takes the marks and the link that both its neighbours share; a line break is never code.

    Markdown cannot say `**bold **text` and HTML readers collapse it: moving the space out keeps the look.
    """
    pieces = [piece for run in runs for piece in _split_space(run)]
    result: list[Run] = []
    for position, piece in enumerate(pieces):
        if not piece.text.isspace():
            result.append(piece)
            continue
        before = next((other for other in reversed(pieces[:position]) if not other.text.isspace()), None)
        after = next((other for other in pieces[position + 1 :] if not other.text.isspace()), None)
        marks = before.marks & after.marks if before and after else frozenset()
        if "\n" in piece.text:
            marks -= {"code"}
        same = before and after and before.url == after.url
        url = before.url if before and after and same and before.url not in (before.text, after.text) else None
        result.append(replace(piece, marks=marks, url=url, kind="text", emoji_id=None))
    return merge_runs(result)


def _split_space(run: Run) -> list[Run]:
    """White space at the ends of a run, and every line break, apart from the rest."""
    if not run.marks and run.url is None:
        return [run] if run.text else []
    pieces: list[Run] = []
    for position, line in enumerate(run.text.split("\n")):
        if position:
            pieces.append(run.with_text("\n"))
        core = line.strip()
        if not core:
            if line:
                pieces.append(run.with_text(line))
            continue
        start = line.index(core)
        around = (line[:start], core, line[start + len(core) :])
        pieces.extend(run.with_text(piece) for piece in around if piece)
    return pieces
