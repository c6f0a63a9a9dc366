"""A Hugging Face folder under the tensor names of GGUF, quantised while it is read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import gguf.quants
import torch
from gguf.constants import GGMLQuantizationType

from kernels import QuantizedTensor
from kernels.packed import Packed
from serving.errors import ModelFileError, UnsupportedModelError
from serving.packed_folder import PackedFolder

# What a folder may be quantised to: the formats that the gguf package can write.
FOLDER_FORMATS = ("Q8_0", "Q5_1", "Q5_0", "Q4_1", "Q4_0", "BF16", "F16")

# GGUF name -> Hugging Face name; `{}` is the layer
_HF_GLOBAL = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
_HF_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
# gemma3 has a norm on both sides of each half, and its names shift by one
_HF_GEMMA = {
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}
# the layer that guesses a token ahead, `model.mtp_layers.0` (MiMo); GGUF has no names for it in a family that is served
_HF_AHEAD = {
    "hidden_norm": "hidden_layernorm",
    "token_norm": "token_layernorm",
    "join": "input_proj",
    "output_norm": "final_layernorm",
}


class FolderWeights:
    """safetensors in bf16, fp16 or fp32; a matrix is quantised to `weight_format` when it is asked for."""

    def __init__(self, folder: Path, architecture: str, weight_format: str = "Q8_0", bits: Sequence[int] = ()) -> None:
        if weight_format.upper() not in FOLDER_FORMATS:
            raise UnsupportedModelError(
                f"a folder cannot be quantised to {weight_format!r}: {', '.join(FOLDER_FORMATS)}"
            )
        self._type = GGMLQuantizationType[weight_format.upper()]
        self._gemma = architecture == "gemma3"
        self._packed = PackedFolder(folder, tensor_files(folder), bits)
        self._files = self._packed.plain
        self._folder = folder
        self._hf_name = {name: hf for name, hf in self._all_names().items() if hf in self._files}
        self.names = set(self._hf_name)
        unknown = set(self._files) - set(self._hf_name.values())
        self.names |= {hf for hf in unknown if not hf.endswith("rotary_emb.inv_freq")}

    def _all_names(self) -> dict[str, str]:
        layer_names = _HF_LAYER | (_HF_GEMMA if self._gemma else {})
        layers = 1 + max((int(n.split(".")[2]) for n in self._files if n.startswith("model.layers.")), default=-1)
        names = {f"{ours}.weight": f"{theirs}.weight" for ours, theirs in _HF_GLOBAL.items()}
        blocks = {f"blk.{layer}": (f"model.layers.{layer}", layer_names) for layer in range(layers)}
        blocks["mtp"] = ("model.mtp_layers.0", layer_names | _HF_AHEAD)
        for block, (theirs, inside) in blocks.items():
            for name, hf in inside.items():
                for part in ("weight", "bias"):
                    names[f"{block}.{name}.{part}"] = f"{theirs}.{hf}.{part}"
        return names

    def _read(self, name: str) -> torch.Tensor:
        from safetensors import safe_open

        try:
            hf_name = self._hf_name[name]
        except KeyError:
            raise ModelFileError(f"{self._folder}: no tensor for {name}") from None
        with safe_open(str(self._files[hf_name]), framework="pt") as file:
            tensor: torch.Tensor = file.get_tensor(hf_name).float()
        return tensor

    def matrix(self, name: str) -> QuantizedTensor:
        if self._hf_name.get(name, "") in self._packed:
            return self._packed.matrix(self._hf_name[name])
        values = self._read(name)
        block, _ = gguf.GGML_QUANT_SIZES[self._type]
        if values.shape[1] % block:
            raise UnsupportedModelError(f"{name}: {values.shape[1]} columns do not divide into blocks of {block}")
        packed = gguf.quants.quantize(values.numpy(), self._type)
        return QuantizedTensor.from_gguf(packed, self._type.name, (values.shape[0], values.shape[1]))

    def packed(self, name: str) -> Packed:
        hf_name = self._hf_name.get(name, "")
        return self._packed.read(hf_name) if hf_name in self._packed else self.matrix(name)

    def experts(self, name: str) -> tuple[QuantizedTensor, ...]:
        raise UnsupportedModelError(f"{self._folder}: {name}: take a mixture of experts as a GGUF file")

    def vector(self, name: str) -> torch.Tensor:
        values = self._read(name)
        return values + 1 if self._gemma and name.endswith("norm.weight") else values  # GGUF stores Gemma's norms + 1

    def release(self, name: str) -> None:
        """Nothing to do: the packed bytes live in the QuantizedTensor alone."""


def tensor_files(folder: Path) -> dict[str, Path]:
    from safetensors import SafetensorError, safe_open

    index = folder / "model.safetensors.index.json"
    if index.is_file():
        weight_map: dict[str, str] = json.loads(index.read_text("utf-8"))["weight_map"]
        return {name: folder / Path(file).name for name, file in weight_map.items()}
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ModelFileError(f"{folder}: no *.safetensors files")
    found: dict[str, Path] = {}
    for path in files:
        try:
            with safe_open(str(path), framework="pt") as file:
                found |= dict.fromkeys(file.keys(), path)
        except (SafetensorError, OSError) as error:
            raise ModelFileError(f"{path}: {error}") from None
    return found
