"""The result on disk: a GGUF file like its source, or a folder of packed tensors; all of it or nothing."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from konspekt.kernels import QuantizedTensor
from konspekt.kernels.formats.checkpoints import to_gptq
from konspekt.kernels.formats.grouped import Grouped
from konspekt.kernels.packed import Packed
from konspekt.quantization.errors import QuantizationError, WrongRequestError
from konspekt.quantization.messages import say
from konspekt.quantization.methods import Format
from konspekt.quantization.picture import draw_errors
from konspekt.quantization.report import Report
from konspekt.quantization.source import Source
from konspekt.quantization.writing.gguf_new import (
    LAYER,
    add_other,
    as_llama_rows,
    config_of,
    tensors_of,
    write_new,
)
from konspekt.quantization.writing.gguf_vocabulary import rule_of

Matrices = Mapping[tuple[int, str], Packed]

TOKENIZER_FILES = (
    *("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "vocab.json", "merges.txt"),
    *("special_tokens_map.json", "added_tokens.json", "chat_template.jinja"),
)
GGUF_ARCHITECTURES = ("llama", "qwen2", "qwen3", "gemma3")


def check_gguf(source: Source) -> None:
    """Raises: WrongRequestError when the result could not be written as GGUF."""
    if not source.is_gguf:
        config_of(source)
        rule_of(source.path, source.tokenizer)
        return
    kind = source.model.config.model_type.removesuffix("_text")
    if kind not in GGUF_ARCHITECTURES:
        raise WrongRequestError(say("gguf_kind", kind=kind, known=", ".join(GGUF_ARCHITECTURES)))


def check_writable(out: Path) -> None:
    """Raises: QuantizationError when nothing can be made where `out` is to be."""
    there = next(parent for parent in out.absolute().parents if parent.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=there):
            pass
    except OSError as error:
        raise QuantizationError(say("not_written", path=out, reason=error)) from None


def write(out: Path, source: Source, form: Format, packed: Matrices, report: Report) -> Report:
    """Into a folder beside `out`, which is then renamed. Raises: QuantizationError when the disk refuses."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        try:
            name = _write_gguf(partial, source, form, packed) if form.gguf else _write_folder(partial, source, packed)
            size = sum(file.stat().st_size for file in partial.iterdir())
            done = dataclasses.replace(report, file=str(out / name) if form.gguf else str(out), bytes=size)
            draw_errors(done, partial / "quantization.png")
            (partial / "quantization.json").write_text(json.dumps(done.as_json(), indent=1) + "\n", "utf-8")
            partial.chmod(0o755)
            with contextlib.suppress(FileNotFoundError):
                out.rmdir()  # empty: Job.checked has seen to it
            partial.rename(out)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    except OSError as error:
        raise QuantizationError(say("not_written", path=out, reason=error)) from None
    return done


def _write_gguf(folder: Path, source: Source, form: Format, packed: Matrices) -> str:
    name = f"model-{form.name.lower()}.gguf"
    config = source.model.config
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    matrices: dict[str, QuantizedTensor] = {}
    for (layer, matrix), made in packed.items():
        assert isinstance(made, QuantizedTensor)
        ours = LAYER[matrix]
        if config.model_type in {"llama", "mistral"} and ours in heads:
            made = QuantizedTensor(as_llama_rows(made.data, heads[ours]), made.type_name, made.shape)  # noqa: PLW2901
        matrices[f"blk.{layer}.{ours}.weight"] = made
    if source.is_gguf:
        _write_again(folder / name, source, matrices)
    else:
        write_new(folder / name, source, matrices)
    return name


