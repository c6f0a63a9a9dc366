"""Words that only name a link: `❱❱ Код ❱❱ Статья`, "Paper | Code | Demo". Without the link they say nothing."""

from __future__ import annotations

import re

from konspekt.conversion.by_rule.cutting import cut_text
from konspekt.conversion.document import (
    Block,
    Blocks,
    Heading,
    ListBlock,
    Paragraph,
    Run,
    Runs,
    block_runs,
    merge_runs,
    runs_text,
    slice_runs,
)
from konspekt.conversion.rewriting import map_lines

_NAMES = (
    r"код\w*|стать[яиею]\w*|пейпер\w*|демо|сайт\w*|проект\w*|видео|веса|модел[ьи]\w*|датасет\w*|блог\w*|репо\w*|пост"
    r"|гитхаб\w*|лидерборд|слайды|презентация|запись|чекпоинт\w*|туториал|ноутбук|источник\w*|ссылк[аи]|подробнее"
    r"|читать|тут|здесь|pdf|code|papers?|arxiv|demo|site|website|project(?: page)?|videos?|leaderboard|slides"
    r"|checkpoints?|blog ?post|tutorial|notebook|weights|models?|dataset|blog|repo(?:sitory)?|github|post|source"
    r"|links?|read more|here|huggingface|hf|colab|space"
)
_GAP = r"[^\w#@]*"
_LABEL_LINE = re.compile(rf"{_GAP}(?:{_NAMES})(?:{_GAP}(?:(?:и|and)\s+)?(?:{_NAMES}))*{_GAP}", re.IGNORECASE)
_HERE = r"(?:вот )?(?:тут|здесь|сюда|по ссылке|here)"
_SAID = (
    r"писал\w*|рассказывал\w*|упомян\w*|упоминал\w*|разбирал\w*|пост\w*|подробн\w*|обзор\w*|разбор\w*|смотри\w*|см\.|wrote|written|"
    r"covered|mentioned|details|see|more|post"
)
_ASIDE = re.compile(rf"\s?\((?=[^()]*\b(?:{_SAID}))[^()]{{0,80}}?\b{_HERE}(?:(?:,| и| and) {_HERE})*\)", re.IGNORECASE)
_GOES = (
    r"код\w*|чита\w*|почита\w*|прочита\w*|смотр\w*|посмотр\w*|скача\w*|подробн\w*|потык\w*|стать\w*|видео|демо|веса"
    r"|регистр\w*|записа\w*|попробова\w*|запуст\w*|купи\w*|писал\w*|рассказывал\w*|code|read|see|watch|download|details"
    r"|available|register|sign up|try it|wrote"
)
_POINTER = re.compile(
    rf"(?:.*\b(?:{_GOES})\b.*\b{_HERE}|.*\b{_HERE}\b[^.!?]*\b(?:{_GOES}))\W*", re.IGNORECASE | re.DOTALL
)
_ELSEWHERE = re.compile(
    r"\b(?:в|под) (?:коммент\w*)\b(?=.*\b(?:прилож|накин|остав|выложи|скин|закреп|добавил|кин)\w*)"
    r"|\b(?:прилож|накин|остав|выложи|скин|закреп|добавил|кин)\w* (?:\w+ ){0,3}?(?:в|под) коммент\w*"
    r"|\bв закреп\w*|\bботу\b|\b(?:голосу|проголосу)\w* (?:\w+ )?(?:ниже|выше|под)"
    r"|\b(?:put|left|posted|added|attached|pinned)\b.{0,60}\bin the comments\b|\bin the pinned (?:post|message)\b"
    r"|\bin the comments I\b|\b(?:ask|tell|to|or) the bot\b",
    re.IGNORECASE,
)
_BRACKETED = re.compile(  # `[пост]`, «[Ссылка на часть 1]», ": ссылка."
    r"\[(?:пост|ссылк\w*|стать\w*|код|пейпер|видео|тут|здесь|link|post|paper|code|video|here)\b[^\[\]]{0,40}\](?!\()"
    r"|:\s*(?:ссылка|link)\b\W*$",
    re.IGNORECASE,
)
_ARROWED = re.compile(r"\s*(?:>>|❱❱|»|👉|🔗|➡|⟶)\ufe0f?\s*\w")  # «>> Блогпост про MoE»: it was a link
_ON_PICTURE = re.compile(
    r"\bна (?:скрин\w*|картинк\w*|фото\b|график\w* (?:ниже|выше)|рисунк\w*)"
    r"|\b(?:in|on) the (?:screenshot|picture|photo)\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"[📖📄📑📎🎥▶❱»›→➡👉🔗▶►➜⟶|/·•:\[\](){}–—-]")


def is_dead_label(text: str) -> bool:
    """Whether a line is made of such names and their ornaments alone. A bare word may be a sentence, and
    what ends in a colon is the heading of what follows."""
    line = text.strip()
    return not line.endswith(":") and bool(_LABEL_LINE.fullmatch(line)) and bool(_MARK.search(line))


def without_dead_labels(blocks: Blocks) -> tuple[Blocks, list[str]]:
    """The blocks without lines of labels whose links the source does not have, and without the line that announced a
    list of nothing else; those lines."""
    kept: list[Block] = []
    dead: list[str] = []
    last_words = max((place for place, block in enumerate(blocks) if not _only_tags(block)), default=-1)
    for place, block in enumerate(blocks):
        if place and place == last_words and isinstance(block, Paragraph) and _is_last_label(block):
            dead.append(runs_text(block.runs).strip())  # «Слайды», alone under the post, was a link
            continue
        if isinstance(block, ListBlock) and all(_names_only(item.runs) for item in block.items):
            dead += [runs_text(item.runs).strip() for item in block.items]
            if kept and isinstance(kept[-1], Paragraph | Heading) and runs_text(kept[-1].runs).rstrip().endswith(":"):
                last = _without_last_line(kept.pop())
                kept += [last] if last is not None else []
            continue
        if not isinstance(block, Paragraph | Heading):
            kept.append(block)
            continue
        runs = _living(block.runs, dead)
        if runs == block.runs:
            kept.append(block)
        elif runs:
            kept.append(type(block)(runs, tight=block.tight, inset=block.inset))
    return tuple(kept), dead


def _only_tags(block: Block) -> bool:
    """Hashtags, a mention, a link: what may stand under the last words."""
    return isinstance(block, Paragraph) and all(
        run.url is not None or run.kind != "text" or not re.search(r"\w", run.text) for run in block.runs
    )


def _is_last_label(block: Paragraph) -> bool:
    return _names_only(block.runs) and not runs_text(block.runs).rstrip().endswith(":")


def _names_only(runs: Runs) -> bool:
    """Whether the text of an item is such a name, without a link."""
    return all(run.url is None and run.kind == "text" for run in runs) and bool(_LABEL_LINE.fullmatch(runs_text(runs)))


def _without_last_line(block: Block) -> Block | None:
    assert isinstance(block, Paragraph | Heading)
    text = runs_text(block.runs)
    cut = text.rfind("\n")
    return None if cut < 0 else type(block)(slice_runs(block.runs, 0, cut), tight=block.tight, inset=block.inset)


def without_dead_pointers(blocks: Blocks, *, keep_links: bool) -> Blocks:
    """The blocks without asides that only point somewhere (`(я писал о ней тут и тут)`) and have no link, or whose
    links cannot be pressed."""

    def change(runs: Runs) -> Runs:
        text = runs_text(runs)
        kept: list[Run] = []
        start = 0
        for match in _ASIDE.finditer(text):
            aside = slice_runs(runs, match.start(), match.end())
            if any(run.url for run in aside) and keep_links:
                continue
            kept += slice_runs(runs, start, match.start())
            start = match.end()
        return merge_runs([*kept, *slice_runs(runs, start, len(text))]) if start else runs

    return map_lines(blocks, change)


def dead_pointers(blocks: Blocks) -> list[str]:
    """Sentences that send the reader to a link («код тут», "read it here") in a line that has none."""
    found: list[str] = []
    for block in blocks:
        for runs in block_runs(block):
            for line, _ in cut_text(runs, 0):
                if any(run.url or run.kind == "mention" for run in line):
                    continue
                for one, _ in cut_text(line, 1):
                    text = runs_text(one)
                    if _POINTER.fullmatch(text) or _BRACKETED.search(text) or _ARROWED.match(text):
                        found.append(text)
    return found


def on_pictures(blocks: tuple[Block, ...]) -> list[str]:
    """Sentences that speak of a picture, not of a linked one: «пример на скрине»."""
    lines = [line for block in blocks for runs in block_runs(block) for line, _ in cut_text(runs, 0)]
    sentences = [one for line in lines for one, _ in cut_text(line, 1)]
    # «пример на [скрине](…)» leads to it, an address elsewhere in the sentence does not
    return [runs_text(one) for one in sentences if _ON_PICTURE.search(_without_links(one))]


def _without_links(runs: Runs) -> str:
    return "".join(run.text for run in runs if run.url is None)


def elsewhere(blocks: tuple[Block, ...]) -> list[str]:
    """Sentences that send the reader to what stands beside the post in Telegram alone: «в комментариях накинул
    примеров», "pinned post"."""
    lines = [line for block in blocks for runs in block_runs(block) for line, _ in cut_text(runs, 0)]
    sentences = [runs_text(one) for line in lines for one, _ in cut_text(line, 1)]
    return [sentence for sentence in sentences if _ELSEWHERE.search(sentence)]


def _living(runs: Runs, dead: list[str]) -> Runs:
    lines: list[Runs] = []
    start = 0
    text = runs_text(runs)
    for line in text.split("\n"):
        piece = slice_runs(runs, start, start + len(line))
        start += len(line) + 1
        if is_dead_label(line) and all(run.url is None and run.kind in ("text", "emoji") for run in piece):
            dead.append(line.strip())
        else:
            lines.append(piece)
    if not dead or len(lines) == text.count("\n") + 1:
        return runs
    joined: list[Run] = []
    for place, line_runs in enumerate(lines):
        joined += ([Run("\n")] if place else []) + list(line_runs)
    return merge_runs(joined)
