"""Course files of every format become documents; a broken one names itself and the rest goes on."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from konspekt.indexer.documents import Document, Problem
from konspekt.indexer.sources.course.course import COURSE_SUFFIXES, CourseFolder
from konspekt.indexer.sources.course.line_breaks import unbroken
from konspekt.indexer.sources.course.markdown import clean_markdown
from konspekt.indexer.sources.course.text_files import (
    decode,
    language_of,
    title_from_name,
    web_url,
)
from tests.indexer.sources.anchors import anchor_at
from tests.indexer.sources.course_pages import PAGES

FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


def read(root: Path, *names: str, **options: Any) -> tuple[list[Document], list[Problem]]:
    files = [root / name for name in names] or sorted(p for p in root.rglob("*") if p.suffix in COURSE_SUFFIXES)
    found = list(CourseFolder(root, files, **options).documents())
    return [d for d in found if isinstance(d, Document)], [p for p in found if isinstance(p, Problem)]


def make_pdf(path: Path, pages: list[str], **encryption: str) -> None:
    pdf = FPDF()
    pdf.add_font("DejaVu", fname=FONT)
    pdf.set_font("DejaVu", size=12)
    for page in pages:
        pdf.add_page()
        pdf.multi_cell(0, 7, page)
    if encryption:
        pdf.set_encryption(owner_password="owner", user_password=encryption["user_password"])
    pdf.output(str(path))


def test_markdown_takes_title_date_and_address_from_its_front_matter(tmp_path: Path) -> None:
    (tmp_path / "01-intro.md").write_text(
        "---\ntitle: Что такое диффузия\ndate: 2025-09-01\nurl: https://example.org/1\nauthor: Вера\n---\n"
        "# Другой заголовок\n\nШум добавляют постепенно. ![схема](data:image/png;base64,AAAA)\n<!-- TODO -->\n",
        "utf-8",
    )
    (document,), problems = read(tmp_path)
    assert problems == []
    assert document.id == f"course:{tmp_path.name}/01-intro.md"
    assert document.title == "Что такое диффузия"
    assert document.published_at == datetime(2025, 9, 1, tzinfo=UTC)
    assert document.url == "https://example.org/1"
    assert document.author == "Вера"
    assert document.language == "ru"
    assert document.text.endswith("Шум добавляют постепенно. схема")


def test_broken_front_matter_names_its_line_and_the_lecture_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: Лекция: первая: вводная\n---\n# Заголовок\nтекст\n", "utf-8")
    (document,), (problem,) = read(tmp_path)
    assert document.title == "Заголовок"
    assert problem.where.endswith("a.md:2")


def test_code_blocks_keep_what_looks_like_markup(tmp_path: Path) -> None:
    code = "```html\n<!-- kept -->\n![kept](x.png)\n# kept\n```"
    assert code in clean_markdown(f"![картинка](a.png)\n\n{code}\n\n<!-- gone -->")
    (tmp_path / "a.md").write_text(f"{code}\n\n## Настоящий *заголовок*\n", "utf-8")
    assert read(tmp_path)[0][0].title == "Настоящий заголовок"


def test_pdf_pages_are_anchors_and_running_titles_are_dropped(tmp_path: Path) -> None:
    pages = [
        f"Курс диффузии\n\n\n\nСтраница про {topic}: подроб-\nности о {topic}.\n\n\n\n{n}"
        for n, topic in enumerate(["DDPM", "DDIM", "EDM", "потоки"], 1)
    ]
    make_pdf(tmp_path / "раздатка.pdf", pages)
    (tmp_path / "раздатка.pdf.url").write_text("https://example.org/h.pdf")
    (document,), problems = read(tmp_path)
    assert problems == []
    assert "подробности" in document.text
    assert "Курс диффузии" not in document.text
    anchor = anchor_at(document.anchors, document.text.index("EDM"))
    assert anchor is not None
    assert (anchor.label, anchor.url) == ("стр. 3", "https://example.org/h.pdf#page=3")


def test_pdf_table_keeps_its_rows_together(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.add_font("DejaVu", fname=FONT)
    pdf.set_font("DejaVu", size=11)
    pdf.write(text="До таблицы.")
    pdf.ln(10)
    with pdf.table(first_row_as_headings=False) as table:
        for row in (("Формат", "Максимум"), ("fp16", "65504"), ("fp8 E4M3", "448")):
            table.row(row)
    pdf.ln(10)
    pdf.write(text="После таблицы.")
    pdf.output(str(tmp_path / "a.pdf"))
    (document,), _ = read(tmp_path)
    before, table_text, after = document.text.split("\n\n")
    assert (before, after) == ("До таблицы.", "После таблицы.")
    assert table_text == "| Формат | Максимум |\n|---|---|\n| fp16 | 65504 |\n| fp8 E4M3 | 448 |"


def test_pdf_of_pictures_asks_for_recognition(tmp_path: Path) -> None:
    pdf = FPDF()
    for _ in range(2):
        pdf.add_page()
        pdf.rect(10, 10, 100, 100)
    pdf.output(str(tmp_path / "scan.pdf"))
    documents, (problem,) = read(tmp_path)
    assert documents == []
    assert "scan.pdf" in problem.where
    assert "no text layer" in problem.what
    assert "OCR" in problem.cure


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    make_pdf(tmp_path / "closed.pdf", ["тайна"], user_password="secret")
    (tmp_path / "torn.pdf").write_bytes(b"%PDF-1.7\n%torn")
    (tmp_path / "fake.docx").write_bytes(b"not a zip")
    (tmp_path / "fake.pptx").write_bytes(b"PK\x03\x04broken")
    (tmp_path / "old.ipynb").write_text('{"worksheets": []}')
    (tmp_path / "torn.ipynb").write_text('{"cells": [')
    (tmp_path / "empty.md").write_bytes(b"")
    (tmp_path / "binary.txt").write_bytes(b"\x00\x01\x02")
    (tmp_path / "silent.vtt").write_text("WEBVTT\n")
    (tmp_path / "good.md").write_text("# Хорошая лекция\n\nтекст", "utf-8")
    documents, problems = read(tmp_path)
    assert [document.title for document in documents] == ["Хорошая лекция"]
    assert {Path(problem.where).name for problem in problems} == {
        p.name for p in tmp_path.iterdir() if p.name != "good.md"
    }
    assert "password" in next(p.what for p in problems if "closed.pdf" in p.where)
    assert all(problem.what and problem.cure for problem in problems)


def make_docx(path: Path, paragraphs: list[tuple[str | None, str]]) -> None:
    """The smallest package that Word opens: (style, text) paragraphs."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    office = "http://schemas.openxmlformats.org"
    body = "".join(
        (f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else "<w:p>")
        + f"<w:r><w:t>{text}</w:t></w:r></w:p>"
        for style, text in paragraphs
    )
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{office}/package/2006/content-types"><Default Extension="rels" ContentType="{rels}"/>'
            f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        )
        package.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{office}/package/2006/relationships">'
            f'<Relationship Id="r1" Target="word/document.xml" '
            f'Type="{office}/officeDocument/2006/relationships/officeDocument"/></Relationships>',
        )
        package.writestr("word/document.xml", f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>')


def test_docx_keeps_headings(tmp_path: Path) -> None:
    make_docx(tmp_path / "a.docx", [("Heading1", "Квантизация весов"), (None, "Вес хранят в четырёх битах.")])
    (document,), problems = read(tmp_path)
    assert problems == []
    assert document.title == "Квантизация весов"
    assert "# Квантизация весов\n\nВес хранят в четырёх битах." in document.text


def test_slides_are_anchors(tmp_path: Path) -> None:
    from pptx import Presentation

    deck = Presentation()
    for number in (1, 2):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = f"Слайд о шуме {number}"
        slide.placeholders[1].text = f"содержание {number}"
        slide.notes_slide.notes_text_frame.text = f"заметка лектора {number}"
    deck.save(str(tmp_path / "deck.pptx"))
    (document,), problems = read(tmp_path)
    assert problems == []
    assert document.title == "Слайд о шуме 1"
    assert "заметка лектора 2" in document.text
    anchor = anchor_at(document.anchors, document.text.index("содержание 2"))
    assert anchor is not None
    assert anchor.label == "слайд 2"


def test_notebook_keeps_code_and_its_printed_numbers(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Считаем ошибку округления"),
            nbformat.v4.new_code_cell(
                "print(err)",
                outputs=[
                    nbformat.v4.new_output("stream", text="0.0371\n"),
                    nbformat.v4.new_output("display_data", {"text/plain": "<Figure size 640x480 with 1 Axes>"}),
                ],
            ),
        ]
    )
    (tmp_path / "a.ipynb").write_text(nbformat.writes(notebook), "utf-8")
    (document,), problems = read(tmp_path)
    assert problems == []
    assert document.title == "Считаем ошибку округления"
    assert "```python\nprint(err)\n```\n\n```text\n0.0371\n```" in document.text
    assert "Figure" not in document.text


