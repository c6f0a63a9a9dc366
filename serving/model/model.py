"""A model as it lies in a file or a folder: a transformer and its tokenizer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch

from konspekt.kernels import KernelError
from konspekt.serving.errors import ModelFileError, ServingError, UnsupportedModelError
from konspekt.serving.model.architectures import config_from_gguf, config_from_hf
from konspekt.serving.model.assemble import assemble
from konspekt.serving.model.folder import read_json
from konspekt.serving.model.gguf_file import GGUFFile
from konspekt.serving.model.sampling_defaults import SamplingDefaults, defaults_from_folder, defaults_from_gguf
from konspekt.serving.model.tokenizer import Tokenizer, tokenizer_from_folder, tokenizer_from_gguf
from konspekt.serving.model.transformer import Transformer
from konspekt.serving.model.weights import GGUFWeights, WeightSource


@dataclass(frozen=True, slots=True)
class Model(Transformer):
    tokenizer: Tokenizer
    sampling: SamplingDefaults  # what its own file recommends
    remark: str  # on how its weights were read, for whoever starts a server


def load_model(
    path: Path, weight_format: str = "Q8_0", device: torch.device | str = "cpu", bits: Sequence[int] = ()
) -> Model:
    """Load a GGUF file, or a Hugging Face folder whose matrices are quantised to `weight_format`.

    bits: of a MatQuant folder, how many of each weight are read (2, 4 or 8), for all layers or one number a layer.

    Raises ModelFileError (damaged, incomplete), UnsupportedModelError (well-formed, but not one we can run).
    """
    where = torch.device(device)
    if path.is_dir():
        from konspekt.serving.model.folder_weights import FolderWeights

        if not (path / "config.json").is_file():
            raise ModelFileError(f"{path}: a model folder needs config.json")
        try:
            config = config_from_hf(read_json(path / "config.json"))
        except ServingError as error:
            raise type(error)(f"{path}: {error}") from None
        tokenizer, sampling = tokenizer_from_folder(path), defaults_from_folder(path)
        folder = FolderWeights(path, config.architecture, weight_format, bits)
        source: WeightSource = folder
        remark: Callable[[], str] = folder.remark
    else:
        if bits:
            raise UnsupportedModelError(f"{path}: bits can be chosen of a MatQuant folder alone (--bits)")
        file = GGUFFile(path)
        if int(file.metadata.get("split.count", 1)) > 1:
            raise UnsupportedModelError(
                f"{path}: split.count = {file.metadata['split.count']}: a model in several files is not supported; "
                "join them with llama.cpp's `llama-gguf-split --merge`, or take a file in one piece"
            )
        if "token_embd.weight" not in file.tensors:
            raise ModelFileError(
                f"{path}: tensor token_embd.weight is missing: this is no language model; take another file"
            )
        try:
            config = config_from_gguf(file.metadata, file.tensors["token_embd.weight"].shape[0])
            tokenizer = tokenizer_from_gguf(file.metadata)
        except ServingError as error:
            raise type(error)(f"{path}: {error}") from None
        sampling = defaults_from_gguf(file.metadata)
        source, remark = GGUFWeights(file), str
    try:
        transformer = assemble(config, source, where)
    except KernelError as error:
        raise UnsupportedModelError(f"{path}: {error}") from None
    parts = {field.name: getattr(transformer, field.name) for field in fields(transformer)}
    return Model(**parts, tokenizer=tokenizer, sampling=sampling, remark=remark())
