"""The three real dumps, where they are: found whole, each once. Only a few words of each title stand here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from konspekt.indexer.documents import Document
from konspekt.indexer.sources.dumps.repeats import key
from konspekt.indexer.sources.recognise import recognise

SEEDS = Path(__file__).resolve().parents[4] / "shared" / "seeds"

TITLES = {
    "awesome_dl": (
        "Мой друг Саид", "Как LLaMA 3.1 работает", "Новый взгляд на диффузии", "Диффузионные модели для видео",
        "Для дальнейшего углубления", "Подборка каналов", "«Вы открываете изображения", "⚡️SageAttention",
        "🛠 Опыт is a key", "o4-mini-high is AGI?", "Автоматизация контента", "Создал агента для ответов",
        "Хочу рассказать про канал", "Пост знакомство", "Пока я путешествую", "Привет! Меня зовут",
    ),
    "rizzearch": (
        "nGPT: Normalized", "ADOPT: Modified Adam", "Hydra: Bidirectional", "A Review on Metal",
        "Scaling Laws for", "QuIP#: Even Better",
    ),
    "ai_newz": (
        "Distill-Whisper", "Там Карпатый", "⚡️Как ускорить диффузию ч1", "А вот и подоспел",
        "⚡️Как ускорить диффузию ч2", "Chatbot Arena", "📚Tutorial on", "Интро в Трансформеры",
        "Что такое Mixture of Experts", "Еще раз обо мне",
    ),
}  # fmt: skip

FURNITURE = re.compile(
    r"view in telegram|please open telegram|forwarded from|\d subscribers|download telegram|pinned «|\S\d+👍\d",
    re.IGNORECASE,
)

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the real dumps are not here")


def posts_of(name: str) -> list[Document]:
    (source,) = recognise(SEEDS / f"{name}.txt")
    found = list(source.documents())
    assert all(isinstance(item, Document) for item in found), found
    return [item for item in found if isinstance(item, Document) and not item.extra.get("about")]


@pytest.mark.parametrize("name", TITLES)
def test_every_post_once_with_its_title(name: str) -> None:
    titles = [post.title for post in posts_of(name)]
    assert [title[: len(want)] for title, want in zip(titles, TITLES[name], strict=False)] == list(TITLES[name])
    assert len(titles) == len(TITLES[name])


@pytest.mark.parametrize("name", TITLES)
def test_no_paragraph_stands_twice_and_no_furniture_is_left(name: str) -> None:
    for post in posts_of(name):
        paragraphs = [key(line) for line in post.text.splitlines() if len(line) > 30]
        assert len(paragraphs) == len(set(paragraphs)), post.title
        assert not FURNITURE.search(post.text), post.title


@pytest.mark.parametrize("name", TITLES)
def test_every_line_of_text_is_kept_in_order(name: str) -> None:
    text = " ".join((SEEDS / f"{name}.txt").read_text("utf-8").split())
    place = 0
    for post in posts_of(name):
        for line in post.text.splitlines():
            found = text.find(" ".join(line.split()), place)
            if found < 0:  # a line that only the second copy has stands further down in the file
                assert " ".join(line.split()) in text
            else:
                place = found if len(line) > 40 else place