def _write_again(path: Path, source: Source, matrices: dict[str, QuantizedTensor]) -> None:
    """All keys and tensors of the source, with what was quantised, or rotated, in the place of its own."""
    import gguf

    reader = gguf.GGUFReader(source.path)
    writer = gguf.GGUFWriter(path, str(reader.fields["general.architecture"].contents()))
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key in {"general.architecture", "general.file_type"}:
            continue
        sub = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(key, field.contents(), field.types[0], sub)
    others = tensors_of(source) if source.rotated else {}
    for tensor in reader.tensors:
        made = matrices.pop(tensor.name, None)
        other = others.pop(tensor.name, None)
        if made is None and other is not None:
            add_other(writer, tensor.name, other, config_of(source))
            continue
        data, kind = (np.array(tensor.data), tensor.tensor_type.name) if made is None else (made.data, made.type_name)
        writer.add_tensor(tensor.name, data, raw_dtype=gguf.GGMLQuantizationType[kind])
    for name, value in others.items():  # a head that was the embedding
        add_other(writer, name, value, config_of(source))
    if matrices:
        raise QuantizationError(say("no_tensor", path=source.path, name=sorted(matrices)[0]))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_folder(folder: Path, source: Source, packed: Matrices) -> str:
    """model.safetensors: `<matrix>.<field>` for each field of its format; all other weights in half precision."""
    from safetensors.torch import save_file

    prefix = next(n for n, m in source.model.named_modules() if m is source.layers)
    tensors: dict[str, torch.Tensor] = {}
    settings: dict[str, Any] = {}
    matrices: dict[str, dict[str, Any]] = {}
    for (layer, name), p in packed.items():
        parts, settings = fields_of(p)
        matrices[f"{prefix}.{layer}.{name}"] = {key: settings.pop(key) for key in ("columns",) if key in settings}
        tensors |= {f"{prefix}.{layer}.{name}.{field}": value.contiguous() for field, value in parts.items()}
    quantised = {f"{prefix}.{layer}.{name}.weight" for layer, name in packed}
    tied = source.model.config.get_text_config().tie_word_embeddings
    for name, value in source.model.state_dict().items():
        if name not in quantised and not (tied and name == "lm_head.weight"):
            tensors[name] = value.to(torch.float16).clone()
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    config = source.model.config.to_dict()
    config.pop("quantization_config", None)
    if (one := next(iter(packed.values()))) and isinstance(one, Grouped):
        config["quantization_config"] = gptq_config(one)
    else:
        settings["matrices"] = {name: own for name, own in matrices.items() if own}
        (folder / "settings.json").write_text(json.dumps(settings) + "\n", "utf-8")
    (folder / "config.json").write_text(json.dumps(config, indent=1, default=str) + "\n", "utf-8")
    _copy_tokenizer(source, folder)
    return "model.safetensors"


def gptq_config(w: Grouped) -> dict[str, Any]:
    """What transformers, vLLM and AutoGPTQ look for in config.json."""
    size = w.shape[1] // w.scales.shape[1]
    return {
        **{"quant_method": "gptq", "bits": w.bits, "group_size": size, "checkpoint_format": "gptq"},
        **{"desc_act": not w.in_order, "sym": bool((w.zeros == 1 << (w.bits - 1)).all())},
    }


def _copy_tokenizer(source: Source, folder: Path) -> None:
    """The files of a folder; of a GGUF file what transformers makes of it, and nothing where it cannot."""
    if not source.is_gguf:
        for file in source.path.iterdir():
            if file.name in TOKENIZER_FILES:
                shutil.copyfile(file, folder / file.name)
        return
    from transformers import AutoTokenizer

    with contextlib.suppress(KeyError, ValueError, OSError, RuntimeError):
        tokenizer = AutoTokenizer.from_pretrained(str(source.path.parent), gguf_file=source.path.name)
        tokenizer.save_pretrained(folder)


def fields_of(p: Packed) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The tensors of a packed matrix by name, and what else its class needs to be made again."""
    if isinstance(p, Grouped):
        return to_gptq(p), {}
    values = {f.name: getattr(p, f.name) for f in dataclasses.fields(p) if f.compare}  # type: ignore[arg-type]
    tensors = {name: value for name, value in values.items() if isinstance(value, torch.Tensor)}
    rest = {name: value for name, value in values.items() if name not in tensors and value is not None}
    return tensors, {"class": type(p).__name__, **rest}
