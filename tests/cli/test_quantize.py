"""What `konspekt quantize` tells its reader, in both languages, and what Ctrl-C leaves."""

from __future__ import annotations

from pathlib import Path

import gguf
import pytest
import torch
from typer.testing import CliRunner, Result

from konspekt.bilingual import LANGUAGES
from konspekt.cli.main import build_app
from konspekt.quantization import FORMATS
from konspekt.quantization.messages import MESSAGES, WHAT
from tests.serving.tiny import write_tiny


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def quantize(*words: object, language: str = "en") -> Result:
    return CliRunner(env={"LANGUAGE": language}).invoke(build_app(), ["quantize", *map(str, words)])


def test_every_message_is_there_in_both_languages() -> None:
    assert set(WHAT) == set(FORMATS)
    for key, texts in (MESSAGES | WHAT).items():
        assert set(texts) == set(LANGUAGES), key
        assert texts["ru"] != texts["en"], key


def test_a_reader_of_russian_reads_russian(tmp_path: Path) -> None:
    source, out = write_tiny(tmp_path / "tiny.gguf"), tmp_path / "made"
    refused = quantize(source, "--format", "Q9", "--out", out, language="ru")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "формат 'Q9' неизвестен" in refused.stderr
    missing = quantize(tmp_path / "none.gguf", "--format", "Q4_0", "--out", out, language="ru")
    assert missing.exit_code == 2
    done = quantize(source, "--format", "Q4_K", "--out", out, language="ru")
    assert done.exit_code == 0, done.output
    assert "Q4_K методом rtn" in done.stdout
    assert "столбцы не делятся на 256" in done.stdout
    assert f"запустить: konspekt serve --model {out / 'model-q4_k.gguf'}" in done.stdout


def test_ctrl_c_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = write_tiny(tmp_path / "tiny.gguf"), tmp_path / "made"

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(gguf.GGUFWriter, "write_tensors_to_file", interrupted)
    done = quantize(source, "--format", "Q4_0", "--out", out)
    assert done.exit_code == 130
    assert "interrupted; nothing was written" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.gguf"]
