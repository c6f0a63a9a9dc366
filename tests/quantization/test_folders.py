"""Folders of packed tensors: those of GPTQ, AWQ and compressed-tensors, and our own, read and served."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner, Result

from cli.main import build_app
from kernels.formats.checkpoints import to_awq, to_compressed, to_gptq
from kernels.formats.grouped import Grouped, quantize_grouped
from quantization.errors import QuantizationError
from quantization.source import load
from serving.errors import UnsupportedModelError
from serving.folder_weights import FolderWeights
from serving.model import load_model
from tests.quantization.test_quantize import answer
from tests.serving.tiny_folder import write_folder

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


def pack_folder(folder: Path, scheme: str) -> dict[str, Grouped]:
    """Turns a plain folder into one such as `scheme` writes."""
    said, write = SCHEMES[scheme]
    tensors, packed = load_file(folder / "model.safetensors"), {}
    for name in [name for name in tensors if name.endswith("_proj.weight")]:
        base = name.removesuffix(".weight")
        w = packed[base] = quantize_grouped(tensors.pop(name), 4, 64, symmetric=True)
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
    served = FolderWeights(source, "llama").matrix("blk.1.ffn_up.weight")
    assert served.type_name == "Q4_0"
    assert torch.equal(served.dequantize(), packed["model.layers.1.mlp.up_proj"].dequantize())
    assert answer(load_model(source))
    out = tmp_path / "out"
    done = quantize(source, "--format", "int4-g64", "--out", out, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["served_as"] == "Q4_1"


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
