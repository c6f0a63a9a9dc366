"""What is not in the material is not answered by what is near: private life, other versions, kinds of things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from konspekt.answering.answer import Turn
from konspekt.answering.answerer import Answerer
from konspekt.answering.question.follow_up import corrects_itself, focus_of, leans_openly
from konspekt.answering.question.limits import (
    asks_for_private,
    asks_of_the_picture,
    is_of_somebody,
    rules_out,
    tells_private,
    topic_sought,
    unknown_versions,
)
from konspekt.answering.question.ranking import is_named
from konspekt.answering.question.talk import without_small_talk
from konspekt.answering.question.two_parts import compared
from konspekt.answering.words.prices import asks_for_price, tells_price, tells_price_of, with_other_words
from konspekt.indexer.searching.links import asks_about_a_link
from tests.answering.passages import GUIDANCE, SAMPLERS, Shelf, passage


class Index:
    """Terms that are indexed."""

    def __init__(self, *held: str) -> None:
        self._held = held

    def passages(self) -> int:
        return 10

    def containing(self, terms: Iterable[str]) -> Mapping[str, int]:
        return {term: 3 for term in terms if term in self._held}


@pytest.mark.parametrize(
    "question",
    ["сколько лет Вере?", "где она живёт?", "дай её номер телефона", "она замужем?", "какая зарплата у автора?",
     "How old is the author?", "сколько она зарабатывает"],
)  # fmt: skip
def test_private_life_is_told_from_the_topic(question: str) -> None:
    assert asks_for_private(question)


@pytest.mark.parametrize(
    "question",
    [
        "сколько шагов у DDIM?",
        "какой номер лекции?",
        "что живёт в канале?",
        "сколько лет назад вышла статья?",
        "Сколько лет автор канала учит модели?",
    ],
)
def test_other_questions_are_not_private(question: str) -> None:
    assert not asks_for_private(question)


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("сколько параметров у GPT-5?", ["GPT-5"]),
        ("чем Llama 4 лучше?", ["Llama 4"]),
        ("что нового в GPT-4?", []),
        ("что умеет GPT 1.x?", []),
        ("GPTQ 3 бита", []),
        ("какой ранг LoRA 16 или 32", []),
    ],
)
def test_another_version_is_another_thing(question: str, unknown: list[str]) -> None:
    assert unknown_versions(question, Index("gpt", "gpt4", "llama", "llama3", "gptq", "lora")) == unknown


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("спасибо, а когда дедлайн?", "а когда дедлайн?"),
        ("привет! что такое LoRA?", "что такое LoRA?"),
        ("privet, zachem nuzhna kvantizaciya?", "zachem nuzhna kvantizaciya?"),
        ("слуш а какой ранг ставить", "какой ранг ставить"),
        ("подскажите пожалуйста, какой ранг ставить", "какой ранг ставить"),
        ("LoRA, DoRA или полное?", "LoRA, DoRA или полное?"),
        ("спасибо!", "спасибо!"),
        ("не понимаю всё равно. можно прийти спросить?", "можно прийти спросить?"),
        ("обучаю лору. почему растёт потеря?", "обучаю лору. почему растёт потеря?"),
    ],
)
def test_a_question_is_searched_without_its_courtesies(text: str, rest: str) -> None:
    assert without_small_talk(text) == rest


@pytest.mark.parametrize(
    ("text", "focus"),
    [
        ("а на png?", "на png?"),
        ("а для персонажа?", "для персонажа?"),
        ("нет, я имел в виду на один токен", "на один токен"),
        ("ой, я про модель без GQA", "модель без GQA"),
        ("а сертификат дадут?", ""),
        ("какие метрики для видео", ""),
    ],
)
def test_what_is_new_in_a_follow_up(text: str, focus: str) -> None:
    assert focus_of(text) == focus
    assert corrects_itself(text) is text.startswith(("нет", "ой"))


def test_only_words_that_lean_lean() -> None:
    assert leans_openly("а инференс?")
    assert leans_openly("почему их не используют?")
    assert not leans_openly("какие метрики для видео")


def test_a_comparison_is_of_two_things() -> None:
    assert compared("Сравни AWQ и EXL2") == ("AWQ", "EXL2")
    assert compared("Compare AWQ and EXL2") == ("AWQ", "EXL2")
    assert compared("чем лора отличается от DreamBooth?") == ("лора", "DreamBooth")
    assert compared("how is AWQ different from EXL2") == ("AWQ", "EXL2")
    assert compared("какой ранг ставить") is None


def test_another_name_is_another_thing() -> None:
    found = [passage(1, "DDPM за минуту", "DDPM учит шум."), passage(2, "AWQ: один процент", "Без гессиана.")]
    assert is_named("AWQ", found)
    assert is_named("ddpm", found)
    assert not is_named("DPO", found)
    assert not is_named("DDP", found)


@pytest.mark.parametrize("question", ["какая лицензия у сэмплера Euler?", "What is the licence of the Euler sampler?"])
async def test_no_licence_is_told_where_no_passage_speaks_of_one(question: str) -> None:
    assert (await Answerer(Shelf(SAMPLERS, GUIDANCE), None).answer(question)).refused


async def test_a_licence_that_is_told_is_found() -> None:
    found = passage(1, "Euler", "Лицензия сэмплера Euler — MIT.")
    assert "MIT" in (await Answerer(Shelf(found), None).answer("какая лицензия у сэмплера Euler?")).text


async def test_the_follow_ups_own_word_chooses_the_sentence() -> None:
    found = passage(1, "DALI", "DALI быстрее на JPEG в 15 раз. DALI быстрее на PNG втрое. Кот спит.")
    history = (Turn("user", "на сколько DALI быстрее на jpeg?"), Turn("assistant", "В 15 раз [1]."))
    assert "втрое" in (await Answerer(Shelf(found), None).answer("а на png?", history)).text


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        ("где она живёт?", "Здесь живут короткие конспекты.", False),
        ("где живёт автор?", "Я живу в Цюрихе.", True),
        ("где она живёт?", "Вера живёт в Москве.", True),
        ("где она живёт?", "Хороша для того, что живёт с одной стороны от нуля.", False),
        ("where does he live", "He moved to Zurich", True),
        ("дай её номер телефона", "Правило телефона: половина памяти.", False),
        ("влезет ли модель в телефон?", "Правило телефона: половина памяти.", True),
    ],
)
def test_a_home_is_told_of_a_person(question: str, text: str, told: bool) -> None:
    assert tells_private(question, text) == told


def test_private_is_what_is_asked_of_somebody() -> None:
    assert is_of_somebody("где живёт Вера?")
    assert is_of_somebody("дай номера участников чата")
    assert not is_of_somebody("link to the recording?")


def test_a_picture_is_named_where_none_is_attached() -> None:
    assert asks_of_the_picture("что на скрине?", attached=False)
    assert not asks_of_the_picture("что это?", attached=False)
    assert not asks_of_the_picture("что такое график?", attached=False)


@pytest.mark.parametrize(
    "caption",
    [
        "что это за график?",
        "что на картинке?",
        "what is this?",
        "опиши фото",
        "объясни этот рисунок",
        "what's in this picture",
    ],
)
def test_a_caption_that_asks_of_the_picture(caption: str) -> None:
    assert asks_of_the_picture(caption)


@pytest.mark.parametrize(
    "caption", ["почему у меня чёрная картинка в SDXL?", "что такое LoRA?", "это LoRA с рангом 128?"]
)
def test_a_caption_that_asks_of_the_topic(caption: str) -> None:
    assert not asks_of_the_picture(caption)


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        ("сколько стоит курс?", "Осенний семестр, бесплатно, онлайн.", True),
        ("what does it cost?", "The course is free.", True),
        ("какая цена?", "Курс стоит 10 000 рублей.", True),
        ("почём подписка", "$5 в месяц", True),
        ("скок стоит", "Занятия по средам в 19:30.", False),
    ],
)
def test_a_price_is_known_in_other_words(question: str, text: str, told: bool) -> None:
    assert asks_for_price(question)
    assert tells_price(text) is told
    assert "Бесплатно" in with_other_words(question)
    assert with_other_words("что такое LoRA?") == "что такое LoRA?"


@pytest.mark.parametrize(
    ("question", "title", "text", "told"),
    [
        ("сколько стоит курс", "Курс по диффузии: запись открыта", "Осенний семестр, бесплатно, онлайн.", True),
        ("курс платный? сколько он стоит", "Вопросы о курсе", "Весь курс бесплатный.", True),
        ("how much does the course cost?", "Курс по диффузии", "Осенний семестр, бесплатно, онлайн.", True),
        ("курс платный?", "Курс по диффузии", "Осенний семестр, бесплатно, онлайн.", True),
        ("и курс точно бесплатный?", "Курс по диффузии", "Осенний семестр, бесплатно, онлайн.", True),
        ("сколько курс стоит баллов?", "Курс по диффузии", "Осенний семестр, бесплатно, онлайн.", False),
        ("а подписка бесплатная", "Boosty", "Подписка на Boosty — 300 ₽ в месяц.", True),
        ("платный ли курс", "Вопросы о курсе", "Хватит ли бесплатной T4 в Colab? Хватит.", False),
        ("is the course free?", "Курс по диффузии", "Осенний семестр, бесплатно, онлайн.", True),
        ("хватит ли бесплатной T4?", "Курс по диффузии", "Осенний семестр, бесплатно, онлайн.", False),
        ("какая цена подписки?", "Boosty", "Подписка на Boosty — 300 ₽ в месяц.", True),
        ("сколько стоит курс", "Вопросы о курсе", "Задания рассчитаны на бесплатную T4 в Colab.", False),
        ("сколько стоит сертификат", "Курс по диффузии", "Осенний семестр, бесплатно, онлайн.", False),
        ("сколько стоит обучить SDXL с нуля?", "SDXL дома", "Бесплатно ничего не бывает.", False),
        ("когда курс?", "Курс по диффузии", "Осенний семестр, бесплатно.", False),
    ],
)
def test_a_price_is_told_of_the_very_thing(question: str, title: str, text: str, told: bool) -> None:
    assert tells_price_of(question, title, text) is told


@pytest.mark.parametrize(
    ("question", "about_it"),
    [
        ("https://habr.com/ru/articles/1/ что думаешь", True),
        ("о чём этот пост https://t.me/elsewhere/100", True),
        ("https://example.com/a что скажешь?", True),
        ("what do you think of https://example.com/a", True),
        ("глянь https://t.me/elsewhere/1", True),
        ("https://example.com/a", True),
        ("https://example.com/a какой там FID?", False),
        ("чем LoRA из https://example.com/a лучше?", False),
        ("что думаешь о LoRA", False),
    ],
)
def test_a_link_and_what_is_thought_of_it_asks_only_about_the_link(question: str, about_it: bool) -> None:
    assert asks_about_a_link(question) is about_it


def test_whether_there_is_anything_on_a_topic_is_no_question_of_one_of_its_words() -> None:
    """«голосов» of voters are no «клонирование голоса», and who asks so does not chat."""
    asked = {
        "есть ли что-нибудь про клонирование голоса": "клонирование голоса",
        "есть че про распознавание речи": "распознавание речи",
        "чё там у гугла нового": "гугла нового",
        "is there anything about voice cloning?": "voice cloning",
        "есть ли у вас вопросы": None,
        "есть че поесть": None,
        "чё там у тебя": None,
        "топ нейронок": "нейронок",
        "как дела": None,
        "сколько есть лекций про шум": None,
    }
    assert {question: topic_sought(question) for question in asked} == asked
    votes = [passage(1, "Арена: модели", "Модели ещё нет из-за недостатка голосов.")]
    cloned = [passage(2, "Голос за минуту", "Клонировать голос можно по трём секундам записи.")]
    assert rules_out("есть ли что-нибудь про клонирование голоса", votes, Index("голос"))
    assert not rules_out("есть ли что-нибудь про клонирование голоса", cloned, Index("голос", "клонировать"))


def test_how_to_install_is_told_where_installing_is_spoken_of() -> None:
    spoken = [passage(1, "Ядра", "Ставится так: pip install sageattention.")]
    assert not rules_out("как установить sageattention", spoken, Index())
    assert rules_out("как установить diffusers", [passage(1, "Ночь", "Лечение: diffusers, trailing.")], Index())
    assert rules_out("how do I install it", [passage(1, "Night", "Use trailing.")], Index())


def test_how_to_run_a_thing_is_told_where_running_it_is_spoken_of() -> None:
    about = [passage(1, "Как Mamba работает с изображениями", "Картинка превращается в токены.")]
    other = [passage(2, "Видео: с чего начать", "Из коробки запустить Hunyuan можно и на ноутбуке.")]
    for question in (
        "как запустить Mamba на маке",
        "где запустить mamba",
        "как лучше поднять Mamba",
        "how to run mamba",
    ):
        assert rules_out(question, [*about, *other], Index()), question
    assert not rules_out("как запустить hunyuan", other, Index())
    assert not rules_out("how do I run Mamba", [passage(3, "Mamba", "It runs on one card.")], Index())
    assert not rules_out("как запустить обучение", about, Index())
