"""A folder that is damaged or half fetched is an error that names the file, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from konspekt.quantization.errors import QuantizationError
from konspekt.quantization.source import load
from konspekt.serving.errors import ModelFileError
from konspekt.serving.model.model import load_model
from tests.serving.tiny_folder import write_folder


def no_vocabulary(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    del config["vocab_size"]
    (folder / "config.json").write_text(json.dumps(config), "utf-8")


def half_fetched(folder: Path) -> None:
    index = {"weight_map": {"lm_head.weight": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), "utf-8")


def cut_short(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def not_json(name: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_text('{"half', "utf-8")

    return write


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (not_json("config.json"), "config.json: cannot be read"),
        (not_json("tokenizer.json"), "tokenizer.json: cannot be read"),
        (not_json("tokenizer_config.json"), "tokenizer_config.json: cannot be read"),
        (not_json("generation_config.json"), "generation_config.json: cannot be read"),
        (no_vocabulary, "config.json: .*lacks vocab_size"),
        (half_fetched, "model-00002-of-00002.safetensors is missing"),
        (cut_short, "model.safetensors: .*fetch it again"),
    ],
)
def test_the_file_that_is_wrong_is_named(damage: Callable[[Path], None], told: str, tmp_path: Path) -> None:
    write_folder(tmp_path, "llama")
    damage(tmp_path)
    with pytest.raises(ModelFileError, match=f"{tmp_path}.*{told}"):
        load_model(tmp_path)
    if "generation" not in told and damage is not no_vocabulary:  # transformers has its own mind about those
        with pytest.raises(QuantizationError, match=told):
            load(tmp_path)
