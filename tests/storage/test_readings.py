"""What is kept between answers: never met by another text or model, gone with its document, and no answer needs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt.answering.judging.judge import open_judge
from konspekt.answering.words.meaning import Meaning
from konspekt.indexer.embedding.embeddings import Embedder, Vectors
from konspekt.storage.readings import FILE, ReadingsFile, forget_readings
from tests.answering.passages import ENGLISH, GUIDANCE, SAMPLERS

MADE = np.array([1.0, 2.0, 3.0], np.float32)
TEXTS = st.text(max_size=40)


class Counting:
    """Makes of a text its own bytes, as numbers, and counts."""

    def __init__(self, factor: float = 1.0) -> None:
        self.made: list[str] = []
        self._factor = factor

    def embed_queries(self, texts: list[str]) -> Vectors:
        return self._vectors(texts)

    def embed_passages(self, texts: list[str]) -> Vectors:
        self.made += texts
        return self._vectors(texts)

    def _vectors(self, texts: list[str]) -> Vectors:
        rows = [
            np.frombuffer(text.encode("utf-16-le", "surrogatepass").ljust(96, b"\1")[:96], np.uint8) for text in texts
        ]
        found = np.array(rows, np.float32).reshape(-1, 96) + self._factor * np.arange(96)
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[ReadingsFile]:
    opened = ReadingsFile(tmp_path)
    yield opened
    opened.close()


def test_what_was_kept_outlasts_the_process(file: ReadingsFile, tmp_path: Path) -> None:
    file.of("sentence", MADE).put("post", {"раз": b"1", "два": b"22"})
    file.close()
    again = ReadingsFile(tmp_path)
    assert again.of("sentence", MADE).get(["два", "три", "раз"]) == {"раз": b"1", "два": b"22"}
    again.close()


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), TEXTS), max_size=6))
@settings(max_examples=15, deadline=None)
def test_a_changed_text_is_never_met_by_what_was_made_of_the_old_one(edits: list[tuple[str, str]]) -> None:
    """A post is edited again and again, by one process after the other: its vectors are those of its text now."""
    with tempfile.TemporaryDirectory() as folder:
        for document, text in edits:
            file, encoder = ReadingsFile(Path(folder)), Counting()
            [cosine] = Meaning(encoder, file).of_sentences("вопрос", [text], document)
            assert cosine == pytest.approx(Meaning(encoder).of_sentences("вопрос", [text])[0], abs=1e-6)
            file.close()


@pytest.mark.parametrize("change", ["another model", "another size", "another kind"])
def test_another_maker_meets_nothing(file: ReadingsFile, change: str) -> None:
    file.of("sentence", MADE).put("post", {"раз": b"1"})
    made = {"another model": MADE[::-1].copy(), "another size": np.ones(5, np.float32)}.get(change, MADE)
    kind = "window" if change == "another kind" else "sentence"
    assert file.of(kind, made).get(["раз"]) == {}
    assert file.of("sentence", MADE).get(["раз"]) == ({"раз": b"1"} if change == "another kind" else {})


def test_one_who_still_writes_for_an_old_model_is_not_read_by_the_new_one(file: ReadingsFile) -> None:
    old = file.of("sentence", MADE)
    new = file.of("sentence", -MADE)
    old.put("post", {"раз": b"old"})
    assert new.get(["раз"]) == {}
    new.put("post", {"раз": b"new"})
    assert (old.get(["раз"]), new.get(["раз"])) == ({"раз": b"old"}, {"раз": b"new"})


def test_it_goes_with_its_document(file: ReadingsFile, tmp_path: Path) -> None:
    kept = file.of("sentence", MADE)
    for document in ("stays", "changed", "removed while nothing ran"):
        kept.put(document, {f"{document}: текст": b"1" * 5000})
    forget_readings(tmp_path, ["changed"], ["stays", "changed"])
    assert list(kept.get([f"{one}: текст" for one in ("stays", "changed", "removed while nothing ran")])) == [
        "stays: текст"
    ]
    forget_readings(tmp_path / "nowhere", ["x"], [])
    assert not (tmp_path / "nowhere").exists()


def test_the_oldest_goes_where_there_is_too_much(tmp_path: Path) -> None:
    file = ReadingsFile(tmp_path, most_bytes=400_000)
    kept = file.of("sentence", MADE)
    names = [f"текст {n}" for n in range(200)]
    for name in names:
        kept.put("post", {name: os.urandom(5000)})
    found = kept.get(names)
    file.close()
    assert 20 < len(found) < 90
    assert names[-1] in found
    assert names[0] not in found
    assert (tmp_path / FILE).stat().st_size < 1_000_000


@pytest.mark.parametrize("damage", ["cut", "noise", "folder", "empty"])
def test_a_damaged_file_costs_time_and_nothing_else(tmp_path: Path, damage: str) -> None:
    file = ReadingsFile(tmp_path)
    file.of("sentence", MADE).put("post", {f"текст {n}": os.urandom(3000) for n in range(100)})
    file.close()
    path = tmp_path / FILE
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:150_000])
    elif damage == "noise":
        path.write_bytes(os.urandom(100_000))
    else:
        path.unlink()
        path.mkdir() if damage == "folder" else path.touch()
    for _ in range(3):  # it may take a try to find out
        again, encoder = ReadingsFile(tmp_path), Counting()
        found = Meaning(encoder, again).of_sentences("вопрос", ["текст 1", "текст 99"], "post")
        assert found == pytest.approx(Meaning(encoder).of_sentences("вопрос", ["текст 1", "текст 99"]), abs=1e-6)
        again.close()
    assert encoder.made.count("текст 99") == (2 if damage == "folder" else 1), "begun anew, it keeps again"


_WRITES = """
import os, sys
from pathlib import Path
import numpy as np
from konspekt.storage.readings import ReadingsFile
kept = ReadingsFile(Path(sys.argv[1])).of("sentence", np.array([1, 2, 3], np.float32))
for n in range(100_000):
    kept.put("post", {f"{n}:{i}": f"{n}:{i}".encode() * 900 for i in range(20)})
    print(n, flush=True)
