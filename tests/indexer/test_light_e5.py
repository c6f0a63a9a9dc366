"""A query embedded without torch is the query embedded with it, token for token and to the last bits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt.indexer.embedding.e5.file import read_e5_file
from konspekt.indexer.embedding.e5.light import LightE5
from konspekt.indexer.embedding.e5.tokenizer import E5Tokenizer
from tests.cli.notes_home import index_notes
from tests.conftest import MODELS, ROOT

FILE = MODELS / "e5-small-q4.bin"
pytestmark = [pytest.mark.model, pytest.mark.skipif(not FILE.exists(), reason="the embedding model is not here")]
TEXTS = [
    "как работает SageAttention",
    "",
    " ",
    "   три   пробела\u00a0nbsp\tи табуляция\n",
    "<s> </s> <unk> <pad>",
    "😀👩‍👩‍👧 emoji ✅ ё й ñ ﬁ ½ Ⅳ",
    "𓀀𓀀𓀀 ꙮ x ꙮꙮ",
    "中文测试，。",
    "a" * 300,
    "\u2581\u2581x \ufeff",
    "DPM++ 2M Karras, 25 шагов: https://t.me/c/1/2?x=1",
]


@pytest.fixture(scope="module")
def light() -> LightE5:
    return LightE5("multilingual-e5-small", FILE)


@pytest.fixture(scope="module")
def tokenizer() -> E5Tokenizer:
    return E5Tokenizer(read_e5_file(FILE))


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_are_those_of_sentencepiece(light: LightE5, tokenizer: E5Tokenizer, text: str) -> None:
    assert light._tokenizer.ids(text) == tokenizer.ids(text)
    assert light._tokenizer.framed(text, 7) == tokenizer.framed(text, 7)


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("абвгдеёжзийклмнопрстуфхцчшщыэюяabcdefgh 123.,-+?\u00adꙮ😀中\t"), max_size=60))
def test_tokens_of_any_text_are_those_of_sentencepiece(light: LightE5, tokenizer: E5Tokenizer, text: str) -> None:
    assert light._tokenizer.ids(text) == tokenizer.ids(text)


def test_vectors_are_those_of_torch(light: LightE5) -> None:
    import torch

    from konspekt.indexer.embedding.e5.model import E5Model

    network = E5Model(FILE, torch.float32)
    texts = ["как работает SageAttention", "KV cache", "", "слово " * 600]
    for prompt, embed in (("query: ", light.embed_queries), ("passage: ", light.embed_passages)):
        expected = np.concatenate([network.embed([text], prompt) for text in texts])
        assert np.abs(embed(texts) - expected).max() < 2e-6
    assert light.dimension == expected.shape[1]
    assert light.count_tokens("как работает SageAttention") == network.count_tokens("как работает SageAttention")


def test_the_longest_passage_is_the_same(light: LightE5) -> None:
    from konspekt.indexer.embedding.e5.embedder import E5Embedder

    assert light.max_tokens == E5Embedder("multilingual-e5-small", FILE).max_tokens


def test_search_imports_neither_torch_nor_transformers(tmp_path: Path) -> None:
    folder = index_notes(tmp_path, {"note.md": "# Сэмплер\n\nСэмплеру Euler нужно 40 шагов.\n"})
    program = (
        "import sys\n"
        "from konspekt.cli.main import main\n"
        "sys.argv = ['konspekt', 'search', 'сколько шагов', '--json']\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "heavy = {'torch', 'transformers', 'sentencepiece', 'scipy', 'httpx', 'openai'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    environment = os.environ | {"KONSPEKT_HOME": str(folder / "home"), "MODELS_DIR": str(MODELS)}
    environment["PYTHONPATH"] = f"{ROOT / 'src'}:{ROOT}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    assert "Euler" in done.stdout
