"""Model files with something wrong: a field of a GGUF header, an entry of a safetensors header, a value of JSON."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from random import Random
from typing import Any

SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # of GGUF's scalar values
STRING, LIST = 8, 9
NUMBERS = (
    0,
    1,
    2,
    3,
    31,
    32,
    63,
    64,
    65,
    127,
    255,
    256,
    4096,
    65535,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**40,
    2**63,
    2**64 - 1,
)
FLOATS = (0.0, -1.0, float("nan"), float("inf"), -float("inf"), 1e-30, 1e30, 0.5)
ODD: tuple[Any, ...] = (
    0, 1, -1, 2, 63, 4096, 10**6, 2**31, 2**63, 2**80, 0.5, 1e308, float("nan"), float("inf"), True, False, None,
    "", "x", "linear", "\ud800", [], [0], [1, 2], ["x"], {}, {"type": "linear"}, {"rope_type": "yarn"}, {"x": {"y": 1}},
)  # fmt: skip
DTYPES = ("F64", "F32", "F16", "BF16", "F8_E4M3", "I64", "I32", "I16", "I8", "U8", "BOOL", "Q4", "")


def fields(data: bytes) -> list[tuple[int, int]]:
    """(place, bytes) of every number and text of a GGUF header."""
    found: list[tuple[int, int]] = [(4, 4), (8, 8), (16, 8)]
    at = 24

    def number(size: int) -> int:
        nonlocal at
        found.append((at, size))
        at += size
        return int.from_bytes(data[at - size : at], "little")

    def text() -> None:
        nonlocal at
        length = number(8)
        found.append((at, length))
        at += length

    def value(kind: int) -> None:
        nonlocal at
        if kind == STRING:
            text()
        elif kind != LIST:
            number(SIZES[kind])
        else:
            inner, count = number(4), number(8)
            for _ in range(count):
                value(inner)

    tensors, keys = struct.unpack_from("<QQ", data, 8)
    for _ in range(keys):
        text()
        value(number(4))
    for _ in range(tensors):
        text()
        for _ in range(number(4)):
            number(8)
        number(4)
        number(8)
    return [(place, size) for place, size in found if size]


def mutate_gguf(data: bytes, places: list[tuple[int, int]], random: Random) -> bytes:
    """One to three changes; nearly all of them in the header, whose `fields` are `places`."""
    out, end = bytearray(data), places[-1][0] + places[-1][1]
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        kind = random.random()
        if kind < 0.6:
            out = _field_changed(out, places, random)
        elif kind < 0.75:
            for _ in range(random.randint(1, 8)):
                out[random.randrange(min(end, len(out)))] = random.randrange(256)
        elif kind < 0.85:
            place, size = random.choice(places)
            other, _ = random.choice(places)
            out[other : other + size] = out[place : place + size]
        elif kind < 0.92:
            del out[random.randrange(24, len(out)) :]
        else:
            for _ in range(random.randint(1, 64)):
                out[random.randrange(min(end, len(out) - 1), len(out))] = random.randrange(256)
        if len(out) <= end:
            break
    return bytes(out)


def _field_changed(out: bytearray, places: list[tuple[int, int]], random: Random) -> bytearray:
    place, size = random.choice(places)
    now = int.from_bytes(out[place : place + min(size, 8)], "little")
    if size in (4, 8) and random.random() < 0.25:
        out[place : place + size] = struct.pack("<f" if size == 4 else "<d", random.choice(FLOATS))
    else:
        new = random.choice((*NUMBERS, now + 1, now - 1, 2 * now, now // 2, random.getrandbits(8 * min(size, 8))))
        width = min(size, 8)
        out[place : place + width] = (new % (1 << 8 * width)).to_bytes(width, "little")
    return out


def mutate_folder(folder: Path, random: Random) -> None:
    """One change in the header of model.safetensors, or in one of the JSON files."""
    if random.random() < 0.5:
        path = folder / "model.safetensors"
        path.write_bytes(_mutate_safetensors(path.read_bytes(), random))
        return
    name = random.choice(("config.json",) * 5 + ("tokenizer_config.json", "generation_config.json", "tokenizer.json"))
    path = folder / name
    read = json.loads(path.read_text("utf-8"))
    inside = read
    while True:
        key = random.choice(sorted(inside)) if inside else "x"
        deeper = inside.get(key)
        if not isinstance(deeper, dict) or not deeper or random.random() < 0.3:
            break
        inside = deeper
    inside[random.choice((key, "rope_scaling", "head_dim", "eos_token_id")) if random.random() < 0.3 else key] = (
        random.choice(ODD)
    )
    path.write_text(json.dumps(read), "utf-8")


def _mutate_safetensors(data: bytes, random: Random) -> bytes:
    length = int.from_bytes(data[:8], "little")
    kind = random.random()
    if kind < 0.1:
        return random.choice(NUMBERS).to_bytes(9, "little")[:8] + data[8:]
    if kind < 0.2:
        return data[: random.randrange(len(data))]
    if kind < 0.3:
        out = bytearray(data)
        for _ in range(random.randint(1, 6)):
            out[random.randrange(8 + length)] = random.randrange(256)
        return bytes(out)
    header = json.loads(data[8 : 8 + length])
    name = random.choice([key for key in header if key != "__metadata__"])
    entry = header[name]
    if kind < 0.55:
        shape = entry["shape"]
        entry["shape"] = random.choice((
            shape[::-1], [n // 2 for n in shape], [2 * n for n in shape], [n + 1 for n in shape], [*shape, 1], [], [0],
            [-1, *shape[1:]], [2**63, *shape[1:]], ["x"], "x", None,
        ))  # fmt: skip
    elif kind < 0.75:
        entry["dtype"] = random.choice(DTYPES)
    elif kind < 0.9:
        first, last = entry["data_offsets"]
        entry["data_offsets"] = random.choice((
            [last, first], [first, last + 2], [first + 2, last], [0, last], [first, 2**63], [-1, last], [first], "x",
        ))  # fmt: skip
    else:
        header[random.choice((f"{name}.x", "model.layers.9999999999.x", "model.layers.x", "lm_head.bias"))] = (
            header.pop(name)
        )
    raw = json.dumps(header).encode()
    return len(raw).to_bytes(8, "little") + raw + data[8 + length :]
