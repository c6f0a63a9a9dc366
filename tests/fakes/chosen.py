"""Filters that let certain chunks through, without documents behind them."""

from __future__ import annotations

from typing import cast

import numpy as np
from sqlalchemy.orm import Session

from konspekt.storage.index.filters import Filters, Where


class Chosen(Where):
    """`ids` None: everywhere."""

    def __init__(self, ids: np.ndarray | None = None, session: Session | None = None) -> None:
        super().__init__(cast(Session, session), Filters() if ids is None else Filters(documents=()))
        self._allowed = ids
