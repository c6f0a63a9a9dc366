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
    ("Карта не греется", "The card stays cool"),
    ("Он редко ошибается", "It does not often make mistakes"),
    ("Автор обещал выложить код", "He promised to publish the code, the author"),
    ("Вчера Карпатый выпустил лекцию", "Yesterday he released a lecture, Karpathy"),
    ("Померила розеткой с ваттметром", "I measured it with a wattmeter"),
    ("Человек прислал письмо и извинился", "The man sent a letter, and he apologized"),
    ("Я написала об этом в прошлом посте", "I wrote about it in my last post"),
    ("Мы подаём сети чистый шум", "We feed the network pure noise, and it learns"),
    ("Они обещали, что я пойму с первого раза", "They promised that I would understand it the first time"),
    ("Ни один из детекторов не отличил текст", "None of the detectors told the text apart"),
    ("Никто из нас не заметил ошибку", "Not one of us noticed the mistake"),
    ("Эпоха длится полтора часа", "An epoch takes an hour and a half"),
    ("Качество той же модели выше", "The same model has a higher quality"),
    ("Сдавать ссылкой через форму", "Submit it as a link through the form"),
    ("Точно знаю, что следующая версия читает таблицы", "I definitely know that the next version reads tables"),
    ("Без прогрева модель разваливается", "The model diverges unless it is warmed up"),
    ("Множитель не обязан быть степенью двойки", "The scale need not be a power of two"),
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
    ("person", "Померила розеткой с ваттметром", "She measured it with a wattmeter"),
    ("person", "Вчера обновил драйвер и всё сломал", "Yesterday he updated the driver and broke everything"),
    ("person", "Я написала, что множитель общий", "They wrote that the factor is shared"),
    ("person", "При генерации мы подаём ей чистый шум", "At generation time it feeds us pure noise"),
    ("person", "Команд больше, чем мы рассчитывали", "There are more teams than you expected"),
    ("person", "Потом мы сравнили три метода", "Then they compared three methods"),
    ("negation", "Ни один из детекторов не отличил текст", "One of the detectors failed to tell the text apart"),
    ("unit", "Эпоха длится полтора часа", "An epoch takes half an hour"),
    ("compared", "На 50 картинках хуже, чем у той же модели", "On 50 images it is worse than another model"),
    ("incomplete", "2 байта на веса, 4 на копию и 8 на моменты", "2 bytes for weights and 8 for the moments"),
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


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ("Сдавать ссылкой через форму", "You may submit it through the form"),
        ("Версия читает таблицы", "The version will definitely read tables"),
        ("Множитель не обязан быть степенью двойки", "The scale must not be a power of two"),
    ],
)
def test_an_order_is_no_permission_and_a_plain_word_no_promise(given: str, answer: str) -> None:
    found = doubts(given, answer, "ru", "en")
    assert [doubt.kind for doubt in found] == ["modality"]


def test_what_grows_and_then_falls_keeps_its_order() -> None:
    given = "С ростом числа примеров качество сначала растёт, а потом падает"
    right = "As the number of examples grows, quality first grows and then falls"
    wrong = "As the number of examples grows, quality first falls and then grows"
    assert doubts(given, right, "ru", "en") == ()
    assert [doubt.kind for doubt in doubts(given, wrong, "ru", "en")] == ["direction"]


def test_other_languages_are_not_judged() -> None:
    assert doubts("Modèle rapide", "Быстрая модель не работает", "fr", "ru") == ()
