"""An idle model gives its memory back, and answers as before when it is asked again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from konspekt.serving.engine.detokenizer import Detokenizer
from konspekt.serving.engine.engine import Engine, EngineConfig
from konspekt.serving.engine.sequence import Delta, SamplingParams, Sequence
from konspekt.serving.engine.sleep import Sleep
from konspekt.serving.errors import NotEnoughMemoryError, ServingError
from konspekt.serving.model.model import Model, load_model
from tests.serving.served import Served

SOON = 0.05  # seconds
STATM = Path("/proc/self/statm")


class Sleeper:
    """An engine whose model sleeps soon after each answer; `refuse` is raised instead of reading it again."""

    def __init__(self, path: Path) -> None:
        self.refuse: ServingError | None = None
        self.read = self.resident = 0

        def again(known: Model) -> tuple[Model, None]:
            if self.refuse is not None:
                raise self.refuse
            self.read += 1
            return load_model(path, known=known), None

        self.engine = Engine(load_model(path), EngineConfig(context=256, cache_tokens=2048), sleep=Sleep(SOON, again))
        self.engine.start()

    def ask(self, text: str, **params: object) -> tuple[list[int], Delta]:
        tokenizer = self.engine.model.tokenizer
        sampling = SamplingParams(**({"max_tokens": 8, "temperature": 0.0} | params))  # type: ignore[arg-type]
        sequence = Sequence(tokenizer.encode(text), sampling, Detokenizer(tokenizer))
        deltas: list[Delta] = []

        def deliver(delta: Delta) -> None:
            self.resident = resident()  # while it computes: it may sleep before this thread's next turn
            deltas.append(delta)

        self.engine.submit([(sequence, deliver)])
        while not deltas or deltas[-1].finish is None:
            time.sleep(0.005)
        return sequence.tokens[sequence.prompt_length :], deltas[-1]

    def sleeps(self) -> None:
        while not self.engine.asleep:
            time.sleep(0.005)

    def metric(self, name: str) -> float | None:
        return self.engine.metrics.registry.get_sample_value(f"konspekt_llm_{name}")


@pytest.fixture
def sleeper(tiny_path: Path) -> Iterator[Sleeper]:
    it = Sleeper(tiny_path)
    yield it
    it.engine.stop()


def test_it_answers_after_its_sleep_what_it_answered_before(sleeper: Sleeper) -> None:
    first, _ = sleeper.ask("The quick brown fox. " * 5)
    before = sleeper.read  # on a busy machine it slept before anybody asked
    for count in (1, 2):
        sleeper.sleeps()
        assert sleeper.metric("asleep") == 1
        assert sleeper.metric("sleeps_total") == sleeper.read + 1
        assert sleeper.engine.blocks.used == sleeper.engine.blocks.cached == 0
        assert sleeper.ask("The quick brown fox. " * 5)[0] == first  # nothing is left of the prefix cache
        assert sleeper.read == before + count
    sleeper.engine.blocks.check()


def test_a_state_that_is_wanted_wakes_it(sleeper: Sleeper) -> None:
    tokens = sleeper.engine.model.tokenizer.encode("Привет")
    first = sleeper.engine.pool([tokens], 1)[0].found.result(30).values
    sleeper.sleeps()
    assert sleeper.engine.pool([tokens], 1)[0].found.result(30).values.equal(first)


def test_a_model_that_cannot_be_read_again_is_told_and_tried_again(sleeper: Sleeper) -> None:
    first, _ = sleeper.ask("Почему?")
    sleeper.sleeps()
    sleeper.refuse = NotEnoughMemoryError("needs 9 MiB, 1 MiB is free")
    said, last = sleeper.ask("Почему?")
    assert (said, last.finish) == ([], "error")
    assert "9 MiB" in (last.error or "")
    with pytest.raises(NotEnoughMemoryError):
        sleeper.engine.pool([[65]], 1)[0].found.result(30)
    assert sleeper.engine.asleep
    assert sleeper.engine.alive
    assert sleeper.engine.stalled == 0
    sleeper.refuse = None
    assert sleeper.ask("Почему?")[0] == first


def test_it_does_not_sleep_while_it_answers(sleeper: Sleeper) -> None:
    answers = [sleeper.ask("abc", max_tokens=200, ignore_eos=True) for _ in range(2)]
    assert answers[0][0] == answers[1][0]
    assert len(answers[0][0]) == 200
    assert sleeper.read <= 1


def test_a_server_says_that_its_model_sleeps_and_still_counts_tokens(tiny: Model, tiny_path: Path) -> None:
    served = Served(tiny, sleep=Sleep(SOON, lambda known: (load_model(tiny_path, known=known), None)))
    try:
        before = served.chat().json()["choices"][0]["message"]
        while not served.engine.asleep:
            time.sleep(0.005)
        assert (
            served.request("GET", "/health").json() | {"asleep": True, "status": "ok"}
            == served.request("GET", "/health").json()
        )
        assert "konspekt_llm_asleep 1.0" in served.request("GET", "/metrics").text
        assert served.post("/tokenize", {"content": "hi"}).json()["count"] == 2
        assert served.chat(logit_bias={"259": 1}).status_code == 400  # beyond the vocabulary: told without waking it
        assert served.engine.asleep
        assert served.chat().json()["choices"][0]["message"] == before
    finally:
        served.close()


def resident() -> int:
    """Bytes of this process in memory; 0 where that is not told."""
    if not STATM.exists():
        return 0
    return int(STATM.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.model
@pytest.mark.skipif(not STATM.exists(), reason="needs Linux's /proc")
def test_the_memory_is_really_given_back(smollm_path: Path) -> None:
    raises = torch.ones(31 << 20, dtype=torch.uint8)  # freed, it makes glibc take blocks as large from its heap
    del raises
    it = Sleeper(smollm_path)
    try:
        given, kept, said = [], [], []
        for _ in range(3):  # other threads of this process take and give memory too
            said.append(it.ask("The capital of France is")[0])
            kept.append(torch.ones(3000))  # small things that live on lie above the weights in the heap
            it.sleeps()
            given.append(it.resident - resident())
        assert said[1:] == said[:1] * 2
        assert max(given) > 75 << 20  # the file has 94 MiB, of the embedding only rows are read
    finally:
        it.engine.stop()
