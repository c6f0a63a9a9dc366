"""The model that is to be quantised: a GGUF file or a transformers folder, in float32, through `transformers`.

Text becomes tokens by the server's own tokenizer, so that a perplexity is measured on what will be served.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from konspekt.quantization.errors import QuantizationError
from konspekt.quantization.messages import say
from konspekt.serving.errors import ServingError
from konspekt.serving.model.files.folder import read_json, read_tensor, tensor_files
from konspekt.serving.model.files.gguf_file import GGUFFile
from konspekt.serving.model.files.packed_folder import PackedFolder
from konspekt.serving.model.tokenizer import Tokenizer, tokenizer_from_folder, tokenizer_from_gguf

LEAST_TOKENS = 64


@dataclass(slots=True)
class Source:
    path: Path
    model: Any  # a transformers causal language model, float32, in eval mode
    tokenizer: Tokenizer
    packed: PackedFolder | None = None  # of a folder whose matrices are packed already
    without_head: bool = False  # it has a prediction head, which is not read
    rotated: bool = False  # its weights are no longer those of the file (rotate.py)

    @property
    def is_gguf(self) -> bool:
        return self.path.is_file()

    @property
    def layers(self) -> Any:
        """The decoder layers, in order."""
        return self.model.get_decoder().layers

    def matrices(self, layer: int) -> Iterator[tuple[str, torch.nn.Linear]]:
        """`self_attn.q_proj` and the like: what is quantised. Embeddings, norms and the head stay as they are."""
        for name, module in self.layers[layer].named_modules():
            if isinstance(module, torch.nn.Linear):
                yield name, module

    def as_packed(self, layer: int, name: str) -> Any:
        """The matrix as the folder holds it; None where it was not packed."""
        full = f"model.layers.{layer}.{name}.weight"
        return self.packed.read(full) if self.packed is not None and full in self.packed else None


def load(path: Path) -> Source:
    """Raises: QuantizationError when there is no model, or transformers cannot read it."""
    if not path.exists():
        raise QuantizationError(say("no_such_model", path=path))
    if path.is_dir() and not (path / "config.json").is_file():
        raise QuantizationError(say("no_config", path=path))
    if path.is_file() and _first_bytes(path) != b"GGUF":
        raise QuantizationError(say("not_gguf", path=path))
    from transformers import AutoModelForCausalLM, modeling_gguf_pytorch_utils
    from transformers.utils import logging

    quiet: Any = logging
    quiet.set_verbosity_error()
    quiet.disable_progress_bar()
    loader: Any = modeling_gguf_pytorch_utils
    loader.tqdm = lambda some, **_: some  # it has a bar of its own, which that does not silence
    is_file = path.is_file()
    try:
        metadata = GGUFFile(path).metadata if is_file else {}
        tokenizer = tokenizer_from_gguf(metadata) if is_file else tokenizer_from_folder(path)
        packed = None if is_file else _packed(path)
        config = None if is_file else _config_of(path)
        if _experts(metadata if config is None else config.to_dict()):
            raise QuantizationError(say("mixture", path=path))
        if packed is not None:
            model = _unpacked(packed, config)
        else:
            folder, name = (path.parent, path.name) if is_file else (path, None)
            model = AutoModelForCausalLM.from_pretrained(
                str(folder), config=config, gguf_file=name, local_files_only=True, dtype=torch.float32
            )
    except ServingError as error:
        raise QuantizationError(error.args[0] if error.args else str(error)) from None
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise QuantizationError(say("not_loaded", path=path, reason=error)) from None
    model.train(False)
    head = not is_file and any(name.startswith("model.mtp_layers.") for name in tensor_files(path))
    source = Source(path, model, tokenizer, packed, head)
    if not len(source.layers) or not any(True for _ in source.matrices(0)):
        raise QuantizationError(say("no_layers", path=path, kind=type(model).__name__))
    return source


def _packed(folder: Path) -> PackedFolder | None:
    """None for a folder of plain weights."""
    found = PackedFolder(folder, tensor_files(folder))
    return found if found.kind else None


def _config_of(folder: Path) -> Any:
    """transformers' own; MiMo is Qwen2 with a prediction head, which transformers knows by the folder's code alone."""
    from transformers import AutoConfig, Qwen2Config

    said = read_json(folder / "config.json")
    if said.get("model_type") != "mimo":
        return AutoConfig.from_pretrained(str(folder), local_files_only=True)
    return Qwen2Config(**{key: value for key, value in said.items() if key not in ("model_type", "auto_map")})


def _experts(said: Mapping[str, Any]) -> int:
    """How many a feed-forward layer has, by a GGUF file's metadata or a config.json; 0: no mixture."""
    keys = ("num_experts", "num_local_experts", f"{said.get('general.architecture')}.expert_count")
    return max(int(said.get(key) or 0) for key in keys)


def _unpacked(packed: PackedFolder, config: Any) -> Any:
    """A GPTQ, AWQ or compressed-tensors model, or one of ours, with the values its bytes stand for."""
    from transformers import AutoModelForCausalLM

    maker: Any = AutoModelForCausalLM
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model: Any = maker.from_config(config, dtype=torch.float32)
    weights: dict[str, torch.Tensor] = {}
    for name, path in packed.plain.items():
        if name in packed:
            weights[name] = packed.read(name).dequantize()
            continue
        weights[name] = read_tensor(path, name).float()
    missing = [name for name in model.load_state_dict(weights, strict=False).missing_keys if name != "lm_head.weight"]
    if missing:
        raise QuantizationError(say("lacks", path=packed.folder, count=len(missing), name=missing[0]))
    model.tie_weights()
    return model


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def sha256_of(path: Path) -> str:
    """Of the file; of a folder: of its safetensors files in the order of their names."""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(path.glob("*.safetensors")):
        with file.open("rb") as opened:
            while piece := opened.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()


def text_of(path: Path) -> str:
    """Raises: QuantizationError when it is no UTF-8 text."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QuantizationError(say("text_unreadable", path=path, reason=error)) from None


def tokens_of(source: Source, paths: tuple[Path, ...], limit: int) -> torch.Tensor:
    """int64 [n]: the first `limit` tokens of some text files, one after the other.

    Raises: QuantizationError when a file cannot be read or there is too little text.
    """
    ids: list[int] = []
    for path in paths:
        ids += source.tokenizer.encode(text_of(path), parse_special=False)
        if len(ids) >= limit:
            break
    if len(ids) < LEAST_TOKENS:
        names = ", ".join(map(str, paths))
        raise QuantizationError(say("text_short", paths=names, count=len(ids), least=LEAST_TOKENS))
    return torch.tensor(ids[:limit])
