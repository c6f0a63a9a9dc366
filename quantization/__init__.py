"""Makes a low-bit model from an ordinary one: round to nearest, scale search, GPTQ; and says what it cost.

>>> from konspekt.quantization import Job, quantize
>>> report = quantize(Job(source, "Q4_0", out, method="gptq", calibration=(text,)))
"""

from konspekt.quantization.errors import QuantizationError, WrongRequestError
from konspekt.quantization.methods import FORMATS, METHODS
from konspekt.quantization.run import Job, quantize

__all__ = ["FORMATS", "METHODS", "Job", "QuantizationError", "WrongRequestError", "quantize"]
