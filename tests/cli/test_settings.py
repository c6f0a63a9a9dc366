"""Settings that cannot be: each is named, and no value is said, for it may be a key in a wrong place."""

from __future__ import annotations

import pytest

from konspekt.app.settings import Settings, SettingsError

KEY = "1234567:AAE-a_key_in_the_wrong_place"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("admin_ids", KEY),
        ("admin_ids", f"42,{KEY}"),
        ("admin_ids", "²"),
        ("admin_ids", "1" * 5000),
        ("webhook_listen", KEY),
        ("metrics_listen", KEY),
        ("language", KEY),
        ("local_port", KEY),
        ("log_level", KEY),
        ("draft_writing", KEY),
        ("llm_timeout", KEY),
        ("llm_copies", KEY),
    ],
)
def test_a_wrong_value_is_not_said(setting: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings(_env_file=None, **{setting: value})
    assert setting.upper() in str(raised.value)
    assert value not in str(raised.value)


def test_the_place_of_a_wrong_admin_is_said() -> None:
    with pytest.raises(SettingsError, match="entry 2"):
        Settings(_env_file=None, admin_ids=f"42,{KEY},43")


@pytest.mark.parametrize(
    "setting", [name for name, field in Settings.model_fields.items() if field.annotation == tuple[str, ...]]
)
def test_every_list_is_written_with_commas(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = ("https://a.example", "https://b.example") if setting == "widget_origins" else ("12", "7")
    monkeypatch.setenv(setting.upper(), f" {first}, {second} ,")
    assert getattr(Settings(_env_file=None), setting) == (first, second)
