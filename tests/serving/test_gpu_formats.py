"""Folders of every packed format, served by the Triton kernels as they are packed: what the float64 reference says."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from konspekt import kernels
from konspekt.kernels.formats.matquant import MatQuant
from konspekt.kernels.tensor import QuantizedTensor
from konspekt.quantization.run import Job, quantize
from konspekt.serving.errors import UnsupportedModelError
from konspekt.serving.model.model import load_model
from tests.kernels.triton.conftest import SWEEP, Interpreted, interpreted  # noqa: F401 - a fixture
from tests.quantization.test_folders import pack_folder
from tests.serving import gpu_served
from tests.serving.tiny_folder import write_folder

PROMPTS = ["abcabc", "Да?"]
EXACT = ["int4-g64"]
MORE = [
    "e8p-2",
    "paretoq-1",
    "paretoq-1.58",
    "paretoq-2",
    "paretoq-3",
    "paretoq-4",
    "e8p-3",
    "e8p-4",
    "matquant",
    "matquant-4",
]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def made(folder: Path, name: str, layers: int = 3) -> Path:
    write_folder(folder / "plain", "qwen2", num_hidden_layers=layers)
    quantize(Job(folder / "plain", name, folder / "packed"))
    return folder / "packed"


@pytest.mark.parametrize("name", EXACT + (MORE if SWEEP else []))
def test_a_packed_folder_is_served_as_it_is_packed(name: str, tmp_path: Path, interpreted: Interpreted) -> None:  # noqa: F811
    """Token for token, in one batch, with drafts checked."""
    path = str(made(tmp_path, name, layers=2))
    want = gpu_served.outputs(path, "reference", PROMPTS, plain=True)["tokens"]
    got = interpreted(
        "tests.serving.gpu_served", "outputs", path, "triton", PROMPTS, want[0], padding=True, again=False
    )
    assert got["tokens"] == want
    assert got["accepted"]
    kinds = interpreted("tests.serving.gpu_served", "kinds", path)
    assert len(kinds["weights"]) == 1
    assert "QuantizedTensor" not in kinds["weights"]
    assert kinds["products"] == (7 if name.startswith("e8p") else 4)  # of a layer: q, k, v in one, gate and up in one
    assert kinds["bytes_here"] == 0  # what is on the device is not kept here as well


ROUNDED = [("int8", 0.9995), ("fp8", 0.995), ("quest-4", 0.97), ("quest-8", 0.9995)]  # the coarser, the farther


@pytest.mark.parametrize(("name", "bound"), ROUNDED)
def test_products_of_codes_stay_close_to_their_definition(
    name: str,
    bound: float,
    tmp_path: Path,
    interpreted: Interpreted,  # noqa: F811
) -> None:
    """Where activations are rounded, one that lies between two codes may fall to either side."""
    path = str(made(tmp_path, name, layers=2))
    ids = [1 + (7 * i * i + 3 * i) % 255 for i in range(20)]
    want = gpu_served.logits(path, "reference", ids, "float32")
    got = interpreted("tests.serving.gpu_served", "logits", path, "triton", ids, "float32")
    assert float(torch.nn.functional.cosine_similarity(got, want).min()) > bound


def test_act_order_is_kept_on_a_gpu_alone(tmp_path: Path, interpreted: Interpreted) -> None:  # noqa: F811
    """GGUF's blocks cannot say it, so the CPU rounds anew."""
    write_folder(tmp_path, "qwen2")
    pack_folder(tmp_path, "gptq", shuffled=True)
    ids = list(range(1, 12))
    want = gpu_served.logits(str(tmp_path), "reference", ids, "float32")
    got = interpreted("tests.serving.gpu_served", "logits", str(tmp_path), "triton", ids, "float32")
    assert float(torch.nn.functional.cosine_similarity(got, want).min()) > 0.9999
    with kernels.use("cpu"):
        assert load_model(tmp_path).decoder.layers[0].wq.type_name == "Q8_0"  # type: ignore[attr-defined]


def test_the_bits_of_matquant_are_chosen_at_load_for_all_layers_or_each(tmp_path: Path) -> None:
    path = made(tmp_path, "matquant")
    with kernels.use("reference"):
        for bits, want in (((), [8, 8, 8]), ((4,), [4, 4, 4]), ((8, 4, 2), [8, 4, 2])):
            layers = load_model(path, bits=bits).decoder.layers
            assert [w.precision for layer in layers for w in layer.matrices if isinstance(w, MatQuant)] == [
                bit for bit in want for _ in range(7)
            ]
        for bits, why in (((8, 4), "a layer 2"), ((3,), "not 3")):
            with pytest.raises(UnsupportedModelError, match=why):
                load_model(path, bits=bits)
        with pytest.raises(UnsupportedModelError, match="MatQuant folder alone"):
            load_model(tmp_path / "plain", bits=(4,))
    with kernels.use("cpu"):
        assert isinstance(load_model(path, bits=(2,)).decoder.layers[0].wq, QuantizedTensor)
