"""Lists, counts, timelines, comparisons and reading lists over a real index, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from konspekt.answering.answer import Turn
from konspekt.answering.finding import Scope
from konspekt.answering.personal import Personal
from konspekt.answering.planning import Planned
from konspekt.assistant.overview.overview import Overview
from konspekt.indexer.documents import Document, Entity, Media
from konspekt.indexer.errors import NoIndexError
from konspekt.indexer.sources.rich_text import utf16_length
from konspekt.storage.database import Database
from tests.assistant.channel import CHANNEL, EVERYWHERE, NOW, indexed, lecture, numbers, overview, post


@pytest.fixture
def channel(database: Database, tmp_path: Path) -> Overview:
    return overview(indexed(database, tmp_path))


def asked(channel: Overview, question: str) -> Planned:
    planned = channel.reply(question, (), EVERYWHERE, "en" if question.isascii() else "ru")
    assert planned is not None, f"{question!r} was not taken for a question about the whole channel"
    return planned


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # forms, one root («квантования»), a hashtag; no table of contents, no copy; newest first
        ("все посты про квантизацию", "6 4 3 2"),
        ("покажи все материалы о квантизации", "02-lecture.md 6 4 3 2"),
        # a compound; a video card is no video, and an advert is never shown
        ("посты про видео", "5"),
        ("посты про видеокарты", ""),
        # the other alphabet, and English
        ("найди посты про гптку", "4 3"),
        ("show me all posts about quantization", "6 4 3 2"),
        ("list posts about attention", "5"),
        # «токенизатор» and «токен» are one stem in English
        ("посты про токенизатор", "8"),
        ("посты про GPTQ и AWQ", "4"),
        ("посты про GPTQ или видео", "5 4 3"),
        ("посты про квантизацию, кроме GPTQ", "6 2"),
        ("посты с тегом #квантизация", "6 4 3 2"),
        ("посты с тегом #курс", ""),
        ("что нового за неделю", "9 8"),
        ("что вышло в марте", "6"),
        ("покажи посты за март 2025", "3 2"),
        ("посты про квантизацию с марта по май 2025", "4 3 2"),
        ("хронология квантизации", "2 3 4 6"),
        ("какие лекции есть?", "01-lecture.md 02-lecture.md"),
        ("есть что-нибудь про видео?", "5"),
    ],
)
def test_a_list_holds_exactly_these(channel: Overview, question: str, expected: str) -> None:
    assert numbers(asked(channel, question)) == expected.split()


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("сколько постов всего?", "8 постов, с 10.01.2025 по 28.11.2026."),
        ("сколько было про видео", "1 пост, в котором есть «видео»"),
        ("сколько постов в марте", "1 пост (в марте: с 01.03.2026 по 31.03.2026)."),
        ("сколько постов про квантизацию в 2025 году", "3 поста, в которых есть «квантизация»"),
        ("сколько материалов про квантизацию", "5 материалов, в которых есть «квантизация»"),
        ("сколько раз упоминали GPTQ", "2 поста, в которых есть «GPTQ»"),
        ("how many posts about AWQ?", "1 post that holds “AWQ” in any form"),
        ("сколько постов в блоге Вера", "8 постов"),
    ],
)
def test_a_count_names_what_was_counted(channel: Overview, question: str, opening: str) -> None:
    assert asked(channel, question).reply.text.startswith(opening)


def test_copies_are_said_and_not_counted(channel: Overview) -> None:
    assert "Пересланные копии не считались: 1." in asked(channel, "сколько постов про квантизацию").reply.text


def test_each_item_has_its_date_title_line_and_own_link(channel: Overview) -> None:
    reply = asked(channel, "все посты про квантизацию").reply
    first, *_ = reply.citations
    assert (first.document_id, first.url) == ("channel/6", "https://t.me/channel/6")
    assert "• «Сколько весит кэш», 03.03.2026 [1]\n  Для квантования ключей берут множитель на канал." in reply.text
    assert {mark for part in reply.parts for mark in part.marks} == {one.n for one in reply.citations}


def test_the_only_post_of_a_topic_says_more_of_it_than_a_remark(database: Database, tmp_path: Path) -> None:
    posts = [
        post(
            1,
            "2025-01-01",
            "DALI и картинки",
            "Про DALI давно хотел сказать.\n\nОна читает картинки на карте, оттого втрое быстрее.",
        ),
        post(2, "2025-01-02", "Отпуск", "Решил дать всем отдохнуть, дали неделю."),
    ]
    reply = asked(overview(indexed(database, tmp_path, posts)), "что писали про DALI?").reply
    assert reply.text.startswith("1 материал, в котором есть «DALI»")  # and none with «дали»
    assert "Про DALI давно хотел сказать. Она читает картинки на карте, оттого втрое быстрее." in reply.text


def test_nothing_on_a_topic_is_said_plainly(channel: Overview) -> None:
    reply = asked(channel, "сколько постов про LTX-Video?").reply
    assert reply.refused
    assert reply.text.startswith("Постов, в которых есть «LTX-Video», в материалах нет.")


def test_a_period_without_posts_is_said_and_the_newest_named(channel: Overview) -> None:
    reply = asked(channel, "что нового в прошлом месяце").reply
    assert reply.text.startswith("За это время ничего не выходило (в прошлом месяце: с 01.10.2026 по 31.10.2026).")
    assert [one.document_id for one in reply.citations] == ["channel/9", "channel/8", "channel/6"]


def test_excluded_posts_are_neither_listed_nor_counted(database: Database, tmp_path: Path) -> None:
    channel = overview(indexed(database, tmp_path), exclude=["ИЗВИНЯЙСЯ"])
    assert numbers(asked(channel, "все посты про квантизацию")) == ["6", "4", "2"]
    assert asked(channel, "сколько постов").reply.text.startswith("7 постов")


def test_pages_hold_so_many_and_all_is_kept_for_more(database: Database, tmp_path: Path) -> None:
    many = [post(n, f"2025-05-{n:02}", f"Запись {n}", "Тут про шум и ещё раз про шум.") for n in range(1, 24)]
    planned = asked(overview(indexed(database, tmp_path, many), page=10), "все посты про шум")
    assert len(planned.reply.citations) == 10
    assert numbers(planned) == [str(n) for n in range(23, 0, -1)]
    assert planned.reply.text.endswith("Показано 10 из 23; дальше — по кнопке «Ещё».")


def test_a_timeline_says_what_was_taken_back(database: Database, tmp_path: Path) -> None:
    old = post(1, "2025-04-23", "LoRA: две тонкие матрицы", "Для стиля я ставлю ранг 128 и не жалею об этом.")
    new = post(
        2, "2026-01-20", "Ранг LoRA: я была неправа", "Раньше я советовала ранг 128. Теперь: ранг 16.",
        reply_to="channel/1",
    )  # fmt: skip
    reply = asked(overview(indexed(database, tmp_path, [old, new])), "как менялось мнение о ранге LoRA?").reply
    before, after = reply.text.split("• ")[1:]
    assert "позже исправлено постом «Ранг LoRA: я была неправа»" in before
    assert "исправляет пост «LoRA: две тонкие матрицы»" in after


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        ("какой пост был раньше: про AWQ или про GPTQ", "Раньше — «GPTQ» (20.03.2025), потом — «AWQ» (02.04.2025)."),
        ("какой пост был раньше: про AWQ или про VQGAN", "Про «VQGAN» в материалах ничего нет."),
    ],
)
def test_which_of_two_came_first(channel: Overview, question: str, verdict: str) -> None:
    assert asked(channel, question).reply.text.startswith(verdict)


def test_first_and_last(channel: Overview) -> None:
    first = asked(channel, "когда впервые упомянули квантизацию?").reply
    last = asked(channel, "последний пост про квантизацию").reply
    assert [one.document_id for one in (*first.citations, *last.citations)] == ["channel/2", "channel/6"]


def test_months_are_counted(channel: Overview) -> None:
    text = asked(channel, "сколько постов по месяцам").reply.text
    assert "• 03.2025 — 2\n• 04.2025 — 1\n• 06.2025 — 1\n• 03.2026 — 1\n• 11.2026 — 2" in text
    assert "Больше всего — 03.2025: 2." in text


def test_a_comparison_gives_each_side_its_own_sentences(channel: Overview) -> None:
    reply = asked(channel, "сравни GPTQ и AWQ").reply
    both, gptq, awq = reply.text.split("\n\n")
    assert both == "Об обоих сразу:\n• В отличие от GPTQ, AWQ не переобучается под калибровку [1]."
    assert gptq == "«GPTQ»:\n• GPTQ идёт по столбцам и правит ошибку [2]."
    assert awq == "«AWQ»:\n• AWQ умножает важные каналы на множитель [1]."
    assert [one.document_id for one in reply.citations] == ["channel/4", "channel/3"]


CHOICE = "Спрашивают часто. Для узоров я беру резец. Для мелких букв — стамеску. На липе вы разницы не увидите."
CHISEL = "Стамеска снимает стружку вдоль волокон дерева. Поэтому она оставляет ровное дно. Резцом так не выйдет."
HOMEWORK = "Бонус тому, чья стамеска пройдёт дуб за десять минут. Пила не нужна ни в одном задании."


def carving(database: Database, tmp_path: Path) -> Overview:
    posts = (
        post(1, "2025-01-01", "Стамеска: дно пазов", CHISEL),
        post(2, "2025-01-02", "Задание", HOMEWORK),
        post(3, "2025-01-03", "Резец или стамеска?", CHOICE),
        post(4, "2025-01-04", "Резец: узоры", "Резец ведут на себя и вертят кистью руки. Он боится сучков."),
        post(5, "2025-01-05", "Ножовка", "Ножовка пилит доски поперёк волокон за пару минут."),
    )
    return overview(indexed(database, tmp_path, posts))


@pytest.mark.parametrize(
    ("question", "said", "not_said"),
    [
        # the post that compares them leads, as it goes on
        ("сравни резец и стамеску", ("Об обоих сразу:\n• Для узоров я беру", "не увидите"), ("часто",)),
        # what leans on a sentence comes with it; a task that only names the side is left out where posts are about it
        ("сравни стамеску и резец", ("вдоль волокон дерева. Поэтому она",), ("Бонус", "Резцом так")),
        # a post that is titled by two says of each only what it says of that one
        ("сравни резец и ножовку", ("«резец»:\n• Резец ведут", "«ножовка»:\n• Ножовка пилит"), ("стамеску",)),
        ("сравни стамеску и лобзик", ("вдоль волокон",), ("Бонус", "• Поэтому")),
    ],
)  # fmt: skip
def test_a_comparison_leads_with_what_compares_and_nothing_hangs_in_the_air(
    database: Database, tmp_path: Path, question: str, said: tuple[str, ...], not_said: tuple[str, ...]
) -> None:
    text = asked(carving(database, tmp_path), question).reply.text
    assert [one for one in said if one not in text] == []
    assert [one for one in not_said if one in text] == []


def test_a_missing_side_is_said_to_be_missing(channel: Overview) -> None:
    reply = asked(channel, "сравни VQGAN и AWQ").reply
    assert reply.text.startswith("Про «VQGAN» в материалах ничего нет.\n\n«AWQ»:")
    assert not reply.refused
    assert asked(channel, "сравни VQGAN и MaskGIT").reply.refused


def test_a_reading_list_goes_from_the_course_to_details(channel: Overview) -> None:
    planned = asked(channel, "с чего начать изучать квантизацию?")
    assert numbers(planned) == ["02-lecture.md", "2", "3", "4", "6"]
    assert "раздел курса" in planned.reply.text
    assert "введение" in planned.reply.text
    assert "вводит «GPTQ»" in planned.reply.text


def test_what_uses_a_term_comes_after_what_introduces_it(database: Database, tmp_path: Path) -> None:
    """Though it was published before."""
    posts = [
        post(1, "2025-01-01", "Память и LoRA вместе", "Обучение с LoRA экономит память. Память дорога. #память"),
        post(2, "2025-02-01", "LoRA: тонкие матрицы", "Учат добавку, и память почти не нужна. Памяти мало. #память"),
        post(3, "2025-03-01", "Память: с нуля", "Память бывает быстрая и медленная. Память кончается. #память"),
    ]
    assert numbers(overview(indexed(database, tmp_path, posts)).guide("память", "ru")) == ["3", "2", "1"]


def test_who_writes(channel: Overview) -> None:
    text = asked(channel, "кто автор канала?").reply.text
    assert channel.reply("кто ведёт DDPM?", (), EVERYWHERE, "ru") is None  # no channel of that name
    assert text.startswith("Автор: Вера (10 материалов).")
    assert "«Зачем этот канал»" in text


def test_a_channel_is_told_of_in_its_own_words(database: Database, tmp_path: Path) -> None:
    posts = [
        post(1, "2025-01-01", "Зачем этот канал", "Здесь живут короткие конспекты. Вопросы — в комментарии."),
        post(2, "2025-02-01", "LoRA", "Учат добавку. Пишите ваши числа в отчёт."),
    ]
    there = overview(indexed(database, tmp_path, posts))
    about = asked(there, "Привет! Я тут впервые, о чём этот канал?").reply
    assert "Здесь живут короткие конспекты." in about.parts[2].text
    assert "2 материала" in about.text
    assert "«LoRA»" in about.text
    contact = asked(there, "как связаться с автором?").reply
    assert "Вопросы — в комментарии." in contact.text
    assert "LoRA" not in contact.text


def test_people_of_a_talk_are_those_of_what_it_is_about(database: Database, tmp_path: Path) -> None:
    posts = [
        post(1, "2025-01-01", "Зачем этот канал", "Я Вера, пишу конспекты. Вопросы — в комментарии."),
        post(2, "2025-02-01", "AWQ: берегите процент", "Lin и др. (2023) смотрят на активации."),
        post(4, "2025-04-01", "Гость", "Меня зовут Олег, я из лаборатории. Пишите мне: @oleg_norms."),
    ]
    there = overview(indexed(database, tmp_path, posts))

    def said(question: str, number: int) -> str:
        history = [Turn("user", "что там?"), Turn("assistant", "…", (f"channel/{number}",))]
        planned = there.reply(question, history, EVERYWHERE, "ru")
        return planned.reply.text if planned is not None else ""

    assert "Lin и др." in said("кто автор?", 2)
    assert "Автор: Вера" in said("кто автор канала?", 2)
    assert "Олег" in said("who wrote that paper", 4)
    assert there.reply("кто написал эту статью", (), EVERYWHERE, "ru") is None
    assert "@oleg_norms" in said("как с ним связаться?", 4)
    assert "Вопросы — в комментарии" in said("как связаться с автором?", 2)


@pytest.mark.parametrize("question", ["кто такая Вера", "а кто это — вера?", "who is Вера?"])
def test_a_name_that_writes_here_is_an_author(channel: Overview, question: str) -> None:
    assert "Зачем этот канал" in asked(channel, question).reply.text


@pytest.mark.parametrize("question", ["кто такой Хинтон?", "кто такие эксперты", "who is it?"])
def test_anybody_else_is_searched_for(channel: Overview, question: str) -> None:
    assert channel.reply(question, (), EVERYWHERE, "ru") is None


def test_what_is_not_known_is_not_made_up(channel: Overview) -> None:
    text = asked(channel, "самый популярный пост").reply.text
    assert text.startswith("Просмотры и реакции у постов здесь не хранятся")
    assert "#квантизация — 5 постов" in text


def test_the_callers_filters_hold(channel: Overview) -> None:
    until = datetime(2025, 3, 31, tzinfo=UTC)
    planned = channel.reply("все посты про квантизацию", (), Scope(8, None, until, None), "ru")
    assert numbers(planned) == ["3", "2"]
    planned = channel.reply("все материалы про квантизацию", (), Scope(8, None, None, ["course"]), "ru")
    assert numbers(planned) == ["02-lecture.md"]


def test_a_short_follow_up_asks_the_same_of_another_topic(channel: Overview) -> None:
    history = [Turn("user", "сколько постов про квантизацию?"), Turn("assistant", "4 поста …")]
    planned = channel.reply("а про видео?", history, EVERYWHERE, "ru")
    assert numbers(planned) == ["5"]
    planned = channel.reply("а в марте?", history, EVERYWHERE, "ru")
    assert numbers(planned) == ["6"]
    assert channel.reply("а почему?", history, EVERYWHERE, "ru") is None


def test_a_new_post_is_counted_at_once(database: Database, tmp_path: Path) -> None:
    house = indexed(database, tmp_path)
    channel = overview(house)
    assert asked(channel, "сколько постов").reply.text.startswith("8 постов")
    newer = replace(CHANNEL[4], id="channel/11", published_at=NOW, title="Ещё", text="Ещё про видео и про кадры.")
    house.reindexer().index_documents(house.paths["/channel"][0], [newer])
    assert asked(channel, "сколько постов").reply.text.startswith("9 постов")
    assert numbers(asked(channel, "посты про видео")) == ["11", "5"]


def test_nothing_indexed_is_an_error_that_says_so(database: Database, tmp_path: Path) -> None:
    with pytest.raises(NoIndexError):
        overview(indexed(database, tmp_path, [])).reply("сколько постов", (), EVERYWHERE, "ru")


def test_a_phrase_that_no_post_holds_is_left_to_search(database: Database, tmp_path: Path) -> None:
    """A count of it is nought all the same."""
    channel = Overview(indexed(database, tmp_path).database, now=lambda: NOW)
    assert channel.reply("все посты про борьбу с пересвеченными картинками", (), EVERYWHERE, "ru") is None
    assert channel.reply("есть что-нибудь про дирижабли?", (), EVERYWHERE, "ru") is None
    assert asked(channel, "сколько постов про борьбу с пересвеченными картинками").reply.refused


def test_what_a_reader_has_seen_is_left_out_where_they_ask_so(channel: Overview) -> None:
    seen = Scope(8, None, None, None, Personal(leave_out=frozenset({"channel/8"})))
    assert numbers(channel.reply("что нового за неделю", (), seen, "ru")) == ["9"]
    planned = channel.reply("сколько постов", (), seen, "ru")
    assert planned is not None
    assert planned.reply.text.startswith("8 постов")


def test_a_name_with_a_number_is_only_itself(database: Database, tmp_path: Path) -> None:
    posts = [
        post(1, "2025-01-01", "Форматы", "У MXFP4 блок из 32 чисел."),
        post(2, "2025-01-02", "Память", "Модель занимает 4 гигабайта памяти."),
        post(3, "2025-01-03", "Сервер", "GPT-4 и gpt4 пишут по-разному."),
    ]
    channel = overview(indexed(database, tmp_path, posts))
    assert numbers(asked(channel, "посты про MXFP4")) == ["1"]
    assert numbers(asked(channel, "посты про GPT-4")) == ["3"]
    assert numbers(asked(channel, "посты про gpt4")) == ["3"]


@pytest.mark.parametrize(
    "question",
    [
        "dct gjcns ghj rdfynbpfwb.",
        "vse posty pro kvantizaciyu",
        "все посты про квантизаицю",
        "все посты про кванттизацию",
    ],
)
def test_the_other_keyboard_the_other_alphabet_and_slips_are_understood(channel: Overview, question: str) -> None:
    planned = channel.reply(question, (), EVERYWHERE, "ru")
    assert numbers(planned) == ["6", "4", "3", "2"]
    assert planned is not None
    assert "«квантизация»" in planned.reply.text  # what was counted is named


def test_a_name_that_is_not_there_is_not_taken_for_another(channel: Overview) -> None:
    assert asked(channel, "сколько постов про GPTZ").reply.refused
    assert channel.reply("what is LoRA?", (), EVERYWHERE, "en") is None


def _linking(one: Document, said: str, address: str) -> Document:
    before = one.text[: one.text.index(said)]
    entity = Entity("text_link", utf16_length(before), utf16_length(said), address)
    return replace(one, entities=(*one.entities, entity))


_READ = post(21, "2026-01-02", "Дайджест января", "😀 AWQ — шесть страниц идеи. GPTQ и EDM тоже.")
_APPLY = post(22, "2026-01-03", "Курс: запись открыта", "Записаться можно до сентября: форма. Чат @course_chat ждёт.")
LINKED = (
    *CHANNEL,
    _linking(_linking(_READ, "AWQ", "https://arxiv.org/abs/1"), "EDM", "https://arxiv.org/abs/2"),
    _linking(_APPLY, "форма", "https://course.example/apply"),
    post(23, "2026-01-04", "Без адреса", "Про редкий автоэнкодер.", url=None),
    post(24, "2026-01-05", "Подборка", "Собрал папку с чатами.\nДальше о погоде.\nhttps://t.me/addlist/abc", url=None),
    replace(lecture(3, "Лекция 3. Видео (запись)", "Кадры."), kind="subtitles", url="https://video.example/3.mp4"),
)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("скинь ссылку на AWQ", "https://t.me/channel/4|AWQ — https://arxiv.org/abs/1 [2]|AWQ — шесть страниц идеи."),
        ("ссылка на статью про edm плиз", "EDM — https://arxiv.org/abs/2"),
        ("дай ссылку на форму записи", "https://t.me/channel/22|форма — https://course.example/apply"),
        ("ссылка на чат", "https://t.me/course_chat"),
        ("ссылка на канал", "https://t.me/channel"),
        ("какие ссылки были в январском дайджесте", "https://t.me/channel/21|arxiv.org/abs/1|arxiv.org/abs/2"),
        ("где посмотреть запись третьей лекции", "https://video.example/3.mp4"),
        ("ссылка на слово редкий", "Адреса в материалах нет.|«Без адреса»"),
        ("ссылка на пост про слонов", "Ни ссылки на «слоны», ни поста об этом в материалах нет."),
        ("дай ссылку на папку с чатами", "Вот ссылки:|https://t.me/addlist/abc"),
        ("дай ссылку на папку с чатами физиков", "Ссылки именно на|https://t.me/addlist/abc"),
        ("ссылка?", "Ссылку на что?"),
    ],
)
def test_a_link_is_given_as_an_address(database: Database, tmp_path: Path, question: str, said: str) -> None:
    text = asked(overview(indexed(database, tmp_path, LINKED)), question).reply.text
    assert [one for one in said.split("|") if one not in text] == []


def test_behind_an_answer_its_own_links_are_meant(database: Database, tmp_path: Path) -> None:
    """And those of what it names, wherever they stand."""
    channel = overview(indexed(database, tmp_path, LINKED))
    talk = (Turn("user", "что такое AWQ"), Turn("assistant", "AWQ умножает каналы [1].", ("channel/4",)))
    planned = channel.reply("а ссылка?", talk, EVERYWHERE, "ru")
    assert planned is not None
    assert "https://t.me/channel/4" in planned.reply.text
    assert "https://arxiv.org/abs/1" in planned.reply.text
    refused = (*talk, Turn("user", "на h100 работает?"), Turn("assistant", "Этого я не нашёл."))
    since = channel.reply("а ссылка?", refused, EVERYWHERE, "ru")
    assert since is not None
    assert since.reply.text == planned.reply.text  # a refusal shows nothing that a link could be of


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("в каком посте было про GPTQ", "«GPTQ: округляй и извиняйся», 20.03.2025"),
        ("когда был пост про рифмы", "«Токенизатор ломает рифмы», 25.11.2026"),
        ("в какой лекции про шум", "«Лекция 1. Шум», 01.09.2026"),
    ],
)
def test_which_post_it_was_in_and_when(channel: Overview, question: str, said: str) -> None:
    text = asked(channel, question).reply.text
    assert text.split("• ")[1].startswith(said)


def test_what_is_known_of_the_channel_itself(database: Database, tmp_path: Path) -> None:
    poll = post(24, "2026-01-05", "Что дальше?", "• Видео — 3", media=(Media("poll", "Что дальше?"),))
    lora = post(25, "2026-01-06", "LoRA", "Для стиля беру ранг 128.")
    wrong = post(26, "2026-01-07", "Ранг LoRA: я была неправа", "Теперь ранг 16.", reply_to="channel/25")
    channel = overview(indexed(database, tmp_path, [*LINKED, poll, lora, wrong]))
    told = {
        "когда появился канал": "Первый пост здесь — 10.01.2025:",
        "сколько опросов было": "1 опрос, новые первыми:\n• «Что дальше?»",
        "что автор исправила про LoRA": "• «Ранг LoRA: я была неправа», 07.01.2026 [1]\n  Теперь ранг 16. (исправляет",
        "есть ли чат": "Чат @course_chat ждёт.",
    }
    said = {question: asked(channel, question).reply.text for question in told}
    assert {question: told[question] for question in told if told[question] not in said[question]} == {}
    assert asked(channel, "какие поправки про GPTQ").reply.refused
