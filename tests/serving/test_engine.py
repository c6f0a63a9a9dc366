"""Whatever else is in the batch, however a prompt is cut: the same tokens as a plain greedy run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from konspekt.serving.errors import InvalidRequestError, QueueFullError
from tests.serving.conftest import Answers

Make = Callable[..., Answers]
PROMPTS = ["Почему вычисление PV делают в FP16?", "abcabcabcabc", "x" * 70, "The quick brown fox. " * 8, "1"]


def plain(answers: Make, **params: object) -> list[list[int]]:
    """One at a time, one whole prompt a step, no cache, no speculation."""
    it = answers(prefix_cache=False, draft_tokens=0, running=1)
    sequences = [it.add(prompt, **params) for prompt in PROMPTS]
    it.run()
    return [it.output(sequence) for sequence in sequences]


def check(it: Answers, answers: Make, **params: object) -> None:
    sequences = [it.add(prompt, **params) for prompt in PROMPTS]
    it.run()
    assert [it.output(sequence) for sequence in sequences] == plain(answers, **params)
    assert it.engine.blocks.used == 0
    assert all(it.deltas[s.id][-1].finish in ("stop", "length") for s in sequences)
    assert [t for s in sequences for d in it.deltas[s.id] for t in d.tokens] == [
        t for s in sequences for t in it.output(s)
    ]


def test_a_batch_answers_like_one_after_another(answers: Make) -> None:
    check(answers(prefix_cache=False, draft_tokens=0), answers)


def test_a_prompt_in_pieces_answers_like_a_whole_one(answers: Make) -> None:
    check(answers(prefix_cache=False, draft_tokens=0, step_tokens=7, busy_tokens=3), answers)


def test_preempted_answers_go_on_where_they_were(answers: Make) -> None:
    it = answers(prefix_cache=False, draft_tokens=0, context=208, cache_tokens=208)
    check(it, answers)
    assert it.engine.scheduler.preemptions > 0


def test_preemption_beside_prefix_cache_and_speculation_changes_nothing(answers: Make) -> None:
    it = answers(context=208, cache_tokens=208, step_tokens=40)
    check(it, answers)
    assert it.engine.scheduler.preemptions > 0


def test_a_known_prefix_is_not_computed_again_and_changes_nothing(answers: Make) -> None:
    it = answers(draft_tokens=0)
    check(it, answers)
    again = [it.add(prompt) for prompt in PROMPTS]
    it.run()
    assert [it.output(sequence) for sequence in again] == plain(answers)
    assert [s.cached_tokens for s in again] == [(len(s.tokens[: s.prompt_length]) - 1) // 16 * 16 for s in again]


def test_speculation_changes_nothing_and_saves_steps(answers: Make) -> None:
    it = answers(prefix_cache=False)
    check(it, answers, max_tokens=60, repetition_penalty=1.0)
    drafted = it.engine.metrics.registry.get_sample_value("konspekt_llm_draft_tokens_total")
    accepted = it.engine.metrics.registry.get_sample_value("konspekt_llm_accepted_tokens_total")
    assert drafted
    assert accepted


def test_a_seed_gives_the_same_answer_alone_in_a_batch_and_with_speculation(answers: Make) -> None:
    params = {"temperature": 0.9, "top_p": 0.95, "seed": 7, "repetition_penalty": 1.1, "frequency_penalty": 0.2}
    check(answers(step_tokens=20), answers, **params)
    assert plain(answers, **params) != plain(answers, **(params | {"seed": 8}))


def test_a_prefix_cache_gives_up_the_longest_unused_pages(answers: Make) -> None:
    it = answers(context=96, cache_tokens=96)
    for letter in "abcde":
        it.add(letter * 80, max_tokens=4)
        it.run()
    last = it.add("e" * 80, max_tokens=4)
    it.run()
    first = it.add("a" * 80, max_tokens=4)
    it.run()
    assert last.cached_tokens == 64
    assert first.cached_tokens == 0


def test_running_answers_get_a_token_in_every_step_while_a_long_prompt_is_read(answers: Make) -> None:
    it = answers(prefix_cache=False, draft_tokens=0, busy_tokens=8)
    short = it.add("short", max_tokens=60, ignore_eos=True)
    it.run(steps=2)
    it.add("long " * 60)
    for _ in range(20):
        before = short.output_length
        it.run(steps=1)
        assert short.output_length == before + 1


def test_a_cancelled_answer_gives_its_pages_back_before_the_next_step(answers: Make) -> None:
    it = answers(prefix_cache=False)
    one = it.add("x" * 100, max_tokens=50, ignore_eos=True)
    it.run(steps=3)
    assert it.engine.blocks.used > 0
    it.engine.cancel(one)
    it.engine._take_inbox()
    assert it.engine.blocks.used == 0
    assert it.deltas[one.id][-1].finish == "cancelled"
    it.engine.cancel(one)
    it.engine._take_inbox()


def test_siblings_share_the_prompt_of_the_first(answers: Make) -> None:
    it = answers()
    first = it.add("y" * 100, temperature=1.0, seed=1)
    second = it.add("y" * 100, temperature=1.0, seed=2)
    second.after = first
    it.run()
    assert first.cached_tokens == 0
    assert second.cached_tokens == 96


def test_too_long_a_prompt_is_refused_with_the_excess(answers: Make) -> None:
    it = answers(context=64)
    with pytest.raises(InvalidRequestError, match="7 tokens too long") as caught:
        it.add("z" * 70)
    assert caught.value.code == "context_length_exceeded"


def test_an_answer_ends_where_the_context_ends(answers: Make) -> None:
    it = answers(context=64, cache_tokens=64)
    sequence = it.add("z" * 60, max_tokens=100, ignore_eos=True)
    it.run()
    assert len(sequence.tokens) == 64
    assert sequence.finish == "length"


def test_a_full_queue_refuses_with_a_time_to_wait(answers: Make) -> None:
    it = answers(waiting=2)
    it.add("a")
    it.add("b")
    with pytest.raises(QueueFullError) as caught:
        it.add("c")
    assert caught.value.retry_after >= 1


def test_a_failing_step_ends_its_requests_and_the_engine_goes_on(
    answers: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = answers()
    broken = it.add("boom")
    engine = it.engine
    real = engine.step

    def fail_once() -> None:
        monkeypatch.setattr(engine, "step", real)
        raise RuntimeError("boom")

    engine.scheduler.schedule()
    monkeypatch.setattr(engine, "step", fail_once)
    engine.start()
    while not it.deltas[broken.id]:
        pass
    assert it.deltas[broken.id][-1].finish == "error"
    fine = it.add("fine", max_tokens=3)
    while not it.deltas[fine.id] or it.deltas[fine.id][-1].finish is None:
        pass
    engine.stop()
    assert it.engine.blocks.used == 0