def test_html_loses_its_menus(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(
        "<html><head><title>Сайт</title><link rel=canonical href='https://example.org/a'></head><body><nav>Меню</nav>"
        "<main><h1>Лекция о VAE</h1><p>Латент &mdash; это сжатие.</p><script>x()</script></main></body></html>".encode(
            "cp1251", "xmlcharrefreplace"
        )
    )
    (document,), _ = read(tmp_path)
    assert document.title == "Лекция о VAE"
    assert document.url == "https://example.org/a"
    assert "Меню" not in document.text
    assert "x()" not in document.text
    assert "Латент — это сжатие." in document.text


def test_subtitles_belong_to_the_course(tmp_path: Path) -> None:
    (tmp_path / "l.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nДобрый вечер.\n", "utf-8")
    (document,), _ = read(tmp_path)
    assert (document.kind, document.anchors[0].label) == ("subtitles", "0:01")


def test_reading_twice_gives_the_same_documents_and_a_moved_folder_the_same_ids(tmp_path: Path) -> None:
    for place in ("one", "two"):
        (tmp_path / place / "курс" / "неделя 1").mkdir(parents=True)
        (tmp_path / place / "курс" / "неделя 1" / "й.md").write_text("текст лекции", "utf-8")
    roots = [tmp_path / place / "курс" for place in ("one", "two")]
    ids = [[(d.id, d.content_hash) for d in read(root)[0]] for root in (roots[0], roots[0], roots[1])]
    assert ids[0] == ids[1] == ids[2]
    assert ids[0][0][0] == "course:курс/неделя 1/й.md"
    assert CourseFolder(roots[0], [], distinct=True).id != CourseFolder(roots[1], [], distinct=True).id


@given(st.text(max_size=300))
def test_any_text_survives_decoding(text: str) -> None:
    if "\0" not in text and not text.startswith("\ufeff"):
        assert decode(text.encode("utf-8", "replace")) == text.encode("utf-8", "replace").decode().replace(
            "\r\n", "\n"
        ).replace("\r", "\n")


@given(st.text(alphabet="ab`~\n <!->![]().x", max_size=200))
def test_cleaning_leaves_no_loose_ends(text: str) -> None:
    once = clean_markdown(text)
    assert once == once.strip()
    assert "\n\n\n" not in once


@pytest.mark.parametrize("encoding", ["cp1251", "utf-16", "utf-8-sig", "koi8-r"])
def test_old_encodings_are_read(encoding: str) -> None:
    text = "Модель учится предсказывать шум, который добавили к картинке на шаге t, и это вся функция потерь. " * 3
    assert decode(text.encode(encoding)) == text


def test_names_become_titles_and_languages_are_told() -> None:
    assert title_from_name(Path("03-noise_schedules.ru.vtt")) == "3. noise schedules"
    assert language_of("Запускаем `pip install diffusers` и берём LoRA для SDXL") == "ru"
    assert language_of("Plain English with one слово") == "en"
    assert web_url("javascript:alert(1)") is None
    assert web_url("https://example.org/a b") is None


def test_notebook_file_is_json_of_any_shape(tmp_path: Path) -> None:
    for index, value in enumerate(([], "x", {"cells": [1, {"cell_type": "code", "source": None}]}, {"cells": {}})):
        (tmp_path / f"{index}.ipynb").write_text(json.dumps(value))
    documents, problems = read(tmp_path)
    assert (documents, len(problems)) == ([], 4)


@pytest.mark.parametrize("bad", [b"\xff", b"\xd0", b"\x80", b"\xf0\x9f", b"\0", b"\xc0\xaf"])
@pytest.mark.parametrize("suffix", [".md", ".txt", ".html", ".srt"])
def test_a_bad_byte_costs_that_byte_and_is_named_with_its_line(tmp_path: Path, bad: bytes, suffix: str) -> None:
    cue = "1\n00:00:01,000 --> 00:00:02,000\n" if suffix == ".srt" else "\n\n"
    text = f"{cue}Модель учится предсказывать шум BAD на каждом шаге, ёлки — палки.\n"
    path = tmp_path / f"a{suffix}"
    path.write_bytes(text.encode().replace(b"BAD", bad))
    (document,), (problem,) = read(tmp_path)
    assert "Модель учится предсказывать шум" in document.text
    assert document.text.endswith("на каждом шаге, ёлки — палки.")
    assert problem.where.endswith(f"a{suffix}:3")
    assert "3" in str(problem.what)


def test_a_file_cut_inside_a_character_and_one_that_holds_the_sign_itself_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes("Лекция о памяти и кешах процессора.".encode() + b"\xd0")
    (tmp_path / "b.md").write_text("Знак � стоит здесь нарочно.", "utf-8")
    documents, problems = read(tmp_path)
    assert [document.text.rstrip("�") for document in documents] == [
        "Лекция о памяти и кешах процессора.",
        "Знак � стоит здесь нарочно.",
    ]
    assert [Path(str(problem.where)).name for problem in problems] == ["a.md:1"]


@pytest.mark.parametrize("encoding", ["cp1251", "koi8_r", "cp1252", "cp866"])
def test_other_encodings_are_not_taken_for_damaged_utf8(tmp_path: Path, encoding: str) -> None:
    text = "The café — naïve façade" if encoding == "cp1252" else "Обычный русский текст про память и кеши. " * 4
    text = text.replace("—", "-")
    assert decode(text.encode(encoding)).strip() == text.strip()


COMMENTS = {
    "in inline code": "Пишем `<!--` и дальше ответ 31.\n\n## Ещё\n\nТекст 32.",
    "in double ticks": "Пишем ``<!-- ` -->`` и дальше 31.",
    "in a fence in a list": "1. Шаг:\n\n    ```bash\n    pip install foo\n    <!-- x -->\n    ```\n\n2. Дальше.",
    "in a fence after a tab": "- пункт\n\t```\n\t<!-- таб -->\n\t```",
    "in indented code": "Код:\n\n    <!-- это код -->\n    x = 1\n\nтекст",
    "in tildes that hold ticks": "~~~\n``` внутри <!-- a -->\n~~~\nхвост",
    "never closed": "Скобка <!-- забыта.\n\nА текст идёт дальше.",
    "an arrow": "Стрелка <-- и <!- тоже бывает.",
    "a picture in code": "Пишется так: `![подпись](адрес.png)`.",
    "in a quote": "> Код `<!--` в цитате.\n\nДальше `-->`.",
}


@pytest.mark.parametrize("text", COMMENTS.values(), ids=COMMENTS)
def test_what_looks_like_a_comment_in_code_is_text(text: str) -> None:
    assert clean_markdown(text) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("до\n\n<!-- убрать -->\n\nпосле", "до\n\nпосле"),
        ("до <!-- убрать --> после", "до  после"),
        ("<!--\n# Черновик\n\n```\nx\n```\n-->\nпосле", "после"),
        ("<!-- код `x` здесь --> текст", "текст"),
        ("`a` <!-- b --> `c`", "`a`  `c`"),
        ("![схема](a(1).png \"t\") конец", "схема конец"),
    ],
)  # fmt: skip
def test_real_comments_go(text: str, clean: str) -> None:
    assert clean_markdown(text) == clean


