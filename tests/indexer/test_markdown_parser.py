"""A Markdown parser that several readers use from its first text on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from markdown_it import MarkdownIt

from konspekt.indexer.markdown_parser import prepared

TEXT = "# Шум\n\n*Мало* и **много**, [пост](https://example.org)\n\n- раз\n- два"


@pytest.mark.usefixtures("threads_in_turn")
def test_the_first_texts_of_several_readers_are_read_as_every_other() -> None:
    as_ever = MarkdownIt("commonmark").render(TEXT)
    with ThreadPoolExecutor(8) as readers:
        for _ in range(100):
            parser = prepared(MarkdownIt("commonmark"))
            assert set(readers.map(parser.render, [TEXT] * 8)) == {as_ever}
