"""What a question is: about the material or about the bot, whole or leaning on the talk, and in which language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from konspekt.answering.answer import Turn
from konspekt.answering.question.belonging import belonging
from konspekt.answering.question.follow_up import (
    asked_of_another,
    brings_nothing,
    is_follow_up,
    names_nothing,
    rewrite_by_rule,
    standalone_question,
)
from konspekt.answering.question.in_a_row import asks_another
from konspekt.answering.question.intents import Intent, intent_of
from konspekt.answering.question.language import question_language
from konspekt.answering.question.ranking import (
    defined_name,
    defining_first,
    newest_first,
    summed_up_name,
    titled_by,
    wants_newest,
)
from konspekt.answering.words.shown import Shown, cited_first, shown_last
from konspekt.answering.words.vocabulary import NoFrequencies
from konspekt.llm_client import ChatModel
from tests.answering.passages import GUIDANCE, SAMPLERS, passage
from tests.fakes.openai_server import FakeOpenAIServer, Reply

TALK = (Turn("user", "Почему в SageAttention PV считают в FP16?"), Turn("assistant", "Так точнее [1]."))


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("привет", "greeting"),
        ("Здравствуйте!", "greeting"),
        ("hello", "greeting"),
        ("спасибо большое!", "thanks"),
        ("что ты умеешь?", "help"),
        ("Кто ты?", "help"),
        ("what can you do?", "help"),
        ("о чём канал?", "about"),
        ("О чем этот канал", "about"),
        ("what is this channel about?", "about"),
        ("последний пост", "latest"),
        ("какие последние посты?", "latest"),
        ("что нового?", "latest"),
        ("latest posts", "latest"),
        ("🤷", "wordless"),
        ("???", "wordless"),
        ("👍🏻 …", "wordless"),
    ],
)
def test_questions_about_the_bot_itself(question: str, intent: Intent) -> None:
    assert intent_of(question) == intent


@pytest.mark.parametrize(
    "question",
    [
        "Привет, что такое LoRA?",
        "последняя версия Flux",
        "последние посты про квантование",
        "что нового в SageAttention2?",
        "О чём статья про nGPT?",
        "спасибо, а как обучать LoRA?",
        "как работает LoRA?",
    ],
)
def test_a_question_about_the_material_is_never_taken_for_small_talk(question: str) -> None:
    assert intent_of(question) is None


@pytest.mark.parametrize(
    "question",
    [
        "а во второй версии?",
        "а как он работает?",
        "и почему?",
        "Подробнее",
        "what about the second one?",
    ],
)
def test_a_follow_up_gets_the_topic_of_the_question_before(question: str) -> None:
    assert is_follow_up(question, TALK)
    assert rewrite_by_rule(question, TALK) == f"Почему в SageAttention PV считают в FP16? {question}"
    assert not is_follow_up(question, ())


@pytest.mark.parametrize(
    ("talk", "asked", "whole"),
    [
        (("дедлайн первой домашки?",), "куда сдавать", "куда сдавать (первой домашки)?"),
        (("дедлайн первой домашки?",), "а если опоздаю на день?", "а если опоздаю на день (первой домашки)?"),
        (("дедлайн первой домашки?",), "что сдавать во второй?", "что сдавать во второй домашки?"),
        (("дедлайн первой домашки?",), "бонусы есть?", "бонусы есть (первой домашки)?"),
        (("сколько стоит курс",), "где записаться?", "где записаться (курс)?"),
        (("сколько стоит курс", "где записаться?"), "до какого числа", "до какого числа (записаться курс)?"),
        (("где записи лекций?",), "а конспекты где", "а конспекты где (записи лекций)?"),
        (("Почему SD не рисует ночь?",), "и как это лечить?", "Почему SD не рисует ночь? и как это лечить?"),
        (("какой ранг у лоры для стиля",), "а для персонажа?", "какой ранг у лоры для персонажа?"),
        (("дедлайн первой домашки?", "куда сдавать"), "что сделать во второй?", "что сделать во второй домашки?"),
        (("какой сэмплер для flux?",), "а в sdxl?", "какой сэмплер в sdxl?"),
        (("какой сэмплер для flux?", "а в sdxl?"), "сколько шагов?", "сколько шагов (сэмплер sdxl)?"),
        (("какой множитель у SD 1.5?",), "а у 2.1?", "какой множитель у SD 2.1?"),
        (("сколько весит кэш у qwen",), "ой, я про модель без GQA", "сколько весит кэш у модель без GQA?"),
        (("сколько весит кэш у qwen",), "нет, я имел в виду на токен", "сколько весит кэш у qwen на токен"),
        (("what FID does it get on ImageNet?",), "and on COCO?", "what FID does it get on COCO?"),
        (("где хранится модель?",), "а у других?", "где хранится модель? а у других?"),
        (("which sampler for FLUX?", "what guidance value"), "and for SDXL?", "which sampler for SDXL?"),
        (("чем MoE отличается от обычной модели",), "а минусы есть?", "а минусы есть (MoE обычной модели)?"),
        (("когда сдавать дз 1",), "а если просрочу?", "а если просрочу (дз 1)?"),
        (("когда сдавать дз 1", "а второе?"), "а если опоздание", "а если опоздание (дз 2)?"),
        (("какой сэмплер ставить", "а для flux?"), "а шагов сколько", "а шагов сколько (сэмплер flux)?"),
        (("кто такой Борис", "сколько ему лет?"), "а Глеб?", "кто такой Глеб"),
        (("how do I merge a LoRA",), "any downsides?", "how do I merge a LoRA. any downsides?"),
        (("how do I merge a LoRA", "any downsides?"), "and papers?", "how do I merge a LoRA. and papers?"),
    ],
)
def test_what_asks_something_of_its_own_takes_the_topic_alone(talk: tuple[str, ...], asked: str, whole: str) -> None:
    history = [Turn("user", one) for one in talk]
    assert is_follow_up(asked, history)
    assert rewrite_by_rule(asked, history) == whole


def test_a_link_says_what_is_asked_about() -> None:
    assert not is_follow_up("а тут https://t.me/channel/2", TALK)
    assert not is_follow_up("и https://t.me/channel/2 ?", TALK)


@pytest.mark.parametrize(
    "question",
    [
        "А что такое LoRA?",
        "Кто автор nGPT?",
        "Какая скорость у Flux?",
        "Спасибо! А что такое дистилляция?",
        "кто придумал DiT и где он живёт?",
        "What is EMA and why does it help?",
    ],
)
def test_a_whole_question_stays_as_it_is(question: str) -> None:
    assert not is_follow_up(question, TALK)


def test_a_follow_up_of_a_follow_up_reaches_back_to_the_whole_question() -> None:
    talk = (*TALK, Turn("user", "а во второй версии?"), Turn("assistant", "Тоже [1]."))
    assert rewrite_by_rule("и почему?", talk).startswith("Почему в SageAttention PV считают в FP16?")


@pytest.mark.parametrize(
    ("before", "asked", "whole"),
    [
        ("что такое SageAttention2", "а сколько это стоит?", "сколько это стоит (SageAttention2)?"),
        ("что такое SageAttention2", "и почему?", "почему (SageAttention2)?"),
        ("расскажи про GPTQ", "а у неё?", "у неё (GPTQ)?"),
        ("расскажи про GPTQ", "сколько памяти ест", "сколько памяти ест (GPTQ)?"),
        ("что такое LoRA?", "а AWQ?", "что такое AWQ?"),
        ("What is LoRA?", "what about DoRA?", "What is DoRA?"),
        ("что такое LoRA?", "а код?", "код (LoRA)?"),
        ("объясни CFG", "чем отличается от обычного", "чем отличается от обычного (CFG)?"),
        ("расскажи про sage attention", "а вторая версия чем лучше?", "чем лучше (sageattention2)?"),
        ("что такое SageAttention2", "а третья версия?", "SageAttention3"),
        ("sageattention это что", "а вторая версия чем отличается", "чем отличается (sageattention2)?"),
        ("SageAttention2", "насколько быстрее", "насколько быстрее (SageAttention2)?"),
    ],
)
def test_what_follows_a_definition_asks_about_its_name(before: str, asked: str, whole: str) -> None:
    talk = (Turn("user", before), Turn("assistant", "Вот [1]."))
    assert is_follow_up(asked, talk)
    assert rewrite_by_rule(asked, talk) == whole


@pytest.mark.parametrize(
    "question",
    ["сколько стоит курс", "где дают карты", "как устроен сэмплер", "кто ведёт курс"],
)
def test_a_verb_with_its_subject_needs_no_talk(question: str) -> None:
    assert not is_follow_up(question, TALK)


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("Почему во второй версии SageAttention PV считают в FP16?", True),
        ("Вопрос: «Почему PV считают в FP16 во второй версии SageAttention?»", True),
        ("Потому что FP8 теряет точность.", False),  # an answer
        ("Во второй версии SageAttention PV считают в FP16.", False),  # an answer in the question's words
        ("Как приготовить борщ во второй версии кухни Марии Ивановны?", False),  # another topic
        ("Why does the second version of SageAttention use FP16?", False),  # another language
        ("", False),
    ],
)
async def test_the_models_rewriting_is_taken_only_when_it_is_faithful(written: str, taken: bool) -> None:
    with FakeOpenAIServer() as server:
        server.script(Reply(written or " "))
        model = ChatModel(server.base_url, "k", max_retries=0)
        rewritten = await standalone_question("а во второй версии?", TALK, model, "ru")
        await model.close()
    by_rule = rewrite_by_rule("а во второй версии?", TALK)
    assert (rewritten != by_rule) == taken
    assert "Вопрос:" not in rewritten


async def test_a_failing_model_leaves_the_rule() -> None:
    with FakeOpenAIServer() as server:
        server.script(Reply(status=500))
        model = ChatModel(server.base_url, "k", max_retries=0)
        assert await standalone_question("и почему?", TALK, model, "ru") == rewrite_by_rule("и почему?", TALK)
        await model.close()


@pytest.mark.parametrize(
    ("question", "reader", "language"),
    [
        ("Что такое LoRA?", "en", "ru"),
        ("What is LoRA?", "ru", "en"),
        ("LoRA?", "en", "en"),
        ("LoRA?", "ru", "ru"),
        ("SageAttention INT8", None, "ru"),
        ("can I submit it late: опоздание?", None, "en"),
        ("LoRA как обучить fine tuning of SDXL models", None, "ru"),
    ],
)
def test_the_language_of_the_answer(question: str, reader: str | None, language: str) -> None:
    assert question_language(question, (), reader) == language  # type: ignore[arg-type]


def test_a_bare_name_takes_the_language_of_the_talk() -> None:
    assert question_language("SageAttention2?", (Turn("user", "How fast is Flux?"),), "ru") == "en"


def test_newer_passages_gain_places_only_when_the_newest_is_asked_for() -> None:
    old_first = [passage(n, "t", "x") for n in (1, 2, 3)]  # dated by rank: the third is the newest
    assert wants_newest("какая последняя версия Flux?")
    assert not wants_newest("как устроен Flux?")
    assert [p.rank for p in newest_first(old_first)] == [3, 2, 1]
    far = [passage(1, "t", "x", published_at=None), passage(2, "t", "x", published_at=None)]
    assert newest_first(far) == far


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("что такое LoRA?", "LoRA"),
        ("А что такое «flow matching»?", "flow matching"),
        ("What is a KV cache?", "KV cache"),
        ("what does CFG mean?", "CFG"),
        ("расскажи про AWQ", "AWQ"),
        ("расскажи, что такое AWQ", "AWQ"),
        ("LoRA — это что такое?", "LoRA"),
        ("сэмплер это что за штука", "сэмплер"),
        ("что это такое flow matching простыми словами", "flow matching"),
        ("скажи, что за зверь VAE?", "VAE"),
        ("what is meant by CFG?", "CFG"),
        ("whats DDIM", "DDIM"),
        ("а что это (FlashAttention)?", "FlashAttention"),
        ("what is it (LoRA)?", "LoRA"),
        ("чё такое GPTQ", "GPTQ"),
        ("кто такой Карпатый?", "Карпатый"),
        ("как работает GPTQ?", "GPTQ"),
        ("How does GPTQ work?", "GPTQ"),
        ("что в канале rizzearch писали про nGPT?", "nGPT"),
        ("что пишет awesome_dl про диффузию", "диффузию"),
        ("что известно о Kling?", "Kling"),
        ("how does DDIM differ from DDPM?", None),
        ("объясни, зачем нужна LoRA", "LoRA"),
        ("what is a router used for?", "router"),
        ("почему шум гауссов?", None),
        ("что такое LoRA и зачем она нужна", "LoRA"),
        ("что такое LoRA и сколько она весит, если ранг 16, а матрица большая?", None),
        ("сколько шагов нужно Euler?", None),
        ("что такое RAG в LLM?", "RAG в LLM"),
        ("what is the best team in homework 2", None),
        ("what does a router do?", "router"),
        ("what do adapters actually do", "adapters"),
        ("what does the text encoder do in SDXL", "text encoder"),
        ("what does Vera do?", "Vera"),
        ("what is an adapter good for?", "adapter"),
        ("what does it do?", None),
        ("what do you think?", None),
        ("what does the paper say", None),
        ("what is the latest sampler", None),
    ],
)
def test_a_question_for_a_definition_is_known(question: str, name: str | None) -> None:
    assert defined_name(question) == name


def test_of_a_part_of_a_name_the_whole_name_is_no_definition() -> None:
    for question in (
        "что означает буква M в Q4_K_M?",
        "что значит M в 2M",
        "суффикс S в Q3_K_S это что",
        "what is K in Q4_K_M?",
    ):
        assert defined_name(question) is None, question


@pytest.mark.parametrize(
    ("name", "title", "text"),
    [
        ("квантизацию", "Квантизация: с чего начать", "Об этом спрашивают."),
        ("lora", "LoRA", "Две матрицы."),
        ("сэмплеры", "Заметки", "Начнём. Сэмплер — то, чем шагают по пути."),
        ("ddim", "Заметки", "DDIM (Song и др., 2020) — тот же путь за двадцать шагов."),
        ("flow matching", "Flow matching — прямые пути", "Учим скорость."),
    ],
)
def test_a_post_introduces_a_name_in_any_case_of_its_words(name: str, title: str, text: str) -> None:
    other = passage(1, "Ускорение", f"Здесь нужна {name}, и только.")
    introduced = passage(2, title, text)
    assert defining_first(name, [other, introduced])[0] is introduced


def test_the_post_that_introduces_a_thing_comes_before_those_that_use_it() -> None:
    using = passage(1, "Куда пропадает LoRA", "Вмешала LoRA, и стиль исчез.")
    titled = passage(2, "LoRA: две тонкие матрицы", "Вместо W учим добавку.")
    said = passage(3, "Словарь", "RTN — округление. LoRA — добавка малого ранга.")
    assert [p.rank for p in defining_first("LoRA", [using, titled, said])] == [2, 3, 1]
    assert [p.rank for p in defining_first("AWQ", [using, titled, said])] == [1, 2, 3]


def said(text: str, *cited: str) -> Turn:
    return Turn("assistant", text, cited)


@pytest.mark.parametrize(
    ("history", "documents"),
    [
        ((), ()),
        ((said("Двадцать [1].", "c/1"),), ("c/1",)),
        ((said("Двадцать [1].", "c/1"), said("В канале этого нет.")), ("c/1",)),  # a refusal shows nothing
        ((said("Раз.", "c/1", "c/2"), said("Два.", "c/3", "c/1")), ("c/3", "c/1", "c/2")),
        ((said("Раз.", "c/1"), said("Два.", "c/2"), said("Три.", "c/3")), ("c/3", "c/2")),
        ((said("Двадцать [1]."), Turn("user", "спасибо")), ()),
    ],
)
def test_what_was_cited_last_is_before_the_readers_eyes(history: tuple[Turn, ...], documents: tuple[str, ...]) -> None:
    assert shown_last(history).documents == documents


TOLD = "• За 10 эпох DALI справился за 4 секунды, а Pytorch за 55 [1]. Код лежит по ссылке [1]."


@pytest.mark.parametrize(
    ("asked", "sentence", "again"),
    [
        ("а на png?", "За 10 эпох DALI справился за 4 секунды, а Pytorch за 55.", 1.0),
        ("а на png?", "• За 10 эпох DALI справился\nза 4 секунды, а Pytorch за 55.", 1.0),
        ("а на png?", "PNG: 16 секунд против 55.", 0.0),  # not told yet
        ("а pytorch?", "За 10 эпох DALI справился за 4 секунды, а Pytorch за 55.", 0.0),  # it holds what is asked now
        ("почему?", "Код лежит по ссылке.", 1.0),
        ("почему?", "…", 0.0),
    ],
)
def test_a_sentence_that_was_told_is_no_news(asked: str, sentence: str, again: float) -> None:
    shown = replace(shown_last([said(TOLD, "c/1")]), asked=asked)
    assert shown.again(sentence) == pytest.approx(again)


def test_where_no_citations_are_known_a_post_is_known_by_its_sentences() -> None:
    shown = shown_last([said("Для SDXL я беру сэмплер DPM++ 2M Karras и 25 шагов [1].")])
    assert shown.holds(SAMPLERS)
    assert not shown.holds(GUIDANCE)
    assert not Shown().holds(SAMPLERS)


def test_what_was_cited_is_read_before_what_is_found_and_behind_its_correction() -> None:
    found = [passage(number, f"Пост {number}", f"Текст {number}.") for number in (1, 2, 3, 4)]
    corrected = passage(7, "Старое", "Было.", corrected_by="channel/8")
    cited = [found[3], corrected, passage(8, "Поправка", "Стало.")]
    shown = Shown(("channel/7", "channel/4"), "Было.", "а теперь?")
    ordered = cited_first(shown, cited, found)
    assert [one.document_id.split("/")[1] for one in ordered] == ["8", "7", "1", "4", "2", "3"]
    assert {one.score for one in ordered[:2]} == {1.0}  # as good as the best that was found


@pytest.mark.parametrize(
    ("before", "question", "whole"),
    [
        ("когда сдавать первую домашку?", "а вторую когда", "когда сдавать вторую домашку?"),
        ("что надо сделать в первой домашке?", "а во второй?", "что надо сделать в второй домашке?"),
        ("о чём третья лекция?", "а пятая?", "о чём пятая лекция?"),
        ("сколько баллов за вторую домашку?", "а сколько за первую?", "сколько баллов за первую домашку?"),
        ("какой срок у первой домашки?", "а у второй?", "какой срок у второй домашки?"),
        ("when is the second homework due", "and the first one?", "when is the first homework due"),
        ("what is the third lecture about?", "and the last?", "what is the last lecture about?"),
        # the first one is told by its number, or the other one is
        ("когда сдавать дз 1", "а второе?", "когда сдавать дз 2"),
        ("когда сдавать дз 1", "а дз 3?", "когда сдавать дз 3"),
        ("срок дз1?", "а по третьей", "срок дз3?"),
        ("when is homework two due?", "and the third?", "when is homework two due? and the third?"),
        ("о чём лекция 3", "а восьмая о чём?", "о чём лекция 8"),
        ("when is homework 1 due?", "and the second?", "when is homework 2 due?"),
        ("какой порог у первой домашки?", "а дз 2?", "какой порог у 2-й домашки?"),
        ("нужен ли guidance 3", "а второй?", "нужен ли guidance 3. а второй?"),
        # something else is asked of the second, or of another thing
        ("дедлайн первой домашки?", "что надо сделать во второй?", "что надо сделать во второй домашки?"),
        ("о чём третья лекция?", "а в первой версии SageAttention?", "в первой версии SageAttention (третья лекция)?"),
        ("о чём курс?", "а во второй?", "во второй (курс)?"),
    ],
)
def test_another_one_of_a_row_is_asked_the_same(before: str, question: str, whole: str) -> None:
    assert rewrite_by_rule(question, [Turn("user", before), Turn("assistant", "…")]) == whole


@pytest.mark.parametrize(
    ("before", "question", "whole"),
    [
        ("ссылка на edm", "а на awq", "ссылка на awq?"),
        ("какой fid у edm", "а у ddpm?", "какой fid у ddpm?"),
        ("что такое LoRA?", "а AWQ?", "что такое AWQ?"),
        ("что такое quip#", "а aqlm", "что такое aqlm"),
        ("ссылка на edm", "а код?", ""),
        ("ссылка на edm", "почему именно edm", ""),
        ("какой сэмплер лучше", "а у ddpm?", ""),
    ],
)
def test_what_is_asked_of_another_name_is_a_whole_question(before: str, question: str, whole: str) -> None:
    assert asked_of_another(question, [Turn("user", before), Turn("assistant", "…")]) == whole


@pytest.mark.parametrize(
    ("asked", "question", "whole"),
    [
        (("что такое reflow?", "ясно. а когда консультации?"), "а где?", "консультации"),
        (("сколько стоит курс?", "а когда защита проекта?"), "почему?", "защита проекта"),
        (("what is reflow?", "and when does the course start?"), "why?", "course start"),
        (("чем хорош DDIM?", "а когда начинается курс?"), "и сколько он идёт?", "курс"),
        (("какой ранг у LoRA?", "а для стиля?"), "почему?", "LoRA"),  # the last one is a piece of the first
        (("какой ранг у LoRA?", "а сколько она весит?"), "почему?", "LoRA"),  # and this one points at it
    ],
)
def test_a_pointing_question_is_of_the_last_one_that_says_of_what(
    asked: tuple[str, ...], question: str, whole: str
) -> None:
    found = rewrite_by_rule(question, [Turn("user", text) for text in asked])
    assert whole in found
    if whole != "LoRA":
        assert not any(name in found for name in ("reflow", "стоит", "DDIM"))


@pytest.mark.parametrize(
    ("question", "standalone", "another"),
    [
        ("а вторую когда", "когда сдавать вторую домашку?", True),
        ("а в третьей?", "о чём третьей лекция?", True),
        ("что надо сделать во второй?", "что надо сделать во второй домашки?", True),
        ("куда сдавать во второй?", "куда сдавать во второй (домашки)?", False),
        ("а на png?", "на сколько быстрее на jpeg? а на png?", False),
        ("почему?", "когда сдавать вторую домашку? почему?", False),
    ],
)
def test_another_one_of_a_row_is_not_what_was_shown(question: str, standalone: str, another: bool) -> None:
    assert asks_another(question, standalone) is another


@pytest.mark.parametrize(
    ("question", "nothing"),
    [
        ("на каких данных учили?", True),
        ("на чём проверяли?", True),
        ("what data was it trained on?", True),
        ("на каких данных учили Whisper?", False),
        ("сколько стоит обучить большую языковую модель с нуля?", False),
        ("чем DALI быстрее?", False),
    ],
)
def test_a_question_of_few_words_without_a_name_hardly_says_of_what(question: str, nothing: bool) -> None:
    assert names_nothing(question) is nothing


def test_behind_a_question_of_another_version_one_goes_on_about_that_one() -> None:
    asked = [Turn("user", one) for one in ("sageattention это что", "а вторая версия чем отличается")]
    assert rewrite_by_rule("на hopper работает?", asked) == "на hopper работает (sageattention2)?"


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("а статья?", "paper"),
        ("and the paper?", "paper"),
        ("код дай", "code"),
        ("is there code?", "code"),
        ("а код медленный?", ""),
        ("какие статьи почитать", ""),
        ("paper on guidance", ""),
    ],
)
def test_what_belongs_to_what_was_shown_is_asked_for_by_itself(question: str, kind: str) -> None:
    assert belonging(question) == kind


@pytest.mark.parametrize(
    ("question", "nothing"),
    [
        ("а как лечить", True),
        ("и как это исправить", True),
        ("а погода?", False),
        ("а в SDXL?", False),
        ("why?", False),
    ],
)
def test_a_follow_up_may_name_no_thing_of_its_own(question: str, nothing: bool) -> None:
    assert brings_nothing(question) is nothing


@pytest.mark.parametrize(
    ("question", "leans"),
    [
        ("когда дедлайн второй домашки?", False),  # the number says of which
        ("что было на третьей лекции", False),
        ("what is due in homework 2?", False),
        ("а во второй домашке?", True),
        ("что надо сделать во второй?", True),
        ("когда её вторая лекция?", True),
    ],
)
def test_a_numbered_thing_is_a_topic_of_its_own(question: str, leans: bool) -> None:
    assert is_follow_up(question, [Turn("user", "сколько стоит курс?"), Turn("assistant", "Бесплатно.")]) is leans


def test_what_a_text_is_about_is_told_by_the_one_that_is_called_so() -> None:
    asked = {
        "о чем статья adopt": "adopt",
        "что за пост про moe?": "moe",
        "What is the KIVI paper about?": "KIVI",
        "о чём этот пост": None,
        "что за вопрос про дедлайн": None,
    }
    assert {question: summed_up_name(question) for question in asked} == asked
    posts = [passage(1, "GPTQ или AWQ?", "Беру AWQ."), passage(2, "GPTQ: округляй и извиняйся", "Идём по столбцам.")]
    told = titled_by("gptq", posts, NoFrequencies())
    assert told is not None
    assert told.rank == 2
    assert titled_by("muon", posts, NoFrequencies()) is None
