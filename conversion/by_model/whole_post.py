"""A whole post as Markdown for a model that rewrites it, with what it must not touch behind marks like ⟦1⟧."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from konspekt.conversion.by_model.protecting import SLOT, mended, terms_pattern
from konspekt.conversion.document import (
    Block,
    Blocks,
    Code,
    ListBlock,
    MediaBlock,
    Paragraph,
    Quote,
    Run,
    Runs,
    merge_runs,
    runs_text,
)
from konspekt.conversion.parsing.inline import is_bare
from konspekt.conversion.parsing.markdown import blocks_from_markdown
from konspekt.conversion.rewriting import map_lines
from konspekt.conversion.writing.markdown import write_markdown


@dataclass(frozen=True, slots=True)
class WholePost:
    """`text` is what the model sees. `slots[n - 1]` is behind ⟦n⟧: a run, or a block that stands alone. `needed` are
    the marks of links, code and mentions: what a draft of the whole post must have."""

    text: str
    slots: tuple[Run | Block, ...]
    needed: frozenset[int]

    def lost(self, answer: str) -> list[str]:
        """Marks that an answer lacks, and marks that do not exist."""
        found = {int(number) for number in SLOT.findall(answer)}
        wrong = [*sorted(self.needed - found), *sorted(n for n in found if not 1 <= n <= len(self.slots))]
        return [f"⟦{n}⟧" for n in wrong]

    def restored(self, answer: str) -> Blocks:
        """The answer as blocks, everything back in its place. A link of the model's own stays one, to be found."""
        answer = mended(answer, self.text, len(self.slots))
        blocks: list[Block] = []
        for block in blocks_from_markdown(answer):
            blocks += self._block(block)
        return tuple(blocks)

    def _block(self, block: Block) -> list[Block]:
        if isinstance(block, Code):  # a mark that the model put into a fence of its own
            alone = SLOT.fullmatch(block.text.strip())
            behind = self._behind(alone[1]) if alone else None
            if behind is None:
                return [block]
            return [Paragraph((behind,))] if isinstance(behind, Run) else [behind]
        if isinstance(block, MediaBlock):
            return [block]
        if isinstance(block, Paragraph):
            return self._paragraph(block.runs)
        beside: list[Block] = []  # a list or a heading cannot hold code: it stands after them
        (changed,) = map_lines((block,), lambda runs: self._line(runs, beside))
        if isinstance(changed, ListBlock):
            changed = replace(changed, items=tuple(item for item in changed.items if item.runs))
        elif isinstance(changed, Quote):
            changed = replace(changed, paragraphs=tuple(runs for runs in changed.paragraphs if runs))
        return [changed, *beside]

    def _paragraph(self, runs: Runs) -> list[Block]:
        blocks: list[Block] = []
        pending: list[Run] = []
        for piece in self._pieces(runs):
            if isinstance(piece, Run):
                pending.append(piece)
            else:
                blocks += [*_text(pending), piece]
                pending = []
        return [*blocks, *_text(pending)]

    def _line(self, runs: Runs, beside: list[Block]) -> Runs:
        pieces = self._pieces(runs)
        beside += [piece for piece in pieces if not isinstance(piece, Run)]
        return merge_runs([piece for piece in pieces if isinstance(piece, Run)])

    def _pieces(self, runs: Runs) -> list[Run | Block]:
        found: list[Run | Block] = []
        for shown in runs:
            target = SLOT.fullmatch(shown.url or "")
            link = self._behind(target[1]) if target else None
            url = link.url if isinstance(link, Run) else None
            run = shown if target is None else replace(shown, url=url)
            position = 0
            for match in SLOT.finditer(run.text):
                found.append(run.with_text(run.text[position : match.start()]))
                behind = self._behind(match[1])
                if isinstance(behind, Run):
                    marks = behind.marks | (run.marks - {"code"})
                    behind = replace(behind, marks=marks, url=behind.url or run.url)
                found += [behind] if behind is not None else []
                position = match.end()
            found.append(run.with_text(run.text[position:]))
            found += [link] if link is not None and url is None else []  # words around what is no link
        return [piece for piece in found if not isinstance(piece, Run) or piece.text]

    def _behind(self, number: str) -> Run | Block | None:
        index = int(number) - 1
        return self.slots[index] if 0 <= index < len(self.slots) else None


def _text(runs: list[Run]) -> list[Block]:
    """A paragraph of runs, without the line breaks that stood around a block."""
    merged = list(merge_runs(runs))
    if merged:
        merged[0] = merged[0].with_text(merged[0].text.lstrip())
        merged[-1] = merged[-1].with_text(merged[-1].text.rstrip())
    kept = merge_runs(merged)
    return [Paragraph(kept)] if runs_text(kept).strip() else []


def protect_post(blocks: Blocks, glossary: tuple[str, ...] = ()) -> WholePost:
    """A post as the model sees it."""
    slots: list[Run | Block] = []
    needed: set[int] = set()
    terms = terms_pattern(glossary)

    def slot(behind: Run | Block, *, need: bool = True) -> str:
        for number, known in enumerate(slots, 1):
            if known == behind:
                return f"⟦{number}⟧"
        slots.append(behind)
        if need:
            needed.add(len(slots))
        return f"⟦{len(slots)}⟧"

    def hidden(run: Run) -> Run:
        if run.url and not is_bare(run):
            link = slot(Run(run.url, url=run.url))
            return replace(hidden(replace(run, url=None)), url=link)
        if run.url or run.kind in ("mention", "hashtag") or "code" in run.marks:
            behind = replace(run, marks=run.marks & {"code"})
            return Run(slot(behind, need=run.kind != "hashtag"), run.marks - {"code"})
        if run.kind == "emoji":
            return replace(run, kind="text", emoji_id=None)
        text = terms.sub(lambda match: slot(Run(match[0]), need=False), run.text) if terms else run.text
        return run.with_text(text)

    shown: list[Block] = []
    for block in blocks:
        if isinstance(block, Code | MediaBlock):
            shown.append(Paragraph((Run(slot(block, need=isinstance(block, Code))),)))
        else:
            shown += map_lines((block,), lambda runs: merge_runs([hidden(run) for run in runs]))
    text = re.sub(r"\\\n", "\n", write_markdown(tuple(shown)).text)
    return WholePost(text, tuple(slots), frozenset(needed))
