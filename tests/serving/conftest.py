from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from konspekt import modelhub
from konspekt.serving.engine.detokenizer import Detokenizer
from konspekt.serving.engine.engine import Engine, EngineConfig
from konspekt.serving.engine.scheduler import Limits
from konspekt.serving.engine.sequence import Delta, SamplingParams, Sequence
from konspekt.serving.model.model import Model, load_model
from tests.serving.tiny import write_tiny

MODELS = Path(__file__).resolve().parents[2] / "data" / "models"


@pytest.fixture(scope="session")
def tiny_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture(scope="session")
def tiny(tiny_path: Path) -> Model:
    return load_model(tiny_path)


@pytest.fixture(scope="session")
def smollm_path() -> Path:
    return modelhub.ensure("smollm2-135m", MODELS)


@pytest.fixture(scope="session")
def smollm(smollm_path: Path) -> Model:
    torch.set_num_threads(2)
    return load_model(smollm_path)


class Answers:
    """An engine that tests step by hand, in their own thread."""

    def __init__(self, model: Model, **settings: object) -> None:
        limits = Limits(**{k: settings.pop(k) for k in list(settings) if k in Limits.__dataclass_fields__})  # type: ignore[arg-type]
        self.model, draft = model, settings.pop("draft", None)
        self.engine = Engine(model, EngineConfig(limits=limits, **settings), draft)  # type: ignore[arg-type]
        self.deltas: dict[int, list[Delta]] = {}

    def add(self, prompt: list[int] | str, **params: object) -> Sequence:
        ids = self.model.tokenizer.encode(prompt) if isinstance(prompt, str) else prompt
        sampling = SamplingParams(**({"max_tokens": 24, "temperature": 0.0, "repetition_penalty": 1.3} | params))  # type: ignore[arg-type]
        detokenizer = Detokenizer(self.model.tokenizer, sampling.stop, show_control=sampling.show_control_tokens)
        sequence = Sequence(ids, sampling, detokenizer)
        deltas = self.deltas[sequence.id] = []
        self.engine.submit([(sequence, deltas.append)])
        return sequence

    def run(self, steps: int = 10_000) -> None:
        for _ in range(steps):
            self.engine._take_inbox()
            if self.engine.scheduler.idle:
                return
            self.engine.step()
            self.engine.blocks.check()

    def output(self, sequence: Sequence) -> list[int]:
        return sequence.tokens[sequence.prompt_length :]

    def text(self, sequence: Sequence) -> str:
        return "".join(delta.text for delta in self.deltas[sequence.id])


@pytest.fixture
def answers(tiny: Model) -> Callable[..., Answers]:
    return lambda **settings: Answers(tiny, **settings)


@pytest.fixture(autouse=True)
def _few_threads() -> None:
    torch.set_num_threads(1)  # a tiny model is slower on two
