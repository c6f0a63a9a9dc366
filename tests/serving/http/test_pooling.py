"""What the model makes of a text, as vLLM's /pooling tells it: any layer, the same however it was computed."""

from __future__ import annotations

import base64
import threading

import numpy as np
import pytest
import torch

from konspekt.kernels import PagedBatch, functional
from konspekt.serving.model.model import Model
from tests.serving.served import Served

TEXT = "Почему PV в FP16? Потому что так точнее, чем в FP8, и почти так же быстро."


def pooled(served: Served, **fields: object) -> np.ndarray:
    reply = served.post("/pooling", {"use_activation": False} | fields)
    assert reply.status_code == 200, reply.text
    return np.array([one["data"] for one in reply.json()["data"]], np.float32)


def by_hand(model: Model, tokens: list[int], layers: int) -> np.ndarray:
    """One token at a time through the layers that answers use, one layer after the other, in a cache of its own."""
    cache = model.new_cache(-(-len(tokens) // 16))
    pages = list(range(cache.pages))
    for at, token in enumerate(tokens):
        hidden = model.embedded([token])
        batch = PagedBatch.of([1], [at + 1], [pages])
        for number, layer in enumerate(model.decoder.layers[:layers]):
            whole = model.decoder
            one = type(whole)([layer], whole.eps, whole.activation, whole.rope_style, whole.attention_scale)
            view = type(cache).of_layer(
                cache.k[number], cache.v[number], cache.k_scale[number], cache.v_scale[number], cache.kind, cache.rotate
            )
            hidden = one.forward(hidden, view, batch)
    if layers == model.config.layers:
        hidden = functional.rms_norm(hidden, model.output_norm, model.config.norm_eps)
    return hidden[0].numpy()


def close(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.dot(one, other) > 0.999 * np.linalg.norm(one) * np.linalg.norm(other))


def test_the_state_after_each_layer_is_the_models_own(served: Served, tiny: Model) -> None:
    tokens = tiny.tokenizer.encode(TEXT)
    states = [pooled(served, input=TEXT, layer=n)[0] for n in range(1, tiny.config.layers + 1)]
    for n, state in enumerate(states, start=1):
        assert state.shape == (tiny.config.hidden_size,)
        assert close(state, by_hand(tiny, tokens, n)), n
    assert not close(states[0], states[-1])
    assert np.array_equal(pooled(served, input=TEXT)[0], states[-1])


def test_the_last_layers_state_is_what_the_next_token_is_drawn_from(served: Served, tiny: Model) -> None:
    logits = functional.linear(torch.from_numpy(pooled(served, input=TEXT)), tiny.output)
    said = served.complete(prompt=TEXT, max_tokens=1, ignore_eos=True).json()["choices"][0]["text"]
    assert tiny.tokenizer.token_bytes[int(logits.argmax())].decode("utf-8", "replace") == said


def test_a_beginning_is_computed_once_and_changes_nothing(served: Served) -> None:
    long = "Другой пост. " + TEXT
    first = served.post("/pooling", {"input": long + " Да?", "layer": 2, "use_activation": False}).json()
    again = served.post(
        "/pooling", {"input": [long + " Нет?", long + " Да?"], "layer": 2, "use_activation": False}
    ).json()
    assert first["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
    assert again["usage"]["prompt_tokens_details"]["cached_tokens"] >= 2 * 16
    assert close(np.array(first["data"][0]["data"]), np.array(again["data"][1]["data"]))
    assert again["data"][0]["data"] != again["data"][1]["data"]
    one = pooled(served, input=long + " Да?", layer=1)  # another layer has other keys: nothing of the former is used
    assert close(one[0], by_hand(served.engine.model, served.engine.model.tokenizer.encode(long + " Да?"), 1))


def test_forms_that_vllm_takes(served: Served, tiny: Model) -> None:
    tokens = tiny.tokenizer.encode(TEXT)
    state = pooled(served, input=TEXT)[0]
    assert np.array_equal(pooled(served, input=tokens)[0], state)
    assert np.array_equal(pooled(served, input=[tokens, tokens[:3]])[0], state)
    reply = served.post(
        "/pooling", {"model": "tiny", "input": TEXT, "task": "embed", "encoding_format": "base64"}
    ).json()
    assert (reply["object"], reply["data"][0]["object"], reply["model"]) == ("list", "pooling", "tiny")
    assert reply["usage"]["total_tokens"] == len(tokens)
    unit = np.frombuffer(base64.b64decode(reply["data"][0]["data"]), np.float32)
    assert np.linalg.norm(unit) == pytest.approx(1, abs=1e-5)
    assert close(unit, state)
    messages = [{"role": "user", "content": "hi"}]
    asked = served.post("/tokenize", {"messages": messages}).json()["tokens"]
    assert np.array_equal(pooled(served, messages=messages), pooled(served, input=asked))


def test_answers_go_on_beside_it(served: Served) -> None:
    alone = served.chat(max_tokens=24, ignore_eos=True).json()["choices"][0]["message"]["content"]
    states: list[np.ndarray] = []
    beside = threading.Thread(target=lambda: states.extend(pooled(served, input=[TEXT + str(i) for i in range(8)])))
    beside.start()
    assert served.chat(max_tokens=24, ignore_eos=True).json()["choices"][0]["message"]["content"] == alone
    beside.join()
    assert len(states) == 8


def test_what_cannot_be_told_is_refused(served: Served, tiny: Model) -> None:
    for body in (
        {},
        {"input": []},
        {"input": ""},
        {"input": [[]]},
        {"input": 3},
        {"input": "a", "messages": [{"role": "user", "content": "a"}]},
        {"input": "a", "layer": -1},
        {"input": "a", "layer": tiny.config.layers + 1},
        {"input": "a", "task": "token_embed"},
        {"input": [tiny.output.out_features]},
        {"input": [-1]},
        {"input": "слово " * 400},
        {"input": ["a"] * 1000},
    ):
        reply = served.post("/pooling", body)
        assert reply.status_code == 400, (body, reply.text)
        assert reply.json()["error"]["message"]
    assert served.post("/pooling", {"input": "a", "model": "another"}).status_code == 404
    assert served.post("/pooling", {"input": "a"}, Authorization="Bearer wrong").status_code == 401
    assert len(pooled(served, input="a")) == 1
