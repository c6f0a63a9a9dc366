"""Bytes that other people's tools wrote mean to us what they mean to them.

packed_by_others.safetensors holds one matrix, 32 x 32, as each tool's own code packed it on 2026-11-21, with the
`quantization_config` of such a folder: AutoGPTQ 0.7.1 and GPTQModel 7.7.0 (asymmetric with act-order, and 8 bits) and
AutoAWQ 0.2.9, with the values that were packed; compressed-tensors 0.20.0 (its presets and two schemes besides), with
the values it reads back.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open

from konspekt.kernels import KernelError
from konspekt.kernels.formats.folder import packing_of
from konspekt.kernels.formats.rowwise import Rowwise

FILE = Path(__file__).with_name("packed_by_others.safetensors")
Case = tuple[dict[str, Any], dict[str, torch.Tensor]]


def cases() -> dict[str, Case]:
    with safe_open(str(FILE), framework="pt") as file:
        said = {name: json.loads(text) for name, text in file.metadata().items()}
        tensors = defaultdict[str, dict[str, torch.Tensor]](dict)
        for key in file.keys():  # noqa: SIM118 - no mapping
            name, _, rest = key.partition("/")
            tensors[name][rest] = file.get_tensor(key)
    return {name: ({"quantization_config": case["quantization_config"]}, tensors[name]) for name, case in said.items()}


CASES = cases()


@pytest.mark.parametrize("name", sorted(CASES))  # a safetensors header has no order
def test_what_a_tool_packed_is_read_as_it_was_meant(name: str) -> None:
    config, tensors = CASES[name]
    expected = tensors["expected"]
    fields = {key: value for key, value in tensors.items() if key != "expected"}
    packing = packing_of(config)
    assert packing is not None
    assert packing.matrices(fields).keys() == {"layer"}
    assert set(packing.matrices(fields)["layer"]) == set(fields)  # nothing is left that a loader would stumble over
    read = packing.read("layer", fields)
    assert torch.equal(read.dequantize().to(expected.dtype), expected)  # compressed-tensors multiplies in bfloat16
    assert isinstance(read, Rowwise) == any(name.endswith(kind) for kind in ("-FP8", "FP8_DYNAMIC", "W8A8"))


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("GPTQModel-4", {"checkpoint_format": "gptq_p"}, "checkpoint_format gptq_p"),
        ("AutoGPTQ-4", {"is_marlin_format": True}, "marlin"),
        ("AutoGPTQ-4", {"bits": 3}, "bits 3"),
        ("AutoAWQ", {"version": "gemv"}, "version gemv"),
        ("compressed-tensors-FP8", {"format": "nvfp4-pack-quantized"}, "nvfp4-pack-quantized"),
    ],
)
def test_a_layout_that_puts_the_bits_elsewhere_is_refused_by_name(name: str, change: dict[str, Any], told: str) -> None:
    config = CASES[name][0]["quantization_config"]
    with pytest.raises(KernelError, match=told):
        packing_of({"quantization_config": config | change})


def test_fp8_in_square_blocks_is_refused_by_name() -> None:
    config = json.loads(json.dumps(CASES["compressed-tensors-FP8"][0]))
    config["quantization_config"]["config_groups"]["group_0"]["weights"]["strategy"] = "block"
    with pytest.raises(KernelError, match="square blocks"):
        packing_of(config)
