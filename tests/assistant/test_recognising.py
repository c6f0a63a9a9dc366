"""Which questions are about the whole channel, and which only look so."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.assistant.overview.question.recognising import LONGEST, recognise

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
QUESTIONS = Path(__file__).parents[2] / "benchmarks" / "questions"


@pytest.mark.parametrize(
    ("question", "kind", "topics"),
    [
        ("все посты про квантизацию", "list", ["квантизацию"]),
        ("Покажи посты про видео, пожалуйста", "list", ["видео"]),
        ("посты про GAN", "list", ["GAN"]),
        ("какие есть посты о памяти?", "list", ["памяти"]),
        ("в каких постах упоминается FID", "list", ["FID"]),
        ("всё, что писали про VAE", "list", ["VAE"]),
        ("есть ли тут посты про сэмплеры?", "list", ["сэмплеры"]),
        ("посты про GPTQ и AWQ", "list", ["GPTQ", "AWQ"]),
        ("show me all posts about attention", "list", ["attention"]),
        ("which posts mention KIVI?", "list", ["KIVI"]),
        ("сколько было про видео", "count", ["видео"]),
        ("сколько постов в марте", "count", []),
        ("сколько всего постов?", "count", []),
        ("Сколько раз в канале упоминали CFG?", "count", ["CFG"]),
        ("как часто упоминается FID", "count", ["FID"]),
        ("how many posts did you publish about LoRA", None, []),
        ("how many posts about LoRA were published last year?", "count", ["LoRA"]),
        ("как менялось мнение о GAN", "timeline", ["GAN"]),
        ("хронология LTX-Video", "timeline", ["LTX-Video"]),
        ("how did the author's view on LoRA rank change?", "timeline", ["LoRA rank"]),
        ("что нового за месяц", "news", []),
        ("что нового с марта?", "news", []),
        ("что было в канале прошлой весной", "news", []),
        ("what did I miss last week?", "news", []),
        ("что нового про LoRA за год", "news", ["LoRA"]),
        ("когда впервые упомянули SageAttention?", "first", ["SageAttention"]),
        ("последний пост про guidance", "last", ["guidance"]),
        ("какой пост был раньше: про LoRA или про ControlNet", "order", ["LoRA", "ControlNet"]),
        ("сравни DDPM и DDIM по скорости", "compare", ["DDPM", "DDIM"]),
        ("compare GPTQ with AWQ", "compare", ["GPTQ", "AWQ"]),
        ("с чего начать?", "guide", []),
        ("с чего лучше начать изучать диффузию", "guide", ["диффузию"]),
        ("what should I read first about diffusion?", "guide", ["diffusion"]),
        ("сколько постов по месяцам", "months", []),
        ("самое популярное", "popular", []),
        ("кто автор?", "author", []),
        ("кто ведёт лекции", "author", []),
        ("кто преподаёт на курсе?", "author", []),
        ("как связаться с автором?", "contact", []),
        ("how can I contact the author?", "contact", []),
        ("куда писать с вопросами", "contact", []),
        ("как с ней связаться?", "contact", []),
        ("куда писать логи", None, []),
        ("куда писать, если есть вопрос", "contact", []),
        ("кто препод", "author", []),
        ("как зовут лектора", "author", []),
        ("где лежит конспект про attention", "titled", ["конспект про attention"]),
        ("дай ссылку на запись третьей лекции", "links", ["запись третьей лекции"]),
        ("where can I find the lecture recordings", "titled", ["lecture recordings"]),
        ("лекция 4 о чём", "titled", ["лекция 4"]),
        ("где будет лекция", None, []),
        ("дай ссылки на посты про flow matching", "list", ["flow matching"]),
        ("ссылки на все посты о LoRA", "list", ["LoRA"]),
        ("links to posts about GPTQ", "list", ["GPTQ"]),
        ("какие лекции есть", "course", []),
        ("есть че про распознавание речи", "list", ["распознавание речи"]),
        ("чё там у гугла нового", "list", ["гугла"]),
        ("где почитать про flow matching", "list", ["flow matching"]),
        ("have you written anything about LoRA?", "list", ["LoRA"]),
        ("есть чтонибудь для новичков про диффузию", "guide", ["диффузию"]),
        ("что там с дедлайном", None, []),
        ("есть что-нибудь об этом?", None, []),
        ("что за фигня у меня с обучением", None, []),
        ("скинь ссылку на sageattention", "links", ["sageattention"]),
        ("дай линк на EDM плиз", "links", ["EDM"]),
        ("do you have a link to the course?", "links", ["the course"]),
        ("SageAttention ссылка есть?", "links", ["SageAttention"]),
        ("а ссылка?", "links", []),
        ("ссылку дай", "links", []),
        ("где посмотреть запись третьей лекции", "place", ["запись третьей лекции"]),
        ("в каком посте было про flash attention", "which", ["flash attention"]),
        ("когда был пост про DreamBooth?", "which", ["DreamBooth"]),
        ("в какой лекции про сэмплеры", "which", ["сэмплеры"]),
        ("есть ли чат у канала?", "chat", []),
        ("когда канал появился", "began", []),
        ("какой был самый первый пост", "began", []),
        ("сколько опросов было", "polls", []),
        ("что автор исправила про vae", "corrections", ["vae"]),
    ],
)
def test_what_a_question_asks_for(question: str, kind: str | None, topics: list[str]) -> None:
    plan = recognise(question, NOW)
    assert (plan.kind if plan else None) == kind
    assert [topic.words for topic in (plan.topics if plan else ())] == topics


@pytest.mark.parametrize(
    "question",
    [
        "сколько шагов нужно LCM?",
        "что нового в DiT-архитектуре?",
        "Что нового в SageAttention3?",
        "сколько постов нужно, чтобы обучить модель",
        "сколько записей хранит KV-кэш",
        "сколько лекций в курсе",
        "сколько сообщений помещается в контекст",
        "с чего начать обучение LoRA",
        "кто учит модель рисовать",
        "как написать промпт",
        "почему ссылка не открывается",
        "у меня битая ссылка",
        "как отправить ссылку на репозиторий",
        "сдавать ссылкой?",
        "как менялась функция потерь",
        "история диффузионных моделей",
        "кто автор DDPM",
        "who wrote DDPM?",
        "какие лекции читает Карпатый",
        "какие есть методы квантизации",
        "перечисли методы квантизации",
        "самый популярный сэмплер",
        "что появилось раньше, DDPM или DDIM",
        "чем отличается GPTQ от AWQ",
        "что лучше, GPTQ или AWQ",
        "Можно ли сравнивать FID и CLIP score?",
        "сравни мой код и твой",
        "расскажи всё про LoRA",
        "что такое LoRA?",
        "что было весной 2022 года в диффузии",
        "когда начало курса",
        "что было на лекции 4",
        "покажи формулу DDPM",
        "найди ошибку в коде",
        "what happened in 2012 with AlexNet",
        "последний слой в DiT",
        "первый шаг в DDIM",
        "какой сейчас крайний срок первой домашки",
        "о чём пост https://t.me/channel/5",
        "привет",
        "",
    ],
)
def test_an_ordinary_question_is_left_to_search(question: str) -> None:
    assert recognise(question, NOW) is None


@pytest.mark.parametrize("name", ["sample_strangers_tune", "seeds_strangers_tune"])
def test_no_strangers_question_is_taken_for_one_about_the_channel(name: str) -> None:
    lines = (QUESTIONS / f"{name}.jsonl").read_text("utf-8").splitlines()
    asked = [json.loads(line)["question"] for line in lines]
    assert len(asked) > 100
    assert [question for question in asked if recognise(question, NOW)] == []


@given(st.text(alphabet="сколькпствряидю пробыленчт GPT,?0125", max_size=LONGEST + 20) | st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    plan = recognise(text, NOW)
    assert plan is None or all(topic.words for topic in plan.topics)
