"""A Hugging Face folder under the tensor names of GGUF, quantised while it is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import count, takewhile
from pathlib import Path

import gguf.quants
import torch
from gguf.constants import GGMLQuantizationType

from konspekt.bilingual import Bilingual
from konspekt.kernels import QuantizedTensor
from konspekt.kernels.packed import Packed
from konspekt.serving.errors import UnsupportedModelError
from konspekt.serving.model import qwen35
from konspekt.serving.model.checking.messages import say, shown
from konspekt.serving.model.checking.tensors import Stored, check_finite
from konspekt.serving.model.files.folder import read_tensor, stored_tensor, tensor_files
from konspekt.serving.model.files.packed_folder import PackedFolder
from konspekt.serving.model.weight_formats import FOLDER_FORMATS

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
# of a mixture of experts: the part that holds router and experts, and what an expert's matrices are called
_HF_MIXTURE = {
    "llama": ("block_sparse_moe", {"ffn_gate_exps": "w1", "ffn_up_exps": "w3", "ffn_down_exps": "w2"}),
    "deepseek2": ("mlp", {"ffn_gate_exps": "gate_proj", "ffn_up_exps": "up_proj", "ffn_down_exps": "down_proj"}),
    "qwen3moe": ("mlp", {"ffn_gate_exps": "gate_proj", "ffn_up_exps": "up_proj", "ffn_down_exps": "down_proj"}),
}
# of DeepSeek-V2 and V3, besides; an expert's own come from _HF_MIXTURE
_HF_LATENT = {
    "attn_q_a": "self_attn.q_a_proj",
    "attn_q_a_norm": "self_attn.q_a_layernorm",
    "attn_q_b": "self_attn.q_b_proj",
    "attn_kv_a_mqa": "self_attn.kv_a_proj_with_mqa",
    "attn_kv_a_norm": "self_attn.kv_a_layernorm",
    "attn_kv_b": "self_attn.kv_b_proj",
    "ffn_gate_shexp": "mlp.shared_experts.gate_proj",
    "ffn_up_shexp": "mlp.shared_experts.up_proj",
    "ffn_down_shexp": "mlp.shared_experts.down_proj",
}
# the layer that guesses a token ahead, `model.mtp_layers.0` (MiMo); GGUF has no names for it in a family that is served
_HF_AHEAD = {
    "hidden_norm": "hidden_layernorm",
    "token_norm": "token_layernorm",
    "join": "input_proj",
    "output_norm": "final_layernorm",
}

_NOT_NEEDED = (
    "rotary_emb.inv_freq",  # follows from config.json
    *(".self_attn.k_scale", ".self_attn.v_scale"),  # of an FP8 cache that is not ours (compressed-tensors)
)


class FolderWeights:
    """safetensors in bf16, fp16 or fp32; a matrix is quantised to `weight_format` when it is asked for."""

    def __init__(
        self, folder: Path, architecture: str, layers: int, weight_format: str = "Q8_0", bits: Sequence[int] = ()
    ) -> None:
        if weight_format.upper() not in FOLDER_FORMATS:
            raise UnsupportedModelError(say("format", format=shown(weight_format), known=", ".join(FOLDER_FORMATS)))
        self._type = GGMLQuantizationType[weight_format.upper()]
        self._architecture, self._layers = architecture, layers
        self._packed = PackedFolder(folder, tensor_files(folder), bits)
        self._files = self._packed.plain
        # the language model of a multimodal folder lies one name deeper
        deeper = any(name.startswith("model.language_model.") for name in self._files)
        self._root = "model.language_model." if deeper else "model."
        self._theirs = self._all_names()
        self._hf_name = {name: hf for name, hf in self._theirs.items() if hf in self._files}
        self._expert_names = self._all_experts()
        self.names = self._hf_name.keys() | self._expert_names.keys()
        unknown = set(self._files).difference(self._hf_name.values(), *self._expert_names.values())
        self.names |= {hf for hf in unknown if not hf.endswith(_NOT_NEEDED) and not self._is_beyond(hf)}

    def _is_beyond(self, hf_name: str) -> bool:
        """Of a layer after the last: DeepSeek-V3 and GigaChat3 keep there what guesses further tokens."""
        found = re.match(r"model\.layers\.(\d+)\.", hf_name)
        return self._architecture == "deepseek2" and found is not None and int(found[1]) >= self._layers

    def _all_names(self) -> dict[str, str]:
        layer_names = _HF_LAYER | (_HF_GEMMA if self._architecture == "gemma3" else {})
        layer_names |= _HF_LATENT if self._architecture == "deepseek2" else {}
        if self._architecture in _HF_MIXTURE:
            layer_names |= {"ffn_gate_inp": f"{_HF_MIXTURE[self._architecture][0]}.gate"}
        if self._architecture == qwen35.NAME:
            layer_names = {name: hf for name, hf in layer_names.items() if name != "ffn_norm"} | qwen35.HF_LAYER
        names = {f"{ours}.weight": f"{theirs}.weight" for ours, theirs in _HF_GLOBAL.items()}
        names = {ours: theirs.replace("model.", self._root, 1) for ours, theirs in names.items()}
        blocks = {f"blk.{layer}": (f"{self._root}layers.{layer}", layer_names) for layer in range(self._layers)}
        blocks["mtp"] = ("model.mtp_layers.0", layer_names | _HF_AHEAD)
        for block, (theirs, inside) in blocks.items():
            for name, hf in inside.items():
                for part in ("weight", "bias"):
                    names[f"{block}.{name}.{part}"] = f"{theirs}.{hf}.{part}"
            for name, hf in (qwen35.HF_PLAIN if self._architecture == qwen35.NAME else {}).items():
                names[f"{block}.{name}"] = f"{theirs}.{hf}"
            names[f"{block}.exp_probs_b.bias"] = f"{theirs}.mlp.gate.e_score_correction_bias"
        return names

    def _all_experts(self) -> dict[str, list[str]]:
        """`blk.0.ffn_up_exps.weight` -> that matrix of each expert, in their order."""
        part, matrices = _HF_MIXTURE.get(self._architecture, ("", {}))
        found: dict[str, list[str]] = {}
        for layer in range(self._layers if part else 0):
            for ours, theirs in matrices.items():
                name = f"model.layers.{layer}.{part}.experts.{{}}.{theirs}.weight"
                present = list(takewhile(self._files.__contains__, map(name.format, count())))
                if present:
                    found[f"blk.{layer}.{ours}.weight"] = present
        return found

    def _read(self, hf_name: str) -> torch.Tensor:
        return read_tensor(self._files[hf_name], hf_name).float()

    def _matrix(self, hf_name: str, kind: GGMLQuantizationType | None = None) -> QuantizedTensor:
        if hf_name in self._packed:
            return self._packed.matrix(hf_name)
        values = self._read(hf_name)
        rows, columns = values.shape
        kind = kind or self._type
        block, _ = gguf.GGML_QUANT_SIZES[kind]
        if columns % block:
            reason = say("columns", columns=columns, block=block)
            raise UnsupportedModelError(say("tensor_of_file", name=hf_name, reason=reason))
        check_finite(hf_name, values)
        packed = gguf.quants.quantize(values.numpy(), kind)
        return QuantizedTensor.from_gguf(packed, kind.name, (rows, columns))

    def stored(self, name: str) -> Stored:
        parts = self._expert_names.get(name) or [self._hf_name[name]]
        if any(part in self._packed for part in parts):
            return Stored(None, self._packed.kind)
        of_each = [stored_tensor(self._files[part], part) for part in parts]
        if name not in self._expert_names:
            shape = of_each[0].shape  # a convolution over each channel by itself has a dimension of one
            flat = shape is not None and name.endswith("ssm_conv1d.weight") and len(shape) == 3 and shape[1] == 1
            return replace(of_each[0], shape=(shape[0], shape[2])) if flat and shape else of_each[0]
        odd = next((one for one in of_each if one != of_each[0] or one.shape is None), None)
        return odd or Stored((len(of_each), *(of_each[0].shape or ())), of_each[0].type_name)

    def named(self, name: str) -> str:
        return self._theirs.get(name, name)

    def matrix(self, name: str) -> QuantizedTensor:
        kind = GGMLQuantizationType.BF16 if name.endswith(qwen35.FINE) else None
        return self._matrix(self._hf_name[name], kind)

    def packed(self, name: str) -> Packed:
        hf_name = self._hf_name[name]
        return self._packed.read(hf_name) if hf_name in self._packed else self.matrix(name)

    def experts(self, name: str) -> tuple[QuantizedTensor, ...]:
        return tuple(self._matrix(hf_name) for hf_name in self._expert_names[name])

    def remark(self) -> Bilingual:
        """What the person who starts a server should know about how these weights were read; empty: nothing."""
        return self._packed.became()

    def vector(self, name: str) -> torch.Tensor:
        values = self._read(self._hf_name[name])
        if name.endswith("ssm_a"):
            return -values.exp()
        # GGUF stores the norms of these + 1
        more = self._architecture in ("gemma3", qwen35.NAME) and name.endswith("norm.weight")
        return values + 1 if more and not name.endswith("ssm_norm.weight") else values

    def release(self, name: str) -> None:
        """Nothing to do: the packed bytes live in the QuantizedTensor alone."""
