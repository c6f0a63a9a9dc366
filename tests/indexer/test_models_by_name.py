"""Any sentence-transformers model works by its name: with its own prompts, window and size. Tiny models, made here."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import numpy as np
import pytest

from konspekt.bilingual import told
from konspekt.indexer.embedding.choosing import open_embedder
from konspekt.indexer.embedding.reranker import CrossEncoderReranker
from konspekt.indexer.embedding.sentence_embedder import SentenceEmbedder
from konspekt.indexer.errors import EmbeddingError, NoSuchModelError
from tests.conftest import ROOT

WINDOW = 32
WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "запрос", "пассаж", ":", "кот", "спит", "дом", "стоит", "модель")


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random two-layer BERT with a vocabulary of a dozen words."""
    from tokenizers import Tokenizer, pre_tokenizers, processors
    from tokenizers.models import WordLevel
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, set_seed

    folder = tmp_path_factory.mktemp("bert")
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=WINDOW, **names).save_pretrained(folder)
    set_seed(3)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = BertConfig(
        vocab_size=len(WORDS), max_position_embeddings=WINDOW, num_labels=1, initializer_range=1.0, **sizes
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def prompted(bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from sentence_transformers import SentenceTransformer

    folder = tmp_path_factory.mktemp("prompted")
    model = SentenceTransformer(str(bert))
    model.prompts = {"query": "запрос : ", "passage": "пассаж : "}
    model.save(str(folder))
    return folder


def test_a_model_by_name_uses_the_prompts_that_it_defines(prompted: Path, bert: Path) -> None:
    embedder = SentenceEmbedder(str(prompted))
    plain = SentenceEmbedder(str(bert))
    query, passage = embedder.embed_queries(["кот спит"]), embedder.embed_passages(["кот спит"])
    assert not np.allclose(query, passage)
    np.testing.assert_allclose(query, plain.embed_queries(["запрос : кот спит"]), atol=1e-5)
    np.testing.assert_allclose(passage, plain.embed_passages(["пассаж : кот спит"]), atol=1e-5)


def test_its_size_and_window_are_its_own(prompted: Path) -> None:
    embedder = open_embedder(str(prompted), Path("/nowhere"))
    assert embedder.dimension == 16
    assert embedder.max_tokens == WINDOW - 2 - 2
    assert embedder.count_tokens("кот спит") == 2
    vectors = embedder.embed_passages(["кот " * n for n in (40, 1, 7, 3)] * 5)
    assert (vectors.shape, vectors.dtype) == ((20, 16), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[1], embedder.embed_passages(["кот "])[0], atol=1e-5)


def test_an_unknown_model_is_named_with_its_setting(tmp_path: Path) -> None:
    embedder = open_embedder(str(tmp_path / "nothing"), tmp_path)
    assert embedder.name == str(tmp_path / "nothing")
    with pytest.raises(EmbeddingError, match=r"EMBEDDING_MODEL=.*nothing"):
        embedder.embed_queries(["кот"])


class Hub(BaseHTTPRequestHandler):
    """A model hub that knows no model, as the real one says it."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(404)
        self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """Addresses that were asked for."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, daemon=True).start()
        Hub.asked.clear()
        yield Hub.asked
        server.shutdown()


def test_a_model_that_the_hub_does_not_know_is_refused_after_one_question(hub: list[str]) -> None:
    with pytest.raises(NoSuchModelError, match=r"EMBEDDING_MODEL=org/nothing: the model hub knows no such model") as e:
        SentenceEmbedder("org/nothing")
    assert told(e.value, "ru").startswith("EMBEDDING_MODEL=org/nothing: в хабе моделей такой модели нет")
    assert hub == ["/api/models/org/nothing"]


def test_a_hub_that_cannot_be_reached_is_said_after_one_try(hub: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EmbeddingError, match=r"not on this machine, and the model hub cannot be reached") as error:
        CrossEncoderReranker("org/nothing").score("кот", ["кот"])
    assert not isinstance(error.value, NoSuchModelError)
    assert "unset RERANKER_MODEL" in str(error.value)
    assert hub == []


def test_a_model_that_was_fetched_before_is_loaded_without_the_hub(bert: Path, tmp_path: Path) -> None:
    """In a process of its own: the libraries read where their cache is when they are imported."""
    repository = tmp_path / "models--org--tiny"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0123abc", "utf-8")
    shutil.copytree(bert, repository / "snapshots" / "0123abc")
    program = (
        "from konspekt.indexer.embedding.sentence_embedder import SentenceEmbedder; "
        "print(SentenceEmbedder('org/tiny').dimension)"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "HF_HUB_CACHE": str(tmp_path)}
    environment |= {"HF_ENDPOINT": "http://127.0.0.1:9"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "16\n", done.stderr


class MovingHub(ThreadingHTTPServer):
    """A model hub with one repository: its files at each commit, and the commit that its main branch stands at."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), MovingHubHandler)
        self.folder, self.main, self.fetched = folder, "a" * 40, list[str]()


class MovingHubHandler(BaseHTTPRequestHandler):
    server: MovingHub

    def do_GET(self) -> None:
        path, commit = self.path.partition("?")[0], self.server.main
        if path.startswith("/org/tiny/resolve/"):
            commit, _, name = path.removeprefix("/org/tiny/resolve/").partition("/")
            self.server.fetched.append(commit)
            file = self.server.folder / name
            self._send(file.read_bytes() if file.is_file() else None, commit)
        elif path.startswith("/api/models/org/tiny") and "/tree/" not in path:
            named = path.rpartition("/revision/")[2] if "/revision/" in path else commit
            files = [{"rfilename": file.name} for file in self.server.folder.iterdir()]
            self._send(json.dumps({"id": "org/tiny", "sha": named, "siblings": files}).encode(), named)
        else:
            self._send(None, commit)

    do_HEAD = do_GET

    def _send(self, body: bytes | None, commit: str) -> None:
        self.send_response(200 if body is not None else 404)
        if body is None:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.send_header("X-Repo-Commit", commit)
        self.send_header("ETag", f'"{hashlib.sha1(body or b"").hexdigest()}"')
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        return


def test_a_model_stays_at_the_revision_of_its_first_fetch(bert: Path, tmp_path: Path) -> None:
    program = (
        "from konspekt.indexer.embedding.sentence_embedder import SentenceEmbedder; "
        "print(SentenceEmbedder('org/tiny').dimension)"
    )
    with MovingHub(bert) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            "HF_HUB_CACHE": str(tmp_path),
        }
        environment |= {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HUB_DISABLE_XET": "1"}

        def loaded() -> None:
            command = [sys.executable, "-c", program]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            assert done.stdout == "16\n", done.stderr

        loaded()
        repository, first = tmp_path / "models--org--tiny", server.main
        assert (repository / "refs" / "konspekt").read_text("utf-8") == first
        assert set(server.fetched) == {first}
        server.main = "b" * 40
        (repository / "snapshots" / first / "model.safetensors").unlink()  # the fetch broke off
        loaded()
        assert set(server.fetched) == {first}
        server.shutdown()


def test_weights_in_a_pickle_are_not_read(bert: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    folder = Path(shutil.copytree(bert, tmp_path / "pickled"))
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(EmbeddingError, match=r"EMBEDDING_MODEL=.*pickled: its weights are not in safetensors") as error:
        SentenceEmbedder(str(folder))
    assert "веса лежат не в safetensors" in told(error.value, "ru")
    with pytest.raises(EmbeddingError, match=r"RERANKER_MODEL=.*safetensors"):
        CrossEncoderReranker(str(folder)).score("кот", ["кот"])


def test_a_cross_encoder_scores_every_text(bert: Path) -> None:
    reranker = CrossEncoderReranker(str(bert))
    scores = reranker.score("кот", ["кот спит", "дом стоит", "кот спит"])
    assert len(scores) == 3
    assert scores[0] == pytest.approx(scores[2], abs=1e-5)
    assert scores[0] != pytest.approx(scores[1], abs=1e-6)
    assert reranker.score("кот", []) == []


def test_an_unknown_cross_encoder_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingError, match=r"RERANKER_MODEL=.*nothing"):
        CrossEncoderReranker(str(tmp_path / "nothing")).score("кот", ["кот"])
