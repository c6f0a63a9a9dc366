"""`konspekt quantize` from a model file to a model that is served."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import gguf
import pytest
import torch
from typer.testing import CliRunner, Result

from konspekt.cli.main import build_app
from konspekt.quantization import FORMATS
from konspekt.quantization.perplexity import perplexity
from konspekt.serving.model.model import Model, load_model
from tests.serving.conftest import Answers
from tests.serving.tiny import write_tiny

PROSE = "The quick brown fox jumps over the lazy dog; a lazy dog sleeps. " * 12


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def prose(tmp_path: Path) -> Path:
    path = tmp_path / "prose.txt"
    path.write_text(PROSE, "utf-8")
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(build_app(), ["quantize", *map(str, words)])


def answer(model: Model) -> list[int]:
    answers = Answers(model, kv="fp16")
    sequence = answers.add("Hello", max_tokens=12)
    answers.run()
    return answers.output(sequence)


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_a_gguf_file_becomes_one_that_is_served(architecture: str, tmp_path: Path, prose: Path) -> None:
    source = write_tiny(tmp_path / "tiny.gguf", architecture)
    out = tmp_path / "made"
    done = run(
        source, "--format", "q4_0", "--method", "gptq", "--calibration", prose, "--text", prose, "--out", out, "--json"
    )
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report == json.loads((out / "quantization.json").read_text("utf-8"))
    assert (report["format"], report["method"], report["bits_per_weight"]) == ("Q4_0", "gptq", 4.5)
    assert report["source_sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert len(report["layers"]) == 14
    assert report["perplexity_after"] > 1
    made = gguf.GGUFReader(out / "model-q4_0.gguf")
    types = {tensor.name: tensor.tensor_type.name for tensor in made.tensors}
    assert types["blk.1.ffn_down.weight"] == types["blk.0.attn_q.weight"] == "Q4_0"
    assert types["token_embd.weight"] == types["output.weight"] == "Q8_0"
    model = load_model(out / "model-q4_0.gguf")
    assert len(answer(model)) == 12


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_rows_lie_where_the_server_looks_for_them(architecture: str, tmp_path: Path) -> None:
    """From Q8_0 to Q8_0 nothing but rounding changes: the answers stay. (llama's rows change places on the way.)"""
    source, out = write_tiny(tmp_path / "tiny.gguf", architecture), tmp_path / "same"
    assert run(source, "--format", "Q8_0", "--out", out).exit_code == 0
    assert answer(load_model(out / "model-q8_0.gguf")) == answer(load_model(source))


def test_the_perplexity_that_is_reported_is_that_of_the_written_bytes(tmp_path: Path, prose: Path) -> None:
    from transformers import AutoModelForCausalLM

    source, out = write_tiny(tmp_path / "tiny.gguf"), tmp_path / "made"
    done = run(source, "--format", "Q4_1", "--method", "mse", "--text", prose, "--out", out, "--json")
    loaded = AutoModelForCausalLM.from_pretrained(
        str(out) + "/", gguf_file="model-q4_1.gguf", dtype=torch.float32
    ).eval()
    ids = torch.tensor(load_model(source).tokenizer.encode(PROSE))
    assert perplexity(loaded, ids) == pytest.approx(json.loads(done.stdout)["perplexity_after"], rel=1e-4)


@pytest.mark.parametrize("name", ["Q4_K", "Q4_K_M", "Q2_K"])
def test_k_formats_are_written_and_where_columns_do_not_divide_the_report_says_so(name: str, tmp_path: Path) -> None:
    source, out = write_tiny(tmp_path / "tiny.gguf"), tmp_path / "made"
    done = run(source, "--format", name, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    made = gguf.GGUFReader(out / f"model-{name.lower()}.gguf")
    types = Counter(t.tensor_type.name for t in made.tensors if t.name.startswith("blk.") and len(t.shape) == 2)
    report = json.loads(done.stdout)
    assert report["stored"] == dict(types)
    wide = [t for t in made.tensors if t.name.endswith("ffn_down.weight")]
    assert {t.tensor_type.name for t in wide} <= {"Q4_K", "Q6_K", "Q2_K", "Q5_0", "Q8_0", "IQ4_NL"}
    assert len(answer(load_model(out / f"model-{name.lower()}.gguf"))) == 12
    assert (out / "quantization.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["Q4_K_M", "Q2_K"])
def test_matrices_that_became_something_else_are_counted_in_words(name: str, tmp_path: Path) -> None:
    done = run(write_tiny(tmp_path / "tiny.gguf"), "--format", name, "--out", tmp_path / "made")
    stored = json.loads((tmp_path / "made" / "quantization.json").read_text("utf-8"))["stored"]
    others = {kind: count for kind, count in stored.items() if kind != name.removesuffix("_M")}
    assert others
    assert all(f"{count} of 14 matrices are {kind}:" in done.stdout for kind, count in others.items())


def test_nothing_is_left_behind_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = write_tiny(tmp_path / "tiny.gguf"), tmp_path / "made"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gguf.GGUFWriter, "write_tensors_to_file", full)
    done = run(source, "--format", "Q4_0", "--out", out)
    assert done.exit_code == 1
    assert "No space left" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["tiny.gguf"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--format", "Q9"], 2, "Q9"),
        (["--format", "Q4_0", "--method", "gptq"], 2, "--calibration"),
        (["--format", "e8p-2", "--method", "gptq"], 2, "made by rtn, ldlq"),
        (["--format", "paretoq-2", "--method", "lsq"], 2, "--calibration"),
        (["--format", "int4-g128", "--method", "mse", "--text", "missing.txt"], 1, "missing.txt"),
        ([], 2, "--format"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(words: list[str], code: int, says: str, tmp_path: Path) -> None:
    done = run(write_tiny(tmp_path / "tiny.gguf"), "--out", tmp_path / "out", *words)
    assert (done.exit_code, done.stdout) == (code, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_other_sources_and_full_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    source = write_tiny(tmp_path / "tiny.gguf")
    assert "not a GGUF file" in run(tmp_path / "notes.txt", "--format", "Q4_0", "--out", tmp_path / "o").stderr
    assert run(source, "--format", "Q4_0", "--out", tmp_path).exit_code == 2


def test_the_list_names_every_format() -> None:
    rows = json.loads(run("--list", "--json").stdout)
    assert [row["name"] for row in rows] == list(FORMATS)
    assert {row["name"] for row in rows if row["gguf"]} >= {"Q8_0", "Q4_0", "Q4_K_M", "Q2_K", "IQ4_NL"}
    assert all("gptq" in row["methods"] or row["methods"] in (["rtn"], ["rtn", "ldlq"]) for row in rows)
    assert "paretoq-1.58" in run("--list").stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--out", "text/below"), "text/below: cannot be written"),
        (("--out", "out", "--text", "none.txt"), "none.txt: cannot be read"),
        (("--out", "out", "--method", "gptq", "--calibration", "x.gguf"), "x.gguf: cannot be read as UTF-8"),
    ],
)
def test_what_cannot_work_is_said_before_a_model_is_read(
    words: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("konspekt.quantization.run.load", lambda path: pytest.fail("the model was read"))
    (tmp_path / "text").write_text("no folder", "utf-8")
    (tmp_path / "x.gguf").write_bytes(b"GGUF\xff")
    done = run("x.gguf", "--format", "Q4_0", *words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert told in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["text", "x.gguf"]
