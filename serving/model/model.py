"""A model as it lies in a file or a folder: a transformer and its tokenizer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch

from konspekt.bilingual import Bilingual, joined
from konspekt.kernels import KernelError
from konspekt.serving.errors import ModelFileError, UnsupportedModelError
from konspekt.serving.model import qwen35
from konspekt.serving.model.architectures import ModelConfig, config_from_gguf
from konspekt.serving.model.assemble import assemble
from konspekt.serving.model.chat_template import ChatTemplate
from konspekt.serving.model.checking.messages import again, say
from konspekt.serving.model.files.folder import read_json
from konspekt.serving.model.files.gguf_file import GGUFFile
from konspekt.serving.model.folder_config import config_from_hf
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
    path: Path,
    weight_format: str = "Q8_0",
    device: torch.device | str = "cpu",
    bits: Sequence[int] = (),
    known: Model | None = None,
) -> Model:
    """Load a GGUF file, or a Hugging Face folder whose matrices are quantised to `weight_format`.

    bits: of a MatQuant folder, how many of each weight are read (2, 4 or 8), for all layers or one number per layer.
    known: this model as it was read before, whose tokenizer is taken: making one of 150,000 tokens takes a while.

    Raises ModelFileError (damaged, incomplete), UnsupportedModelError (well-formed, but not one we can run).
    """
    try:
        return _load(path, weight_format, torch.device(device), bits, known)
    except KernelError as error:
        raise UnsupportedModelError(joined(": ", (path, error))) from None
    except (ModelFileError, UnsupportedModelError) as error:
        if str(error).startswith(str(path)):
            raise
        raise type(error)(joined(": ", (path, error))) from None


def _load(path: Path, weight_format: str, device: torch.device, bits: Sequence[int], known: Model | None) -> Model:
    tied: bool | None = None
    if path.is_dir():
        from konspekt.serving.model.files.folder_weights import FolderWeights

        if not (path / "config.json").is_file():
            raise ModelFileError(say("no_config"))
        said = qwen35.text_of(read_json(path / "config.json"))
        config, tied = config_from_hf(said), said.get("tie_word_embeddings")
        sampling = defaults_from_folder(path)
        tokenizer = known.tokenizer if known is not None else tokenizer_from_folder(path)
        folder = FolderWeights(path, config.architecture, config.layers, weight_format, bits)
        source: WeightSource = folder
        remark: Callable[[], Bilingual] = folder.remark
    else:
        if bits:
            raise UnsupportedModelError(say("bits_of_others"))
        file = GGUFFile(path)
        config, tokenizer = _of_gguf(file, known)
        sampling = defaults_from_gguf(file.metadata)
        source, remark = GGUFWeights(file), lambda: joined("", ())
    if known is None:
        ChatTemplate(tokenizer)  # raises, rather than at the first question
    transformer = assemble(config, source, device, tied=tied if isinstance(tied, bool) else None)
    parts = {field.name: getattr(transformer, field.name) for field in fields(transformer)}
    remarks = [remark()] + (
        [] if tokenizer.chat_template else [say("no_template", path=path, cure=say("template_cure"))]
    )
    told = joined("\n", [one for one in remarks if one])
    return Model(**parts, tokenizer=tokenizer, sampling=sampling, remark=told)


def _of_gguf(file: GGUFFile, known: Model | None) -> tuple[ModelConfig, Tokenizer]:
    if (embedding := file.tensors.get("token_embd.weight")) is None:
        raise ModelFileError(say("no_language_model"))
    rows = embedding.shape[0]
    config = config_from_gguf(file.metadata, rows)
    tokenizer = known.tokenizer if known is not None else tokenizer_from_gguf(file.metadata)
    if tokenizer.vocab_size != rows:
        raise ModelFileError(say("vocabulary", tokens=tokenizer.vocab_size, rows=rows, cure=again()))
    return config, tokenizer