"""


def test_a_write_cut_short_by_a_kill_loses_at_most_itself(tmp_path: Path) -> None:
    for run in range(3):
        process = subprocess.Popen([sys.executable, "-c", _WRITES, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        done = -1
        while done < 12:
            done = int(process.stdout.readline())
        time.sleep(0.01 * run)
        os.kill(process.pid, signal.SIGKILL)
        rest = process.communicate()[0].split()
        done = int(rest[-1]) if rest else done
        file = ReadingsFile(tmp_path)
        names = [f"{n}:{i}" for n in range(done + 2) for i in range(20)]
        found = file.of("sentence", MADE).get(names)
        file.close()
        assert all(made == name.encode() * 900 for name, made in found.items())
        assert set(names[: 20 * (done + 1)]) <= set(found), "what was told to be written is there"
        assert len(found) % 20 == 0, "all of a put, or nothing of it"


def test_an_answer_is_the_same_whether_it_was_kept_or_not(e5: Embedder, tmp_path: Path) -> None:
    passages, question = [SAMPLERS, GUIDANCE, ENGLISH], "сколько шагов нужно Euler?"
    told = []
    for _ in range(2):
        file = ReadingsFile(tmp_path)
        judge, meaning = open_judge(e5, file), Meaning(e5, file)
        assert judge is not None
        texts, documents = [one.text for one in passages], [one.document_id for one in passages]
        told.append((judge.judge(question, passages), meaning.answers(question, texts, documents)))
        file.close()
    alone = open_judge(e5)
    assert alone is not None
    told.append((alone.judge(question, passages), Meaning(e5).answers(question, texts)))
    assert told[0] == told[1] == told[2]
