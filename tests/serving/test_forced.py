"""What a grammar leaves no choice about is not asked of the model, and changes no token of the answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from konspekt.serving.engine.detokenizer import Detokenizer
from konspekt.serving.engine.grammar import Grammar, GrammarFactory, GrammarSpec
from konspekt.serving.engine.sequence import SamplingParams, Sequence
from konspekt.serving.model.model import Model, load_model
from tests.serving.conftest import Answers
from tests.serving.tiny import write_tiny

SPECS = [
    GrammarSpec.choice(["Лекция отменена.", "Лекция перенесена на вторник."]),
    GrammarSpec.choice(["the only answer there is, and a long one"]),
    GrammarSpec("regex", r"[1-9](, [1-9]){0,2}"),
    GrammarSpec("json_schema", '{"type":"object","properties":{"ok":{"type":"boolean"},"n":{"type":"integer"}},'
                '"required":["ok","n"],"additionalProperties":false}'),
    GrammarSpec("regex", r"(yes|no|нет)!"),
]  # fmt: skip
PROMPTS = ["Выбери: 1, 2, 3.", "abcabcabc", "x" * 70, "The quick brown fox. " * 6, "?"]


@pytest.fixture(scope="module")
def grammars(tiny: Model) -> Iterator[list[Grammar]]:
    factory = GrammarFactory(tiny.tokenizer, tiny.output.out_features)
    yield [factory.compile(spec) for spec in SPECS]
    factory.close()


class Constrained(Answers):
    """Answers whose prompts have a grammar each; steps are counted."""

    def ask(self, grammars: list[Grammar], prompts: list[str] = PROMPTS, **params: object) -> list[list[int]]:
        asked = [self.constrained(prompt, grammar, **params) for prompt, grammar in zip(prompts, grammars, strict=True)]
        self.run()
        assert self.engine.blocks.used == 0
        for sequence in asked:
            assert [t for delta in self.deltas[sequence.id] for t in delta.tokens] == self.output(sequence)
        return [self.output(sequence) for sequence in asked]

    def constrained(self, prompt: str, grammar: Grammar, **params: object) -> Sequence:
        sampling = SamplingParams(**({"max_tokens": 100, "temperature": 0.0} | params))  # type: ignore[arg-type]
        detokenizer = Detokenizer(self.model.tokenizer, sampling.stop, show_control=sampling.show_control_tokens)
        sequence = Sequence(self.model.tokenizer.encode(prompt), sampling, detokenizer, grammar.start())
        deltas = self.deltas[sequence.id] = []
        self.engine.submit([(sequence, deltas.append)])
        return sequence

    def counted(self, name: str) -> float:
        return self.engine.metrics.registry.get_sample_value(f"konspekt_llm_{name}_total") or 0.0


def one_by_one(model: Model, grammars: list[Grammar], prompts: list[str] = PROMPTS, **params: object) -> Constrained:
    """Every token from logits of its own, one answer at a time."""
    it = Constrained(model, prefix_cache=False, draft_tokens=0, running=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sequence, "forced", None)
        it.outputs = it.ask(grammars, prompts, **params)  # type: ignore[attr-defined]
    assert it.counted("forced_tokens") == 0
    return it


@pytest.mark.parametrize(
    "settings",
    [
        {"prefix_cache": False, "draft_tokens": 0, "running": 1},
        {"prefix_cache": False, "draft_tokens": 0},
        {},
        {"step_tokens": 7, "busy_tokens": 3},
    ],
    ids=["alone", "batched", "drafted", "cut"],
)
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"temperature": 0.9, "top_p": 0.95, "seed": 7, "repetition_penalty": 1.1},
        {"min_tokens": 4, "logit_bias": ((65, 5.0),)},
        {"logprobs": 2},
        {"max_tokens": 9},
        {"stop": ("на",)},
    ],
    ids=["greedy", "seed", "biased", "logprobs", "short", "stop"],
)
def test_forced_tokens_change_no_answer(
    tiny: Model, grammars: list[Grammar], settings: dict[str, object], params: dict[str, object]
) -> None:
    it = Constrained(tiny, **settings)
    assert it.ask(grammars, **params) == one_by_one(tiny, grammars, **params).outputs  # type: ignore[attr-defined]


@pytest.mark.parametrize("draft_tokens", [0, 12])
def test_a_preempted_answer_keeps_what_was_forced(tiny: Model, grammars: list[Grammar], draft_tokens: int) -> None:
    prompts = [letter * 18 for letter in "abcdef"]
    asked = [grammars[1], grammars[0], grammars[3]] * 2
    it = Constrained(tiny, context=208, cache_tokens=208, draft_tokens=draft_tokens)
    assert it.ask(asked, prompts) == one_by_one(tiny, asked, prompts).outputs  # type: ignore[attr-defined]
    assert it.engine.scheduler.preemptions > 0


def test_they_cost_no_step_of_their_own(tiny: Model, grammars: list[Grammar]) -> None:
    slow, fast = one_by_one(tiny, grammars), Constrained(tiny, prefix_cache=False, draft_tokens=0, running=1)
    assert fast.ask(grammars) == slow.outputs  # type: ignore[attr-defined]
    assert fast.counted("forced_tokens") > 40
    assert fast.counted("steps") < slow.counted("steps") / 2


def test_a_choice_of_two_costs_one_decision(tiny: Model, grammars: list[Grammar]) -> None:
    it = Constrained(tiny, draft_tokens=0)
    sequence = it.constrained("?", grammars[4])
    it.run()
    assert it.text(sequence) in {"yes!", "no!", "нет!"}
    assert it.counted("steps") == 1  # the first letter decides


def test_an_end_that_is_forced_is_the_end(tiny: Model, grammars: list[Grammar]) -> None:
    it = Constrained(tiny, draft_tokens=0)
    sequence = it.constrained("?", grammars[1])
    it.run()
    assert it.text(sequence) == "the only answer there is, and a long one"
    assert sequence.finish == "stop"
    assert sequence.tokens[-1] in tiny.tokenizer.special.eos_ids
    assert it.counted("steps") == 3  # a prompt, and forty letters by sixteen


def test_a_running_answer_goes_on_in_every_step_while_a_long_prompt_is_read(
    tiny: Model, grammars: list[Grammar]
) -> None:
    it = Constrained(tiny, prefix_cache=False, draft_tokens=0, busy_tokens=8)
    it.add("long " * 40)
    it.run(steps=1)
    late = it.constrained("?", grammars[3])
    it.add("long " * 80)
    while late.output_length == 0:
        it.run(steps=1)
    while late.finish is None:
        before = late.output_length
        it.run(steps=1)
        assert late.output_length > before


@pytest.mark.parametrize("with_draft", [False, True])
def test_a_draft_model_and_forced_tokens_agree(
    tiny: Model, tmp_path: Path, grammars: list[Grammar], with_draft: bool
) -> None:
    draft = load_model(write_tiny(tmp_path / "draft.gguf", seed=3)) if with_draft else None
    it = Constrained(tiny, draft=draft)
    assert it.ask(grammars) == one_by_one(tiny, grammars).outputs  # type: ignore[attr-defined]


@pytest.mark.model
def test_a_real_vocabulary_writes_the_names_of_a_schema_in_its_own_pieces(smollm: Model) -> None:
    """The text is certain and its tokens are not: as drafts they save steps and stay the model's own choice."""
    specs = [
        SPECS[3],
        GrammarSpec("json_schema", '{"type":"object","properties":{"first_name":{"type":"string","maxLength":9},'
                    '"favourite_colour":{"enum":["red","green"]}},"required":["first_name","favourite_colour"]}'),
        GrammarSpec.choice(["The lecture has been cancelled.", "The lecture has been moved to Tuesday evening."]),
    ]  # fmt: skip
    factory = GrammarFactory(smollm.tokenizer, smollm.output.out_features)
    compiled = [factory.compile(spec) for spec in specs]
    factory.close()
    prompts = ["Is it ok? ", "Describe Ann as JSON: ", "When is the lecture? "]
    slow = one_by_one(smollm, compiled, prompts)
    fast = Constrained(smollm)
    assert fast.ask(compiled, prompts) == slow.outputs  # type: ignore[attr-defined]
    assert fast.counted("accepted_tokens") > 0
    assert fast.counted("steps") < slow.counted("steps") / 3
