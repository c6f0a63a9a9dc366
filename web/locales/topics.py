"""The topic map."""

from __future__ import annotations

EN = {
    "topics_title": "What the channel is about",
    "topics_lead": "Every post is a point: time runs from left to right, posts of like meaning are near each other.",
    "topics_none": "There is nothing to draw yet.",
}

RU = {
    "topics_title": "О чём канал",
    "topics_lead": "Каждый пост — точка: слева направо идёт время, близкие по смыслу посты стоят рядом.",
    "topics_none": "Рисовать пока нечего.",
}
