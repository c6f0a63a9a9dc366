"""What a compiled kernel costs, counted in its machine code: instructions, barriers and those of its loops."""

from __future__ import annotations

import re
from dataclasses import dataclass

LINE = re.compile(r"^\s+/\*([0-9a-f]{4,})\*/\s+(?:@!?U?P\w+\s+)?([A-Z][\w.]*)([^;]*);", re.MULTILINE)
PRODUCT = re.compile(r"[IHQ]G?MMA\b")  # on tensor cores, of a warp or of a group of four


@dataclass(frozen=True, slots=True)
class Counted:
    """loops: the instructions of each innermost loop with a tensor-core product in it, the shortest first. In this
    project's kernels the shortest is the one that most turns are taken of: what is cut by a mask has one of its own."""

    instructions: int
    barriers: int
    loops: tuple[int, ...]


def count(listing: str) -> Counted:
    """listing: what `cuobjdump -sass` writes of one kernel. The padding at its end is not counted."""
    found = [(int(at, 16), name, rest) for at, name, rest in LINE.findall(listing)]
    while found and found[-1][1].startswith(("NOP", "BRA")) and _jumps_back(*found[-1]) is None:
        found.pop()
    places = {at: i for i, (at, _, _) in enumerate(found)}
    loops = [
        (places[target], i)
        for i, (at, name, rest) in enumerate(found)
        if (target := _jumps_back(at, name, rest)) is not None and target in places
    ]
    inner = [(a, b) for a, b in loops if not any((c, d) != (a, b) and a <= c and d <= b for c, d in loops)]
    multiplying = [b - a + 1 for a, b in inner if any(PRODUCT.match(name) for _, name, _ in found[a : b + 1])]
    barriers = sum(name.startswith("BAR.") for _, name, _ in found)
    return Counted(len(found), barriers, tuple(sorted(multiplying)))


def _jumps_back(at: int, name: str, rest: str) -> int | None:
    """Where a jump goes that goes back; a jump to itself, which pads a kernel's end, is none."""
    if not name.startswith("BRA") or (target := re.search(r"0x([0-9a-f]+)\s*$", rest)) is None:
        return None
    place = int(target[1], 16)
    return place if place < at else None
