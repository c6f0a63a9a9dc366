"""The manner of a network by rules: the post's own sentences, each thought whole, links that can be followed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from konspekt.conversion.by_rule.sentences import points_back, strength
from konspekt.conversion.document import Post
from konspekt.conversion.draft import Draft
from konspekt.conversion.drafting import draft_by_rule
from konspekt.conversion.networks import all_networks, network
from konspekt.conversion.parsing.markdown import blocks_from_markdown
from konspekt.conversion.posts.reading import post_from_text

TITLE = "Внимание в восьми битах"
HOW = "Ключи сглаживают, потом округляют, и правка занимает одну строчку кода в начале функции. "
RESULT = "SageAttention быстрее FlashAttention2 в 2,1 раза на той же карте."


def draft(text: str, name: str, **wishes: object) -> Draft:
    post = post_from_text(text)
    return draft_by_rule(post, network(name), **wishes)  # type: ignore[arg-type]


def texts(text: str, name: str = "x") -> list[str]:
    made = draft(text, name)
    show = network(name).readable or (lambda part: part)
    return [re.sub(r"\n\n\(\d+/\d+\)\Z", "", show(part.text)) for part in made.parts]


# ---------------------------------------------------------------- hooks


@pytest.mark.parametrize(
    ("sentence", "strong"),
    [
        ("Модель быстрее прежней в 2,7 раза.", True),
        ("Память сократилась вдвое.", True),
        ("The new kernel is 3.5x faster than the old one.", True),
        ("Ошибка упала на 12 %.", True),
        ("Мы сэкономили в десять раз больше времени.", True),
        ("Опыт повторили 5 раз.", False),
        ("Веса хранят в FP16 (это вдвое быстрее, чем FP32).", False),
        ("Будет ли она быстрее в 2 раза?", False),
        ("В статье 12 страниц.", False),
    ],
)
def test_a_result_is_a_gain_with_its_size(sentence: str, strong: bool) -> None:
    assert bool(strength(sentence)) is strong


@pytest.mark.parametrize(
    "sentence",
    [
        "Авторы дистиллировали эту модель и ускорили её в 6 раз.",
        "Второе произведение оставили в FP16.",
        "Это даёт ускорение в 3 раза.",
        "It is 3 times faster.",
        "Because the trajectory is straight.",
    ],
)
def test_a_sentence_that_points_back_is_no_opening(sentence: str) -> None:
    assert points_back(sentence)
    assert not points_back(RESULT)


@pytest.mark.parametrize("name", ["x", "threads", "bluesky", "mastodon", "linkedin"])
def test_the_result_moves_under_the_title(name: str) -> None:
    parts = texts(f"{TITLE}\n\n{HOW * 6}\n\n{RESULT}\n\n#внимание", name)
    assert parts[0].startswith(f"{TITLE}\n\n{RESULT}")
    assert "\n".join(parts).count(RESULT) == 1


def test_far_from_the_beginning_it_is_said_twice() -> None:
    parts = texts(f"{TITLE}\n\n{HOW * 12}\n\n{RESULT}")
    assert parts[0].startswith(f"{TITLE}\n\n{RESULT}")
    assert parts[-1].endswith(RESULT)


def test_it_stays_where_the_next_sentence_hangs_on_it_and_where_the_title_tells_it() -> None:
    held = f"{TITLE}\n\n{HOW * 4}\n\n{RESULT} Это без дообучения."
    assert not texts(held)[0].startswith(f"{TITLE}\n\n{RESULT}")
    told = f"Внимание в 2 раза быстрее\n\n{HOW * 4}\n\n{RESULT}"
    assert not texts(told)[0].startswith(f"Внимание в 2 раза быстрее\n\n{RESULT}")


def test_full_length_leaves_the_order_of_the_post_alone() -> None:
    made = draft(f"{TITLE}\n\n{HOW * 4}\n\n{RESULT}", "linkedin", length="full")
    assert made.parts[0].text.rstrip().endswith(RESULT)


# ---------------------------------------------------------------- threads


def test_a_part_of_a_thread_is_one_thought() -> None:
    first = "Первая мысль занимает одно предложение средней длины. Она заканчивается вторым предложением здесь же."
    second = "Вторая мысль начинается отдельно от первой. Её продолжение тоже довольно длинное и подробное."
    third = "Третья мысль закрывает рассказ. У неё есть собственный вывод, и он не короче остальных двух."
    parts = texts(f"{first}\n\n{second}\n\n{third}")
    assert all(any(thought in part for part in parts) for thought in (first, second, third)), parts


@pytest.mark.parametrize("line", ["Что это даёт:", "Как это устроено", "#ликбез:", "Результаты эксперимента:"])
def test_what_announces_is_never_last_in_a_part(line: str) -> None:
    for count in range(2, 9):
        parts = texts(f"{TITLE}\n\n{HOW * count}\n\n{line}\n{HOW * 2}")
        assert not any(part.rstrip().endswith(line) for part in parts), parts


def test_a_title_is_not_alone_where_a_sentence_fits_beside_it() -> None:
    assert all(texts(f"{TITLE}\n\n{HOW * count}")[0] != TITLE for count in range(3, 9))


def test_a_sentence_longer_than_a_part_is_cut_at_a_comma() -> None:
    sentence = (
        "Если разобраться, " + "каждая половина слоя считается отдельно от другой половины, " * 9 + "и это верно."
    )
    parts = texts(f"{TITLE}\n\n{sentence}")
    assert all(part.rstrip()[-1] in ",.;" for part in parts[1:]), parts


# ---------------------------------------------------------------- links


LABELS = (
    "Вышла новая модель, и веса открыты.\n\n❱❱ [Код](https://example.org/code) ❱❱ [Статья](https://example.org/paper)"
)


def test_labels_carry_their_addresses_one_a_line() -> None:
    assert texts(LABELS)[0].endswith("Код: https://example.org/code\nСтатья: https://example.org/paper")
    assert texts(LABELS, "habr")[0].endswith("- [Код](https://example.org/code)\n- [Статья](https://example.org/paper)")
    assert "❱❱ Код ❱❱ Статья" in texts(LABELS, "telegram")[0]
    assert draft(LABELS, "bluesky").parts[0].facets


def test_a_link_inside_a_sentence_stays_there() -> None:
    text = "Вот [статья](https://example.org/paper) о том, как это устроено."
    assert texts(text)[0] == "Вот статья (https://example.org/paper) о том, как это устроено."


@pytest.mark.parametrize("aside", ["(я писал о ней тут и тут)", "(подробнее здесь)", "(see the details here)"])
def test_an_aside_that_points_nowhere_is_left_out(aside: str) -> None:
    assert texts(f"Модель Whisper {aside} разлетелась по проектам.")[0] == "Модель Whisper разлетелась по проектам."
    linked = aside.replace("тут)", "[тут](https://example.org))").replace("здесь)", "[здесь](https://example.org))")
    linked = linked.replace("here)", "[here](https://example.org))")
    assert "https://example.org" in texts(f"Модель Whisper {linked} разлетелась по проектам.")[0]


def test_an_aside_that_says_something_stays() -> None:
    for aside in ("(здесь d — размерность)", "(работает и тут)", "(here d is the width)"):
        assert aside in texts(f"Модель считает скор {aside} и делит на корень.")[0]


@pytest.mark.parametrize("line", ["Потыкаться в код можно тут", "Почитать подробнее — здесь.", "You can read it here."])
def test_a_pointer_without_its_link_is_marked(line: str) -> None:
    made = draft(f"Вышла новая модель, и она быстрее.\n\n{line}", "x")
    assert [marked.source for marked in made.marked] == [line]
    assert draft(f"Вышла новая модель.\n\n{line} https://example.org", "x").finished


def test_a_list_of_labels_without_links_goes_with_the_line_that_announced_it() -> None:
    made = draft("Вышла новая арена моделей.\n\nПочитать подробнее:\n- Блогпост\n- Статья\n- Лидерборд", "habr")
    assert "Почитать" not in made.text + made.title
    assert [item.value for item in made.dropped] == ["Блогпост", "Статья", "Лидерборд"]
    assert not made.finished


# ---------------------------------------------------------------- stories, captions, articles, tags


def test_a_story_ends_with_the_lesson_and_the_question_to_its_readers() -> None:
    question, lesson = "А у вас как?", "Вывод: сначала проверьте шаблон чата, потом вините квантизацию."
    text = f"{TITLE}\n\n{question}\n\n{lesson}\n\nСначала мы долго искали ошибку в ядре.\n\n{HOW}\n\n#внимание"
    parts = texts(text, "linkedin")[0].split("\n\n")
    assert parts[-3:] == [lesson, question, "#внимание"]
    assert parts[0] == TITLE
    plain = f"{TITLE}\n\nЧто такое арена? Это рейтинг.\n\n{HOW}"
    assert texts(plain, "linkedin")[0] == plain.strip()


def test_a_caption_is_three_lines_and_what_stands_under_them() -> None:
    text = f"{TITLE}\n\n{HOW * 6}\n\n{RESULT}\n\nПодробности в [статье](https://example.org/paper).\n\n#внимание"
    made = draft(text, "instagram")
    blocks = made.parts[0].text.split("\n\n")
    assert blocks[:3] == [TITLE, HOW.strip(), RESULT]
    assert blocks[3:] == ["https://example.org/paper", "#внимание"]
    assert made.cards
    assert made.finished


def test_a_short_post_is_its_own_caption() -> None:
    assert draft(f"{TITLE}\n\n{RESULT}", "instagram").parts[0].text == f"{TITLE}\n\n{RESULT}"


@pytest.mark.parametrize("name", ["habr", "medium", "devto"])
def test_an_article_has_headings_languages_of_code_and_no_hashtags(name: str) -> None:
    text = (
        f"{TITLE}\n\nПервый абзац говорит, о чём это.\n\nЧто это такое?\n{HOW * 2}\n\nРезультат\n\n{RESULT}\n\n"
        "```\nimport torch\ntorch.compile(model)\n```\n\n#внимание #gpu"
    )
    made = draft(text, name)
    body = made.parts[0].text
    assert "\n## Что это такое?\n" in body
    assert "\n## Результат\n" in body
    assert "```python\nimport torch" in body
    assert "#внимание" not in body
    assert any("#внимание #gpu" in warning for warning in made.warnings)
    assert made.finished
    if name == "devto":
        assert "tags: внимание, gpu" in body


@pytest.mark.parametrize(("name", "kept"), [("x", 2), ("threads", 1), ("linkedin", 5), ("reddit", 0), ("mastodon", 6)])
def test_hashtags_are_as_many_as_the_network_has_by_habit(name: str, kept: int) -> None:
    tags = " ".join(f"#tag{letter}" for letter in "abcdef")
    made = draft(f"Модель вышла, и она быстрее прежней.\n\n{tags}", name)
    shown = (network(name).readable or (lambda text: text))(made.parts[0].text)
    assert len(re.findall(r"#tag", shown)) == kept
    assert made.finished


def test_a_tag_inside_a_sentence_is_a_word_where_there_are_no_tags() -> None:
    assert texts("Наш #ликбез продолжается, сегодня про веса.", "reddit")[0].startswith("Наш ликбез продолжается")


# ---------------------------------------------------------------- pictures


CODE = "```python\nimport torch\n\nprint(torch.__version__)\n```"


@pytest.mark.parametrize("name", ["x", "threads", "bluesky", "mastodon", "linkedin", "facebook", "vk"])
def test_code_is_a_picture_where_a_network_cannot_show_it(name: str) -> None:
    made = draft(f"{TITLE}\n\n{HOW * 5}\n\nЗапускается так:\n\n{CODE}\n\nГотово, можно пользоваться.", name)
    (card,) = made.cards
    assert (card.kind, card.language) == ("code", "python")
    assert "import torch" not in made.text
    assert "Код — на картинке." in made.parts[card.part].text
    assert made.finished
    assert Draft.from_json(made.to_json()) == made


def test_tables_and_formulas_are_pictures_too_and_text_stays_text() -> None:
    text = "Итог такой.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n$$\\frac{a}{b} = \\sqrt{c}$$\n\nКоманда `make run` рядом."
    post = Post(blocks_from_markdown(text))
    made = draft_by_rule(post, network("x"))
    assert [card.kind for card in made.cards] == ["table", "formula"]
    assert "make run" in made.text
    assert draft_by_rule(post, network("habr")).cards == ()
    assert draft(f"{TITLE}\n\n```\nmake run\n```", "x").cards == ()


@pytest.mark.parametrize("name", list(all_networks()))
def test_every_part_is_within_its_limit_and_nothing_empty_comes_out(name: str) -> None:
    text = f"{TITLE}\n\n{HOW * 9}\n\n{RESULT}\n\n{CODE}\n\n{LABELS}\n\n#внимание #gpu #cuda"
    made = draft(text, name)
    assert made.parts
    assert all(network(name).fits(part.text) and part.text.strip() for part in made.parts)


# ---------------------------------------------------------------- what a demanding author would mend by hand


@pytest.mark.parametrize(
    "weak",
    [
        "00:14:14 Обзор всех частей лекции и немного о планах",
        "Навигация: #диффузия #сэмплеры #квантизация #обучение",
        "• Первый. Хойн, второй порядок: два вызова сети за каждый из восемнадцати шагов",
        "• декодировать в полной точности, это стоит долей секунды на картинку;",
        "P.S. В комментариях накинул ещё примеров, посмотрите их обязательно",
    ],
)
def test_a_caption_has_no_line_that_says_nothing_alone(weak: str) -> None:
    text = f"{TITLE}\n\n{HOW * 6}\n\n{RESULT}\n\n{weak}\n{weak}"
    caption = draft(text, "instagram").parts[0].text
    words = re.sub(r"^• (?:Первый\. )?", "", weak)[:30]
    assert words.casefold() not in caption.casefold()


def test_tags_leave_the_text_of_an_article_with_what_announces_them() -> None:
    text = f"{TITLE}\n\nНужно смотреть! #ликбез\n\nНавигация: #внимание #железо\nВопросы — боту."
    shown = draft(text, "habr").parts[0].text
    assert "Нужно смотреть!" in shown
    assert not re.search("ликбез|Навигация|железо", shown)
    assert "Вопросы — боту" in shown
    assert "про ликбез для всех" in draft(f"{TITLE}\n\nПост про #ликбез для всех.", "habr").parts[0].text


def test_people_talking_are_no_bullets_in_an_article() -> None:
    talk = "Собеседование\n\n— Вы умеете обучать модели?\n— Нет, но я смотрю на график.\n— Когда сможете выйти?"
    shown = draft(talk, "medium").parts[0].text
    assert "— Вы умеете" in shown
    assert "- Вы умеете" not in shown
    assert "- быстро" in draft("Итоги\n\n— быстро\n— дёшево", "medium").parts[0].text


def test_a_sentence_is_no_heading() -> None:
    text = f"{TITLE}\n\nв связи с последним issue, было бы интересно\n\n{HOW * 2}\n\nИтоги\n\n{HOW}"
    shown = draft(text, "habr").parts[0].text
    assert "## Итоги" in shown
    assert "## в связи" not in shown


def test_a_dump_names_its_channel_and_no_original() -> None:
    post = post_from_text(RESULT)
    from_channel = draft_by_rule(replace(post, url="https://t.me/ai_newz"), network("x")).text
    assert "Оригинал" not in from_channel
    assert "Из канала https://t.me/ai_newz" in from_channel
    assert (
        "Оригинал: https://t.me/ai_newz/7"
        in draft_by_rule(replace(post, url="https://t.me/ai_newz/7"), network("x")).text
    )


def test_a_question_that_heads_a_paragraph_stays_with_it_and_brackets_are_not_torn() -> None:
    long = "Модель разбивают на карты, и на каждую приходится одинаковая нагрузка, " * 3
    text = f"Эксперты\n\n{long.strip(', ')}.\n\nПочему их не используют везде?\n\n{long.strip(', ')}."
    assert not any(part.endswith("везде?") for part in texts(text))
    aside = "ну и там что-то работает лучше, хоть один проход занимает больше времени (что так-то большое упущение для "
    aside += "практических целей, но один человек смог подускорить), общее количество шагов нужно меньше, причём "
    aside += "настолько, что он и по времени сходится быстрее обычной модели того же размера, так говорят авторы"
    assert all(part.count("(") == part.count(")") for part in texts(f"Заголовок\n\n{aside}"))


@pytest.mark.parametrize(
    "long",
    [
        "ну а если чуть глубже копнуть, то начинают терзать сомнения, а как верить числам, когда код якобы не "
        "совпадает с открытым внутри прохода блока (то есть мы должны поверить авторам, что для открытого кода они "
        "решили всё с нуля переписать и совершить такую ошибку, нежели скопировать его как есть)",
        "модель, про которую автор пишет «она помнит весь разговор, отвечает без ошибок, стоит дёшево, и никакой "
        "настройки под задачу ей не нужно, достаточно одного примера», на деле забывает начало беседы, путает имена, и "
        "примеров ей нужно не меньше двадцати, иначе ответ не тот, что был в условии, и проверить это может каждый",
        "the weights, which were published last week (all three sizes, with the optimiser states, the logs of training "
        "and the list of data), load in a minute on one card, and the smallest one answers faster than it is read, "
        "while the largest, of which much was said (too much, if you ask me, given the table), needs four of them",
    ],
)
def test_a_long_sentence_is_not_cut_inside_brackets_or_a_quotation(long: str) -> None:
    for part in texts(f"Заголовок\n\n{long}"):
        assert part.count("(") == part.count(")"), part
        assert part.count("«") == part.count("»"), part


def test_a_caption_begins_with_the_list_that_the_post_begins_with() -> None:
    news = "• Опус обогнал прежнюю модель\n• Хайку дешевле и тоже обгоняет её\n• Командир прошёл в десятку лучших"
    text = f"Перестановки в таблице\n\n{news}\n\nЧто за таблица? {HOW * 3}\n\nРейтинг считают как в шахматах. {HOW}"
    caption = draft(text, "instagram").parts[0].text
    assert caption.startswith(f"Перестановки в таблице\n\n{news}")
    assert "Что за таблица" not in caption


def test_a_caption_goes_on_where_its_first_line_says_nothing() -> None:
    slight = "в связи с последним выпуском было бы интересно сделать пост"
    lower = "известный автор решил переделать архитектуру. а именно он убрал прежние нормализации и добавил новые, " * 4
    caption = draft(f"Нормализация\n\n{slight}\n\n{lower}\n\n{HOW * 2}", "instagram").parts[0].text
    assert "было бы интересно сделать пост\nизвестный автор решил переделать архитектуру." in caption
    assert "а именно" not in caption


def test_a_short_post_s_beginning_is_no_slide_of_its_own() -> None:
    kinds = [card.kind for card in draft("Сегодня каналу исполнился год. Спасибо всем, кто читает!", "instagram").cards]
    assert kinds == ["text"]
    kinds = [card.kind for card in draft("Год каналу\n\nСпасибо всем, кто читает!", "instagram").cards]
    assert kinds == ["title", "text"]
