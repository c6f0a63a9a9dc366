"""Folders of packed tensors: those of GPTQ, AWQ and compressed-tensors, and our own, read and served."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner, Result

from konspekt.cli.main import build_app
from konspekt.kernels.formats.checkpoints import to_awq, to_compressed, to_gptq
from konspekt.kernels.formats.grouped import Grouped, quantize_grouped
from konspekt.quantization.errors import QuantizationError
from konspekt.quantization.source import load
from konspekt.serving.errors import UnsupportedModelError
from konspekt.serving.model.files.folder_weights import FolderWeights
from konspekt.serving.model.files.gguf_file import GGUFFile
from konspekt.serving.model.model import load_model
from konspekt.serving.model.weight_formats import FOLDER_FORMATS
from konspekt.serving.model.weights import GGUFWeights, WeightSource
from tests.quantization.test_quantize import answer
from tests.serving.tiny_folder import write_folder
from tests.serving.tiny_mimo import write_mimo
from tests.serving.tiny_mixture import write_mixture, write_mixture_folder

SCHEMES = {
    "gptq": ({"quant_method": "gptq", "bits": 4, "group_size": 64}, to_gptq),
    "awq": ({"quant_method": "awq", "bits": 4, "version": "gemm"}, to_awq),
    "compressed-tensors": (
        {
            "quant_method": "compressed-tensors",
            "format": "pack-quantized",
            "config_groups": {"group_0": {"weights": {"type": "int", "num_bits": 4}}},
        },
        to_compressed,
    ),
}


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def quantize(*words: object) -> Result:
    return CliRunner().invoke(build_app(), ["quantize", *map(str, words)])


def pack_folder(folder: Path, scheme: str, *, shuffled: bool = False) -> dict[str, Grouped]:
    """Turns a plain folder into one such as `scheme` writes; shuffled: with act-order."""
    said, write = SCHEMES[scheme]
    tensors, packed = load_file(folder / "model.safetensors"), {}
    for name in [name for name in tensors if name.endswith("_proj.weight")]:
        base = name.removesuffix(".weight")
        w = packed[base] = quantize_grouped(tensors.pop(name), 4, 64, symmetric=True)
        if shuffled:
            places = torch.randperm(len(w.group), generator=torch.Generator().manual_seed(len(packed)))
            w = packed[base] = replace(w, group=w.group[places])
        tensors |= {f"{base}.{field}": value.contiguous() for field, value in write(w).items()}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "quantization_config": said}), "utf-8")
    return packed


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_others_packed_is_served_and_quantised(scheme: str, tmp_path: Path) -> None:
    source = tmp_path / "folder"
    write_folder(source, "llama")
    packed = pack_folder(source, scheme)
    read = load(source)
    assert len(packed) == 7 * len(read.layers)
    modules = dict(read.model.named_modules())
    assert all(torch.equal(modules[base].weight, w.dequantize()) for base, w in packed.items())
    served = FolderWeights(source, "llama", 3).matrix("blk.1.ffn_up.weight")
    assert served.type_name == "Q4_0"
    assert torch.equal(served.dequantize(), packed["model.layers.1.mlp.up_proj"].dequantize())
    model = load_model(source)
    assert model.remark == f"{len(packed)} matrices of {scheme} are read as Q4_0, bit for bit"
    assert answer(model)
    out = tmp_path / "out"
    done = quantize(source, "--format", "int4-g64", "--out", out, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["kept"] == len(packed)
    assert all(error["error"] == 0 for error in json.loads(done.stdout)["layers"])


def test_scales_of_a_cache_that_is_not_ours_are_passed_over(tmp_path: Path) -> None:
    write_folder(tmp_path, "llama")
    pack_folder(tmp_path, "compressed-tensors")
    file = tmp_path / "model.safetensors"
    scales = {f"model.layers.{i}.self_attn.{kind}_scale": torch.ones(1) for i in range(3) for kind in "kv"}
    save_file(load_file(file) | scales, file, {"format": "pt"})
    assert answer(load_model(tmp_path))


@pytest.mark.parametrize("name", ["int4-g64", "paretoq-1.58", "e8p-3", "matquant", "quest-4", "fp8"])
def test_what_we_wrote_is_read_again_and_served(name: str, tmp_path: Path) -> None:
    source, out = tmp_path / "folder", tmp_path / "out"
    write_folder(source, "llama")
    done = quantize(source, "--format", name, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    again = load(out)
    errors = [error["error"] for error in json.loads(done.stdout)["layers"]]
    was = load(source).layers[2].mlp.down_proj.weight
    got = again.layers[2].mlp.down_proj.weight
    assert float(((got - was).square().sum() / was.square().sum()).detach()) == pytest.approx(errors[-1], rel=1e-3)
    assert answer(load_model(out))


@pytest.mark.parametrize("name", ["int8", "fp8"])
def test_eight_bits_with_a_scale_a_row_are_kept(name: str, tmp_path: Path) -> None:
    write_folder(tmp_path / "folder", "llama")
    assert quantize(tmp_path / "folder", "--format", name, "--out", tmp_path / "once").exit_code == 0
    done = quantize(tmp_path / "once", "--format", name, "--out", tmp_path / "twice", "--json")
    assert json.loads(done.stdout)["kept"] == 21
    once, twice = (load_file(tmp_path / out / "model.safetensors") for out in ("once", "twice"))
    assert all(torch.equal(once[key].view(torch.uint8), twice[key].view(torch.uint8)) for key in once if "codes" in key)


def values_in(weights: WeightSource, name: str) -> torch.Tensor:
    is_vector = "norm" in name or "bias" in name
    return weights.vector(name) if is_vector else weights.matrix(name).dequantize()


@pytest.mark.parametrize("family", ["llama", "qwen2", "qwen3"])
def test_a_folder_becomes_a_gguf_file_that_answers_alike(family: str, tmp_path: Path) -> None:
    """Rows, biases, settings and vocabulary end up where the server, and llama.cpp, look for them."""
    source, out = tmp_path / "folder", tmp_path / "out"
    write_folder(source, family)
    done = quantize(source, "--format", "Q8_0", "--out", out)
    assert done.exit_code == 0, done.output
    made, was = load_model(out / "model-q8_0.gguf"), load_model(source)
    assert made.config.norm_eps == pytest.approx(was.config.norm_eps)  # float32 in the file
    assert made.config == replace(was.config, name="folder", rope=made.config.rope, norm_eps=made.config.norm_eps)
    assert (made.config.rope.style == "norm") == (family == "llama")
    text = "Привет, it's 1234!\n\n <|im_end|>"
    assert made.tokenizer.encode(text) == was.tokenizer.encode(text)
    assert made.tokenizer.chat_template == was.tokenizer.chat_template
    assert answer(made)[:4] == answer(was)[:4]  # a near tie may fall otherwise: halves are not rounded alike
    file, folder = GGUFWeights(GGUFFile(out / "model-q8_0.gguf")), FolderWeights(source, family, 3)
    assert file.names == folder.names
    for name in file.names:
        mine, theirs = values_in(file, name), values_in(folder, name)
        if family == "llama" and ("attn_q" in name or "attn_k" in name):
            mine, theirs = mine.sort(0).values, theirs.sort(0).values  # rows changed places
        assert float((mine - theirs).abs().max()) <= 0.02 * float(theirs.abs().max()), name


@pytest.mark.parametrize("name", ["Q8_0", "int4-g32"])
def test_a_prediction_head_is_left_out_and_that_is_said(name: str, tmp_path: Path) -> None:
    write_mimo(tmp_path / "folder", depends_on_context=0.05)
    done = quantize(tmp_path / "folder", "--format", name, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "prediction head was left out" in done.stdout
    was = load_model(tmp_path / "folder")
    made = load_model(tmp_path / "out" / "model-q8_0.gguf" if name == "Q8_0" else tmp_path / "out")
    assert (made.head, was.head is None) == (None, False)
    assert name != "Q8_0" or answer(made)[:4] == answer(was)[:4]


def test_a_mixture_of_experts_is_refused(tmp_path: Path) -> None:
    write_mixture_folder(tmp_path / "folder", "qwen3moe")
    write_mixture(tmp_path / "x.gguf", "mixtral")
    for path in (tmp_path / "folder", tmp_path / "x.gguf"):
        done = quantize(path, "--format", "int4-g32", "--out", tmp_path / "out")
        assert (done.exit_code, done.stdout) == (1, "")
        assert "mixtures of experts are not quantised here" in done.stderr


def test_a_folder_of_another_family_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path / "folder", "gemma3")
    done = quantize(tmp_path / "folder", "--format", "Q4_K", "--out", tmp_path / "out")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "gemma3 cannot be written as GGUF" in done.stderr


def test_a_tokenizer_that_gguf_has_no_name_for_is_refused_before_any_work(tmp_path: Path) -> None:
    source = tmp_path / "folder"
    write_folder(source, "llama")
    said = json.loads((source / "tokenizer.json").read_text("utf-8"))
    said["pre_tokenizer"] = {"type": "Whitespace"}
    (source / "tokenizer.json").write_text(json.dumps(said), "utf-8")
    done = quantize(source, "--format", "Q4_K", "--out", tmp_path / "out")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "tokenizer cannot be written as GGUF" in done.stderr


def test_a_packed_folder_becomes_gguf_bit_for_bit(tmp_path: Path) -> None:
    source, out = tmp_path / "folder", tmp_path / "out"
    write_folder(source, "qwen2")
    packed = pack_folder(source, "awq")
    done = quantize(source, "--format", "Q4_0", "--out", out)
    assert done.exit_code == 0, done.output
    assert "21 of 21 matrices were packed so already" in done.stdout
    file = GGUFWeights(GGUFFile(out / "model-q4_0.gguf"))
    assert torch.equal(
        file.matrix("blk.2.ffn_down.weight").dequantize(), packed["model.layers.2.mlp.down_proj"].dequantize()
    )


def test_a_packing_that_is_not_known_is_refused_by_name(tmp_path: Path) -> None:
    write_folder(tmp_path, "llama")
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    said = {"quant_method": "bitsandbytes", "load_in_4bit": True}
    (tmp_path / "config.json").write_text(json.dumps({**config, "quantization_config": said}), "utf-8")
    with pytest.raises(UnsupportedModelError, match="bitsandbytes"):
        load_model(tmp_path)
    with pytest.raises(QuantizationError, match="bitsandbytes"):
        load(tmp_path)


def test_a_tensor_that_is_missing_is_named(tmp_path: Path) -> None:
    write_folder(tmp_path, "llama")
    pack_folder(tmp_path, "gptq")
    tensors = load_file(tmp_path / "model.safetensors")
    del tensors["model.layers.1.mlp.up_proj.qzeros"]
    save_file(tensors, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(UnsupportedModelError, match=r"model\.layers\.1\.mlp\.up_proj: the layer lacks qzeros"):
        load_model(tmp_path)


def test_serve_offers_every_format_that_a_folder_may_be_rounded_to() -> None:
    shown = CliRunner().invoke(build_app(), ["serve", "--weight-format", "Q1"], env={"COLUMNS": "400"}).stderr
    assert re.findall(r"'(\w+)'", shown.partition("is not one of")[2]) == [name.lower() for name in FOLDER_FORMATS]
