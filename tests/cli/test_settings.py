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


@pytest.mark.parametrize(
    ("family", "name", "values"),
    [
        ("openai", "keys", {"base_url": "http://a/v1,http://b/v1,http://c/v1", "api_key": f"{KEY},other"}),
        ("openai", "keys", {"api_key": f"{KEY},other"}),
        ("openai", "models", {"base_url": "http://a/v1,http://b/v1", "model": "m1,m2,m3"}),
        ("arena", "models", {"base_url": "http://a/v1", "model": "m1,m2"}),
        ("arena", "keys", {"base_url": "http://a/v1,http://b/v1,http://c/v1", "api_key": f"{KEY},other"}),
    ],
)
def test_lines_of_endpoints_that_do_not_fit_together_say_so(family: str, name: str, values: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings(_env_file=None, **{f"{family}_{key}": value for key, value in values.items()})
    assert f"{family}_model".upper() in str(raised.value)
    assert name in str(raised.value)
    assert KEY not in str(raised.value)


def test_each_key_of_a_line_stays_out_of_logs() -> None:
    settings = Settings(
        _env_file=None, openai_base_url="http://a/v1,http://b/v1", openai_api_key="k-one, k-two", web_secret="w" * 16
    )
    assert {"k-one", "k-two", "w" * 16} <= set(settings.secrets)
