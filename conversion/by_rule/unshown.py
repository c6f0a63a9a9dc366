"""What makes sense only beside a post in Telegram: its channel, and what is handed over without a word about it."""

from __future__ import annotations

import re

from konspekt.conversion.by_rule.cutting import cut_text
from konspekt.conversion.document import (
    Blocks,
    Code,
    ListBlock,
    Post,
    all_media,
    all_runs,
    block_runs,
    post_text,
    runs_text,
)

# A channel is also a row of a tensor and a place on YouTube: only one that has readers, or is the author's, is meant.
_CHANNEL = re.compile(
    r"\b(?:чат\w*|подписчик\w*|читател\w*|половин\w*|админ\w*|рубрик\w*) (?:нашего |моего |этого )?канала\b"
    r"|\b(?:зачем|о чём|про что) этот канал\b|\bэтот канал (?:о|об|про)\b"
    r"|\bв этом канале (?:я|мы|пишу|пишем|будет|будут|буду|рассказыва\w+|публику\w+)\b"
    r"|\b(?:мо|наш)(?:ем|ём|й|его|)\sканал\w*(?! (?:на|в) (?:ютуб|youtube|vk|вк))"
    r"|\b(?:chat|readers|subscribers|half|comments|members|admins?) of (?:the|this|my|our) channel\b"
    r"|\b(?:the|this|my|our) channel[’']s (?:voice )?(?:chat|readers|subscribers|comments)\b"
    r"|\bthis channel is (?:about|for)\b|\bwhat this channel is\b"
    r"|\b(?:in|to|on) (?:my|our) channel\b(?! on (?:youtube|vk))",
    re.IGNORECASE,
)
_HANDS_OVER = re.compile(
    r"\b(?:делюсь|делимся|поделиться|поделюсь|ловите|держите(?! (?:себя|кулак|в ))|забирайте|зацените|гляньте"
    r"|полюбуйтесь|любуйтесь|без комментариев|прикладываю|прилагаю|(?:[’']m|are|just) sharing"
    r"|share (?:it|this|them) with|check (?:it|this|them|that) out|here (?:it is|they are|you go)|see attached"
    r"|attached (?:is|are|below)|no comment)\b"
    r"|\b(?:вот (?:он|она|оно|они)|enjoy|(?:take|have) a look)\W*$",
    re.IGNORECASE,
)
_SHORT = 250  # characters of a post that may be no more than the words beside a picture


def of_the_channel(blocks: Blocks) -> list[str]:
    """Sentences that speak of the channel as where the reader is («чат канала», "subscribers of this channel"). One
    with a link or a name says which channel."""
    found: list[str] = []
    for block in blocks:
        for runs in block_runs(block):
            for line, _ in cut_text(runs, 0):
                sentences = [one for one, _ in cut_text(line, 1)]
                alone = [one for one in sentences if not any(run.url or run.kind == "mention" for run in one)]
                found += [runs_text(one) for one in alone if _CHANNEL.search(runs_text(one))]
    return found


def handed_over(post: Post) -> list[str]:
    """The last sentence of a short post that hands something over («делюсь», "check it out") which is not there:
    neither a link nor a name, neither code nor a list, neither a picture nor a file."""
    blocks = post.blocks
    if len(post_text(blocks)) > _SHORT or any(isinstance(block, Code | ListBlock) for block in blocks):
        return []
    there = any(run.url or run.kind == "mention" or "code" in run.marks for run in all_runs(blocks))
    if there or all_media(post):
        return []
    said = [runs_text(one) for block in blocks for text in block_runs(block) for one, _ in cut_text(text, 1)]
    words = [sentence for sentence in said if re.search(r"[^\W\d_]{2}", re.sub(r"#\w+", " ", sentence))]
    handed = bool(words) and not words[-1].rstrip().endswith("?") and _HANDS_OVER.search(words[-1])
    return words[-1:] if handed else []
