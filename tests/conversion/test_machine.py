"""Models that only translate, one tiny one of each family: random weights, real tokenizers, real files."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
import torch
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    MarianTokenizer,
    NllbTokenizer,
    T5Config,
    T5ForConditionalGeneration,
    T5Tokenizer,
)

from konspekt.app.drafting import writer_over
from konspekt.app.settings import Settings
from konspekt.conversion.document import Run
from konspekt.conversion.machine.engine import Engine
from konspekt.conversion.machine.families import TranslationError
from konspekt.conversion.machine.lines import MachineTranslator
from konspekt.conversion.networks import network
from konspekt.conversion.posts.reading import post_from_text
from konspekt.conversion.wishes import Wishes
from konspekt.modelhub import hub_ids

CORPUS = ["модель быстрее прежней вдвое", "the model is twice as fast as before", "[1] [2]"] * 20


def pieces(**rest: Any) -> bytes:
    """A vocabulary of a few dozen pieces."""
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS),
        model_writer=made,
        vocab_size=60,
        model_type="unigram",
        hard_vocab_limit=False,
        character_coverage=1.0,
        minloglevel=2,
        **rest,
    )
    return made.getvalue()


def marian(folder: Path) -> None:
    folder.mkdir()
    names = [folder / name for name in ("source.spm", "target.spm", "vocab.json")]
    for path in names[:2]:
        path.write_bytes(pieces(unk_id=0, eos_id=1, bos_id=-1, pad_id=-1))
    read = sentencepiece.SentencePieceProcessor(model_file=str(names[0]))
    vocabulary = {read.id_to_piece(place): place for place in range(read.get_piece_size())}
    vocabulary["<pad>"] = len(vocabulary)
    names[2].write_text(json.dumps(vocabulary, ensure_ascii=False), "utf-8")
    MarianTokenizer(*map(str, names), source_lang="ru", target_lang="en").save_pretrained(folder)
    pad, end = vocabulary["<pad>"], vocabulary["</s>"]
    ends = {"pad_token_id": pad, "eos_token_id": end, "decoder_start_token_id": pad, "forced_eos_token_id": end}
    size = dict.fromkeys(("encoder_layers", "decoder_layers"), 1) | dict.fromkeys(
        ("d_model", "encoder_ffn_dim", "decoder_ffn_dim"), 16
    )
    heads = dict.fromkeys(("encoder_attention_heads", "decoder_attention_heads"), 2)
    config = MarianConfig(
        vocab_size=len(vocabulary), max_position_embeddings=256, init_std=1.0, **size, **heads, **ends
    )
    MarianMTModel(config).save_pretrained(folder)


def nllb(folder: Path) -> None:
    folder.mkdir()
    letters = ["<s>", "<pad>", "</s>", "<unk>", "▁", *sorted(set("".join(CORPUS)) - {" "})]
    vocabulary = {letter: place for place, letter in enumerate(letters)}
    tokenizer = NllbTokenizer(vocab=vocabulary, merges=[], src_lang="rus_Cyrl", tgt_lang="eng_Latn")
    tokenizer.save_pretrained(folder)
    size = dict.fromkeys(("encoder_layers", "decoder_layers"), 1) | dict.fromkeys(
        ("d_model", "encoder_ffn_dim", "decoder_ffn_dim"), 16
    )
    heads = dict.fromkeys(("encoder_attention_heads", "decoder_attention_heads"), 2)
    config = M2M100Config(vocab_size=len(tokenizer), max_position_embeddings=256, init_std=1.0, **size, **heads)
    M2M100ForConditionalGeneration(config).save_pretrained(folder)


def madlad(folder: Path) -> None:
    folder.mkdir()
    read = sentencepiece.SentencePieceProcessor(model_proto=pieces())
    words = [(read.id_to_piece(place), read.get_score(place)) for place in range(3, read.get_piece_size())]
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("<2en>", 0.0), ("<2ru>", 0.0)]
    tokenizer = T5Tokenizer(vocab=[*special, *words], extra_ids=0, additional_special_tokens=["<2en>", "<2ru>"])
    tokenizer.save_pretrained(folder)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=16,
        d_kv=8,
        d_ff=16,
        num_layers=1,
        num_heads=2,
        decoder_start_token_id=0,
        initializer_factor=3.0,
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)


FAMILIES = {"marian": marian, "nllb": nllb, "madlad": madlad}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    torch.manual_seed(3)
    root = tmp_path_factory.mktemp("translators")
    for name, make in FAMILIES.items():
        make(root / name)
    return {name: root / name for name in FAMILIES}


@pytest.fixture(scope="module")
def converted(folders: dict[str, Path]) -> dict[str, Path]:
    converters = pytest.importorskip("ctranslate2").converters
    made = {}
    for name, folder in folders.items():
        made[name] = folder.with_name(f"{name}-ct2")
        kept = {".safetensors", ".py"}
        names = [path.name for path in folder.iterdir() if path.suffix not in kept]
        beside = [name for name in names if name not in ("config.json", "generation_config.json")]
        converters.TransformersConverter(str(folder), copy_files=beside).convert(str(made[name]))
    return made


@pytest.mark.parametrize("name", FAMILIES)
def test_each_family_gives_several_translations_of_each_line(name: str, folders: dict[str, Path]) -> None:
    engine = Engine(folders[name])
    assert engine.family == name
    lines = ["модель быстрее", "[1] вдвое"]
    found = engine.translate(lines, "ru", "en", choices=3)
    assert [len(one) for one in found] == [len(set(one)) for one in found]
    assert all(len(one) <= 3 for one in found)
    assert any(len(one) > 1 for one in found)  # random weights may well end a line where it begins
    assert engine.translate(lines, "ru", "en", choices=3) == found


@pytest.mark.parametrize("name", FAMILIES)
def test_ctranslate2_says_what_transformers_says(
    name: str, folders: dict[str, Path], converted: dict[str, Path]
) -> None:
    lines = ["модель быстрее", "вдвое быстрее прежней"]
    assert not (converted[name] / "model.safetensors").exists()
    slow, fast = (Engine(folder).translate(lines, "ru", "en") for folder in (folders[name], converted[name]))
    begun = [[[text[:20] for text in one] for one in found] for found in (slow, fast)]  # they end it differently
    assert begun[0] == begun[1]


def test_a_direction_or_a_language_that_a_model_lacks_is_told(folders: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(TranslationError, match="ru-en, not en-ru"):
        Engine(folders["marian"]).translate(["model"], "en", "ru")
    with pytest.raises(TranslationError, match="language de"):
        Engine(folders["madlad"]).translate(["model"], "en", "de")
    (tmp_path / "config.json").write_text("{}", "utf-8")
    with pytest.raises(TranslationError, match="no translation model can be read"):
        Engine(tmp_path)


class Scripted:
    """Says what a good model would, with its n-th best try right."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def translate(self, lines: list[str], source: str, target: str, *, choices: int) -> list[list[str]]:
        self.asked += lines
        return [["The model is slower, see [1]", "The model is twice as fast, see [1]"][:choices] for _ in lines]


