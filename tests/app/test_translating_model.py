"""TRANSLATION_MODEL=auto: what `konspekt models check` found decides who translates."""

from __future__ import annotations

from pathlib import Path

import pytest

from konspekt.app.authoring.checking import check_translator
from konspekt.app.authoring.choosing import can_translate, present, translating_model
from konspekt.app.drafting import writer_over
from konspekt.app.local_model.suite import Task
from konspekt.app.local_model.verdicts import Verdict, record
from konspekt.app.settings import Settings
from konspekt.conversion.machine.engine import Engine
from konspekt.llm_client import ChatModel

RIGHT = {
    "Курс начнётся 12 марта, запись открыта до пятницы.": "The course starts on 12 March, sign up until Friday.",
    "Эта модель вдвое быстрее, но занимает больше памяти.": "This model is twice as fast but takes more memory.",
    "The lecture was cancelled because the teacher is ill.": "Лекция отменена: преподаватель заболел.",
    "We keep the keys in eight bits and lose almost nothing.": "Ключи храним в восьми битах и почти ничего не теряем.",
}


def verdict(translates: float) -> Verdict:
    return Verdict("neither", {"translates": translates}, 1.0, 1.0, 0, "2026-11-30")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, konspekt_home=tmp_path, models_dir=tmp_path / "models")


def here(settings: Settings, *names: str, weights: str = "model.safetensors") -> list[str]:
    for name in names:
        folder = settings.models / name
        folder.mkdir(parents=True)
        (folder / weights).write_bytes(b"")
        (folder / "config.json").write_text("{}", "utf-8")
    return [str(settings.models / name) for name in names]


def test_without_a_model_that_only_translates_the_one_that_writes_does(settings: Settings) -> None:
    assert translating_model(settings, "small") is None
    record(settings.konspekt_home, ["small"], verdict(0.25))
    assert translating_model(settings, "small") is None
    assert translating_model(settings.model_copy(update={"translation_model": "org/nllb"}), "small") == "org/nllb"


def test_one_that_failed_or_was_not_checked_gives_way_and_an_able_one_does_not(settings: Settings) -> None:
    (nllb,) = here(settings, "org--nllb-200-distilled-600M")
    assert translating_model(settings, None) == nllb
    assert translating_model(settings, "small") == nllb
    record(settings.konspekt_home, ["small"], verdict(0.5))
    assert translating_model(settings, "small") == nllb
    record(settings.konspekt_home, ["small"], verdict(1.0))
    assert translating_model(settings, "small") is None
    assert translating_model(settings.model_copy(update={"translation_model": "chat"}), None) is None


def test_of_several_that_only_translate_the_check_chooses(settings: Settings) -> None:
    nllb, madlad = here(settings, "org--nllb-200-1.3B", "org--madlad400-3b", weights="model.bin")
    record(settings.konspekt_home, [madlad], verdict(0.75))
    assert translating_model(settings, None) == madlad
    record(settings.konspekt_home, [nllb], verdict(1.0))
    assert translating_model(settings, None) == nllb
    record(settings.konspekt_home, [nllb, madlad], verdict(0.5))
    assert translating_model(settings, None) is None


def test_models_of_one_direction_come_in_pairs(settings: Settings) -> None:
    here(settings, "org--opus-mt-ru-en")
    assert present(settings.models) == set()
    here(settings, "org--opus-mt-en-ru", "org--bert-base", "other--opus-mt-ru-en")
    assert present(settings.models) == {str(settings.models / "org--opus-mt-{pair}")}
    (settings.models / "org--opus-mt-en-ru" / "model.safetensors").unlink()
    assert present(settings.models) == set()


async def test_what_the_check_found_of_the_model_reaches_the_draft_s_promise(settings: Settings) -> None:
    served = settings.model_copy(update={"openai_model": "large-70b"})
    model = ChatModel("http://127.0.0.1:9", "key", "large-70b")
    for share, believed in ((None, True), (0.5, False), (1.0, True)):
        if share is not None:
            record(settings.konspekt_home, ["large-70b"], verdict(share))
        writer = writer_over(served, model, "en")
        assert writer is not None
        assert writer.believed("large-70b") is believed
        assert not writer.believed("small-1.5b")
        assert not writer.believed(None)
    assert can_translate(settings.konspekt_home, "large-70b")
    await model.close()


def test_the_check_asks_a_translation_model_for_translations_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    class Opened:
        def translate(self, lines: list[str], source: str, target: str) -> list[list[str]]:
            asked.append((source, target))
            return [[RIGHT[line] if "eight bits" not in line else "Ключи."] for line in lines]

    monkeypatch.setattr(Engine, "__new__", lambda *_, **__: Opened())
    here(settings, "opus-mt-ru-en", "opus-mt-en-ru")
    told: list[bool] = []

    def follow(_task: Task, _answer: str, right: bool) -> None:
        told.append(right)

    found = check_translator(settings, str(settings.models / "opus-mt-{pair}"), follow)
    assert asked == [("ru", "en"), ("ru", "en"), ("en", "ru"), ("en", "ru")]
    assert told == [True, True, True, False]
    assert found.shares == {"translates": 0.75}
