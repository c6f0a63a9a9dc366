"""One job from the source to the written model and its report."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from konspekt.kernels import KernelError
from konspekt.kernels.formats.as_gguf import as_gguf, gguf_type, loss
from konspekt.kernels.formats.grouped import Grouped
from konspekt.kernels.formats.rowwise import Rowwise
from konspekt.kernels.packed import Packed
from konspekt.quantization.errors import QuantizationError, WrongRequestError
from konspekt.quantization.messages import say
from konspekt.quantization.methods import (
    CALIBRATED,
    FORMATS,
    Format,
    Method,
    Place,
    pack,
)
from konspekt.quantization.perplexity import WINDOW, perplexity
from konspekt.quantization.report import (
    LayerError,
    Report,
    bits_of,
    stored,
)
from konspekt.quantization.rounding.calibrate import Calibration
from konspekt.quantization.rounding.grids import GroupedGrid
from konspekt.quantization.rounding.nearest import layer_error
from konspekt.quantization.rounding.rotate import check as check_rotation
from konspekt.quantization.rounding.rotate import rotate
from konspekt.quantization.source import (
    Source,
    load,
    sha256_of,
    text_of,
    tokens_of,
)
from konspekt.quantization.writing.write import check_gguf, check_writable, write

Show = Callable[[str, int, int], None]  # what is being done, steps done, steps in all


@dataclass(frozen=True, slots=True)
class Job:
    """calibration: text files that gptq (and mse, where given) calibrates on; text: perplexity is measured on these."""

    source: Path
    format: str
    out: Path
    method: Method = "rtn"
    calibration: tuple[Path, ...] = ()
    text: tuple[Path, ...] = ()
    calibration_tokens: int = 8192
    text_tokens: int = 4096
    rotate: bool = False

    def checked(self) -> Format:
        """What can be known before hours of work. Raises: WrongRequestError for what does not exist or does not fit
        together, QuantizationError for a text that cannot be read and a place that cannot be written."""
        form = FORMATS.get(self.format) or FORMATS.get(self.format.upper()) or FORMATS.get(self.format.lower())
        if form is None:
            raise WrongRequestError(say("unknown_format", name=self.format, known=", ".join(FORMATS)))
        if self.method not in form.methods:
            methods = ", ".join(form.methods)
            raise WrongRequestError(say("wrong_method", name=form.name, methods=methods, method=self.method))
        if self.method in CALIBRATED and not self.calibration:
            raise WrongRequestError(say("needs_calibration", method=self.method))
        if self.out.exists() and (not self.out.is_dir() or any(self.out.iterdir())):
            raise WrongRequestError(say("out_not_empty", path=self.out))
        check_writable(self.out)
        for path in (*self.calibration, *self.text):
            text_of(path)
        return form


def quantize(job: Job, show: Show = lambda what, done, of: None) -> Report:
    """Do the job; nothing appears at `job.out` before all of it is written.

    Raises: WrongRequestError, QuantizationError.
    """
    form, began = job.checked(), time.monotonic()
    show(say("loading"), 0, 1)
    source = load(job.source)
    show(say("loading"), 1, 1)
    if form.gguf:
        check_gguf(source)
    _check_columns(source, form)
    if job.rotate:
        check_rotation(source)
    ids = tokens_of(source, job.text, job.text_tokens) if job.text else None
    before = _measure(source, ids, say("perplexity_before"), show)
    if job.rotate:
        rotate(source)
    packed, errors = pack_all(source, form, job, show)
    after = _measure(source, ids, say("perplexity_after"), show)
    report = Report(
        source=source.path.name,
        source_sha256=sha256_of(job.source),
        format=form.name,
        method=job.method,
        rotated=job.rotate,
        bits_per_weight=bits_of(packed.values()),
        weights=sum(p.shape[0] * p.shape[1] for p in packed.values()),
        layers=errors,
        calibrated=bool(job.calibration),
        perplexity_before=before,
        perplexity_after=after,
        perplexity_tokens=0 if ids is None else len(ids),
        seconds=time.monotonic() - began,
        stored=stored(packed.values()),
        kept=sum(error.error == 0.0 for error in errors) if source.packed else 0,
        without_head=source.without_head,
        served_as=gguf_type(next(iter(packed.values()))),
    )
    return write(job.out, source, form, packed, report)


def _check_columns(source: Source, form: Format) -> None:
    for layer in range(len(source.layers)):
        for name, module in source.matrices(layer):
            if unit := form.divides(module.in_features):
                values = {"layer": layer, "name": name, "columns": module.in_features}
                raise WrongRequestError(say("columns", unit=unit, format=form.name, **values))


def _measure(source: Source, ids: torch.Tensor | None, what: str, show: Show) -> float | None:
    if ids is None:
        return None
    windows, done = -(-len(ids) // WINDOW), 0

    def step() -> None:
        nonlocal done
        done += 1
        show(what, done, windows)

    show(what, 0, windows)
    return perplexity(source.model, ids, step)


def pack_all(
    source: Source, form: Format, job: Job, show: Show
) -> tuple[dict[tuple[int, str], Packed], list[LayerError]]:
    """Every matrix packed; the model's own weights become what the packed bytes say."""
    calibration = None
    if job.calibration and job.method != "rtn":
        calibration = Calibration(source, tokens_of(source, job.calibration, job.calibration_tokens))
    packed: dict[tuple[int, str], Packed] = {}
    errors: list[LayerError] = []
    for layer in range(len(source.layers)):
        show(say("quantising"), layer, len(source.layers))
        hessians = calibration.hessians(layer) if calibration else {}
        for name, module in source.matrices(layer):
            weight, place = module.weight.detach().clone(), Place(layer, len(source.layers), name)
            try:
                made = as_it_is(source, form, job, place) or pack(form, job.method, weight, place, hessians.get(name))
                packed[layer, name] = made
            except KernelError as error:
                raise QuantizationError(say("matrix", layer=layer, name=name, reason=error)) from None
            module.weight.data = made.dequantize()
            errors.append(LayerError(layer, name, layer_error(weight, module.weight.data, hessians.get(name))))
        if calibration:
            calibration.advance(layer)
    show(say("quantising"), len(source.layers), len(source.layers))
    return packed, errors


def as_it_is(source: Source, form: Format, job: Job, place: Place) -> Packed | None:
    """Of a folder that is packed already: the same matrix in this format where it says the same, bit for bit."""
    packed = source.as_packed(place.layer, place.name) if job.method == "rtn" else None
    if isinstance(packed, Grouped) and isinstance(form.grid, GroupedGrid):
        same = packed.bits == form.grid.bits and packed.in_order and packed.scales.dtype == torch.float16
        return packed if same and packed.shape[1] == packed.scales.shape[1] * form.grid.size else None
    if isinstance(packed, Rowwise) and form.name == ("int8" if packed.codes.dtype == torch.int8 else "fp8"):
        return packed
    if packed is None or gguf_type(packed) != form.name:
        return None
    made = as_gguf(packed)
    return made if loss(packed, made) == 0.0 else None
