"""Finished or to be edited: in the language asked for, every line sure, no label without its link."""

from __future__ import annotations

from dataclasses import replace

import pytest

from konspekt.conversion.by_model.writer import Writer
from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.by_rule.labels import is_dead_label
from konspekt.conversion.document import MediaItem
from konspekt.conversion.draft import Draft, Marked
from konspekt.conversion.drafting import draft_by_rule
from konspekt.conversion.editing import with_line
from konspekt.conversion.finishing import finished
from konspekt.conversion.network import Options
from konspekt.conversion.networks import network
from konspekt.conversion.posts.reading import post_from_text
from konspekt.conversion.wishes import Wishes
from konspekt.llm_client import ChatModel
from tests.conversion.scripted_model import answering_lines, as_english, write
from tests.fakes.openai_server import FakeOpenAIServer

X = network("x")


def by_rule(text: str, name: str = "x", asked: str = "ru") -> Draft:
    post = post_from_text(text)
    return finished(post, convert(post, network(name), Options(lang=post.lang)), network(name), asked)


def test_a_post_by_rule_in_its_own_language_is_finished() -> None:
    draft = by_rule("Модель быстрее в 2,7 раза: https://example.org/x")
    assert draft.finished
    assert Draft.from_json(draft.to_json()) == draft


def test_a_draft_in_another_language_than_asked_is_not() -> None:
    draft = by_rule("Модель быстрее в 2,7 раза", asked="en")
    assert not draft.finished
    assert "(en)" in draft.to_edit[0]


@pytest.mark.parametrize(
    "line",
    [
        "❱❱ Код ❱❱ Статья",
        "Paper | Code",
        "→ демо",
        "👉 Код",
        "[Code] [Project page]",
        "Код · Статья · Демо",
        "Код",
        "Слайды",
        "Запись",
    ],
)
def test_a_label_without_its_link_is_left_out_and_told(line: str) -> None:
    draft = by_rule(f"Вышла новая модель, и она быстрее прежней.\n\n{line}")
    assert line not in draft.text
    assert "Вышла новая модель" in draft.text
    assert [item.value for item in draft.dropped] == [line]
    assert not draft.finished


@pytest.mark.parametrize(
    "line",
    [
        "Статья о моделях",
        "Код: https://example.org",
        "Модель читает видео",
        "Подробнее — завтра",
        "#код",
        "Код и веса:",
    ],
)
def test_a_sentence_or_a_label_with_its_link_stays(line: str) -> None:
    draft = by_rule(f"Вышла новая модель, и она быстрее прежней.\n\n{line}")
    assert line in draft.text
    assert draft.finished


def test_labels_keep_their_links_where_the_source_has_them() -> None:
    draft = by_rule("Вышла модель.\n\n❱❱ [Код](https://example.org/code) ❱❱ [Статья](https://example.org/paper)")
    assert "https://example.org/code" in draft.text
    assert "https://example.org/paper" in draft.text
    assert draft.finished


def test_a_word_alone_is_no_label() -> None:
    assert not is_dead_label("Код")
    assert not is_dead_label("")
    assert is_dead_label("🔗 Ссылка")


async def test_a_small_models_translation_is_never_finished(server: FakeOpenAIServer) -> None:
    server.answer = answering_lines(as_english)
    draft = await write(server, post_from_text("Модель быстрее в 2,7 раза"))
    assert not draft.finished or "b" not in (draft.model or "")
    small = finished(post_from_text("Модель"), replace(draft, marked=(), to_edit=()), X, "en", to_read=True)
    assert small.to_edit


async def test_a_line_that_turns_round_who_does_it_is_tried_again_and_then_marked(server: FakeOpenAIServer) -> None:
    tries: list[str] = []

    def wrong(line: str) -> str:
        tries.append(line)
        return "I tried to convince you during a conversation once"

    server.answer = answering_lines(wrong)
    draft = await write(server, post_from_text("Меня на собеседовании однажды пытались переубедить"), "linkedin")
    assert len(tries) > 1
    (line,) = draft.marked
    assert line.source.startswith("Меня")
    assert line.text.startswith("I tried")
    assert "person" in line.why
    assert not draft.finished


