"""A post is whole: its continuation, its votes, its preview; and its title says what it is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from konspekt.indexer.documents import Document, Entity
from konspekt.indexer.sources.adverts import is_advert
from konspekt.indexer.sources.dumps.split import split_dump
from konspekt.indexer.sources.headings import is_section_heading
from konspekt.indexer.sources.options import SourceOptions
from konspekt.indexer.sources.recognise import recognise
from konspekt.indexer.sources.telegram.live import live_document
from konspekt.indexer.sources.telegram.web_page import read_page
from konspekt.indexer.sources.titles import title_of
from konspekt.indexer.struck import current_text, marked_text
from tests.indexer.sources.test_telegram_json import START, message, posts

FIRST = "Новый курс по диффузии\n\nРассказываю, что в нём будет."
NAMED = SourceOptions.from_pairs(["1234567890=quiet_gradient"])


def joined(tmp_path: Path, second: dict[str, Any], **first: Any) -> list[Document]:
    return posts(tmp_path, message(1, FIRST, seconds=0, **first), second, options=NAMED)


@pytest.mark.parametrize(
    "text",
    [
        "Старт 5 марта, цена 12 000 рублей.",
        "Цена 12 000 рублей",
        "и ещё: записаться можно до пятницы",
        "Метод\n\nСначала шум, потом шаги.",
        "🔬 Эксперименты:\n\nОбучали на трёх картах.",
        "Кстати, лекции будут по вторникам.\nНачало в семь.",
    ],
)
def test_a_message_seconds_later_without_a_title_continues_the_post(tmp_path: Path, text: str) -> None:
    (post,) = joined(tmp_path, message(2, text, seconds=3))
    assert post.title == "Новый курс по диффузии"
    assert post.text == f"{FIRST}\n\n{text}"
    assert [(post.text[anchor.offset :][:5], anchor.url) for anchor in post.anchors] == [
        (FIRST[:5], "https://t.me/quiet_gradient/1"),
        (text[:5], "https://t.me/quiet_gradient/2"),
    ]
    assert post.extra["message_ids"] == [1, 2]


@pytest.mark.parametrize(
    "second",
    [
        message(2, "Поздравляю всех.", seconds=120),
        message(3, "Не следующий номер.", seconds=3),
        message(2, "Вакансия недели\n\nИщем инженера.", seconds=3),
        message(2, "Подпись к картинке.", seconds=3, photo="a.jpg"),
        message(2, "Чужие слова.", seconds=3, forwarded_from="Другой"),
        message(2, "Другой автор.", seconds=3, author="Анна"),
        message(2, "Курсы со скидкой. #реклама erid: 2VtzqwABCDEF", seconds=3),
        message(2, "", seconds=3, poll={"question": "Пойдёте?", "answers": [{"text": "Да", "voters": 0}]}),
        message(2, "Из одной пачки.", seconds=0),
    ],
)
def test_what_stands_for_itself_stays_a_post(tmp_path: Path, second: dict[str, Any]) -> None:
    assert len(joined(tmp_path, second)) == 2


def test_a_text_that_telegram_cut_is_one_post_though_its_parts_have_one_second(tmp_path: Path) -> None:
    long = "Большой разбор\n\n" + "слово " * 650
    (post,) = posts(tmp_path, message(1, long, seconds=0), message(2, "конец разбора.", seconds=0))
    assert post.text.endswith("конец разбора.")


def test_formatting_of_a_continuation_stays_in_its_place(tmp_path: Path) -> None:
    pieces = [{"type": "plain", "text": "😀 а тут "}, {"type": "bold", "text": "жирно"}, {"type": "plain", "text": "."}]
    (post,) = joined(tmp_path, message(2, pieces, seconds=3))
    (bold,) = post.entities
    units = post.text.encode("utf-16-le")
    assert units[2 * bold.offset : 2 * (bold.offset + bold.length)].decode("utf-16-le") == "жирно"


def test_an_edit_of_one_message_keeps_the_others(tmp_path: Path) -> None:
    (post,) = joined(tmp_path, message(2, "Цена 12 000 рублей.", seconds=3))
    chat = {"id": -1001234567890, "title": "Тихий градиент", "type": "channel", "username": "quiet_gradient"}
    for number, text in ((1, "Новый курс\n\nПодробности ниже."), (2, "Цена 15 000 рублей.")):
        edited = live_document(
            {"message_id": number, "date": START, "chat": chat, "text": text}, SourceOptions(), existing=post
        )
        assert edited is not None
        post = edited
    assert (post.id.rsplit("/")[-1], post.title) == ("1", "Новый курс")
    assert post.text == "Новый курс\n\nПодробности ниже.\n\nЦена 15 000 рублей."
    assert post.text[post.anchors[1].offset :] == "Цена 15 000 рублей."


@pytest.mark.parametrize(
    "line",
    ["Метод", "Эксперименты", "🔬 Результаты:", "3. Выводы", "**Введение**", "Method", "Related Work",
     "II. Experiments", "Постановка задачи", "Ablation", "Часть 2. Обучение", "▎Архитектура"],
)  # fmt: skip
def test_headings_of_sections_are_known(line: str) -> None:
    assert is_section_heading(line)


@pytest.mark.parametrize("line", ["Методы оптимизации в RL", "Как LLaMA 3.1 работает", "LoRA", "Результаты опроса"])
def test_titles_that_say_something_are_no_headings(line: str) -> None:
    assert not is_section_heading(line)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Метод\nСначала добавляют шум.", "Сначала добавляют шум."),
        ("Ура!\nМодель вышла", "Модель вышла"),
        ("LoRA\nНизкоранговые добавки к весам", "LoRA — Низкоранговые добавки к весам"),
        ("🔥\nИтоги\nGRPO обошёл PPO", "GRPO обошёл PPO"),
        ("Выводы", "Выводы"),
        ("Ура!", "Ура!"),
    ],
)
def test_a_title_says_what_the_post_is_about(text: str, title: str) -> None:
    assert title_of(text) == title


def _review(name: str) -> str:
    return (
        f"{name}: новый способ обучения\n\nАвторы из института предлагают {name} и показывают, что он работает.\n\n"
        f"Метод\n\nВ {name} добавляют шум к весам, а затем считают градиент по двум точкам сразу.\n\n"
        f"Эксперименты\n\nНа трёх наборах данных {name} обошёл прежние способы на два процента.\n\n"
        f"Вывод\n\nСтоит попробовать {name}, код открыт."
    )


@pytest.mark.parametrize("furniture", ["🔥3👍2", "VIEW IN TELEGRAM\n❤5"])
def test_sections_of_a_dump_are_no_posts(furniture: str) -> None:
    names = ("Альфа", "Бета", "Гамма", "Дельта")
    dump = "\n".join(f"{_review(name)}\n{furniture}" for name in names)
    _, found = split_dump(dump)
    assert [post.text for post in found] == [_review(name) for name in names]


def test_a_message_of_a_dump_that_begins_with_a_section_continues_the_one_above() -> None:
    head, _, tail = _review("Альфа").partition("Эксперименты\n")
    _, found = split_dump(f"{head}\n🔥3\nЭксперименты\n{tail}\n👍2\n{_review('Бета')}\n❤1")
    assert [post.lines[0] for post in found] == ["Альфа: новый способ обучения", "Бета: новый способ обучения"]
    assert "На трёх наборах данных Альфа" in found[0].text


def test_of_two_differing_copies_of_a_post_every_line_is_kept() -> None:
    head = "Разбор новой статьи о памяти\nАвторы хранят ключи отдельно от значений и показывают, сколько это даёт."
    tail = "Второй длинный абзац о том, как устроен эксперимент и что в нём измеряли на самом деле."
    first, second = f"{head}\nФакт из первой копии.\n{tail}", f"{head}\n{tail}\nФакт из второй копии."
    _, found = split_dump(f"{first}\n🔥3\n{second}\n👍2\nДругой пост\nСовсем о другом, про погоду.\n❤2")
    assert [post.lines[0] for post in found] == ["Разбор новой статьи о памяти", "Другой пост"]
    assert found[0].text == f"{first}\nФакт из второй копии."


def test_the_channel_and_the_previews_of_a_dump_can_be_found(tmp_path: Path) -> None:
    path = tmp_path / "quiet.txt"
    path.write_text(
        "Тихий градиент\n1.2K subscribers\n30 photos\nПишет Анна Смирнова, вопросы: @anna_s\nDownload Telegram\n"
        "Вышел компилятор борща\nОчень длинный рассказ о том, как он устроен внутри.\nGitHub\n"
        "GitHub - someone/borscht: A compiler for soup\nContribute to someone/borscht.\n🔥3\n"
        "Второй пост\nОбо всём понемногу и ещё немного.\n👍4\n",
        "utf-8",
    )
    (source,) = recognise(path)
    about, first, _ = [item for item in source.documents() if isinstance(item, Document)]
    assert (about.title, about.extra) == ("Тихий градиент", {"about": True})
    assert "Анна Смирнова" in about.text
    assert first.text.endswith("A compiler for soup\nContribute to someone/borscht.")
    assert first.title == "Вышел компилятор борща"


def test_the_description_on_a_channels_page_is_a_document() -> None:
    page = read_page(
        '<div class="tgme_channel_info"><div class="tgme_channel_info_header_title">Тихий</div>'
        '<div class="tgme_channel_info_description">Ведёт <b>Анна</b></div></div>'
    )
    assert page.description == "Ведёт Анна"


@pytest.mark.parametrize(
    "text",
    ["#реклама", "Курс!\n\nРеклама. ООО «Ромашка», ИНН 7700000000", "erid: 2VtzqwABCDEF", "Erid 2Vtzqw12345",
     "#ad Great tool", "https://example.org/?utm=1&erid=2VtzqwABCD", "На правах рекламы"],
)  # fmt: skip
def test_adverts_are_known_by_their_marks(text: str) -> None:
    assert is_advert(text)


@pytest.mark.parametrize(
    "text", ["Как устроена реклама в поиске", "#рекламация", "#adam оптимизатор", "Америда", "#add"]
)
def test_posts_about_advertising_are_none(text: str) -> None:
    assert not is_advert(text)


def test_an_advert_is_marked_and_a_token_may_stand_in_a_hidden_link(tmp_path: Path) -> None:
    link = [
        {"type": "text_link", "text": "Курс", "href": "https://example.org/?erid=2VtzqwABCD"},
        " для всех и каждого",
    ]
    hidden, plain = posts(tmp_path, message(1, link, text_entities=None), message(2, "Обычный пост"))
    assert hidden.extra == {"advert": True}
    assert plain.extra == {}


@pytest.mark.parametrize(
    ("poll", "text"),
    [
        ({"question": "Что?", "total_voters": 4, "answers": [{"text": "А", "voters": 3}, {"text": "Б", "voters": 1}]},
         "Что?\n• А — 3 (75 %)\n• Б — 1 (25 %)\nВсего голосов: 4"),
        ({"question": "What?", "answers": [{"text": "A", "voters": 1}]}, "What?\n• A — 1 (100 %)\nVotes in all: 1"),
        ({"question": "Что?", "answers": [{"text": "А", "voters": 0}, {"text": "Б"}]}, "Что?\n• А\n• Б"),
        # several answers allowed: shares are of the people
        ({"question": "Что?", "total_voters": 2, "answers": [{"text": "А", "voters": 2}, {"text": "Б", "voters": 1}]},
         "Что?\n• А — 2 (100 %)\n• Б — 1 (50 %)\nВсего голосов: 2"),
    ],
)  # fmt: skip
def test_a_poll_tells_its_votes(tmp_path: Path, poll: dict[str, Any], text: str) -> None:
    (post,) = posts(tmp_path, message(1, "", poll=poll))
    assert post.text == text


def test_what_is_struck_can_be_marked_or_left_out() -> None:
    text = "😀 Цена 10 000 12 000 рублей"
    post = Document("a/1", "a", "post", "", text, entities=(Entity("strikethrough", 8, 6),))
    assert marked_text(post) == "😀 Цена ~~10 000~~ 12 000 рублей"
    assert current_text(post) == "😀 Цена  12 000 рублей"
    assert marked_text(post, 10) == "~~000~~ 12 000 рублей"
    lecture = Document("a/2", "a", "course", "", "Цена ~~10~~ 12")
    assert (marked_text(lecture), current_text(lecture)) == ("Цена ~~10~~ 12", "Цена  12")
    assert current_text(Document("a/3", "a", "post", "", "без ~~разметки~~")) == "без ~~разметки~~"


@pytest.mark.parametrize("garbage", [[{"type": "plain"}], [{}], ["строка"], [{"type": "plain", "text": None}]])
def test_text_counts_where_its_entities_are_garbage(tmp_path: Path, garbage: list[Any]) -> None:
    (post,) = posts(tmp_path, message(1, "верный текст", text_entities=garbage))
    assert post.text == "верный текст"
