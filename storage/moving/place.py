"""The address of a database that is moved into, before anything of it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from konspekt.storage.database import parsed_url, shown


@dataclass(frozen=True, slots=True)
class Place:
    """`url` as it was given. Raises DatabaseUrlError for what is none."""

    url: str

    def __post_init__(self) -> None:
        parsed_url(self.url)

    @classmethod
    def in_folder(cls, home: Path) -> Place:
        return cls(f"sqlite:///{home.resolve() / 'konspekt.db'}")

    @property
    def shown(self) -> str:
        return shown(parsed_url(self.url))

    @property
    def setting(self) -> str:
        """What DATABASE_URL is to be, its password left out."""
        url = parsed_url(self.url)
        return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)

    @property
    def is_there(self) -> bool:
        """Whether there may be something in it: a server's answer is not asked for, a file is looked for."""
        url = parsed_url(self.url)
        return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()
