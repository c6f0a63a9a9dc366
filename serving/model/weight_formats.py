"""What the matrices of a Hugging Face folder may be quantised to while they are read: what the gguf package writes."""

from __future__ import annotations

from typing import Literal, get_args

FolderFormat = Literal["Q8_0", "Q5_1", "Q5_0", "Q4_1", "Q4_0", "BF16", "F16"]
FOLDER_FORMATS: tuple[FolderFormat, ...] = get_args(FolderFormat)
