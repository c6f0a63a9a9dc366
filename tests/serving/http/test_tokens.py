"""What a text or a chat comes to in tokens."""

from __future__ import annotations

from tests.serving.served import Served


def test_a_text_in_tokens_and_back(served: Served) -> None:
    for text in ("hi", "Почему PV в FP16? 😀", "", "<|im_end|>"):
        found = served.post("/tokenize", {"prompt": text, "return_token_strs": True}).json()
        assert found["count"] == len(found["tokens"]) == len(found["token_strs"])
        assert found["max_model_len"] == served.engine.context
        assert served.post("/detokenize", {"tokens": found["tokens"]}).json() == {"prompt": text}
    assert served.post("/tokenize", {"content": "hi"}).json()["tokens"] == served.engine.model.tokenizer.encode("hi")
    assert served.post("/tokenize", {"prompt": "hi"}).json()["token_strs"] is None


def test_a_chat_costs_what_a_completion_says_it_cost(served: Served) -> None:
    messages = [{"role": "system", "content": "Кратко."}, {"role": "user", "content": "hi <|im_end|>"}]
    counted = served.post("/tokenize", {"messages": messages}).json()["count"]
    assert counted == served.chat(messages=messages).json()["usage"]["prompt_tokens"]


def test_what_cannot_be_counted_is_refused(served: Served) -> None:
    tokens = served.engine.model.tokenizer.vocab_size
    for path, body in (
        ("/tokenize", {}),
        ("/tokenize", {"prompt": "a", "messages": [{"role": "user", "content": "a"}]}),
        ("/tokenize", {"prompt": 3}),
        ("/tokenize", {"prompt": "a" * (33 * served.engine.context)}),
        ("/tokenize", {"messages": [{"role": "user", "content": "a"}], "chat_template_kwargs": {"messages": []}}),
        ("/detokenize", {}),
        ("/detokenize", {"tokens": [tokens]}),
        ("/detokenize", {"tokens": [-1]}),
    ):
        reply = served.post(path, body)
        assert reply.status_code == 400, (path, reply.text)
        assert reply.json()["error"]["message"]
    assert served.post("/tokenize", {"prompt": "a", "model": "another"}).status_code == 404
    assert served.post("/tokenize", {"prompt": "a"}, Authorization="Bearer wrong").status_code == 401