@given(st.lists(st.sampled_from([*COMMENTS.values(), "# Раздел", "Обычный текст.", "```\nx\n```"]), max_size=6))
def test_cleaning_drops_nothing_where_there_is_no_comment(parts: list[str]) -> None:
    text = "\n\n***\n\n".join(parts)
    if "забыта" not in text:  # what is never closed may be closed by a later one
        assert clean_markdown(text) == text


@pytest.mark.parametrize("body", ["Заголовок лекции\n================\n\nтекст", "Заголовок лекции\n---\n\nтекст",
                                  "```\n# не он\n```\n\nЗаголовок\nлекции\n===", "> # Заголовок лекции"])  # fmt: skip
def test_underlined_headings_are_titles(tmp_path: Path, body: str) -> None:
    (tmp_path / "05-file.md").write_text(body, "utf-8")
    (document,), _ = read(tmp_path)
    assert document.title == "Заголовок лекции"


def test_code_and_outputs_of_a_notebook_may_hold_fences_comments_and_pictures(tmp_path: Path) -> None:
    code = 'P = """\n```json\n{}\n```\n<!-- в коде -->\n![схема](a.png)\n````\n"""'
    printed = {"output_type": "stream", "name": "stdout", "text": ["```\n", "ответ <!-- x -->\n", "```\n"]}
    markdown = {"output_type": "display_data", "data": {"text/markdown": ["## Вывод 55"], "text/plain": "<M object>"}}
    html = {
        "output_type": "display_data",
        "data": {
            "text/html": "<table><tr><td>77</td></tr></table>",
            "text/plain": "<IPython.core.display.HTML object>",
        },
    }
    error = {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero", "traceback": []}
    cells = [
        {"cell_type": "markdown", "source": "# Промпты\n\n<!-- для себя -->"},
        {"cell_type": "code", "source": code, "outputs": [printed, markdown, html, error]},
        {"cell_type": "raw", "source": "Сырая ячейка: 4242"},
        {"cell_type": "markdown", "source": "После кода: порог равен 17."},
    ]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    (document,), problems = read(tmp_path)
    assert problems == []
    assert f"`````python\n{code}\n`````" in document.text
    assert "````text\n```\nответ <!-- x -->\n```\n77\nZeroDivisionError: division by zero\n````" in document.text
    assert "\n## Вывод 55\n" in document.text
    assert "Сырая ячейка: 4242\n\nПосле кода: порог равен 17." in document.text
    assert "для себя" not in document.text


def test_escaped_markup_of_a_page_is_text(tmp_path: Path) -> None:
    page = "<main><h1>Шаблоны</h1><p>Пишем <code>&lt;!--</code> и &lt;!-- так.</p><p>Скорость 512.</p></main>"
    (tmp_path / "a.html").write_text(page, "utf-8")
    (document,), _ = read(tmp_path)
    assert "Скорость 512." in document.text
    assert document.text.count("<!--") == 2


@pytest.mark.parametrize(("html", "text", "furniture"), PAGES.values(), ids=PAGES)
def test_a_page_keeps_its_text_and_loses_its_furniture(tmp_path: Path, html: str, text: str, furniture: str) -> None:
    (tmp_path / "a.html").write_text(html, "utf-8")
    (document,), problems = read(tmp_path)
    assert problems == []
    assert [word for word in text.split() if word not in document.text] == []
    assert [word for word in furniture.split() if word in document.text] == []


def test_formulas_of_a_page_stay_tex(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGES["MathJax"][0], "utf-8")
    (document,), _ = read(tmp_path)
    assert "$x^2_{alpha}$" in document.text
    assert "$$\\sum bravo$$" in document.text


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("Мягкий пере\u00ad\nнос", "Мягкий перенос"),
        ("Обычный пере-\nнос", "Обычный перенос"),
        ("per-\nformance", "performance"),
        ("слово Wert\u00adpapier внутри", "слово Wert\u00adpapier внутри"),  # the author's text is not touched
        ("x-\nray", "x-ray"),
        ("в 2024-\n2025 годах", "в 2024-2025 годах"),
        ("Санкт-\nПетербург", "Санкт-Петербург"),
        ("кто-\nто и когда-\nнибудь", "кто-то и когда-нибудь"),
        ("из-\nза", "из-за"),
        ("из-\nменение", "изменение"),
        ("тире -\nдругое", "тире - другое"),
        ("знак U\u2010\nобразный пере\u2010\n  нос", "знак U\u2010образный перенос"),
        ("сто-\nЛетний Ан\u00ad\nНА", "сто-Летний АнНА"),
    ],
)
def test_words_divided_at_the_end_of_a_line_are_whole_again(lines: str, text: str) -> None:
    assert unbroken(lines) == text


def test_a_compound_that_the_document_writes_with_a_hyphen_keeps_it(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.add_font("DejaVu", fname=FONT)
    pdf.set_font("DejaVu", size=12)
    for line in ("Модели low-bit малы, а также low-", "bit быстры, и пере-", "нос у них обычный."):
        pdf.cell(0, 7, line, new_x="LMARGIN", new_y="NEXT")
    pdf.output(str(tmp_path / "a.pdf"))
    (document,), _ = read(tmp_path)
    assert document.text == "Модели low-bit малы, а также low-bit быстры, и перенос у них обычный."
