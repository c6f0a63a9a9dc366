"""A page is had in its time or not at all, whatever of the answer is slow."""

from __future__ import annotations

import pytest

from konspekt.bilingual import of, told
from konspekt.indexer.sources.web_fetch import FetchError, PageFetcher
from tests.fakes.slow_server import BEGINNINGS, slow_server


@pytest.mark.parametrize("way", BEGINNINGS)
def test_an_answer_that_never_ends_is_given_up(way: str) -> None:
    with slow_server(way) as url, PageFetcher(timeout=60, seconds=0.3, first_wait=0.0) as pages:
        with pytest.raises(FetchError) as raised:
            pages.get(url)
        with pytest.raises(FetchError):  # and each page has a time of its own
            pages.get(url)
    assert told(of(raised.value), "en").startswith("the server does not answer")