async def test_a_line_that_stayed_russian_is_marked_once(server: FakeOpenAIServer) -> None:
    stubborn = "Остальное слишком сложно перевести"
    server.answer = answering_lines(lambda line: line if line.startswith("Остальное") else as_english(line))
    draft = await write(server, post_from_text(f"Модель готова и работает\n\n{stubborn}"), "linkedin")
    assert [(one.source, one.why) for one in draft.marked] == [(stubborn, ("untranslated",))]


def test_russian_in_an_english_draft_is_seen_and_names_and_code_are_not() -> None:
    post = replace(post_from_text("Text\n\n```\nprint('привет')\n```"), forwarded_from="Канал соседа")
    draft = convert(post, network("linkedin"), Options(lang="en"))
    draft = replace(draft, lang="en")
    assert finished(post, draft, network("linkedin"), "en").finished
    part = replace(draft.parts[0], text=draft.parts[0].text + "\nИ ещё одна строка")
    spoiled = finished(post, replace(draft, parts=(part,)), network("linkedin"), "en")
    assert [line.why for line in spoiled.marked] == [("language",)]


def test_a_marked_line_gets_other_words_or_goes() -> None:
    post = post_from_text("Первая строка.\n\nВторая строка.")
    draft = convert(post, X, Options(lang="ru"))
    line = Marked("Вторая строка.", "Вторая строка.", ("person",))
    draft = replace(draft, marked=(line,))
    other = with_line(post, draft, X, line, "Совсем другие слова.")
    assert other is not None
    assert other.text == "Первая строка.\n\nСовсем другие слова."
    assert other.marked == ()
    gone = with_line(post, draft, X, line, "")
    assert gone is not None
    assert gone.text == "Первая строка."
    assert with_line(post, draft, X, Marked("x", "нет такой строки", ()), "y") is None


async def test_another_try_at_a_line(server: FakeOpenAIServer) -> None:
    model = ChatModel(server.base_url, "key")
    writer = Writer(model)
    line = Marked("Меня пытались переубедить", "I tried to convince you", ("person",))
    server.answer = answering_lines(lambda _: "They tried to change my mind")
    assert await writer.line(line, "ru", "en", Wishes()) == "They tried to change my mind"
    server.answer = answering_lines(lambda _: "I tried to convince you")
    assert await writer.line(replace(line, source="Меня опять пытались переубедить"), "ru", "en", Wishes()) is None
    await model.close()


@pytest.mark.parametrize(
    "line",
    [
        "P.S. В комментариях накинул ещё примеров.",
        "Я в комментах приложил сравнение двух версий.",
        "Оставила в комментариях ссылку на запись.",
        "Голосуйте ниже, до пятницы.",
        "Правила — в закрепе.",
        "I put the full table in the comments.",
    ],
)
def test_what_stands_beside_the_post_in_telegram_is_marked_elsewhere(line: str) -> None:
    text = f"Новая модель быстрее прежней втрое.\n\n{line}"
    marked = by_rule(text, asked=post_from_text(text).lang).marked
    assert [(one.text, one.why) for one in marked] == [(line, ("elsewhere",))]
    assert by_rule(text, "telegram", asked=post_from_text(text).lang).finished


@pytest.mark.parametrize(
    "line",
    [
        "Продолжаем серию. [Ссылка на часть 1].",
        "Метод Пикарда распараллеливает выборку [пост].",
        "Посмотрите разбор из курса: ссылка.",
        "Заменяем пару на новый токен → пример на скрине.",
        "The result is on the screenshot.",
        ">> Блогпост про MoE с большим числом деталей",
    ],
)
def test_a_pointer_at_what_the_source_does_not_have_is_marked(line: str) -> None:
    draft = by_rule(f"{line}\n\nВторой абзац.", asked=post_from_text(line + "\n\nВторой абзац.").lang)
    assert [one.why for one in draft.marked] == [("label",)]
    assert not by_rule(f"Заголовок\n\nПервый абзац.\n\n{line}", "medium").finished