async def test_lines_are_protected_checked_and_tried_again_with_the_next_best() -> None:
    engine = Scripted()
    translator = MachineTranslator("scripted", lambda source, target: engine)  # type: ignore[arg-type, return-value]
    line = (Run("Модель быстрее вдвое, смотрите "), Run("https://example.org/a", url="https://example.org/a"))
    (done,) = await translator.lines([line], "ru", "en", Wishes())
    assert "".join(run.text for run in done.runs) == "The model is twice as fast, see https://example.org/a"
    assert "direction" in done.trouble
    assert engine.asked == ["Модель быстрее вдвое, смотрите [1]"]


async def test_a_draft_by_a_translation_model_alone_keeps_the_manner_of_the_rules(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    settings = Settings(
        _env_file=None, konspekt_home=tmp_path, translation_model=str(folders["marian"].with_name("{pair}"))
    )
    folders["marian"].with_name("ru-en").symlink_to(folders["marian"])
    writer = writer_over(settings, None, "en")
    assert writer is not None
    draft = await writer.write(post_from_text("Модель быстрее вдвое\n\nКод: https://example.org/a"), network("x"), "en")
    assert "https://example.org/a" in draft.text
    assert not draft.finished  # a random model is not believed
    back = await writer.write(post_from_text("The model is twice as fast as before"), network("x"), "ru")
    assert back.text == "The model is twice as fast as before"
    assert any("en-ru" in warning for warning in back.warnings)
    assert writer_over(settings.model_copy(update={"translation_model": "auto"}), None, "en") is None


def test_the_hub_s_files_of_a_converted_translator_are_all_fetched() -> None:
    names = ["model.bin", "config.json", "shared_vocabulary.json", "source.spm", "target.spm", "README.md", "run.py"]
    files = [hub_ids.RemoteFile(name, 1, None) for name in [*names, "tokenizer_config.json", "vocab.json"]]
    chosen = {file.path for file in hub_ids.choose("org/opus", files, None)}
    assert chosen == {file.path for file in files} - {"README.md", "run.py"}
    saved = [hub_ids.RemoteFile(name, 1, None) for name in ("model.safetensors", "config.json", "source.spm", "x.pkl")]
    assert len(hub_ids.choose("org/opus", saved, None)) == 3
