"""A post that takes an earlier one back is linked to it when it is indexed, and comes first wherever both are found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from konspekt.indexer.documents import Document, Entity
from konspekt.indexer.reindexing.correction_marks import (
    hints_at_change,
    says_it_corrects,
    subject,
    takes_back,
    turns_back,
    values_of,
)
from konspekt.storage.database import Database
from konspekt.storage.index.corrections import corrections_of
from tests.fakes.hash_embedder import HashEmbedder
from tests.indexer.house import House


def post(number: int, text: str, day: str, **fields: Any) -> Document:
    document = Document(
        id=f"channel/{number}",
        source_id="channel",
        kind="post",
        title=text.split("\n", 1)[0],
        text=text,
        url=f"https://t.me/channel/{number}",
        published_at=datetime.fromisoformat(day).replace(tzinfo=UTC),
    )
    return replace(document, **fields)


LATENT = post(1, "Латентная диффузия\n\nМножитель латента 0.18215 общий для всех моделей.", "2025-03-01")
SCHEDULE = post(2, "Расписание курса\n\nЗанятия по понедельникам в 19:00, зал Ломоносова.", "2025-09-01")
OTHER = [
    post(i, f"Заметка{i}\n\nСовсем другое слово{i} про котиков{i} и чай{i}.", f"2025-04-{i:02}") for i in range(3, 25)
]


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path, HashEmbedder())


def links(house: House, *documents: Document) -> dict[str, str]:
    house.give(*documents)
    house.reindexer().run(["/a"])
    with house.database.read() as session:
        return corrections_of(session, [document.id for document in documents])


@pytest.mark.parametrize(
    "line",
    [
        "Поправка про масштаб латента",
        "❗️Поправка к вчерашнему посту",
        "UPD: цена выросла",
        "upd. теперь по средам",
        "Занятие переносится на среду",
        "Важно: семинар перенесён",
        "Сэмплер по умолчанию — обновление",
        "Ранг LoRA: я была неправа",
        "Меняем день",
        "Уточнение: порог 0.3",
        "Correction: the factor is 0.13",
        "The lecture is rescheduled",
        "Я ошиблась с ценой",
        "Из-за дождя субботник в саду переносим на 10 мая",
        "Срок подачи заявок на школу продлён до 15 июня",
        "Занятия по керамике переезжают на четверг, 18:30",
        "Архив снимков переехал: теперь он на другом диске",
        "The deadline for all essays is extended to Friday",
    ],
)
def test_a_post_says_in_its_first_words_that_it_corrects(line: str) -> None:
    assert says_it_corrects(f"{line}\n\nподробности")


@pytest.mark.parametrize(
    "text",
    [
        "Gradient checkpointing: меняем время на память",
        "С наступающим! За год шесть десятков конспектов, одна поправка и два кота.",
        "SVDQuant\n\nПеренос выбросов в веса.",
        "Перенося обучение на другую карту",
        "Как обновляются веса",
        "Выбросы из активаций переносят на веса, как в SmoothQuant",
        "Переехала в новую квартиру и нашла старые диски",
        "",
    ],
)
def test_a_post_that_only_mentions_it_does_not(text: str) -> None:
    assert not says_it_corrects(text)


def test_it_corrects_the_post_that_it_answers(house: House) -> None:
    new = post(30, "Поправка\n\nЭто не так.", "2025-03-05", reply_to="channel/1")
    assert links(house, LATENT, *OTHER, new) == {"channel/1": "channel/30"}


@pytest.mark.parametrize("where", ["text", "entity"])
def test_it_corrects_the_post_that_it_links_to(house: House, where: str) -> None:
    text = "UPD к посту" + (" https://t.me/channel/1" if where == "text" else "") + "\n\nмножитель другой"
    entities = () if where == "text" else (Entity("text_link", 0, 3, url="https://t.me/channel/1"),)
    assert links(house, LATENT, *OTHER, post(30, text, "2025-06-05", entities=entities)) == {"channel/1": "channel/30"}


def test_it_corrects_the_earlier_post_that_shares_its_rare_words(house: House) -> None:
    new = post(31, "Поправка\n\nМножитель латента не общий: у SDXL он 0.13025.", "2025-06-01")
    assert links(house, LATENT, SCHEDULE, *OTHER, new) == {"channel/1": "channel/31"}


@pytest.mark.parametrize(
    "new",
    [
        post(30, "Множитель латента 0.18215 и модели", "2025-06-01"),  # no word of a correction
        post(30, "Поправка\n\nСборка проекта на виндоус чинится переустановкой", "2025-06-01"),  # of something not here
        post(30, "Поправка\n\nМножитель латента не общий для моделей", "2024-01-01"),  # before it
        post(30, "Поправка\n\nМножитель латента не общий для моделей", "2028-01-01"),  # years after it
    ],
)
def test_nothing_is_corrected_without_a_reason(house: House, new: Document) -> None:
    assert links(house, LATENT, SCHEDULE, *OTHER, new) == {}


def test_a_post_that_points_to_its_correction_does_not_correct_it(house: House) -> None:
    old = post(1, "UPD: всё не так, см. https://t.me/channel/30\n\nМножитель латента общий.", "2025-03-01")
    new = post(30, "Поправка\n\nМножитель латента не общий.", "2025-03-05", reply_to="channel/1")
    assert links(house, old, *OTHER, new) == {"channel/1": "channel/30"}
    assert house.searcher().search("множитель латента", 1)[0].document_id == "channel/30"


def test_next_years_course_replaces_this_years(house: House) -> None:
    old = post(40, "Курс «Диффузия», осень 2025: запись открыта\n\nЦена 1000", "2025-08-01")
    new = post(41, "Курс «Диффузия», осень 2026: запись открыта\n\nЦена 2000", "2026-08-01")
    soon = post(42, "Курс «Диффузия», осень 2026: запись открыта\n\nНапоминание", "2026-08-09")
    digest = [post(43 + i, f"Дайджест котиков {2025 + i}\n\nчай", f"{2025 + i}-01-01") for i in range(2)]
    found = links(house, old, new, soon, *digest)
    assert found["channel/40"] in {"channel/41", "channel/42"}
    assert found.keys() == {"channel/40"}


def test_the_newer_ranks_above_the_older_and_passages_know(house: House) -> None:
    new = post(30, "Поправка\n\nМножитель латента у SDXL другой: 0.13025.", "2025-03-05", reply_to="channel/1")
    links(house, LATENT, *OTHER, new)
    hits = house.searcher().search("множитель латента 0.18215 общий", 5)
    ids = [hit.document_id for hit in hits]
    assert ids.index("channel/30") < ids.index("channel/1")
    assert {hit.document_id: hit.corrected_by for hit in hits}["channel/1"] == "channel/30"
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


def test_a_post_that_is_asked_by_itself_is_asked_with_what_corrects_it(house: House) -> None:
    new = post(30, "Поправка\n\nМножитель латента у SDXL другой: 0.13025.", "2025-03-05", reply_to="channel/1")
    links(house, LATENT, *OTHER, new)
    found = house.searcher().within("множитель латента", ["channel/1"])
    assert {one.document_id for one in found} == {"channel/1", "channel/30"}
    assert {one.document_id: one.corrected_by for one in found}["channel/1"] == "channel/30"


def test_a_correction_of_something_else_in_the_post_comes_right_after(house: House) -> None:
    new = post(30, "Поправка\n\nФамилия автора пишется иначе.", "2025-03-05", reply_to="channel/1")
    links(house, LATENT, *OTHER, new)
    hits = house.searcher().search("множитель латента 0.18215 общий", 5, mode="lexical")
    assert [hit.document_id for hit in hits][:1] == ["channel/1"]
    hits = house.searcher().search("множитель латента 0.18215 общий", 5)
    assert [hit.document_id for hit in hits][:2] == ["channel/1", "channel/30"]


def test_a_chain_of_corrections_ends_with_the_newest_first(house: House) -> None:
    second = post(30, "Поправка\n\nМножитель латента не общий.", "2025-03-05", reply_to="channel/1")
    third = post(32, "UPD\n\nМножитель латента все же общий.", "2025-03-09", reply_to="channel/30")
    links(house, LATENT, *OTHER, second, third)
    assert [hit.document_id for hit in house.searcher().search("множитель латента общий", 3)] == [
        "channel/32",
        "channel/30",
        "channel/1",
    ]


def test_an_edited_or_removed_correction_corrects_no_more(house: House) -> None:
    new = post(30, "Поправка\n\nНе так.", "2025-03-05", reply_to="channel/1")
    assert links(house, LATENT, new)
    assert links(house, LATENT, replace(new, text="Просто пост", title="Просто пост")) == {}
    assert links(house, LATENT, new)
    assert links(house, LATENT) == {}


def test_an_edit_of_the_corrected_post_keeps_the_link(house: House) -> None:
    new = post(30, "Поправка\n\nНе так.", "2025-03-05", reply_to="channel/1")
    links(house, LATENT, new)
    assert links(house, replace(LATENT, text=LATENT.text + " И ещё."), new) == {"channel/1": "channel/30"}


def test_a_correction_outside_the_filter_stays_outside(house: House) -> None:
    new = post(30, "Поправка\n\nНе так.", "2025-03-05", reply_to="channel/1")
    links(house, LATENT, new)
    hits = house.searcher().search("множитель латента общий", 5, until=datetime(2025, 3, 2, tzinfo=UTC))
    assert [(hit.document_id, hit.corrected_by) for hit in hits] == [("channel/1", "channel/30")]


PAUSE = post(60, "В скрипте выгрузки ставьте паузу 0,5 секунды, сервер музея выдержит.", "2025-05-27")


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("С понедельника сервер банит за такое. Ставьте паузу 3 секунды.", True),
        ("Нет, всё-таки нужна целая секунда.", True),
        ("Пауза теперь стоит в самом скрипте, трогать не надо.", True),
        ("The pause is no longer needed.", True),
        ("Спрашивают, можно ли так же с архивом. Можно.", False),
        ("Дополнение: логи лежат в папке logs.", False),
        ("Ещё один способ\n\nТеперь качаем музей по частям, паузу 2 секунды ставим между ними.", False),
    ],
)
def test_an_answer_to_ones_own_post_corrects_it_when_it_says_no_or_another_value(
    house: House, text: str, linked: bool
) -> None:
    new = post(61, text, "2025-05-30", reply_to="channel/60")
    assert links(house, PAUSE, *OTHER, new) == ({"channel/60": "channel/61"} if linked else {})


JOURNAL = post(70, "Подписка на журнал «Горн»: 1200 рублей за полгода, доставка по почте.", "2025-07-07")
ECLIPSE = post(71, "Затмение смотрим с крыши планетария, сбор в девять вечера.", "2025-08-06")
CLUB = post(72, "Встреча клуба настольных игр — 22 февраля, антикафе на Лесной.", "2025-02-10")


@pytest.mark.parametrize(
    ("text", "day", "corrected"),
    [
        ("С января подписка на журнал «Горн» стоит 1500 рублей за полгода, доставка прежняя.", "2026-01-12", 70),
        ("Сбор на затмение теперь у маяка, а не на крыше планетария.", "2025-08-11", 71),
        ("Встреча клуба настольных игр переносится на 1 марта.", "2025-02-17", 72),
        ("Встреча клуба книголюбов переносится на 16 марта.", "2025-02-20", None),
        ("Теперь подписка на журнал «Горн» есть и в киосках.", "2026-01-12", None),
    ],
)
def test_a_moved_or_changed_thing_is_found_by_what_it_is_about(
    house: House, text: str, day: str, corrected: int | None
) -> None:
    wanted = {} if corrected is None else {f"channel/{corrected}": "channel/80"}
    assert links(house, JOURNAL, ECLIPSE, CLUB, *OTHER, post(80, text, day)) == wanted


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Летний лагерь радистов 2024: взнос 18 000 рублей.", "Летний лагерь радистов 2025: взнос 23 000 рублей."),
        ("Зимняя школа реставрации 2024\n\nВ Суздале.", "Зимняя школа реставрации 2025\n\nВ Каргополе."),
        ("Course “Maps by hand”, winter 2024: 90 euros, on Mondays.", "Course “Maps by hand”, winter 2025: 120 euros."),
    ],
)  # fmt: skip
def test_what_is_announced_anew_a_year_later_replaces_it(house: House, old: str, new: str) -> None:
    first, second = post(90, old, "2024-06-05"), post(91, new, "2025-06-03")
    assert links(house, first, *OTHER, second) == {"channel/90": "channel/91"}


def test_values_are_numbers_by_their_unit() -> None:
    assert dict(values_of("2,2 кВт, 980 градусов, 18 000 рублей, 5 июня, 30 %")) == {
        "квт": {"2.2"},
        "градус": {"980"},
        "рубль": {"18000"},
        "%": {"30"},
    }
    assert takes_back("Держу 940 градусов.", "Довожу до 980 градусов и держу полчаса.")
    assert not takes_back("Держу 980 градусов.", "Довожу до 980 градусов за 5 часов.")
    assert takes_back("На набережной, а не на крыше планетария.", "Смотрим с крыши планетария.")
    assert not takes_back("На набережной, а не в парке.", "Смотрим с крыши планетария.")


def test_what_a_post_is_about_stands_before_its_mark() -> None:
    assert subject("Встреча клуба книголюбов переносится на 16 марта").strip() == "Встреча клуба книголюбов"
    assert subject("Из-за дождя субботник в саду переносим на 10 мая").strip() == "субботник в саду"
    assert subject("Поправка про окуляры") == ""
    assert hints_at_change("Ключ теперь в шкафу")
    assert not hints_at_change("Ключ лежит в шкафу")
    assert turns_back("Нет, всё-таки 1 мм")
    assert not turns_back("Спрашивают про толщину")


@pytest.mark.parametrize(
    ("old", "new", "linked"),
    [
        ("На проект дадим доступ к карте на кластере, 20 часов в неделю на команду.",
         "Команд больше, чем мы ждали. Вместо обещанных двадцати часов — 12 часов карты в неделю на команду.", True),
        ("Абонемент в бассейн на месяц стоит 3 000 рублей, полотенце приносите с собой.",
         "Аренда подорожала. Цена абонемента в бассейн на месяц выросла с 3000 до 3500 рублей.", True),
        ("The darkroom is booked for 4 hours per person per week.",
         "There are more of you now. You get 3 hours in the darkroom per person per week instead of 4 hours.", True),
        ("На проект дадим доступ к карте на кластере, 10 часов в неделю на команду.",
         "Команд больше, чем мы ждали. Вместо обещанных двадцати часов — 12 часов карты в неделю на команду.", False),
        ("Велосипед я катаю 20 часов в месяц.",
         "Команд больше, чем мы ждали. Вместо обещанных двадцати часов — 12 часов карты в неделю на команду.", False),
    ],
)  # fmt: skip
def test_a_number_that_is_taken_back_leads_to_the_post_that_holds_it(
    house: House, old: str, new: str, linked: bool
) -> None:
    older, newer = post(1, f"Вопросы\n\n{old}", "2025-08-12"), post(2, f"Новость\n\n{new}", "2025-10-06")
    assert links(house, older, newer, *OTHER) == ({older.id: newer.id} if linked else {})
