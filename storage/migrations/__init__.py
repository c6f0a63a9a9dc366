"""The schema's history, run by `Database.migrate()`. A change of the models adds a file to `versions/`."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from konspekt.storage.errors import StorageError
from konspekt.storage.messages import say

HEAD = "d5a80c3b61e7"  # the newest revision; a test compares it with the files in versions/
MOVING = "moving_progress"  # a table that is there while a database is being moved into: nothing else may write then
LOCK_KEY = 0x6B6F6E74  # PostgreSQL: one process migrates at a time


def upgrade(connection: Connection) -> None:
    """Bring the schema to HEAD within the connection's transaction, which already excludes other writers (SQLite)."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
    if inspect(connection).has_table(MOVING):
        raise StorageError(say("half_moved"))
    revision = current_revision(connection)
    if revision == HEAD:
        return
    if revision is None and inspect(connection).has_table("documents"):
        raise StorageError(say("foreign", url=connection.engine.url.render_as_string()))
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StorageError(say("other_version", reason=error)) from error


def current_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if revision is None else str(revision)
