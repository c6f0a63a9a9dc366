"""A question is put into the words that the material uses, and never out of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from konspekt.answering.question.of_the_author import of_its_topic
from konspekt.answering.question.other_words import in_family, in_full, in_its_words, of_the_course
from konspekt.indexer.lexical import terms

TEXT = (
    "Срок сдачи. Сертификат. Если болеете, пишите. Презентация. Языковая модель. Лектор. Регистрация. Mistral. "
    "Команда. Опоздание. Учитель и ученик"
)


class Held:
    def __init__(self, text: str) -> None:
        self._terms = set(terms(text))

    def passages(self) -> int:
        return 50 if self._terms else 0

    def containing(self, terms: Iterable[str]) -> Mapping[str, int]:
        return {term: 3 for term in terms if term in self._terms}


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("где нужен диплом?", "где нужен сертификат?"),
        ("что делать, если я заболел?", "что делать, если я болеть?"),
        ("куда слайды", "куда презентация"),
        ("кто преподаватель?", "кто лектор?"),
        ("кто такой препод", "кто такой лектор"),
        ("где зарегистрироваться?", "где регистрация?"),
        ("можно ли ChatGPT на семинаре?", "можно ли языковая модель на семинаре?"),
        ("is Claude allowed?", "is языковая модель allowed?"),
        ("можно вдвоём?", "можно команда?"),
        ("можно сдать работу позже?", "можно сдать работу позже: опоздание?"),
        ("пришлю отчёт после дедлайна", "пришлю отчёт после дедлайна"),
        ("can I submit it late", "can I submit it late: опоздание?"),
        ("what is the late penalty", "what is the late penalty: опоздание?"),
        ("can I do the project alone", "can I do the project alone: команда?"),
        ("сдать с опозданием", "сдать с опозданием"),
        ("я слёг, что делать", "я болеть, что делать"),
    ],
)
def test_a_word_that_is_nowhere_gives_way_to_one_of_its_kind(question: str, meant: str) -> None:
    assert in_its_words(question, Held(TEXT)) == meant


@pytest.mark.parametrize(
    "question",
    [
        "когда срок сдачи?",
        "сколько параметров у ChatGPT?",
        "можно ли запустить Mistral?",
        "кто такой Гарри Поттер",
        "что такое дистилляция",
        "",
    ],
)
def test_what_is_held_or_of_no_kin_stays(question: str) -> None:
    assert in_its_words(question, Held(TEXT)) == question


@pytest.mark.parametrize(
    ("question", "text", "meant"),
    [
        ("множитель у sd 1.5?", "У SD 1.x и 2.x он 0.18215", "множитель у sd 1.x?"),
        ("factor of SD-2.1", "У SD 1.x и 2.x он 0.18215", "factor of SD 2.x"),
        ("множитель у sd 1.5?", "У SD 1.x одно, у SD 1.5 другое", "множитель у sd 1.5?"),
        ("множитель у sd 3.5?", "У SD 1.x и 2.x он 0.18215", "множитель у sd 3.5?"),
        ("guidance 3.5", "У SD 3.x он другой", "guidance 3.5"),
    ],
)
def test_a_version_is_told_of_with_its_family(question: str, text: str, meant: str) -> None:
    assert in_family(question, [text]) == meant


def test_an_index_with_the_reader_s_word_keeps_it() -> None:
    assert in_its_words("куда слайды", Held(TEXT + " слайды")) == "куда слайды"
    assert in_its_words("куда слайды", Held("")) == "куда слайды"


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("сколько всего лекций?", "сколько всего лекций на курсе?"),
        ("во сколько начинаются занятия", "во сколько начинаются занятия на курсе"),
        ("сколько минут идёт лекция", "сколько минут идёт лекция на курсе"),
        ("когда пары?", "когда пары на курсе?"),
        ("how many lectures?", "how many lectures in the course?"),
        ("когда третья лекция?", None),
        ("где лекция про квантизацию", None),
        ("сколько лекций на курсе", None),
    ],
)
def test_lectures_of_no_topic_are_those_of_the_course(question: str, meant: str | None) -> None:
    assert of_the_course(question, Held("курс course")) == (meant or question)
    assert of_the_course(question, Held(TEXT)) == question


def test_whether_one_meets_today_is_when_one_meets_at_all() -> None:
    for asked in ("лекция будет завтра?", "сегодня есть семинар", "пара сегодня?"):
        assert of_the_course(asked, Held("курс course")) == "когда занятия на курсе?"
        assert of_the_course(asked, Held(TEXT)) == asked
    assert "завтра" in of_the_course("завтра лекция про attention?", Held("курс course"))


def test_a_schedule_of_lectures_is_when_one_meets() -> None:
    held = Held("курс course занятие")
    for asked in (
        "расписание лекций",
        "какое расписание занятий на курсе?",
        "скинь расписание семинаров",
        "расписание пар",
    ):
        assert of_the_course(asked, held) == "когда занятия на курсе?", asked
        assert of_the_course(asked, Held(TEXT)) == asked
    assert of_the_course("lecture schedule", held) == "when are the lectures of the course?"
    for asked in ("косинусное расписание шума", "лекция про расписание шума", "learning rate schedule"):
        assert "когда" not in of_the_course(asked, held), asked


def test_when_lectures_are_is_when_one_meets() -> None:
    held = Held("курс занятие")
    assert of_the_course("во сколько начинаются лекции?", held) == "во сколько начинаются занятия на курсе?"
    assert of_the_course("сколько всего лекций", held) == "сколько всего лекций на курсе"


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("что автор пишет про лору", "что пишут про лору"),
        ("А что она думает о лоре?", "что пишут о лоре"),
        ("как автор канала относится к cfg", "что пишут про cfg"),
        ("какое у автора мнение о QLoRA?", "что пишут о QLoRA"),
        ("что там про дистилляцию было", "что пишут про дистилляцию"),
        ("what does the author think about LoRA?", "what do posts say about LoRA"),
        ("что автор думает о себе", "что автор думает о себе"),
        ("сколько лет автору", "сколько лет автору"),
    ],
)
def test_what_the_author_thinks_of_a_thing_is_asked_of_the_thing(question: str, topic: str) -> None:
    assert of_its_topic(question) == topic


def test_what_the_bot_is_told_to_do_is_not_put_otherwise() -> None:
    assert in_its_words("скинь ссылку", Held("Присылать до среды.")) == "скинь ссылку"
    assert in_its_words("скинуть отчёт", Held("Присылать до среды.")) == "присылать отчёт"


def test_a_best_one_is_asked_for_in_full() -> None:
    assert in_full("лучший сэмплер") == "какой лучший сэмплер"
    assert in_full("Лучшая модель для кода?") == "какая лучшая модель для кода?"
    assert in_full("best sampler") == "what is the best sampler"
    assert in_full("какой сэмплер лучший") == "какой сэмплер лучший"


SLANG = (
    "Модератор дал три бана. Выпустили релиз. Prompt injection ломает бота. Влезает в любую видеокарту. Предсказание."
)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("кого забанили?", "кого бан?"),
        ("когда зарелизили?", "когда релиз?"),
        ("что про инъекции", "что про inject"),
        ("чем хорош v prediction", "чем хорош v предсказание"),
        ("влезет ли в мою 4070?", "влезет ли в мою видеокарта?"),
        ("влезет ли на RTX 3090 Ti?", "влезет ли на видеокарта?"),
        ("how does prediction work", "how does prediction work"),  # English is read in both languages anyway
        ("почему 2060 картинок", "почему 2060 картинок"),
    ],
)
def test_jargon_is_asked_in_the_words_that_are_held(question: str, meant: str) -> None:
    assert in_its_words(question, Held(SLANG)) == meant


def test_a_card_that_is_spoken_of_stays_itself() -> None:
    assert in_its_words("пойдёт на 4070?", Held(f"{SLANG} На 4070 идёт.")) == "пойдёт на 4070?"


@pytest.mark.parametrize(
    "question",
    [
        "what is the author's take on LoRA?",
        "author's opinion on LoRA",
        "what are your thoughts on LoRA",
        "what's her view of LoRA?",
        "what is the opinion of the author on LoRA?",
        "how does the author feel about LoRA?",
    ],
)
def test_a_view_is_asked_for_in_english(question: str) -> None:
    assert of_its_topic(question) == "what do posts say about LoRA"


@pytest.mark.parametrize("question", ["what is the paper's take on LoRA?", "what are your thoughts on me?"])
def test_somebody_else_is_asked_of(question: str) -> None:
    assert of_its_topic(question) == question


@pytest.mark.parametrize(
    "question",
    [
        "можно нейронку на домашке?",
        "с copilot код писать ок или снизят?",
        "llm решает домашку за меня, накажут?",
        "is it fine to use ChatGPT for my assignment?",
    ],
)
def test_whether_a_machine_may_do_ones_homework_is_asked_as_rules_have_it(question: str) -> None:
    assert in_its_words(question, Held(TEXT)) in {
        "можно ли пользоваться языковыми моделями?",
        "are language models allowed?",
    }
    assert in_its_words(question, Held("Рецепты")) not in {
        "можно ли пользоваться языковыми моделями?",
        "are language models allowed?",
    }


@pytest.mark.parametrize("question", ["какую нейросеть сжать в домашке?", "можно ли LLM на 7B в домашке"])
def test_which_model_a_homework_is_about_is_another_question(question: str) -> None:
    assert "пользоваться" not in in_its_words(question, Held(TEXT))
