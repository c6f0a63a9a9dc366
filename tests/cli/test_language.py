"""The command speaks the language of LANGUAGE, else of the system; a name in .env that is nearly a setting is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from konspekt.app.language import language_setting, locale_language
from konspekt.app.settings import Settings, SettingsError
from konspekt.cli.guard import spoken_language
from konspekt.cli.main import build_app
from konspekt.cli.unknown_settings import unknown_settings


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ru_RU.UTF-8", "LC_ALL": ""}, "ru"),
    ],
)
def test_the_system_s_locale_decides(environment: dict[str, str], language: str) -> None:
    assert locale_language(environment) == language


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ru", "ru"),
        ("EN", "en"),
        ("auto", "auto"),
        ("ru_RU:ru:en", "ru"),  # as desktops set it for gettext
        ("de_DE:de:en_GB:en", "en"),
        ("fr", "en"),
        ("russian", None),
        ("", None),
    ],
)
def test_the_setting_takes_gettext_s_lists_too(written: str, meant: str | None) -> None:
    assert language_setting(written) == meant


def test_the_setting_wins_over_the_locale(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("LANGUAGE", "ru_RU:ru")
    assert Settings().spoken == "ru"
    monkeypatch.setenv("ADMIN_IDS", "x")  # wrong settings are told in the system's language
    assert spoken_language() == "en"
    assert list(home.iterdir()) == []


RUSSIAN: list[tuple[list[str], int, str]] = [
    (["documents"], 3, "ещё ничего не проиндексировано"),
    (["reindex"], 2, "читать нечего"),
    (["reindex", "/no/such"], 1, "/no/such: такого файла или папки нет — проверьте путь"),
    (["reindex", "empty"], 1, "empty: в этой папке нет ничего знакомого — читаются выгрузки Telegram Desktop"),
    (["reindex", "broken"], 1, "result.json: в нём нет канала с сообщениями"),
    (["reindex", "--forget", "course:x"], 3, "источника course:x нет; есть: ни одного"),
    (["search", "шум"], 3, "ещё ничего не проиндексировано"),
    (["show", "x"], 3, "документа 'x' нет"),
    (["bot"], 2, "TELEGRAM_BOT_TOKEN не задан"),
    (["models", "fetch", "nope"], 2, "модели 'nope' нет"),
    (["eval", "retrieval", "broken/result.json"], 1, "строка — не JSON"),
]


@pytest.mark.parametrize("case", RUSSIAN, ids=lambda case: " ".join(case[0]))
def test_errors_are_told_in_russian(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: tuple[list[str], int, str]
) -> None:
    arguments, status, said = case
    monkeypatch.setenv("LANGUAGE", "ru")
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "result.json").write_text("{\n", "utf-8")
    result = CliRunner().invoke(build_app(), arguments)
    assert result.exit_code == status, result.output
    assert said in result.stderr
    assert home.exists()


def test_a_report_is_told_in_russian_as_a_table_and_as_json(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "ru")
    course = tmp_path / "course"
    course.mkdir()
    (course / "empty.md").write_text("", "utf-8")
    (course / "note.md").write_text("# Шум\n\nШум добавляют по шагам.\n", "utf-8")
    result = CliRunner().invoke(build_app(), ["reindex", str(course), "--dry-run"])
    assert result.exit_code == 1
    assert "источник" in result.stdout
    assert "частично" in result.stdout
    assert "проба: ничего не изменено" in result.stdout
    assert f"{course / 'empty.md'}: файл пуст — скопируйте его заново или удалите" in result.stderr
    result = CliRunner().invoke(build_app(), ["reindex", str(course), "--dry-run", "--json"])
    (source,) = json.loads(result.stdout)["sources"]
    assert source["problems"] == [f"{course / 'empty.md'}: файл пуст — скопируйте его заново или удалите"]
    assert source["status"] == "partial"
    assert home.exists()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ADMIN_IDS", "@me", "1-е значение — не id пользователя Telegram"),
        ("LLM_TIMEOUT", "hunter2", "нужно число"),
        ("THREADS", "0", "нужно 1 или больше"),
        ("LOG_LEVEL", "loud", "нужно одно из: 'debug', 'info', 'warning', 'error'"),
        ("METRICS_LISTEN", "9100", "это не адрес"),
        ("LANGUAGE", "русский", "нужно одно из: auto, ru, en"),
    ],
)
def test_a_wrong_setting_is_told_in_both_languages(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        Settings()
    (problem,) = error.value.problems
    assert problem.ru == f"{name}: {said}" or problem.ru.startswith(f"{name}: {said}")
    assert problem.startswith(f"{name}: ")
    assert problem != problem.ru
    assert "hunter2" not in problem + problem.ru
    assert home.exists()


def test_a_name_that_is_nearly_a_setting_is_named(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(
        "TELEGRAM_TOKEN=1:x\nSOURCE=/x\nadmin_ids=1\nOPENAI_KEY=k\nBOT_TOKEN=1:x\nHTTPS_PROXY=http://x\n"
        "SERVE_API_KEY=k\nPGPASSWORD=x\n#COMMENT=1\n",
        "utf-8",
    )
    said = list(unknown_settings(path))
    assert [message.split(" ")[0] for message in said] == ["TELEGRAM_TOKEN", "SOURCE", "OPENAI_KEY", "BOT_TOKEN"]
    assert "may be" not in said[0]
    assert said[0].endswith("did you mean TELEGRAM_BOT_TOKEN?")
    assert said[1].ru.endswith("может быть, SOURCES?")
    assert not any("1:x" in message or "=k" in message for message in said)
    assert list(unknown_settings(tmp_path / "none")) == []
