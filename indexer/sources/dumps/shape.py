"""What a line looks like: a title, an item of a list, a row of link labels, a last line."""

from __future__ import annotations

import re

TITLE_CHARS = 140  # the longest titles of papers

_ITEM = re.compile(
    r"[-–—•·▪▫◦‣➤➜→►▶✓✔✅☑*❱>+]|\d{1,3}[.)]\s|\d\ufe0f?\u20e3|[a-zа-я]\)\s|\d{1,2}:\d{2}(?::\d{2})?\s", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.;,:…)]$|[.!?…]\s+[A-ZА-ЯЁ]")
_STARTS_LOW = re.compile(r"[а-яё]")  # Latin ones may be names: o4-mini, nGPT
TITLE_COMMAS = 1
_CODE = re.compile(r"^(?:import|from|def|class|return|pip|print)\b|[=;{}]|\w\(.*\)$|^\s*#!")
_URL = re.compile(r"https?://\S+|(?:www\.)?[\w-]+\.(?:com|org|ru|io|ai|net|me|dev|co|edu|gov)(?:/\S*)?")
# What channels write on a link to a paper, its code and what comes with it, in both languages.
_LABELS = """
    link links ссылка ссылки paper papers статья статьи папир пейпер код code github гитхаб git repo repository
    репозиторий репо arxiv архив pdf project page проект страница сайт site website blog blogpost блог блогпост post
    пост demo демо video видео youtube ютуб слайды slides model models модель модели веса weights checkpoint
    checkpoints чекпоинты dataset datasets датасет датасеты данные data huggingface hugging face hf хф хаггингфейс
    colab колаб space spaces tweet твит twitter твиттер x reddit habr хабр notebook ноутбук лидерборд leaderboard
    docs документация tutorial туториал supplementary appendix openreview тут здесь тык читать смотреть подробнее
    read more watch original оригинал источник source и and на in on с
"""
_LABEL_WORDS = frozenset(_LABELS.split())
_WORDS = re.compile(r"[^\W_]+")
_TAGS = re.compile(r"(?:#\w+[\s,]*)+")
_NAME = re.compile(r"@[A-Za-z]\w{3,31}")


def is_item(line: str) -> bool:
    """An item of a list, a chapter mark of a video, a quote."""
    return bool(_ITEM.match(line))


def is_title(line: str) -> bool:
    """A short line that is no sentence, no list item, no code and no link: a title, or a heading inside a post."""
    return (
        2 < len(line) <= TITLE_CHARS
        and not _SENTENCE_END.search(line)
        and line.count(",") <= TITLE_COMMAS
        and not _STARTS_LOW.match(line)
        and not is_item(line)
        and not _CODE.search(line)
        and not is_labels(line)
        and not is_last(line)
    )


def is_labels(line: str) -> bool:
    """Nothing but link labels: `[Статья] [Код]`, `👀LINK`, `Paper | GitHub: https://…`."""
    bare = _URL.sub(" ", line)
    words = _WORDS.findall(bare.casefold())
    return (bool(words) or bare != line) and all(word in _LABEL_WORDS for word in words)


def is_last(line: str) -> bool:
    """What a post ends with and hardly ever goes on after: hashtags, the channel's name."""
    return bool(_TAGS.fullmatch(line) or _NAME.fullmatch(line))
