"""What the judge reads: windows of a passage, tokens of a sentence, and the kind of thing a question asks for."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from konspekt.answering.judging.asked import holds_kind, kind_of, lacks_kind
from konspekt.answering.judging.beside import beside
from konspekt.answering.judging.judge import LACKING, MOST_WINDOWS, READ, Judgement, open_judge, windows_read
from konspekt.answering.judging.late import WIDTH
from konspekt.answering.judging.places import token_spans
from konspekt.answering.judging.rows import packed, unpacked
from konspekt.answering.judging.windows import NEW_CHARACTERS, windows, windows_of
from konspekt.answering.words.sentences import split_sentences
from konspekt.indexer.embedding.embeddings import Embedder
from tests.answering.passages import ENGLISH, GUIDANCE, SAMPLERS, passage
from tests.fakes.hash_embedder import HashEmbedder

sentences = st.lists(st.text("абвгд ежз", min_size=1, max_size=400).map(lambda s: f"Ф{s}."), min_size=1, max_size=12)


@given(sentences)
def test_every_sentence_stands_in_a_window_where_its_span_says(given_sentences: list[str]) -> None:
    cut = windows_of("Заголовок", given_sentences)
    seen = set()
    for window in cut:
        for i, (start, end) in enumerate(window.spans):
            assert window.text[start:end] == given_sentences[window.first + i][: end - start].rstrip() or end > len(
                window.text
            )
            seen.add(window.first + i)
    assert seen == set(range(len(given_sentences)))


@given(sentences)
def test_windows_follow_each_other_and_are_short(given_sentences: list[str]) -> None:
    cut = windows_of("", given_sentences)
    for one, following in pairwise(cut):
        assert following.first + len(following.spans) > one.first + len(one.spans)
    for window in cut:
        new = window.spans[1:] if len(window.spans) > 1 else window.spans
        assert sum(end - start for start, end in new[1:]) <= NEW_CHARACTERS


def test_a_window_carries_the_title_and_the_sentence_before() -> None:
    text = "Короткая первая. " + "А" * 330 + ". Последняя."
    first, *rest = windows("О числах", text)
    assert first.text.startswith("О числах\nКороткая первая.")
    assert rest[0].text.startswith("О числах\nКороткая первая.")
    assert rest[0].first == 0


LONG = " ".join(f"Предложение номер {n} {'о всяком ' * 16}и ни о чём." for n in range(30))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("сколько стоит подписка", "Подписка стоит 900 рублей."),
        ("Кто ведёт семинар?", "Семинар ведёт Анна."),
        ("when is the deadline", "The deadline is on Monday."),
        ("какой сэмплер взять для превью", "Сэмплер для превью бери любой."),
        ("под какой лицензией код", "Код лежит под лицензией MIT."),
    ],
)
def test_of_many_windows_those_with_the_question_s_words_are_read(question: str, said: str) -> None:
    middle = LONG.index("Предложение номер 17")
    texts = LONG, f"{LONG[:middle]}{said} {LONG[middle:]}", LONG
    passages = [passage(rank, "О разном", text) for rank, text in enumerate(texts, start=1)]
    assert sum(len(windows(one.title, one.text)) for one in passages) > 2 * MOST_WINDOWS
    read = windows_read(question, passages)
    assert len(read) == MOST_WINDOWS
    assert any(said in window.text for number, window in read if number == 1)
    assert read == sorted(read, key=lambda one: (one[0], one[1].first)), "in the order in which they stand"


def test_few_windows_are_all_read_and_of_the_first_passages_alone() -> None:
    passages = [passage(rank, f"Пост {rank}", f"Что сказано в посте {rank}.") for rank in range(1, 6)]
    assert [window.text for _, window in windows_read("что?", passages)] == [
        f"{one.title}\n{one.text}" for one in passages[:READ]
    ]


def test_a_text_without_sentences_is_one_window() -> None:
    assert len(windows("", "без точки")) == 1
    assert len(windows("t", "")) == 1


def test_tokens_of_sentences_lie_side_by_side(e5: Embedder) -> None:
    [window] = windows(SAMPLERS.title, SAMPLERS.text)
    states = e5.token_states([window.text], "passage", 1)[0]  # type: ignore[attr-defined]
    spans = token_spans(e5.count_tokens, window.text, window.spans, len(states))
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert spans[-1][1] == len(states) - 1  # </s> belongs to no sentence
    assert spans[0][0] > 1  # <s>, the prompt and the title come before


def test_tokens_beyond_the_longest_text_are_kept_within(e5: Embedder) -> None:
    text = "слово " * 2000
    states = e5.token_states([text], "passage", 1)[0]  # type: ignore[attr-defined]
    [(start, end)] = token_spans(e5.count_tokens, text, [(5000, 9000)], len(states))
    assert 0 < start < end < len(states)


def test_token_states_of_a_text_do_not_depend_on_its_company(e5: Embedder) -> None:
    alone = e5.token_states(["Короткий текст."], "passage", 8)[0]  # type: ignore[attr-defined]
    beside = e5.token_states(["Короткий текст.", "длинный " * 50], "passage", 8)[0]  # type: ignore[attr-defined]
    assert alone.shape == beside.shape
    assert (alone - beside).abs().max() < 0.02


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Сколько параметров у {x}?", "parameters"),
        ("How many parameters does it have?", "parameters"),
        ("Под какой лицензией вышел код?", "licence"),
        ("what license is it under", "licence"),
        ("Сколько видеопамяти нужно?", "memory"),
        ("how much VRAM does it need", "memory"),
        ("сколько стоит подписка на сервис", "money"),
        ("скок шагов ставить", "steps"),
        ("во сколько раз быстрее", "times"),
        ("Какой FID на COCO?", "fid"),
        ("Кто авторы метода?", "author"),
        ("Who wrote it?", "author"),
        ("Кто ведёт семинары?", "person"),
        ("Who teaches the course?", "person"),
        ("Когда вышла вторая версия?", "date"),
        ("When is the deadline?", "date"),
        ("Какая компания это выпустила?", "organisation"),
        ("почему так вышло", "reason"),
        ("Why is it slower?", "reason"),
        ("Какой командой это запустить?", "command"),
        ("Сколько человек записалось?", "people"),
        ("Сколько бит на вес выходит?", "bits"),
        ("За сколько секунд готова картинка?", "duration"),
        ("How many GPU hours did it take?", "duration"),
        ("How many hours of GPU time does a team get?", "duration"),
        ("Сколько лет автор ведёт канал?", "duration"),
        ("Сколько всего слоёв у модели?", "layers"),
        ("How many attention heads are there?", "layers"),
        ("сколько карт ушло на обучение", "gpus"),
        ("Во сколько начинаются занятия?", "clock"),
        ("В какой день недели семинар?", "date"),
        ("во сколько раз дешевле", "times"),
        ("На каких картах это мерили?", "card"),
        ("which GPU was used", "card"),
        ("а какая там карта", "card"),
        ("какая модель видеокарты стоит на кластере", "card"),
        ("Каким оптимизатором учили?", "optimiser"),
        ("При какой температуре это плавится?", "temperature"),
    ],
)
def test_the_kind_asked_for_is_known(question: str, kind: str) -> None:
    found = kind_of(question)
    assert found is not None
    assert found.name == kind


@pytest.mark.parametrize(
    ("question", "holding", "lacking"),
    [
        ("Сколько параметров у модели?", "В ней 7 млрд параметров.", "Модель вышла в 2024 году и всем понравилась."),
        ("Под какой лицензией код?", "Выложили под Apache 2.0.", "Код выложили на GitHub."),
        ("Сколько видеопамяти нужно?", "Хватает 8 ГБ.", "Памяти жалеть не стоит, берите карту побольше."),
        ("Сколько шагов ставить?", "Ставьте 28 шагов.", "Шагов нужно немного."),
        ("Во сколько раз быстрее?", "Быстрее в 2,1 раза.", "Заметно быстрее прежнего."),
        ("Сколько стоит подписка?", "Просят 900 рублей в месяц.", "Подписка оформляется на сайте."),
        ("Сколько стоит курс?", "Осенний семестр, бесплатно, онлайн.", "Курс идёт осенью, онлайн."),
        ("Когда вышла модель?", "Вышла 3 мая.", "Вышла и сразу стала первой."),
        ("How many experts does it have?", "It has 16 experts.", "Experts are chosen by a router."),
        ("How long does it take?", "About 40 seconds on a T4.", "It takes a long while."),
        ("Какой FID у неё?", "FID 3.17 на CIFAR-10.", "Картинки стали лучше."),
        ("Сколько видеокарт нужно?", "Понадобится 8 видеокарт.", "Видеокарт не напасёшься."),
        ("How many GPU hours does it take?", "Около 50 гпу-часов.", "It takes many GPU hours."),
        ("Во сколько начинаются занятия?", "Начало в 19:30.", "Занятия начинаются вечером."),
        ("На каких картах это мерили?", "Мерили на RTX 4090.", "Мерили на хороших картах."),
        ("Каким оптимизатором учили?", "Учили AdamW.", "Учили долго и упорно."),
        ("При какой температуре плавится?", "Плавится при 300 °C.", "Плавится легко."),
        ("Кто проверяет отчёты в Школе?", "Отчёты проверяет Анна.", "Отчёты в Школе проверяют долго."),
        ("who runs the Reading Club?", "It is run by Olga.", "We meet in the Reading Club weekly."),
        ("Какая компания выпустила Orion?", "Это сделали в Nvidia.", "Все хвалят Orion за скорость."),
    ],
)
def test_a_sentence_holds_the_kind_or_lacks_it(question: str, holding: str, lacking: str) -> None:
    assert holds_kind(question, holding) == 1.0
    assert holds_kind(question, lacking) == 0.0


def test_a_number_of_the_question_is_no_answer_to_it() -> None:
    assert holds_kind("Сколько шагов нужно на 512 пикселей?", "Шагов на 512 нужно меньше.") == 0.0
    assert holds_kind("Сколько шагов нужно на 512 пикселей?", "На 512 нужно 20 шагов.") == 1.0


@pytest.mark.parametrize(
    "question",
    [
        "Why is it unsafe?",
        "почему так вышло",
        "Где взять веса?",
        "Как запустить бота?",
        "чем хорош LCM",
        "расскажи о LoRA",
    ],
)
def test_what_any_text_may_tell_is_lacking_in_none(question: str) -> None:
    assert not lacks_kind(question, "Жидкий водород ядовит.")


def test_a_figure_of_speech_asks_for_no_money() -> None:
    for question in ("What is the price of parallelising the sampler?", "what is the price of pruning weights"):
        assert not lacks_kind(question, "Ценой лишних вычислений.")
    assert lacks_kind("What is the price of the course?", "Курс хорош.")
    assert lacks_kind("сколько стоит курс", "Курс хорош.")


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("Сколько стоит курс?", "Курс стоит 900 рублей.", "Курс стоит того, чтобы его пройти."),
        ("Под какой лицензией вышел код?", "Код вышел под MIT.", "Код вышел вчера."),
        ("Сколько шагов ставить?", "Ставьте 28 шагов.", "Шагов ставьте побольше."),
        ("How many layers does it have?", "It has 24 layers.", "It has layers and more."),
        ("Когда сдавать проект?", "Проект сдают 3 мая.", "Проект сдают все."),
    ],
)
def test_a_window_without_the_kind_asked_for_answers_less(e5: Embedder, question: str, right: str, wrong: str) -> None:
    judge = open_judge(e5)
    assert judge is not None
    passages = [passage(1, "Пост", wrong), passage(2, "Пост", right)]
    judged = judge.judge(question, passages)
    assert judged.window == f"Пост\n{right}"
    alone = judge.judge(question, passages[:1])
    p = alone.windows[0][2]
    assert alone.logit == pytest.approx(math.log(p / (1 - p)) - LACKING, abs=1e-3)


@pytest.mark.parametrize("question", ["что такое квантизация", "Чем отличается VP от VE?", "какой минус у reflow", ""])
def test_a_question_for_nothing_in_particular_is_undecided(question: str) -> None:
    assert kind_of(question) is None
    assert holds_kind(question, "Что угодно.") == 0.5


def test_an_embedder_without_token_states_has_no_judge() -> None:
    assert open_judge(None) is None
    assert open_judge(HashEmbedder()) is None


STATED = [
    ("Сколько шагов нужно Euler?", SAMPLERS, "40 шагов"),
    ("какой сэмплер взять для превью", SAMPLERS, "LCM"),
    ("сколько шагов ставить DPM++ на SDXL", SAMPLERS, "25 шагов"),
    ("чем портит картинку LCM", SAMPLERS, "лица плывут"),
    ("какой guidance подходит большинству", GUIDANCE, "7,5"),
    ("что бывает, если guidance слишком большой", GUIDANCE, "перенасыщены"),
    ("How much smaller is the cache with int8?", ENGLISH, "halve"),
    ("what does the KV cache keep", ENGLISH, "stores keys"),
]


def test_the_sentence_that_states_it_is_found(e5: Embedder) -> None:
    """In the right passage always; of sentences that speak of siblings it takes one for the other now and then."""
    judge = open_judge(e5)
    assert judge is not None
    stating = 0
    for question, stated_in, words in STATED:
        passages = [stated_in, *(one for one in (SAMPLERS, GUIDANCE, ENGLISH) if one is not stated_in)]
        judgement = judge.judge(question, passages)
        best = judgement.sentences[0]
        assert best.passage == 0, question
        assert judgement.window.startswith(f"{stated_in.title}\n"), question
        stating += words in split_sentences(stated_in.text)[best.sentence].text
        assert all(0.0 <= one.score <= 1.0 for one in judgement.sentences)
        assert [one.score for one in judgement.sentences] == sorted(
            (one.score for one in judgement.sentences), reverse=True
        )
    assert stating >= 6


@pytest.mark.parametrize(
    ("stated", "not_stated"),
    [
        ("Сколько параметров у TernNet?", "Под какой лицензией вышел TernNet?"),
        ("На каких данных обучали TernNet?", "Сколько стоит подписка на TernNet?"),
        ("How many parameters does TernNet have?", "Who are the authors of TernNet?"),
        ("какая компания выпустила TernNet", "сколько видеопамяти нужно TernNet"),
        ("Какой FID у TernNet на COCO?", "Какой FID у TernNet на CelebA-HQ?"),
    ],
)
def test_what_is_stated_is_likelier_answered_than_what_is_not(e5: Embedder, stated: str, not_stated: str) -> None:
    judge = open_judge(e5)
    assert judge is not None
    post = passage(
        1,
        "Вышел TernNet",
        "TernNet выпустила лаборатория NVIDIA. В модели 3 млрд параметров. Обучали её на субтитрах и книгах. "
        "FID на COCO — 8,1, раньше было хуже. Ждём сравнений.",
    )
    assert judge.judge(stated, [post]).probability > judge.judge(not_stated, [post]).probability


def test_sentences_of_a_text_are_scored_in_their_order(e5: Embedder) -> None:
    judge = open_judge(e5)
    assert judge is not None
    question, pieces = "чем портит картинку LCM", [sentence.text for sentence in split_sentences(SAMPLERS.text)]
    scores = [one.score for one in judge.sentences(question, pieces, SAMPLERS.title)]
    judged = {one.sentence: one.score for one in judge.judge(question, [SAMPLERS]).sentences}
    assert scores == pytest.approx([judged[i] for i in range(len(pieces))], abs=1e-4)
    assert max(range(len(pieces)), key=scores.__getitem__) == 2
    assert judge.sentences("Сколько шагов?", []) == []


def test_nothing_found_is_not_answered(e5: Embedder) -> None:
    judge = open_judge(e5)
    assert judge is not None
    assert judge.judge("Что угодно?", []) == Judgement(0.0, ())


@given(hnp.arrays(np.float32, st.tuples(st.integers(0, 20), st.just(WIDTH)), elements=st.floats(-1e4, 1e4, width=32)))
def test_rows_in_bytes_come_back_within_a_254th_of_their_largest(rows: np.ndarray) -> None:
    found = unpacked(packed(rows), WIDTH)
    assert found.shape == rows.shape
    assert (np.abs(found - rows) <= np.abs(rows).max(1, initial=0.0, keepdims=True) / 250 + 1e-30).all()


@pytest.mark.parametrize("length", [1, 131, 133, 263])
def test_bytes_that_are_no_rows_are_not_read(length: int) -> None:
    with pytest.raises(ValueError, match="no rows"):
        unpacked(b"x" * length, WIDTH)


PARTLY = (
    "Форматы\nQ4_K_M занимает 4,5 бита на вес. У Q6_K выходит 6,6 бита. Whisper бывает и большим: 1,5 млрд параметров."
)


@pytest.mark.parametrize(
    ("question", "named", "other"),
    [
        ("Сколько бит на вес у Q4_K_M?", 1.0, 0.0),
        ("Сколько бит на вес у Q5_K_M?", None, 1.0),
        ("сколько бит у q6_k", 1.0, 0.0),
        ("How many bits does Q6-K take?", None, 0.0),
        ("Сколько параметров у Whisper?", 1.0, 0.0),
        ("Сколько параметров у Hydra?", 0.0, 0.0),
        ("сколько бит нужно весу", 1.0, 0.0),
        ("сколько бит при группе 128", 1.0, 1.0),
    ],
)
def test_names_and_numbers_are_looked_for_beside_what_may_answer(
    question: str, named: float | None, other: float
) -> None:
    found = beside(question, PARTLY)
    assert found["other"] == other
    assert named is None or found["named"] == named


def test_words_are_missed_in_the_best_sentence_that_holds_the_kind() -> None:
    here = beside("Сколько бит на вес занимает Q4_K_M?", PARTLY)
    elsewhere = beside("Сколько бит на активацию теряет Q4_K_M при обучении?", PARTLY)
    assert here["lacking"] < 0.5 < elsewhere["lacking"] <= 6.0
    assert beside("Сколько лет автору и зачем он пишет о форматах?", PARTLY)["lacking"] > 1
    nothing = beside("Сколько секунд занимает сборка ядра, холодный старт, прогрев, раскладка и проверка?", "Пост\n")
    assert nothing["lacking"] == 6.0


@pytest.mark.parametrize(
    ("question", "counted", "is_open"),
    [
        ("Сколько шагов ставить?", 1.0, 0.0),
        ("How many layers?", 1.0, 0.0),
        ("Почему так вышло?", 0.0, 1.0),
        ("where is it", 0.0, 1.0),
        ("Под какой лицензией код?", 0.0, 0.0),
        ("что такое квантизация", 0.0, 0.0),
    ],
)
def test_what_is_asked_for_speaks_for_itself(question: str, counted: float, is_open: float) -> None:
    found = beside(question, PARTLY)
    assert (found["counted"], found["open"]) == (counted, is_open)
