"""The small parts: text that streams, pages that are shared, tokens that are drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt import modelhub
from konspekt.serving.engine.block_manager import BlockManager, page_key
from konspekt.serving.engine.detokenizer import Detokenizer
from konspekt.serving.engine.sampler import draw_from_heads, sample
from konspekt.serving.engine.sequence import SamplingParams, Sequence
from konspekt.serving.model.chat_template import ChatTemplate
from konspekt.serving.model.files.gguf_file import GGUFFile
from konspekt.serving.model.model import Model
from konspekt.serving.model.tokenizer import Tokenizer, tokenizer_from_gguf
from tests.serving.conftest import MODELS

TEXTS = [
    "Почему в SageAttention вычисление PV делают в FP16?",
    "Hello, world! It's 12345 o'clock — don't\n\n\tpanic   ok ",
    "def f(x):\n    return x**2  # квадрат\r\n\n\n  if True:\n",
    "😀👩‍👩‍👧 emoji ✅ ё й ñ",
    "   три   пробела\u00a0nbsp",
    "中文测试，。",
    "<|im_start|>user\nhi<|im_end|>\n",
]


@pytest.mark.model
@pytest.mark.parametrize("name", ["smollm2-135m", "qwen2.5-coder-0.5b", "gemma-3-270m"])
def test_tokens_agree_with_llama_cpp_and_decode_to_the_same_text(name: str) -> None:
    llama_cpp = pytest.importorskip("llama_cpp")
    path = modelhub.ensure(name, MODELS)
    ours = tokenizer_from_gguf(GGUFFile(path).metadata)
    peer = llama_cpp.Llama(str(path), vocab_only=True, verbose=False)
    for text in TEXTS:
        ids = ours.encode(text)
        assert ids == peer.tokenize(text.encode(), add_bos=False, special=True), text
        assert b"".join(ours.token_bytes[i] for i in ids).decode() == text


@pytest.mark.model
def test_the_chat_template_renders_as_transformers_does(smollm_path: Path) -> None:
    from transformers import AutoTokenizer

    reference = AutoTokenizer.from_pretrained(smollm_path.parent, gguf_file=smollm_path.name)
    ours = ChatTemplate(tokenizer_from_gguf(GGUFFile(smollm_path).metadata))
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Привет, how are you?"}]
    for some in (messages, messages[1:]):
        expected = reference.apply_chat_template(some, add_generation_prompt=True, tokenize=True, return_dict=False)
        assert ours.encode(some) == expected


@pytest.mark.parametrize(
    ("token", "of"),
    [
        ("Ġthe", b" the"),
        ("Ċ", b"\n"),
        ("Ð¿", "п".encode()),
        ("Ã", b"\xc3"),  # half a character
        ("\u0143", b"\xad"),
        ("a b", b"a b"),  # a space is no stand-in: the token is text
        ("日本", "日本".encode()),
        ("\u0144", "\u0144".encode()),  # the first beyond the stand-ins
        ("", b""),
    ],
)
def test_tokens_of_a_byte_level_vocabulary_are_the_bytes_that_their_characters_stand_for(token: str, of: bytes) -> None:
    metadata = {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": ["x", token], "tokenizer.ggml.merges": []}
    assert tokenizer_from_gguf(metadata).token_bytes == [b"x", of]


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=60), stops=st.lists(st.text(min_size=1, max_size=4), max_size=3))
def test_a_streamed_text_ends_exactly_before_the_first_stop_string(
    tiny_tokenizer: Tokenizer, text: str, stops: list[str]
) -> None:
    detokenizer = Detokenizer(tiny_tokenizer, stops)
    shown = "".join(detokenizer.feed(token) for token in byte_tokens(tiny_tokenizer, text)) + detokenizer.finish()
    places = [text.find(stop) for stop in stops if stop in text]
    if not places:
        assert shown == text
        return
    # the first stop to be complete decides; of those complete at once, the earliest
    end = min(text.find(stop) + len(stop) for stop in stops if stop in text)
    complete = [text.find(stop) for stop in stops if stop in text[:end]]
    assert shown == text[: min(complete)]


def byte_tokens(tokenizer: Tokenizer, text: str) -> list[int]:
    of = {piece: i for i, piece in enumerate(tokenizer.token_bytes) if i not in tokenizer.special.control_ids}
    return [of[bytes([byte])] for byte in text.encode("utf-8", "replace")]


@pytest.fixture(scope="module")
def tiny_tokenizer(tiny: Model) -> Tokenizer:
    return tiny.tokenizer


@settings(max_examples=100, deadline=None)
@given(
    prompts=st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=40), min_size=1, max_size=12),
    order=st.randoms(use_true_random=False),
)
def test_pages_are_shared_by_equal_prefixes_only_and_none_is_lost(prompts: list[list[int]], order: object) -> None:
    blocks = BlockManager(24, 4)
    content: dict[int, tuple[int, ...]] = {}
    owned: list[list[int]] = []
    for tokens in prompts:
        pages, keys = blocks.match(tokens)
        assert len(pages) * 4 < len(tokens)
        for n, page in enumerate(pages):
            assert content[page] == tuple(tokens[: 4 * n + 4])
        while len(pages) * 4 < len(tokens) and (page := blocks.allocate()) is not None:
            pages.append(page)
        for n in range(len(keys), min(len(pages), len(tokens) // 4)):
            keys.append(page_key(keys[-1] if keys else b"", tokens[4 * n : 4 * n + 4]))
            content[pages[n]] = tuple(tokens[: 4 * n + 4])
            blocks.publish(pages[n], keys[n])
        owned.append(pages)
        blocks.check()
        if order.random() < 0.6:  # type: ignore[attr-defined]
            blocks.release(owned.pop(order.randrange(len(owned))))  # type: ignore[attr-defined]
            blocks.check()
    for pages in owned:
        blocks.release(pages)
    blocks.check()
    assert blocks.used == 0


def drawn(tokenizer: Tokenizer, logits: list[float], count: int, **params: float) -> dict[int, float]:
    """How often each token is drawn at `count` places."""
    seen: dict[int, int] = {}
    sequence = Sequence([0], SamplingParams(max_tokens=10**6, seed=3, **params), Detokenizer(tokenizer))  # type: ignore[arg-type]
    for _ in range(count):
        token = sample(torch.tensor(logits), sequence, frozenset())
        seen[token] = seen.get(token, 0) + 1
        sequence.append(token)
    return {token: times / count for token, times in seen.items()}


def test_tokens_are_drawn_as_often_as_their_probabilities_say(tiny_tokenizer: Tokenizer) -> None:
    logits = [0.0, 1.0, 2.0, -1.0]
    expected = torch.softmax(torch.tensor(logits) / 0.8, -1)
    found = drawn(tiny_tokenizer, logits, 4000, temperature=0.8)
    for token, share in enumerate(expected):
        assert found.get(token, 0) == pytest.approx(float(share), abs=0.03)


@pytest.mark.parametrize(
    ("params", "allowed"),
    [
        ({"top_k": 2}, {1, 2}),
        ({"top_p": 0.6}, {2}),
        ({"top_p": 0.7}, {1, 2}),
        ({"min_p": 0.3}, {1, 2}),
        ({"top_k": 1}, {2}),
        ({}, {0, 1, 2, 3}),
    ],
)
def test_filters_leave_the_tokens_they_promise(
    tiny_tokenizer: Tokenizer, params: dict[str, float], allowed: set[int]
) -> None:
    # softmax of these: 0.087, 0.237, 0.644, 0.032
    assert set(drawn(tiny_tokenizer, [0.0, 1.0, 2.0, -1.0], 800, temperature=1.0, **params)) == allowed


def test_top_p_over_a_flat_large_vocabulary_keeps_its_share(tiny_tokenizer: Tokenizer) -> None:
    logits = torch.zeros(5000)
    logits[:100] = 0.01
    sequence = Sequence(
        [0], SamplingParams(max_tokens=9999, seed=1, temperature=1.0, top_p=0.5), Detokenizer(tiny_tokenizer)
    )
    tokens = set()
    for _ in range(600):
        tokens.add(sample(logits.clone(), sequence, frozenset()))
        sequence.append(0)
    assert max(tokens) < 2520
    assert len(tokens) > 400


def test_penalties_push_down_what_was_said(tiny_tokenizer: Tokenizer) -> None:
    params = SamplingParams(max_tokens=9, temperature=0.0, frequency_penalty=1.0)
    sequence = Sequence([3], params, Detokenizer(tiny_tokenizer))
    said = []
    for _ in range(4):
        said.append(sample(torch.tensor([0.0, 1.0, 2.5, -1.0]), sequence, frozenset()))
        sequence.append(said[-1])
    assert said == [2, 2, 1, 2]


@pytest.mark.parametrize("params", [{"top_k": 20, "top_p": 0.8}, {"min_p": 0.05}, {"top_p": 0.9}, {"top_k": 600}])
def test_rows_drawn_together_are_those_drawn_alone(tiny_tokenizer: Tokenizer, params: dict[str, float]) -> None:
    """The way of a GPU, which is asked once for all answers."""
    logits = 3 * torch.randn(6, 2000, generator=torch.Generator().manual_seed(1))
    rows = []
    for i in range(6):
        sampling = SamplingParams(max_tokens=99, temperature=0.5 + 0.1 * i, seed=i, **params)  # type: ignore[arg-type]
        rows.append((Sequence([0], sampling, Detokenizer(tiny_tokenizer)), 0))
    together = draw_from_heads(logits, rows)
    alone = [sample(row.clone(), sequence, frozenset()) for row, (sequence, _) in zip(logits, rows, strict=True)]
    if params.get("top_k") == 600:
        assert together == [None] * 6  # more than the head that a GPU gives up
    else:
        assert [found for found in together if found is not None] == [
            a for a, found in zip(alone, together, strict=True) if found is not None
        ]
        assert sum(found is not None for found in together) >= 5


def test_the_end_of_a_prefix_is_given_up_before_its_beginning() -> None:
    blocks = BlockManager(4, 4)
    tokens, key = list(range(17)), b""
    pages = [page for _ in range(4) if (page := blocks.allocate()) is not None]
    for i, page in enumerate(pages):
        key = page_key(key, tokens[4 * i : 4 * i + 4])
        blocks.publish(page, key)
    blocks.release(pages)
    for left in (3, 2, 1, 0):
        taken = blocks.allocate()
        found, _ = blocks.match(tokens)
        assert (taken, found) == (pages[left], pages[:left])
        blocks.release(found)


def test_of_two_prefixes_the_longer_unused_one_is_given_up() -> None:
    blocks = BlockManager(2, 4)
    for token in (1, 2):
        page = blocks.allocate()
        assert page is not None
        blocks.publish(page, page_key(b"", [token] * 4))
        blocks.release([page])
    again, _ = blocks.match([1] * 5)  # used once more, so the other one is the older
    blocks.release(again)
    blocks.allocate()
    assert blocks.match([1] * 5)[0] == again
    assert blocks.match([2] * 5)[0] == []


@pytest.mark.parametrize(
    ("params", "possible"),
    [
        ({"top_k": 2, "top_p": 0.5}, {0}),  # 0.4 of what top-k leaves is 0.57
        ({"min_p": 0.6, "top_p": 0.5}, {0}),
        ({"top_k": 2, "top_p": 0.6}, {0, 1}),
        ({"top_p": 0.5}, {0, 1}),
        ({"top_p": 0.39}, {0}),
        ({"top_p": 0.75}, {0, 1, 2}),
        ({"top_k": 3}, {0, 1, 2}),
        ({"min_p": 0.49}, {0, 1, 2}),
        ({"min_p": 0.51}, {0, 1}),
        ({"min_p": 0.6, "top_k": 1}, {0}),
    ],
)
def test_top_p_counts_what_min_p_and_top_k_leave(
    tiny_tokenizer: Tokenizer, params: dict[str, float], possible: set[int]
) -> None:
    logits = torch.tensor([0.4, 0.3, 0.2, 0.1]).log()
    drawn, together = set(), set()
    for seed in range(60):
        sampling = SamplingParams(max_tokens=9, seed=seed, **params)  # type: ignore[arg-type]
        sequence = Sequence([0], sampling, Detokenizer(tiny_tokenizer))
        drawn.add(sample(logits.clone(), sequence, frozenset()))
        together.update(draw_from_heads(logits[None], [(sequence, 0)]))
    assert drawn == together == possible
