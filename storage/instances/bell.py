"""Telling another instance that something was handed to it: PostgreSQL's NOTIFY.

A notification may be lost (a connection that breaks, a pooler that knows no LISTEN): whoever waits for one also looks
from time to time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from konspekt.storage.database import Database

log = logging.getLogger(__name__)

CHANNEL = "konspekt_inbox"
PATIENCE = 1.0  # seconds between two looks at whether to go on; a notification itself comes at once
AGAIN_AFTER = 5.0


def ring(session: Session, instance: str) -> None:
    """Heard once the transaction is committed, and not if it is not."""
    session.execute(text("SELECT pg_notify(:channel, :instance)"), {"channel": CHANNEL, "instance": instance})


class Bell:
    """Listens in a thread of its own, on a connection of its own."""

    def __init__(self, database: Database, instance: str, heard: Callable[[], None]) -> None:
        """`heard` is called from the thread."""
        self._database, self._instance, self._heard = database, instance, heard
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True, name="bot-bell")
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=PATIENCE * 3)

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text(f"LISTEN {CHANNEL}"))
                    driver: Any = connection.connection.driver_connection
                    while not self._stopped.is_set():
                        for note in driver.notifies(timeout=PATIENCE):
                            if note.payload == self._instance:
                                self._heard()
                            if self._stopped.is_set():
                                break
                    connection.execute(text("UNLISTEN *"))
            except (DBAPIError, OSError) as error:
                log.warning("not hearing what is handed over (%s); looking from time to time", type(error).__name__)
                self._stopped.wait(AGAIN_AFTER)
            except Exception as error:  # of the driver, outside of SQLAlchemy
                log.warning("not hearing what is handed over (%s); looking from time to time", type(error).__name__)
                self._stopped.wait(AGAIN_AFTER)
