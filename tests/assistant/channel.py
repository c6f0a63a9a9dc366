"""A small channel with a course, whose every answer a test can count by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from konspekt.answering.finding import Scope
from konspekt.answering.planning import Planned
from konspekt.assistant.overview.overview import Overview
from konspekt.indexer.documents import Document
from konspekt.storage.database import Database
from tests.indexer.house import House

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
EVERYWHERE = Scope(8, None, None, None)


def post(number: int, date: str, title: str, text: str, **changes: Any) -> Document:
    document = Document(
        id=f"channel/{number}",
        source_id="channel",
        kind="post",
        title=title,
        text=f"{title}\n\n{text}",
        url=f"https://t.me/channel/{number}",
        published_at=datetime.fromisoformat(date).replace(tzinfo=UTC),
        author="Вера",
    )
    return replace(document, **changes)


def lecture(number: int, title: str, text: str) -> Document:
    return Document(
        id=f"course/{number:02}-lecture.md",
        source_id="course",
        kind="course",
        title=title,
        text=f"# {title}\n\n{text}",
        url=f"https://course.example/{number}",
        published_at=datetime(2026, 9, number, tzinfo=UTC),
        author="Вера",
    )


WEIGHED = "Кэш хранит ключи всех прошлых токенов. Для квантования ключей берут множитель на канал. #квантизация"
COMPARED = (
    "AWQ умножает важные каналы на множитель. В отличие от GPTQ, AWQ не переобучается под калибровку. #квантизация"
)
CONTENTS = "Я Вера, учу модели. Темы: #квантизация #видео #обучение #курс #дайджест"
CHANNEL: tuple[Document, ...] = (
    post(1, "2025-01-10", "Зачем этот канал", CONTENTS),
    post(2, "2025-03-05", "Квантизация с нуля", "Число заменяют целым и множителем. Округлять надо. #квантизация"),
    post(3, "2025-03-20", "GPTQ: округляй и извиняйся", "GPTQ идёт по столбцам и правит ошибку. #квантизация"),
    post(4, "2025-04-02", "AWQ: берегите один процент", COMPARED),
    post(5, "2025-06-11", "Видеодиффузия", "Кадры сжимают трёхмерным автоэнкодером, внимание съедает всё время."),
    post(6, "2026-03-03", "Сколько весит кэш", WEIGHED),
    post(7, "2026-03-09", "Сколько весит кэш", WEIGHED, forwarded_from="Канал"),
    post(8, "2026-11-25", "Токенизатор ломает рифмы", "Токенизатор режет слова на куски, и рифмы пропадают."),
    post(9, "2026-11-28", "Каждый токен на счету", "Один токен стоит памяти, сотня токенов стоит денег."),
    post(10, "2026-11-29", "Скидка", "Реклама. ООО «Видео». Скидка на видеокарты.", extra={"advert": True}),
    lecture(1, "Лекция 1. Шум", "Шум добавляют шаг за шагом. Потом его убирают."),
    lecture(2, "Лекция 2. Квантизация", "Квантизация округляет веса. Квантизация экономит память."),
)


def indexed(database: Database, folder: Path, documents: Sequence[Document] = CHANNEL) -> House:
    house = House(database, folder)
    sources = sorted({document.source_id for document in documents})
    for source in sources:
        house.give(*(one for one in documents if one.source_id == source), path=f"/{source}", source=source)
    house.reindexer().run([f"/{source}" for source in sources])
    return house


def overview(house: House, **options: Any) -> Overview:
    return Overview(house.database, house.searcher(), now=lambda: NOW, **options)


def numbers(planned: Planned | None) -> list[str]:
    """The ends of the ids of everything that was found, in order."""
    assert planned is not None, "the question was not taken for one about the whole channel"
    return [passage.document_id.rsplit("/", 1)[1] for passage in planned.passages]
