"""Paid posts, as Russian law makes channels mark them: a word, a registered token, the advertiser's name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from konspekt.indexer.documents import Entity

# Federal law 38-FZ, article 18.1 (2022): the word «реклама», the advertiser, and the token `erid`.
_MARK = re.compile(
    r"#(?:реклама|промо|ad|ads|advertisement|sponsored)(?!\w)|(?<!\w)erid\s*[:=]?\s*[A-Za-z0-9]{6,}"
    r"|^\W*реклама\s*[.:|—–-]\s*(?:ООО|ИП|АО|ПАО|АНО|О рекламодателе)\b|на правах рекламы|^\W*реклама\W*$",
    re.IGNORECASE | re.MULTILINE,
)
_TOKEN_IN_LINK = re.compile(r"[?&#]erid=", re.IGNORECASE)


def is_advert(text: str, entities: Iterable[Entity] = ()) -> bool:
    """Whether a post says that it is paid for. A post about advertising does not."""
    return bool(_MARK.search(text) or _TOKEN_IN_LINK.search(text)) or any(
        entity.url and _TOKEN_IN_LINK.search(entity.url) for entity in entities
    )
