"""The sense of a question: why not, a way out, what with, one item of a list; and what asks the same within a text."""

from __future__ import annotations

import pytest

from konspekt.answering.writing.kinds.defining import is_called_so
from konspekt.answering.writing.kinds.leaning import needs_antecedent
from konspekt.answering.writing.kinds.lists import whole_lists
from konspekt.answering.writing.kinds.means import names_means, names_only_its_kind, says_it_is
from konspekt.answering.writing.kinds.own_questions.posed import found_a_way, reason_given, states_trouble
from konspekt.answering.writing.kinds.own_questions.reasons import no_reasons, same_question
from konspekt.answering.writing.kinds.own_questions.sections import asked_section
from konspekt.answering.writing.kinds.superlatives import fastest, leading
from konspekt.answering.writing.kinds.units import units_of
from konspekt.answering.writing.kinds.without import ruled_out
from konspekt.answering.writing.stretch import in_one_piece
from konspekt.answering.writing.wanted import Wanted
from tests.answering.passages import passage

TITLE = "Что такое LoRA"
LORA = (
    "LoRA учит две узкие матрицы рядом с весами.\n\nПочему LoRA используют?\n\nАдаптер весит мегабайты.\n\n"
    "Почему LoRA не используют всегда?\n\nНовым знаниям она учит хуже полного дообучения. Ранга может не хватить.\n\n"
    "Как её подключают?\n\nДобавку складывают с выходом слоя.\n\nКак попробовать у себя.\npip install peft\n"
)
GREY = (
    "Ночные картинки выходят серыми: в шуме остаётся сигнал. Сеть к этому привыкает.\n\n"
    "Лечение из статьи двух авторов:\n"
    "1) растянуть расписание;\n2) перейти на другую цель.\n\nСпасибо за вопросы."
)


def below(question: str, title: str = TITLE, text: str = LORA) -> str | None:
    units = units_of(text)
    place = asked_section(question, title, units)
    return None if place is None else units[place].text


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("почему все подряд не берут lora, раз она такая лёгкая", "Новым знаниям она учит хуже полного дообучения."),
        ("минусы lora", "Новым знаниям она учит хуже полного дообучения."),
        ("какие недостатки у LoRA?", "Новым знаниям она учит хуже полного дообучения."),
        ("чем плоха lora", "Новым знаниям она учит хуже полного дообучения."),
        ("what are the downsides of lora", "Новым знаниям она учит хуже полного дообучения."),
        ("why is lora not used everywhere", "Новым знаниям она учит хуже полного дообучения."),
        ("плюсы lora", "Адаптер весит мегабайты."),
        ("зачем нужна lora", "Адаптер весит мегабайты."),
        ("как подключить lora", "Добавку складывают с выходом слоя."),
        ("как подключают LoRA в инференсе", "Добавку складывают с выходом слоя."),
    ],
)
def test_what_stands_below_a_line_that_asks_the_same_in_other_words_is_the_answer(question: str, answer: str) -> None:
    assert below(question) == answer


@pytest.mark.parametrize(
    "question", ["сколько весит lora", "минусы dora", "почему lora не обучается", "что такое lora"]
)
def test_another_question_or_another_thing_has_no_such_line(question: str) -> None:
    assert below(question) is None


def test_the_answer_is_that_section_and_nothing_above_it() -> None:
    wanted = Wanted("минусы lora")
    units = units_of(LORA)
    shown = [units[i].text for i in wanted.chosen(passage(1, TITLE, LORA), units, 340)]
    assert shown == ["Новым знаниям она учит хуже полного дообучения.", "Ранга может не хватить."]
    worth = wanted.told(passage(1, TITLE, LORA), units)
    assert units[worth.index(max(worth))].text == shown[0]


def test_why_and_why_not_are_two_questions() -> None:
    assert same_question("почему используют LoRA", "Почему LoRA используют?")
    assert not same_question("почему не используют LoRA", "Почему LoRA используют?")


@pytest.mark.parametrize(
    "question",
    ["у меня ночные картинки серые, чё делать", "картинки серые, как исправить", "серые картинки что делать"],
)
def test_a_cure_that_is_asked_for_stands_below_the_line_that_says_so(question: str) -> None:
    assert below(question, "Ночь", GREY) == "1) растянуть расписание;"
    assert below("почему ночные картинки серые", "Ночь", GREY) is None
    assert below("кэш не влезает, что делать", "Ночь", GREY) is None


POSED = "Смешали веса, сжали — и стиль исчез. Почему?\nПотому что добавка округлилась в ноль. Держите её отдельно."


def test_the_reason_is_what_a_text_answers_to_its_own_why() -> None:
    units = units_of(POSED)
    place = reason_given("почему стиль исчез после того как сжали", "Сжатие", units)
    assert place is not None
    assert units[place].text == "Потому что добавка округлилась в ноль."
    assert reason_given("какой стиль исчез", "Сжатие", units) is None
    assert reason_given("почему кэш растёт", "Сжатие", units) is None
    english = units_of("A note. Why does everybody train students now? Because one step is enough. It is cheap.")
    place = reason_given("why do people train students", "Students", english)
    assert place is not None
    assert english[place].text == "Because one step is enough."


TROUBLE = (
    "Главная проблема — как выбирать шаг обучения, когда данных больше. Известные подходы не объясняют, что делать. "
    "Мы вывели, как выбирать шаг обучения."
)


