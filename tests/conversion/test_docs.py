"""The documentation says what the data say."""

from __future__ import annotations

from pathlib import Path

from konspekt.conversion.network_table import inserted, table
from konspekt.conversion.networks import all_networks

PAGE = Path(__file__).parents[2] / "docs" / "conversion.md"


def test_the_table_of_networks_is_what_the_networks_say() -> None:
    page = PAGE.read_text("utf-8")
    assert inserted(page) == page, "run: python -m konspekt.conversion.network_table docs/conversion.md"
    assert all(f"`{name}`" in table() for name in all_networks())


def test_the_pictures_are_there() -> None:
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("!["):
            assert (PAGE.parent / line.split("(")[1].rstrip(")")).exists()


def test_every_network_has_a_source_a_date_and_a_test_file() -> None:
    tests = Path(__file__).parent / "networks"
    for network in all_networks().values():
        assert network.source
        assert network.checked >= "2026-01-01"
        assert (tests / f"test_{network.name.split('-')[0]}.py").exists()
