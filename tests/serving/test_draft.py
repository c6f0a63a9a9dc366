"""A draft model changes how fast an answer comes, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import pytest

from konspekt.serving.engine.drafting.draft import check_vocabulary
from konspekt.serving.errors import UnsupportedModelError
from konspekt.serving.model.model import Model, load_model
from tests.serving.conftest import Answers
from tests.serving.test_engine import PROMPTS, Make, check, plain
from tests.serving.tiny import write_tiny


@pytest.fixture(scope="module", params=["itself", "a coarser one", "another"])
def draft(request: pytest.FixtureRequest, tiny: Model, tmp_path_factory: pytest.TempPathFactory) -> Model:
    """One that is always right, one that often is, one that hardly ever is."""
    path = tmp_path_factory.mktemp("draft") / "draft.gguf"
    if request.param == "itself":
        return tiny
    coarser = {"weight_type": gguf.GGMLQuantizationType.Q5_0} if request.param == "a coarser one" else {"seed": 5}
    return load_model(write_tiny(path, **coarser))  # type: ignore[arg-type]


def counted(it: Answers, name: str) -> float:
    return it.engine.metrics.registry.get_sample_value(f"konspekt_llm_{name}_tokens_total") or 0.0


def test_a_draft_model_changes_no_token(answers: Make, tiny: Model, draft: Model) -> None:
    it = answers(draft=draft, prefix_cache=False)
    check(it, answers, repetition_penalty=1.0, max_tokens=30)
    assert counted(it, "draft")
    if draft is tiny:
        assert counted(it, "accepted") > 0.75 * counted(it, "draft")  # looked-up drafts fail too


def test_nor_with_pages_taken_away_prompts_in_pieces_and_prefixes_cached(answers: Make, draft: Model) -> None:
    it = answers(draft=draft, context=208, cache_tokens=208, step_tokens=40, busy_tokens=7)
    check(it, answers, repetition_penalty=1.0, max_tokens=36)
    again = [it.add(prompt, repetition_penalty=1.0, max_tokens=36) for prompt in PROMPTS]
    it.run()
    assert [it.output(sequence) for sequence in again] == plain(answers, repetition_penalty=1.0, max_tokens=36)
    assert it.engine.scheduler.preemptions > 0


def test_what_is_drawn_is_guessed_by_the_same_draw(answers: Make, tiny: Model) -> None:
    params: dict[str, Any] = {"temperature": 0.9, "top_p": 0.95, "seed": 7, "repetition_penalty": 1.0}
    it = answers(draft=tiny, prefix_cache=False)
    check(it, answers, **params)
    assert counted(it, "accepted") > 0.75 * counted(it, "draft")  # looked-up drafts fail too


def test_the_draft_cache_keeps_what_the_prefix_cache_shares(answers: Make, tiny: Model) -> None:
    """The same question again: its keys are in the draft's pages too, so the guesses are as good as before."""
    it = answers(draft=tiny)
    for _ in range(2):
        before = counted(it, "draft"), counted(it, "accepted")
        it.add("The quick brown fox. " * 5, repetition_penalty=1.0, max_tokens=30)
        it.run()
        drafted, accepted = counted(it, "draft") - before[0], counted(it, "accepted") - before[1]
        assert accepted > 0.75 * drafted > 0


def test_another_vocabulary_is_refused_by_the_first_token_that_differs(tiny: Model, tmp_path: Path) -> None:
    check_vocabulary(tiny, tiny)
    other = load_model(write_tiny(tmp_path / "x.gguf", letters=["Я"]))
    with pytest.raises(UnsupportedModelError, match=r"token 0 is .*same family"):
        check_vocabulary(tiny, other)
