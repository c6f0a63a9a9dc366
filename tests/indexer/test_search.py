"""Search finds the right document, once, with its link, within the filters, whatever is published meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from konspekt.indexer.documents import Anchor, Document, Entity
from konspekt.indexer.errors import IndexerError, NoIndexError
from konspekt.indexer.reindexing.reindex import Reindexer
from konspekt.indexer.searching.ranking import PASSAGE_TOKENS, joined
from konspekt.indexer.searching.search import Searcher
from konspekt.storage.database import Database
from konspekt.storage.models import ChunkRow
from tests.fakes.hash_embedder import HashEmbedder
from tests.fakes.list_source import ListSource, post, posts


class Library:
    def __init__(self, database: Database, folder: Path, embedder: Any = None) -> None:
        self.database, self.index_dir = database, folder / "index"
        self.embedder = embedder or HashEmbedder()
        self.searcher = Searcher(database, self.index_dir, self.embedder)

    def put(self, *documents: Document) -> None:
        by_source: dict[str, list[Document]] = {}
        for document in documents:
            by_source.setdefault(document.source_id, []).append(document)
        for source_id, items in by_source.items():
            source = ListSource(source_id, items, title=f"Название {source_id}", location=f"/{source_id}")
            reindexer = Reindexer(
                self.database, self.index_dir, self.embedder, recognise=lambda path, known, source=source: [source]
            )
            reindexer.run([f"/{source_id}"])

    def ids(self, query: str, k: int = 8, **options: Any) -> list[str]:
        return [hit.document_id for hit in self.searcher.search(query, k, **options)]


@pytest.fixture
def library(database: Database, tmp_path: Path) -> Library:
    return Library(database, tmp_path)


def at(document: Document, day: str | None) -> Document:
    published = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
    fields = {name: getattr(document, name) for name in document.__dataclass_fields__}
    return Document(**(fields | {"published_at": published}))


@pytest.mark.parametrize("mode", ["fused", "dense", "lexical"])
def test_a_passage_carries_everything_that_an_answer_needs(library: Library, mode: Any) -> None:
    library.put(*posts(30))
    (hit, *_) = library.searcher.search(post(7).text, 3, mode=mode)
    assert (hit.rank, hit.document_id, hit.title) == (1, "channel/7", "Пост номер7")
    assert (hit.url, hit.source, hit.language) == ("https://t.me/channel/7", "channel", "ru")
    assert hit.published_at == datetime(2024, 1, 8, tzinfo=UTC)
    assert hit.text == post(7).text
    assert hit.token_count > 0
    assert (hit.dense_score is None) == (mode == "lexical")
    assert (hit.lexical_score is None) == (mode == "dense")


def test_ranks_and_scores_are_in_order_and_no_document_comes_twice(library: Library) -> None:
    library.put(*posts(40))
    hits = library.searcher.search("рассказ про квантизацию слово3", 20)
    assert [hit.rank for hit in hits] == list(range(1, 21))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.document_id for hit in hits}) == 20


@pytest.mark.parametrize(
    ("question", "right", "beside"),
    [
        ("что проверить, прежде чем ругать сеть", "A checklist to go through before you blame it", "Something else"),
        ("чему равна стандартная ошибка доли", "The standard error of a proportion", "The loss of a network"),
        ("which discount do students get", "Скидка для учащихся", "Скорость обучения"),
    ],
)
def test_words_are_met_in_the_other_language(library: Library, question: str, right: str, beside: str) -> None:
    library.put(post(1, beside), post(2, right), post(3, "Совсем о другом"), post(4, "Walking in the hills"))
    assert library.ids(question, mode="lexical")[0] == "channel/2"


def test_a_translation_counts_in_texts_of_its_language_alone(library: Library) -> None:
    library.put(
        post(1, "Доля правильных ответов у них"),
        post(2, "The share of right ones"),
        post(3, "Словом share по-русски этого никто и никогда не называет"),
        *(post(number, f"Совсем о другом {number}") for number in range(4, 9)),
    )
    assert set(library.ids("доля", mode="lexical")) == {"channel/1", "channel/2"}


def test_k_is_an_upper_bound(library: Library) -> None:
    library.put(*posts(5))
    assert len(library.ids("слово1", 3)) == 3
    assert len(library.ids("слово1", 500)) == 5
    assert library.ids("слово1", 0) == library.ids("   ", 5) == []


@pytest.mark.parametrize("query", ['"', "AND OR NOT", "*", "NEAR(a b)", "a" * 5000, "😀", "\x00", "что это"])
def test_no_query_breaks_the_search(library: Library, query: str) -> None:
    library.put(*posts(5))
    library.ids(query)


def test_a_forward_of_the_same_post_is_one_hit(library: Library) -> None:
    original = Document("one/1", "one", "post", "Новость", "Вышла новая модель: быстрее вдвое!")
    forward = Document(
        "two/9", "two", "post", "Новость", "Вышла  новая модель — быстрее ВДВОЕ 🔥", forwarded_from="One"
    )
    library.put(original, forward, *posts(10))
    hits = library.searcher.search("новая модель быстрее", 5)
    assert hits[0].document_id in {"one/1", "two/9"}
    assert set(hits[0].folded) == {"one/1", "two/9"} - {hits[0].document_id}
    assert not {"one/1", "two/9"} & {hit.document_id for hit in hits[1:]}


def test_a_forward_with_a_footer_is_folded_too(library: Library) -> None:
    body = " ".join(f"Предложение номер {n} рассказывает о диффузионных моделях и шуме." for n in range(12))
    original = Document("one/1", "one", "post", "Диффузия", body)
    forward = Document("two/9", "two", "post", "Диффузия", body + "\n\nПодписывайтесь на канал")
    library.put(original, forward)
    hits = library.searcher.search("диффузионные модели", 5)
    assert len(hits) == 1
    assert len(hits[0].folded) == 1


def test_different_posts_of_one_template_are_not_folded(library: Library) -> None:
    library.put(
        *(
            Document(f"c/{n}", "c", "post", f"Выпуск {n}", f"Выпуск {n}. Гость: гость{n}. Тема: тема{n}.")
            for n in range(6)
        )
    )
    assert len(library.ids("выпуск гость тема", 10)) == 6


@pytest.mark.parametrize("mode", ["fused", "dense", "lexical"])
def test_filters_by_date_and_source(library: Library, mode: Any) -> None:
    days = ["2024-01-01", "2024-02-01", "2024-03-01", None]
    library.put(
        *(at(post(n, source_id="one"), day) for n, day in enumerate(days)),
        *(at(post(n, source_id="two"), day) for n, day in enumerate(days)),
    )
    february = datetime(2024, 2, 1, tzinfo=UTC)
    query = "рассказ про квантизацию"
    assert set(library.ids(query, since=february, mode=mode)) == {"one/1", "one/2", "two/1", "two/2"}
    assert set(library.ids(query, until=february, mode=mode)) == {"one/0", "one/1", "two/0", "two/1"}
    assert set(library.ids(query, since=february, until=february, sources=["one"], mode=mode)) == {"one/1"}
    assert set(library.ids(query, sources=["Название two"], mode=mode)) == {f"two/{n}" for n in range(4)}
    assert library.ids(query, sources=["none"], mode=mode) == []


def test_other_chunks_of_the_document_come_with_the_best_one(library: Library) -> None:
    paragraphs = ["Вступление. " + "Вода льётся рекой. " * 40, "Про дирижабль. " + "Газ поднимает вверх. " * 40]
    paragraphs += ["Дирижабль летит. " + "Ветер дует в спину. " * 40, "Конец. " + "Титры идут долго. " * 40]
    text = "\n\n".join(paragraphs)
    anchors = tuple(Anchor(text.index(part), str(n), f"https://v/?t={n}") for n, part in enumerate(paragraphs))
    lecture = Document("c/l", "c", "course", "Лекция", text, url="https://v/", anchors=anchors)
    library.put(lecture, *posts(20))
    (hit, *_) = library.searcher.search("дирижабль газ ветер", 2)
    assert hit.document_id == "c/l"
    assert all(piece in text for piece in hit.text.split("\n…\n"))
    assert "Дирижабль" in hit.text or "дирижабль" in hit.text
    assert hit.url in {anchor.url for anchor in anchors}
    assert hit.token_count <= PASSAGE_TOKENS


@pytest.mark.parametrize(
    ("first", "shown"),
    [
        ("- порог\n- интервал", "Лекарства:\n\n- порог\n- интервал"),
        ("1. порог\n2. интервал", "Лекарства:\n\n1. порог\n2. интервал"),
        ("| a | b |\n|---|---|", "Лекарства:\n\n| a | b |\n|---|---|"),
        ("```\nx = 1\n```", "Лекарства:\n\n```\nx = 1\n```"),
        ("Порог хорош.", "Порог хорош."),
    ],
)
def test_a_list_that_opens_a_chunk_comes_with_the_line_that_announces_it(first: str, shown: str) -> None:
    whole = f"Про guidance.\n\nЛекарства:\n\n{first}\n\nДальше."
    assert joined([ChunkRow(ordinal=1, text=first)], whole) == shown
    opening = ChunkRow(ordinal=0, text="Про guidance.\n\nЛекарства:")
    assert joined([opening, ChunkRow(ordinal=1, text=first)], whole) == whole.removesuffix("\n\nДальше.")
    assert joined([ChunkRow(ordinal=0, text="Иное"), ChunkRow(ordinal=5, text=first)], whole) == f"Иное\n…\n{shown}"


def test_code_that_was_cut_comes_with_its_beginning() -> None:
    rest = "    return x / scale\n```"
    whole = f"До.\n\n```\nx = 1\n```\n\nПотом:\n\n```python\ndef scaled(x, scale):\n{rest}\n\nДальше."
    assert joined([ChunkRow(ordinal=4, text=rest)], whole) == f"```python\ndef scaled(x, scale):\n{rest}"
    far = whole.replace("def", "# a comment\n" * 200 + "def")
    assert joined([ChunkRow(ordinal=4, text=rest)], far) == rest
    assert joined([ChunkRow(ordinal=5, text="Дальше.")], whole) == "Дальше."


@pytest.mark.parametrize("rows", ["| c | 3 |", "| b | 2 |\n| c | 3 |"])
def test_rows_that_open_a_chunk_come_with_the_heads_of_their_table(rows: str) -> None:
    whole = "Сколько:\n\n| Что | Бит |\n|---|---|\n| a | 1 |\n| b | 2 |\n| c | 3 |\n\nДальше."
    assert joined([ChunkRow(ordinal=1, text=rows)], whole) == f"| Что | Бит |\n|---|---|\n{rows}"
    whole_table = whole.removeprefix("Сколько:\n\n").removesuffix("\n\nДальше.")
    assert joined([ChunkRow(ordinal=1, text=whole_table)], whole) == f"Сколько:\n\n{whole_table}"


def test_an_open_searcher_follows_what_is_published(library: Library) -> None:
    library.put(*posts(5))
    assert library.ids("дирижабль", mode="lexical") == []
    library.put(*posts(5), post(5, "Про дирижабль"))
    assert library.ids("дирижабль")[0] == "channel/5"
    library.put(*posts(5))
    assert library.ids("дирижабль", mode="lexical") == []
    assert "channel/5" not in library.ids("про дирижабль", 10)


def test_deleted_neighbours_do_not_starve_the_dense_side(library: Library) -> None:
    """Ids that stay in the file after their documents are gone must not use up the places of living ones."""
    crowd = [Document(f"channel/d{n}", "channel", "post", "Дубль", f"дирижабль летит вариант{n}") for n in range(150)]
    library.put(*posts(1000), *crowd)
    library.put(*posts(1000), crowd[0])
    found = library.ids("дирижабль летит", 60, mode="dense")
    assert found[0] == "channel/d0"
    assert len(found) == 60


def test_nothing_indexed_is_said_with_the_cure(library: Library) -> None:
    with pytest.raises(NoIndexError, match="konspekt reindex PATH"):
        library.searcher.search("слово")


def test_documents_are_asked_by_themselves(library: Library) -> None:
    library.put(*posts(6))
    within = library.searcher.within
    assert [one.document_id for one in within("слово2 слово3", ["channel/3"])] == ["channel/3"]
    assert [one.document_id for one in within("слово2", ["channel/3", "channel/2", "channel/9"])][:1] == ["channel/2"]
    assert [one.document_id for one in within("ни о чём из этого", ["channel/4"])] == ["channel/4"]
    assert within("слово2", []) == []


def test_reranking_needs_a_reranker(library: Library) -> None:
    library.put(*posts(3))
    with pytest.raises(IndexerError, match="RERANKER_MODEL"):
        library.searcher.search("слово", mode="reranked")


def test_a_reranker_has_the_last_word(library: Library) -> None:
    class Backwards:
        def score(self, query: str, texts: Sequence[str]) -> list[float]:
            assert query == "рассказ"
            return [float("слово2 " in text) for text in texts]

    library.put(*posts(15))
    searcher = Searcher(library.database, library.index_dir, library.embedder, Backwards())
    hits = searcher.search("рассказ", 4)
    assert hits[0].document_id == "channel/2"
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert hits[0].rerank_score == 1.0
    assert searcher.search("рассказ слово9", 1, mode="fused")[0].document_id == "channel/9"


def test_threads_share_a_searcher_while_generations_change(library: Library) -> None:
    library.put(*posts(60))
    wrong: list[object] = []
    stop = threading.Event()

    def ask() -> None:
        number = 0
        while not stop.is_set():
            number = (number + 7) % 60
            try:
                if library.ids(f"слово{number} метка{number}x", 1)[0] != f"channel/{number}":
                    wrong.append(number)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for size in (61, 90, 60, 200, 70):
        library.put(*posts(size))
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_meaning_is_found_across_forms_and_languages(database: Database, tmp_path: Path, e5: Any) -> None:
    library = Library(database, tmp_path, e5)
    texts = (
        "Как уменьшить нейросеть: веса хранят в четырёх битах вместо шестнадцати.",
        "Рецепт борща: свёкла, капуста и терпение.",
        "The attention kernel keeps keys in INT8 and values in FP16.",
        "Расписание семинаров на осень.",
    )
    library.put(*(Document(f"c/{n}", "c", "post", "", text) for n, text in enumerate(texts)))
    assert library.ids("как сделать нейросеть меньше", 1) == ["c/0"]
    assert library.ids("how are keys quantised", 1) == ["c/2"]
    assert library.ids("что приготовить на обед", 1) == ["c/1"]


@pytest.mark.slow
def test_real_posts_are_found_by_a_real_question(tmp_path: Path, e5: Any, seeds: Path) -> None:
    from konspekt.indexer.sources.recognise import SourceOptions, recognise

    database = Database(f"sqlite:///{tmp_path / 'konspekt.db'}")
    database.migrate()
    reindexer = Reindexer(
        database,
        tmp_path / "index",
        e5,
        recognise=lambda path, known: recognise(path, SourceOptions(embed=e5.embed_passages), known),
    )
    reindexer.run([str(seeds / "awesome_dl.txt")])
    searcher = Searcher(database, tmp_path / "index", e5)
    hit = searcher.search("Почему в SageAttention PV считают в FP16?", 1)[0]
    assert "SageAttention" in hit.title


def advert(number: int, text: str, **extra: Any) -> Document:
    document = post(number, text=text)
    fields = {name: getattr(document, name) for name in document.__dataclass_fields__}
    return Document(**(fields | {"extra": extra}))


def test_adverts_are_found_by_their_link_alone(library: Library) -> None:
    library.put(
        advert(1, "Скидка на курс по квантизации весов, только сегодня. erid: 2Vtz", advert=True),
        advert(2, "Квантизация весов хранит их в четырёх битах."),
    )
    assert library.ids("квантизация весов") == ["channel/2"]
    assert library.ids("https://t.me/channel/1 о чём этот пост?")[0] == "channel/1"


def test_what_the_owner_excludes_is_not_found(library: Library) -> None:
    library.put(advert(1, "Вакансия: квантизация весов. #вакансии"), advert(2, "Квантизация весов по шагам."))
    library.searcher = Searcher(library.database, library.index_dir, library.embedder, exclude=["#Вакансии"])
    assert library.ids("квантизация весов") == ["channel/2"]


def test_struck_text_is_neither_found_nor_shown(library: Library) -> None:
    document = post(1, text="Курс стоит 500 рублей. Курс стоит 900 рублей.")
    fields = {name: getattr(document, name) for name in document.__dataclass_fields__}
    struck = Entity("strikethrough", 0, 22)
    library.put(Document(**(fields | {"entities": (struck,)})))
    (hit,) = library.searcher.search("сколько стоит курс")
    assert "900" in hit.text
    assert "500" not in hit.text


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("срок второй домашки", "channel/2"),
        ("срок дз 1", "channel/1"),
        ("what is the due date of homework 2", "channel/2"),
        ("о чём первая лекция", "channel/3"),
        ("lecture 2", "channel/4"),
    ],
)
def test_a_sibling_with_another_number_comes_later(library: Library, question: str, first: str) -> None:
    titles = ["Срок первой домашки сдвинут", "Домашнее задание 2", "Лекция 1 прошла", "Лекция 2 прошла"]
    texts = ["Новый срок домашки объявлен.", "Срок объявлен.", "О чём лекция, видно в записи.", "Запись готова."]
    told = enumerate(zip(titles, texts, strict=True), 1)
    library.put(
        *(Document(f"channel/{n}", "channel", "post", title, f"{title}\n\n{text}") for n, (title, text) in told)
    )
    assert library.ids(question)[0] == first
