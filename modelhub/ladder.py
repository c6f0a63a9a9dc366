"""Models that word or point at answers in Russian, best first: what `LOCAL_MODEL=auto` chooses from. Data only.

Sizes in bytes, checked 2026-11-30. Files of a hub are known by the hash that the hub itself states, noted at the first
fetch (pins.py); Qwen publishes the 4B model as 8 GB of safetensors only, so its four-bit file is Unsloth's. What a
model is good for is not written here: `konspekt models check` measures it on the machine that runs it.
"""

from __future__ import annotations

from dataclasses import dataclass

WEIGHTS = 1.15  # rearranged weights are a little larger than the file's
PROCESS = 600 << 20  # Python, torch, the tokenizer and the activations of one step
CACHE_TOKENS = 16384  # of the server's KV cache
BOT = 1 << 30  # the bot beside its model, with the embedding model and the index


@dataclass(frozen=True, slots=True)
class Rung:
    """`source`: what `modelhub.ensure` takes. `token`: bytes that a token takes in the cache, in int8."""

    name: str
    source: str
    size: int
    token: int
    licence: str
    title: str

    @property
    def memory(self) -> int:
        """Bytes that its server takes with a full cache."""
        return int(self.size * WEIGHTS) + PROCESS + self.token * CACHE_TOKENS

    @property
    def repository(self) -> str | None:
        """On a hub, or None for a model that the registry knows with its places."""
        return self.source.partition(":")[0] if "/" in self.source else None


def _token(layers: int, heads: int, head_dim: int) -> int:
    """Keys and values in int8, and a 4-byte scale for each."""
    return layers * heads * 2 * (head_dim + 4)


LADDER: tuple[Rung, ...] = (
    Rung(
        "t-lite-2.1",
        "t-tech/T-lite-it-2.1-GGUF:T-lite-it-2.1-Q4_K_M.gguf",
        5_030_000_000,
        _token(36, 8, 128),
        "Apache-2.0",
        "T-lite-it-2.1 (8B, of Qwen3, taught Russian) Q4_K_M",
    ),
    Rung(
        "qwen3-4b",
        "unsloth/Qwen3-4B-Instruct-2507-GGUF:Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
        2_497_281_120,
        _token(36, 8, 128),
        "Apache-2.0",
        "Qwen3-4B-Instruct-2507 Q4_K_M",
    ),
    Rung(
        "qwen3-1.7b",
        "Qwen/Qwen3-1.7B-GGUF:Qwen3-1.7B-Q8_0.gguf",
        1_834_426_016,
        _token(28, 8, 128),
        "Apache-2.0",
        "Qwen3-1.7B Q8_0",
    ),
    Rung(
        "qwen2.5-coder-1.5b",
        "qwen2.5-coder-1.5b",
        1_117_320_768,
        _token(28, 2, 128),
        "Apache-2.0",
        "Qwen2.5-Coder-1.5B-Instruct Q4_K_M, also in the package index",
    ),
    Rung(
        "qwen2.5-coder-0.5b",
        "qwen2.5-coder-0.5b",
        491_400_064,
        _token(24, 2, 64),
        "Apache-2.0",
        "Qwen2.5-Coder-0.5B-Instruct Q4_K_M, also in the package index",
    ),
)


# Known by name and never chosen by itself: none of its kind has run on a machine of ours. Size and licence as published
# (revision 97045b2): latents of 512 numbers and 64 for the position, each with a 4-byte scale, in 26 layers
BY_NAME: tuple[Rung, ...] = (
    Rung(
        "gigachat-3.1",
        "ai-sage/GigaChat3.1-10B-A1.8B-GGUF:GigaChat3.1-10B-A1.8B-q4_K_M.gguf",
        6_474_702_976,
        26 * (512 + 64 + 2 * 4),
        "MIT",
        "GigaChat 3.1 Lightning (10B, 1.8B of them at work) Q4_K_M",
    ),
)


# Larger Whispers, converted for CTranslate2 by the people of faster-whisper (MIT, as OpenAI's weights are)
SPEECH = {
    "whisper-small": "Systran/faster-whisper-small",
    "whisper-medium": "Systran/faster-whisper-medium",
    "whisper-large-v3": "Systran/faster-whisper-large-v3",
}


def source_of(name: str) -> str:
    """What `name` stands for: a rung's source, a speech model's, or itself."""
    return next((rung.source for rung in (*LADDER, *BY_NAME) if rung.name == name), SPEECH.get(name, name))