def test_a_problem_is_no_answer_where_a_way_is_asked_for() -> None:
    units = units_of(TROUBLE)
    question = "как выбирать шаг обучения, когда данные растут"
    assert no_reasons(question, units) == [True, True, False]
    assert [found_a_way(question, unit) for unit in units] == [False, False, True]
    assert not any(states_trouble("в чём проблема выбирать шаг обучения", unit) for unit in units)
    assert not any(states_trouble("что за шаг обучения", unit) for unit in units)


def test_bare_names_come_with_the_line_above_them() -> None:
    units = units_of(
        "Поразила игра на ходу — рисует сеть, а не движок\n• ATLAS\n• RUBY\nЗа чем следить?\n• Новости недели"
    )
    shown = [units[i].text for i in whole_lists("что такое ruby", units, [2])]
    assert shown == ["Поразила игра на ходу — рисует сеть, а не движок", "• ATLAS", "• RUBY"]


def test_one_item_comes_without_its_neighbours() -> None:
    units = units_of(
        "Почитать:\n▪️Пост про роботов.\n▪️Ещё пост про подсказки для сети и список правил.\nА дальше дайджест."
    )
    assert not needs_antecedent(units[2].text)
    assert in_one_piece(units, [0.0, 0.1, 0.8, 0.1], [2], "подсказки для сети это что") == [2]


def test_items_far_apart_of_a_long_list_are_both_shown() -> None:
    others = "".join(
        f"• Автор {i} — пишет про обучение сетей, про данные и про то, как всё это считать быстро\n" for i in range(9)
    )
    units = units_of(f"• Зоя — ведёт канал по звуку\n{others}• Лев — делает модели на звуке")
    assert whole_lists("кого читать по звуку", units, [0, 10]) == [0, 10]


def test_what_it_is_done_with_is_told_by_its_name() -> None:
    told, other = units_of("Для оценки качества берут VideoBench. Из метрик меряют качество и резкость.")
    assert names_means("чем мерить качество видео", told)
    assert not names_means("чем мерить качество видео", other)
    assert not names_means("чем отличается качество видео", told)


@pytest.mark.parametrize("question", ["правда что мамба это рекуррентная сеть?", "мамба — это рекуррентная сеть?"])
def test_a_sentence_that_says_so_answers_whether_one_thing_is_another(question: str) -> None:
    says, other = units_of(
        "Мамба, по сути, — это рекуррентная сеть с отбором. Авторы соединили мамбу и рекуррентную сеть."
    )
    assert says_it_is(question, says)
    assert not says_it_is(question, other)
    assert not says_it_is("мамба это что", says)


def test_a_title_names_what_a_sentence_only_calls_by_its_kind() -> None:
    said = "Гайд включает главы про шум и расписания."
    assert names_only_its_kind("какой гайд взять новичку", "Гайд Sampling From Scratch", said)
    assert not names_only_its_kind("какой шум берут", "Гайд Sampling From Scratch", said)
    assert not names_only_its_kind("что в гайде", "Гайд Sampling From Scratch", said)


def test_an_adjective_alone_leans_on_the_noun_before_it() -> None:
    assert needs_antecedent("Плохая — «сделаем свой Photoshop».")
    assert not needs_antecedent("Мамба — рекуррентная сеть.")


def test_an_announced_idea_needs_no_title_above_it() -> None:
    title = "А вот и новое видео"
    assert is_called_so("bpe", title, "Это и есть BPE.")
    assert not is_called_so("bpe", title, "Идея BPE очень простая:")


FAST = (
    "Сеть ускоряют от двух до пяти раз.\n🔥 First быстрее базы в 2.1 раза. Точность та же.\n"
    "🔥 Second ускоряет в 3 раза.\n🔥 Third ускоряет от 2.5 до 5 раз.\nКак попробовать."
)


@pytest.mark.parametrize("question", ["какой из них самый быстрый", "что быстрее всех", "which one is the fastest"])
def test_the_fastest_is_the_one_with_the_greatest_number(question: str) -> None:
    units = units_of(FAST)
    worth = fastest(question, units)
    assert [unit.text for unit, one in zip(units, worth, strict=True) if one] == ["🔥 Third ускоряет от 2.5 до 5 раз."]
    assert not any(fastest("насколько быстрый second", units))


def test_who_leads_is_told_by_the_sentence_on_the_lead() -> None:
    units = units_of("Sonar уступила лидерство Maple 3.\nНа лидерборде ещё нет Birch.\nМесто считают по дуэлям.")
    assert [bool(one) for one in leading("кто на первом месте", units)] == [True, False, False]
    assert not any(leading("что такое лидерборд", units))


SLOW = (
    "Дистилляция в четыре шага — обучаем ученика.\nПрунинг: прунят слои и учат заново, это дообучение.\n"
    "Ещё раз дистиллируем.\nБыстрый солвер не требует обучения."
)


@pytest.mark.parametrize("question", ["как ускорить сеть без дообучения", "how to speed it up without retraining"])
def test_what_a_question_rules_out_is_no_answer(question: str) -> None:
    worth = ruled_out(question, "Быстрее", units_of(SLOW))
    assert max(worth) == worth[3] > worth[0]
    other = ruled_out(question, "Солверы", units_of("Берём солвер получше. Сливаем операции."))
    assert other == [0.0, 0.0]
    assert not any(ruled_out("как ускорить сеть", "Быстрее", units_of(SLOW)))
