"""What a translation turns round is seen; what it only says otherwise is not."""

from __future__ import annotations

import pytest

from konspekt.conversion.meaning.comparing import doubts

RIGHT = [
    ("Меня на собеседовании однажды пытались переубедить", "At an interview they once tried to change my mind"),
    ("Меня однажды спросили про это на собеседовании", "I was once asked about it at an interview"),
    ("Мне кажется, это лучший метод года", "I think it is the best method of the year"),
    ("У нас получилось запустить её на ноутбуке", "We managed to run it on a laptop"),
    ("Можно запустить дома на одной 3060", "You can run it at home on a single 3060"),
    ("Скоро выложим код", "We will publish the code soon"),
    ("Подписывайтесь на канал", "Subscribe to the channel"),
    ("Модель занимает 24 ГБ и в 3 раза быстрее, чем SDXL", "The model takes 24 GB and is 3 times faster than SDXL"),
    ("Без дообучения метод не работает", "The method does not work without fine-tuning"),
    ("Никто не знает, почему это работает", "Nobody knows why it works"),
    ("Это не только быстрее, но и дешевле", "It is both faster and cheaper"),
    ("Что делать, если памяти не хватает?", "What if you run out of memory?"),
    ("Качество почти не падает", "Quality hardly drops"),
    ("Нельзя обучать на тесте", "You must not train on the test set"),
    ("Память снижается на 40 %", "Memory goes down by 40%"),
    ("Вот только самая большая версия весит 80 ГБ", "But the largest version weighs 80 GB"),
    ("После обучения веса сжимают", "The weights are compressed after training"),
    ("Авторы сделали модель легче", "The authors made the model lighter"),
]
WRONG = [
    ("person", "Меня однажды пытались переубедить", "I tried to convince you once"),
    ("person", "Я обучил модель за ночь", "You trained the model overnight"),
    ("person", "Мы сравнили три метода", "I compared three methods"),
    ("person", "Авторы сравнили три метода: точнее второй", "We compared three methods: the second is more precise"),
    ("person", "Со мной спорили весь вечер", "I argued with you all evening"),
    ("negation", "Модель не требует обучения", "The model requires training"),
    ("negation", "Метод не работает без дообучения", "The method works without fine-tuning"),
    ("negation", "Код уже открыт", "The code is not open yet"),
    ("negation", "Обучали без разметки", "Trained with labels"),
    ("modality", "Нужно скачать веса", "You can download the weights"),
    ("modality", "Можно взять готовые веса", "You must take ready weights"),
    ("direction", "Качество падает на 5 %", "Quality grows by 5%"),
    ("direction", "Новая версия медленнее", "The new version is faster"),
    ("direction", "Расход памяти вырос вдвое", "Memory use fell by half"),
    ("order", "Шум добавляют перед сжатием", "Noise is added after compression"),
    ("unit", "Весит 24 ГБ", "Takes 24 hours"),
    ("unit", "Быстрее в 3 раза", "Faster by 3%"),
    ("compared", "LCM быстрее, чем SDXL", "SDXL is faster than LCM"),
    ("incomplete", "Авторы взяли готовую модель, дообучили её за день и выложили веса", "The authors took a model"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "answer"), RIGHT)
def test_a_faithful_translation_raises_no_doubt(given: str, answer: str) -> None:
    assert doubts(given, answer, "ru", "en") == ()
    assert doubts(answer, given, "en", "ru") == ()


@pytest.mark.parametrize(("kind", "given", "answer"), WRONG)
def test_what_is_turned_round_is_told_by_its_kind(kind: str, given: str, answer: str) -> None:
    assert kind in {doubt.kind for doubt in doubts(given, answer, "ru", "en")}


@pytest.mark.parametrize(("kind", "given", "answer"), [row for row in WRONG if row[0] != "incomplete"])
def test_it_is_seen_in_the_other_direction_too(kind: str, given: str, answer: str) -> None:
    assert doubts(answer, given, "en", "ru")


def test_one_wrong_sentence_among_right_ones_is_found() -> None:
    given = "Модель не требует обучения. Она не работает без промпта."
    assert not doubts(given, "The model needs no training. It does not work without a prompt.", "ru", "en")
    assert doubts(given, "The model requires training. It does not work without a prompt.", "ru", "en")


def test_other_languages_are_not_judged() -> None:
    assert doubts("Modèle rapide", "Быстрая модель не работает", "fr", "ru") == ()
