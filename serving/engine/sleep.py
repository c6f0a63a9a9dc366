"""A model that nobody has asked for a while gives its memory back, and is read again for the next request."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from dataclasses import dataclass, replace

from konspekt.kernels import Decoder, QuantizedTensor
from konspekt.serving.model.model import Model


@dataclass(frozen=True, slots=True)
class Sleep:
    """`after`: seconds without a request. `read_again`: gives the model, and its draft model where there is one, as
    they were; given the one that sleeps. It may raise ServingError: no memory now, say."""

    after: float
    read_again: Callable[[Model], tuple[Model, Model | None]]


def collect() -> None:
    """Give the system back what is no longer held.

    Once large blocks were freed, glibc takes blocks of up to 32 MiB from its heap, of which only the top goes back by
    itself: a model's matrices would stay below whatever came after them.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # glibc alone has it
        trim(0)


def without_weights(model: Model) -> Model:
    """What requests are checked, written and counted with: sizes, settings and the tokenizer."""
    old = model.decoder
    decoder = Decoder([], old.eps, old.activation, old.rope_style, old.attention_scale, old.products)
    return replace(model, embedding=_hollow(model.embedding), decoder=decoder, output=_hollow(model.output), head=None)


def _hollow(w: QuantizedTensor) -> QuantizedTensor:
    """Its shape alone."""
    made = QuantizedTensor(w.data, w.type_name, w.shape)
    made.release()
    return made