def test_a_translation_is_read_for_such_pointers_too() -> None:
    post = post_from_text("Разбор\n\nВопросы — боту.\n\n👉 Блогпост про MoE\n\nКод: https://example.org/c", lang="ru")
    told = post_from_text(
        "Review\n\nQuestions: to the bot.\n\n👉 Blog post on MoE\n\nCode: https://example.org/c", lang="en"
    )
    draft = finished(post, convert(told, X, Options(lang="en")), X, "en")
    assert {one.text: one.why for one in draft.marked} == {
        "Questions: to the bot.": ("elsewhere",),
        "👉 Blog post on MoE": ("label",),
    }


def test_a_pointer_at_what_is_there_is_not() -> None:
    assert by_rule("**О рядах**\n\nЧасть 1 [пост](https://example.org/1), индекс a[код] в тексте.").finished


@pytest.mark.parametrize(
    "line", ["Пишите в комментариях, что получилось.", "В комментариях спорят о втором шаге.", "Ask in the comments."]
)
def test_comments_that_every_network_has_are_not(line: str) -> None:
    text = f"Новая модель быстрее прежней втрое.\n\n{line}"
    assert by_rule(text, asked=post_from_text(text).lang).finished


def test_labels_that_carry_their_links_are_no_fault_where_links_are_on_words() -> None:
    text = "**Модель**\n\nОна быстрее прежней втрое.\n\n[Код](https://example.org/c) · [Статья](https://example.org/p)"
    assert by_rule(text, "bluesky").finished


def test_a_title_that_is_half_a_sentence_is_the_author_s_to_write() -> None:
    long = "Меня на собеседовании однажды пытались переубедить, что дропаут при выводе ответа нужен для разнообразия"
    long += ", а это не так. "
    assert not by_rule(long + "Я не согласился.", "medium").finished
    assert by_rule("Дропаут при выводе\n\n" + long, "medium").finished


@pytest.mark.parametrize("name", ["x", "linkedin", "instagram", "habr", "medium", "telegram", "bluesky", "discord"])
def test_a_marked_line_is_found_whatever_a_network_writes_around_its_words(name: str) -> None:
    post = post_from_text(
        "**Разбор**\n\nДлинные выводы лежат в [курсе](https://example.org/c), а `vae.to` **быстрее** втрое (см. C_1)."
    )
    told = replace(post, lang="ru")
    line = "Длинные выводы лежат в курсе, а vae.to быстрее втрое (см. C_1)."
    marked = Marked("The source", line, ("direction",))
    draft = convert(told, network(name), Options(lang="ru"))
    assert finished(post, draft, network(name), "ru", lines=[marked]).marked == (marked,)
    other = Marked("The source", "Короткие выводы лежат в курсе.", ("direction",))
    assert finished(post, draft, network(name), "ru", lines=[other]).marked == ()


@pytest.mark.parametrize("name", ["instagram", "x", "medium"])
@pytest.mark.parametrize("label", ["📖 Pdf", "❱❱ Код ❱❱ Статья", "Paper | Code", "Слайды", "[Code]"])
def test_a_lost_label_is_told_where_links_cannot_be_clicked_too(name: str, label: str) -> None:
    draft = draft_by_rule(
        post_from_text(f"Учебник\n\nПринёс вам свежий учебник на 50 страниц.\n\n{label}"), network(name)
    )
    assert label not in draft.text
    assert any("named a link" in reason for reason in draft.to_edit)


@pytest.mark.parametrize(
    "text",
    [
        "Друг обучил модельку мирового уровня, считаю важным поделиться с вами 😎",
        "Держите мем про градиенты #юмор",
        "Нашёл отличный репозиторий по квантизации, делюсь.",
        "Ну вот он!",
        "Мем дня\n\nБез комментариев.",
        "My friend trained a world-class model, check it out",
        "The best plot of the year. Enjoy!",
    ],
)
def test_a_post_that_hands_over_what_is_lost_is_marked(text: str) -> None:
    post = post_from_text(text)
    draft = draft_by_rule(post, X)
    assert [one.why for one in draft.marked] == [("unshown",)]
    photo = replace(post, media=(MediaItem("photo", "1.jpg", "1.jpg"),))
    assert draft_by_rule(photo, X).finished
    linked = post_from_text(f"{text}\n\nhttps://example.org/model")
    assert draft_by_rule(linked, X).finished


