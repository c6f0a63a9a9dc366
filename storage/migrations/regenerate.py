"""Write the initial migration anew from the models: `python -m konspekt.storage.migrations.regenerate`.

Only while nothing is released. Afterwards a change of the models gets a migration of its own.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from konspekt.storage.full_text import CREATE_POSTGRES, CREATE_SQLITE
from konspekt.storage.models import Base, UtcDateTime

FOLDER = Path(__file__).parent

TEMPLATE = '''# ruff: noqa: E501
"""The schema as it was first released. Written by `python -m konspekt.storage.migrations.regenerate`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from konspekt.storage.models import UtcDateTime

revision = "{revision}"
down_revision = None
branch_labels = None
depends_on = None

FULL_TEXT = {{
    "sqlite": {sqlite!r},
    "postgresql": {postgres!r},
}}


def upgrade() -> None:
    {body}
    for statement in FULL_TEXT[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("there is nothing before the first schema: delete the database instead")
'''


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    return "UtcDateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


def main() -> None:
    with create_engine("sqlite://").connect() as connection:
        script = produce_migrations(MigrationContext.configure(connection), Base.metadata)
    assert script.upgrade_ops is not None
    body = render_python_code(script.upgrade_ops, render_item=render_item)
    revision = hashlib.sha256((body + repr(CREATE_SQLITE) + repr(CREATE_POSTGRES)).encode()).hexdigest()[:12]
    text = TEMPLATE.format(revision=revision, sqlite=CREATE_SQLITE, postgres=CREATE_POSTGRES, body=body.strip())
    (FOLDER / "versions" / "initial.py").write_text(text, encoding="utf-8")
    package = FOLDER / "__init__.py"
    package.write_text(re.sub(r'HEAD = "\w+"', f'HEAD = "{revision}"', package.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
