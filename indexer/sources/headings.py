"""Headings of sections: «Метод», "Experiments". They say where one is in a text and nothing about its subject."""

from __future__ import annotations

import re

SHORT_CHARS = 5  # letters and digits; «Ура!» or «LoRA» alone does not tell what a post says

_SECTIONS = """
    абстракт аннотация анализ архитектура база бенчмарки благодарности введение вступление вывод выводы данные датасет
    датасеты детали дискуссия дополнительно заключение задача зачем идея инференс инфра интро итог итоги источники как
    код контекст литература материалы метод методика методология методы метрики мотивация на практике недостатки обзор
    обсуждение обучение ограничения оценка плюсы минусы плюсы и минусы полезные ссылки постановка задачи пояснение
    практика предыстория преимущества применение пример примеры проблема проблемы продолжение послесловие процесс
    результат результаты решение скорость ссылка ссылки статья суть сравнение теория тесты трейн тренировка
    тезисы установка устройство эксперимент эксперименты часть шаги
    abstract ablation ablations acknowledgements analysis appendix approach architecture background benchmarks code
    conclusion conclusions data dataset datasets details discussion evaluation example examples experiment experiments
    future work idea implementation inference installation intro introduction key ideas limitations links literature
    main idea method methodology methods metrics motivation notes overview problem problem statement pros and cons
    quick start related work references result results setup solution summary takeaways theory tldr training usage
    what why how
"""
_PHRASES = frozenset({
    "на практике", "плюсы и минусы", "полезные ссылки", "постановка задачи", "future work", "key ideas", "main idea",
    "problem statement", "pros and cons", "quick start", "related work", "как это работает", "что дальше", "что внутри",
    "что нового", "что это", "зачем это нужно", "вместо вывода", "вместо заключения", "how it works", "what is it",
    "what's new", "why it matters", "основная идея", "главная идея", "ключевые идеи", "как пользоваться",
    "детали реализации", "детали обучения", "результаты экспериментов", "experimental results", "training details",
})  # fmt: skip
_WORDS = frozenset(_SECTIONS.split()) - {"и", "на", "and"}
_NUMBER = re.compile(r"^(?:[\d.)]+\s+|[ivx]+[.)]\s+|часть\s+\d+\W*|part\s+\d+\W*)", re.IGNORECASE)
_NOT_WORD = re.compile(r"[^\w']+")


def is_section_heading(line: str) -> bool:
    """Whether a line is the heading of a section, with its number, emoji or colon."""
    bare = " ".join(_NOT_WORD.sub(" ", _NUMBER.sub("", line.strip().casefold().lstrip("*#_ "))).split())
    bare = _NUMBER.sub("", bare)
    return bare in _WORDS or bare in _PHRASES


def is_too_short(line: str) -> bool:
    """Whether a line has so few letters and digits that it cannot be a title."""
    return sum(character.isalnum() for character in line) <= SHORT_CHARS
