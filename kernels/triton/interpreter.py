"""Where Triton's interpreter (3.6 to 3.9) computes something other than a GPU would, corrected.

It cuts float32 to bfloat16 and E4M3 instead of rounding to nearest even, lets E4M3 overflow, and multiplies the bit
patterns of bfloat16 in `tl.dot`. That of Triton 3.6 also makes an index of an array of one element in a way that numpy
2.4 refuses (triton-lang/triton#9171, mended in 3.7). Only TRITON_INTERPRET=1 comes here.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch


@cache
def repair() -> None:
    """Once per process: replace the interpreter's conversions, and its dot product of narrow floats."""
    import triton.language as tl
    from triton.runtime import interpreter

    types = {
        tl.float32: torch.float32,
        tl.float16: torch.float16,
        tl.bfloat16: torch.bfloat16,
        tl.float8e4nv: torch.float8_e4m3fn,
        tl.float8e5: torch.float8_e5m2,
    }
    integers = {1: torch.uint8, 2: torch.int16, 4: torch.int32}
    theirs = interpreter._convert_float

    def convert(data: Any, source: Any, target: Any, rounding: Any) -> Any:
        """The bits of `data`, in type `source`, rounded to `target` as unsigned integers."""
        if source not in types or target not in types:
            return theirs(data, source, target, rounding)
        width = source.primitive_bitwidth // 8
        signed = np.ascontiguousarray(data).view(getattr(np, f"{'u' if width == 1 else ''}int{8 * width}"))
        wide = torch.from_numpy(signed.copy()).view(types[source]).float()
        if target == tl.float8e4nv:
            wide = wide.clamp(-448, 448)  # cvt.rn.satfinite; NaN stays NaN
        size = target.primitive_bitwidth // 8
        bits = wide.to(types[target]).view(integers[size]).numpy()
        return bits.view(getattr(np, f"uint{8 * size}")).reshape(np.shape(data))

    their_dot = interpreter.InterpreterBuilder.create_dot

    def dot(  # noqa: PLR0917
        self: Any, a: Any, b: Any, d: Any, input_precision: Any, max_num_imprecise_acc: Any
    ) -> Any:
        wide = []
        for x in (a, b):
            narrow = x.dtype.scalar
            if narrow in (tl.bfloat16, tl.float8e4nv):
                data = convert(x.data, narrow, tl.float32, None).view(np.float32)
                x = interpreter.TensorHandle(data, tl.float32)  # noqa: PLW2901
            wide.append(x)
        return their_dot(self, wide[0], wide[1], d, input_precision, max_num_imprecise_acc)

    their_patch = interpreter._patch_lang_tensor

    def patch(tensor: Any, scope: Any) -> None:
        their_patch(tensor, scope)
        scope.set_attr(tensor, "__index__", lambda self: int(self.handle.data.item()))

    interpreter._patch_lang_tensor = patch
    interpreter._convert_float = convert
    interpreter.InterpreterBuilder.create_dot = dot
