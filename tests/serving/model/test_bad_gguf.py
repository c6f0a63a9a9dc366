"""A GGUF file from anywhere is refused in words, in both languages, or it is right: never a crash, never nonsense."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from konspekt.bilingual import told
from konspekt.serving.errors import ModelFileError, ServingError, UnsupportedModelError
from konspekt.serving.model.files.gguf_file import GGUFFile
from konspekt.serving.model.model import Model, load_model
from tests.serving.model.rewriting import ones, rewritten
from tests.serving.tiny import TOKENS, write_tiny

NAN, INF = float("nan"), float("inf")


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def entry(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def tensor(name: str, dims: list[int], kind: int = 0, offset: int = 0) -> bytes:
    sizes = b"".join(struct.pack("<Q", size) for size in dims)
    return text(name) + struct.pack("<I", len(dims)) + sizes + struct.pack("<IQ", kind, offset)


def container(entries: list[bytes], tensors: list[bytes], *, counts: tuple[int, int] | None = None) -> bytes:
    of_tensors, of_entries = counts or (len(tensors), len(entries))
    head = b"GGUF" + struct.pack("<IQQ", 3, of_tensors, of_entries) + b"".join(entries) + b"".join(tensors)
    return head + bytes(-len(head) % 32) + bytes(4096)


def alignment(kind: int, value: bytes) -> list[bytes]:
    return [entry("general.alignment", kind, value)]


DEEP = b"".join(struct.pack("<IQ", 9, 1) for _ in range(5000)) + struct.pack("<IQ", 0, 0)
CONTAINERS: dict[str, tuple[bytes, str]] = {
    "alignment 0": (container(alignment(4, struct.pack("<I", 0)), []), r"general\.alignment = 0: a whole number"),
    "alignment 24": (container(alignment(4, struct.pack("<I", 24)), []), r"general\.alignment = 24: a power of two"),
    "alignment as text": (container(alignment(8, text("32x")), []), r"general\.alignment = '32x'"),
    "alignment as a list": (container(alignment(9, struct.pack("<IQI", 4, 1, 32)), []), r"general\.alignment = \[32"),
    "alignment true": (container(alignment(7, b"\1"), []), r"general\.alignment = True"),
    "alignment nan": (container(alignment(6, struct.pack("<f", NAN)), []), r"general\.alignment = nan"),
    "lists in lists": (container([entry("deep", 9, DEEP)], []), "deep: lists nested more than 4 deep"),
    "endless empty lists": (container([entry("x", 9, struct.pack("<IQ", 9, 2**40))], []), "cut short|unknown type"),
    "endless empty texts": (container([entry("x", 9, struct.pack("<IQ", 8, 2**40))], []), "cut short"),
    "a text past the end": (container([entry("x", 9, struct.pack("<IQQ", 8, 1, 2**40))], []), "cut short"),
    "a text of 2^64 - 1": (container([entry("x", 9, struct.pack("<IQ", 8, 1) + b"\xff" * 8)], []), "cut short"),
    "texts cut in a length": (
        container([], [], counts=(0, 1))[:24] + entry("x", 9, struct.pack("<IQI", 8, 2, 0)),
        "cut short",
    ),
    "value of type 77": (container([entry("x", 77, b"")], []), "x: a value of unknown type 77"),
    "element of type 77": (container([entry("x", 9, struct.pack("<IQ", 77, 1))], []), "x: a value of unknown type 77"),
    "a key twice": (container([entry("x", 7, b"\0")] * 2, []), "x is there twice"),
    "a tensor twice": (container([], [tensor("a", [32]), tensor("a", [32], offset=128)]), "a is there twice"),
    "tensors over one another": (container([], [tensor("a", [32]), tensor("b", [32], offset=96)]), "a and b lie over"),
    "a tensor off its place": (container([], [tensor("a", [32], offset=5)]), "a lies at byte 5"),
    "a dimension of 0": (container([], [tensor("a", [0, 32])]), "a has the shape 32 x 0"),
    "no dimensions": (container([], [tensor("a", [])]), r"a has the shape \(\)"),
    "100 dimensions": (container([], [tensor("a", [1] * 100)]), "one to four numbers above zero"),
    "2^32 dimensions": (container([], [text("a") + b"\xff" * 4 + b"\1" * 64]), "one to four numbers above zero"),
    "broken blocks": (container([], [tensor("a", [16, 4], 2)]), "rows of 16 do not divide into the blocks of 32"),
    "2^64 rows": (container([], [tensor("a", [2**63, 2])]), "a ends after the end of the file"),
    "far away": (container([], [tensor("a", [32], offset=2**64 - 32)]), "a ends after the end of the file"),
    "type 31": (container([], [tensor("a", [32], 31)]), "a is of the unknown type 31"),
    "2^62 tensors": (container([], [], counts=(2**62, 0)), "shape|twice"),
    "2^62 keys": (container([], [], counts=(0, 2**62)), "twice"),
    "big-endian": (b"GGUF" + struct.pack(">IQQ", 3, 0, 0) + bytes(64), "little-endian"),
    "a page of the web": (b"<!DOCTYPE html><html>404</html>", "not a GGUF file"),
    "nothing": (b"", "cannot be opened"),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_damaged_container_is_refused_in_words(tmp_path: Path, name: str) -> None:
    data, words = CONTAINERS[name]
    path = tmp_path / "m.gguf"
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=words) as caught:
        GGUFFile(path)
    refused_in_both_languages(caught.value, path)


def refused_in_both_languages(error: ServingError, path: Path) -> None:
    english, russian = told(error, "en"), told(error, "ru")
    assert english.startswith(f"{path}: ")
    assert russian.startswith(f"{path}: ")
    assert english.count(str(path)) == 1
    assert any("а" <= letter <= "я" for letter in russian.removeprefix(str(path)))
    assert any(word in english for word in ("fetch", "take", "give", "put another", "join"))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("base") / "base.gguf", layers=1)


METADATA: list[tuple[str, Any, str]] = [
    ("qwen2.attention.head_count", 0, "a whole number from 1"),
    ("qwen2.attention.head_count", "two", "a whole number from 1"),
    ("qwen2.attention.head_count", True, "a whole number from 1"),
    ("qwen2.attention.head_count", None, "the metadata lacks"),
    ("qwen2.attention.head_count_kv", 0, "a whole number from 1 to 2"),
    ("qwen2.attention.head_count_kv", 3, "a whole number from 1 to 2"),
    ("qwen2.attention.head_count_kv", [1, 2], "layers that differ"),
    ("qwen2.attention.key_length", 4096, "a multiple of 16 up to 256"),
    ("qwen2.attention.key_length", 63, "a multiple of 16 up to 256"),
    ("qwen2.attention.value_length", 32, "both must be of one size"),
    ("qwen2.block_count", 0, "a whole number from 1"),
    ("qwen2.block_count", -1, "a whole number from 1"),
    ("qwen2.block_count", 10**6, "a whole number from 1"),
    ("qwen2.context_length", 0, "a whole number from 1"),
    ("qwen2.embedding_length", 2**62, "a whole number from 1"),
    ("qwen2.feed_forward_length", 0.5, "a whole number from 1"),
    ("qwen2.attention.layer_norm_rms_epsilon", NAN, "a number from"),
    ("qwen2.attention.layer_norm_rms_epsilon", -1.0, "a number from"),
    ("qwen2.attention.sliding_window", "all", "a whole number from 0"),
    ("qwen2.rope.freq_base", 0.0, "a number from 1"),
    ("qwen2.rope.freq_base", "big", "a number from 1"),
    ("qwen2.rope.freq_base", INF, "a number from 1"),
    ("qwen2.rope.dimension_count", 63, "an even number"),
    ("qwen2.rope.dimension_count", 4096, "an even number is wanted, at most the 64"),
    ("qwen2.rope.scaling.type", 7, "text is wanted"),
    ("qwen2.rope.scaling.factor", NAN, "a number from 0"),
    ("qwen2.rope.scaling.factor", -2.0, "a number from 0"),
    ("tokenizer.ggml.tokens", "abc", "a list of texts"),
    ("tokenizer.ggml.tokens", [1, 2, 3], "a list of texts"),
    ("tokenizer.ggml.token_type", [1, 2], f"a list of {len(TOKENS)} whole numbers"),
    ("tokenizer.ggml.token_type", ["1"] * len(TOKENS), f"a list of {len(TOKENS)} whole numbers"),
    ("tokenizer.ggml.merges", ["ab"], "'ab' is no pair of tokens"),
    ("tokenizer.ggml.merges", ["zz qq"], "out of vocabulary"),
    ("tokenizer.ggml.merges", [1], "a list of texts"),
    ("tokenizer.ggml.eos_token_id", 10**6, f"a whole number from 0 to {len(TOKENS) - 1}"),
    ("tokenizer.ggml.bos_token_id", -1, f"a whole number from 0 to {len(TOKENS) - 1}"),
    ("tokenizer.ggml.padding_token_id", "none", f"a whole number from 0 to {len(TOKENS) - 1}"),
    ("tokenizer.ggml.add_bos_token", "yes", "true or false"),
    ("tokenizer.ggml.model", 5, "text is wanted"),
    ("tokenizer.ggml.pre", 5, "text is wanted"),
    ("split.count", "a", "a whole number from 0"),
]


@pytest.mark.parametrize(("key", "value", "words"), METADATA)
def test_metadata_out_of_its_limits_is_refused_by_its_key(
    base: Path, tmp_path: Path, key: str, value: Any, words: str
) -> None:
    path = rewritten(base, tmp_path / "m.gguf", {key: value})
    with pytest.raises(ServingError, match=f"{key}.*{words}|{words}.*{key}|tokenizer.*{words}") as caught:
        load_model(path)
    refused_in_both_languages(caught.value, path)


def test_metadata_that_changes_nothing_loads_the_same_model(base: Path, tmp_path: Path) -> None:
    usual = load_model(base)
    for change in (
        {"general.sampling.temp": "hot"},
        {"general.name": 7},
        {"qwen2.rope.scaling.factor": 0.0},  # as llama.cpp writes where nothing is scaled
        {"qwen2.attention.head_count": [2]},
        {"qwen2.rope.dimension_count": 64},
    ):
        made = load_model(rewritten(base, tmp_path / "m.gguf", change))
        assert made.config == usual.config or change == {"general.name": 7}
        assert answer(made) == answer(usual)


def answer(model: Model) -> list[int]:
    from tests.serving.conftest import Answers

    answers = Answers(model)
    sequence = answers.add([3, 1, 4, 1, 5], max_tokens=4)
    answers.run()
    return answers.output(sequence)


MATRIX = np.random.default_rng(0).standard_normal((256, 128)).astype(np.float32)
TENSORS: list[tuple[str, NDArray[Any] | None, str]] = [
    ("output_norm.weight", None, "is missing"),
    ("output_norm.weight", ones(64), "64, and by the metadata it must have 128"),
    ("output_norm.weight", ones(4096), "4096, and by the metadata it must have 128"),
    ("output_norm.weight", np.full(128, NAN, np.float32), "no finite numbers"),
    ("output_norm.weight", np.ones(128, np.float64), "stored as F64"),
    ("blk.0.attn_norm.weight", ones(1), "shape 1, "),
    ("blk.0.attn_norm.weight", ones(1, 128), "shape 1 x 128"),
    ("blk.0.ffn_norm.weight", np.full(128, INF, np.float32), "no finite numbers"),
    ("blk.0.ffn_norm.weight", np.ones(128, np.int32), "stored as I32"),
    ("blk.0.attn_q.weight", ones(64, 128), "64 x 128, and by the metadata it must have 128 x 128"),
    ("blk.0.attn_q.weight", ones(128 * 128), "shape 16384"),
    ("blk.0.attn_k.weight", ones(32, 128), "32 x 128"),
    ("blk.0.attn_v.weight", ones(128, 64), "128 x 64"),
    ("blk.0.attn_output.weight", ones(128, 64), "128 x 64"),
    ("blk.0.ffn_up.weight", MATRIX.T.copy(), "128 x 256, and by the metadata it must have 256 x 128"),
    ("blk.0.ffn_gate.weight", ones(255, 128), "255 x 128"),
    ("blk.0.ffn_down.weight", ones(64, 256), "64 x 256"),
    ("blk.0.ffn_up.weight", np.where(MATRIX > 3, NAN, MATRIX).astype(np.float16), "no finite numbers"),
    ("blk.0.ffn_up.weight", np.where(MATRIX > 3, INF, MATRIX), "no finite numbers"),
    ("token_embd.weight", ones(len(TOKENS), 64), "259 x 64"),
    ("token_embd.weight", ones(len(TOKENS) - 1, 128), "259 tokens and token_embd.weight 258 rows"),
    ("token_embd.weight", None, "no language model"),
    ("output.weight", ones(100, 128), "100 x 128"),
    ("output.weight", ones(4000, 128), "4000 x 128"),
    ("blk.0.attn_q.bias", None, "is missing"),
    ("blk.0.attn_k.bias", ones(3), "shape 3, "),
    ("rope_freqs.weight", np.zeros(32, np.float32), "not above zero"),
    ("rope_freqs.weight", ones(31), "shape 31"),
    ("blk.1.attn_norm.weight", ones(128), "does not use"),
]


@pytest.mark.parametrize(("name", "array", "words"), TENSORS)
def test_a_tensor_that_does_not_fit_is_refused_by_its_name(
    base: Path, tmp_path: Path, name: str, array: NDArray[Any] | None, words: str
) -> None:
    path = rewritten(base, tmp_path / "m.gguf", tensors={name: array})
    with pytest.raises((ModelFileError, UnsupportedModelError), match=f"{words}") as caught:
        load_model(path)
    assert name.partition(".")[0] in str(caught.value)
    refused_in_both_languages(caught.value, path)


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_0", "Q5_1", "BF16"])
def test_a_scale_of_a_packed_matrix_that_is_no_number_is_found(tmp_path: Path, kind: str) -> None:
    import gguf

    path = write_tiny(tmp_path / "m.gguf", layers=1, weight_type=gguf.GGMLQuantizationType[kind])
    load_model(path)
    file = GGUFFile(path)
    info = file.tensors["blk.0.ffn_down.weight"]
    data = bytearray(path.read_bytes())
    at = bytes(data).index(file.packed(info.name).tobytes()) + info.nbytes // 2
    data[at : at + 2] = b"\xff\x7f" if kind == "BF16" else b"\x00\x7e"  # the first bytes of a block
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=r"blk\.0\.ffn_down\.weight holds values that are no finite numbers"):
        load_model(path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "m.gguf")
    with pytest.raises(ModelFileError, match="no ordinary file"):
        load_model(tmp_path / "m.gguf")


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3", "gemma3"])
def test_every_family_misses_any_of_its_tensors(tmp_path: Path, architecture: str) -> None:
    path = write_tiny(tmp_path / "whole.gguf", architecture, layers=1)
    for name in GGUFFile(path).tensors:
        if name == "output.weight":  # a model without one is tied
            continue
        with pytest.raises(ModelFileError, match=f"tensor {name} is missing"):
            load_model(rewritten(path, tmp_path / "m.gguf", tensors={name: None}))