@pytest.mark.parametrize(
    "text",
    [
        "Решил поделиться с вами тремя правилами.\n\nПервое: считайте токены. Второе: не верьте графикам.",
        "Держите себя в руках, когда лосс растёт.",
        "Смотрите на данные, а не на кривую.",
        "Кто готов поделиться видеокартой на выходные?",
        "A small classifier is attached to the last layer.",
        "Half of the gain is weight sharing.",
        "Как вам такая идея?",
        "We are sharing weights between layers, so the model is half as large.\n\nIt is not slower.",
        "Делюсь:\n\n• считайте токены\n• не верьте графикам",
    ],
)
def test_a_post_that_says_all_it_has_is_not(text: str) -> None:
    assert draft_by_rule(post_from_text(text), X).finished


@pytest.mark.parametrize(
    "line",
    [
        "По четвергам отвечаю на вопросы в чате канала.",
        "Читателям канала скидка.",
        "Об этом я писала в моём канале.",
        "Зачем этот канал",
        "В этом канале я пишу о квантизации.",
        "A note for the English-speaking half of the channel.",
        "I answer questions in the voice chat of the channel.",
        "This channel is about small models.",
        "Thanks to the subscribers of this channel.",
    ],
)
def test_a_sentence_about_the_channel_itself_is_marked_elsewhere(line: str) -> None:
    text = f"{line}\n\nМодель быстрее прежней втрое." if post_from_text(line).lang == "ru" else f"{line}\n\nIt is fast."
    post = post_from_text(text)
    assert [(one.text, one.why) for one in draft_by_rule(post, X).marked] == [(line, ("elsewhere",))]
    assert draft_by_rule(post, network("telegram")).finished


@pytest.mark.parametrize(
    "line",
    [
        "Выбросы стабильно сидят в этом канале активаций.",
        "Каждый канал делят на свой множитель, и канал с выбросом больше не мешает.",
        "По итогам голосования в чате курса занятия по средам.",
        "Наш канал: https://t.me/example",
        "Смотрите мой канал на YouTube, там есть запись.",
        "Half of the channels are zero, and the other half of the tensor is not.",
        "Each value is divided by the scale of the channel.",
        "Our channel pruning removes a third of the weights.",
    ],
)
def test_other_channels_are_not(line: str) -> None:
    assert draft_by_rule(post_from_text(f"**1×1**\n\n{line}"), X).finished


@pytest.mark.parametrize("name", ["medium", "habr", "devto"])
def test_a_title_that_the_text_says_again_is_the_author_s_to_write(name: str) -> None:
    again = [
        "Сегодня каналу исполнился год.",
        "Там Карпатый опять отжигает. Он выпустил часовую лекцию о языковых моделях.",
    ]
    for text in again:
        assert any(
            "title of its own" in reason for reason in draft_by_rule(post_from_text(text), network(name)).to_edit
        )
    assert draft_by_rule(post_from_text("Год каналу\n\nСегодня ровно год."), network(name)).finished


@pytest.mark.parametrize("name", ["medium", "devto", "discord", "x", "bluesky"])
def test_a_mark_is_found_around_an_address_that_markdown_puts_in_brackets(name: str) -> None:
    text = "Бот готов, спасибо @fminxyz (пример на картинке — это https://example.org/30).\n\nПока не выкладываю."
    draft = draft_by_rule(post_from_text(f"Автоматизация\n\n{text}"), network(name))
    assert [one.why for one in draft.marked] == [("label",)]


@pytest.mark.parametrize("name", ["bluesky", "telegram"])
def test_a_translation_is_read_where_links_are_on_words_too(name: str) -> None:
    post = post_from_text(
        "Разбор\n\nКод: https://example.org/c\n\n👉 Блогпост про MoE\n\nПодробнее на картинке.", lang="ru"
    )
    told = "Review\n\n[Code](https://example.org/c) · [Paper](https://example.org/p)\n\n👉 Blog post on MoE\n\n"
    told += "Read it [here](https://example.org/h).\n\nSee the picture: it is in the picture.\n\nRead it here."
    draft = convert(post_from_text(told, lang="en"), network(name), Options(lang="en"))
    marked = finished(post, draft, network(name), "en").marked
    assert {(one.text, one.why) for one in marked} == {
        ("👉 Blog post on MoE", ("label",)),
        ("See the picture: it is in the picture.", ("label",)),
        ("Read it here.", ("label",)),
    }
