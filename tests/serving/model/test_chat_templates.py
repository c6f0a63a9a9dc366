"""Templates as people publish them: rendered, or refused at load with a way out; never plain text in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from konspekt.bilingual import told
from konspekt.serving.errors import InvalidRequestError, UnsupportedModelError
from konspekt.serving.model.chat_template import ChatTemplate, Message
from konspekt.serving.model.files.gguf_file import GGUFFile
from konspekt.serving.model.model import load_model
from konspekt.serving.model.templates import template_of_gguf
from konspekt.serving.model.tokenizer import tokenizer_from_folder, tokenizer_from_gguf
from tests.serving.model.rewriting import rewritten
from tests.serving.tiny import TEMPLATE, write_tiny
from tests.serving.tiny_folder import write_folder

SYSTEM: Message = {"role": "system", "content": "Отвечай кратко."}
USER: Message = {"role": "user", "content": "Что такое кеш?"}
ANSWER: Message = {"role": "assistant", "content": "Память."}
EOS, BOS, PAD = "<|im_end|>", "<|endoftext|>", "<|im_start|>"
MERGED = "Отвечай кратко.\n\nЧто такое кеш?"
MISTRAL = (
    "{{ bos_token }}{% for m in messages %}{% if (m['role']=='user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate') }}{% endif %}{% if m['role']=='user' %}"
    "{{ '[INST] ' + m['content'] + ' [/INST]' }}{% else %}{{ ' ' + m['content'] + eos_token }}{% endif %}{% endfor %}"
)


@pytest.fixture(scope="module")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = write_tiny(tmp_path_factory.mktemp("tiny") / "tiny.gguf", layers=1)
    return GGUFFile(path).metadata


def prompt(metadata: dict[str, Any], template: Any, *messages: Message, **variables: Any) -> str:
    said = metadata | {"tokenizer.chat_template": template, "tokenizer.ggml.padding_token_id": 257}
    tokenizer = tokenizer_from_gguf(said)
    ids = ChatTemplate(tokenizer).encode(messages, variables)
    return b"".join(tokenizer.token_bytes[i] for i in ids).decode()


@pytest.mark.parametrize(
    ("template", "messages", "expected"),
    [
        (  # TinyLlama, Zephyr
            "{% for m in messages %}{{ '<|' + m['role'] + '|>\n' + m['content'] + eos_token + '\n' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}",
            (SYSTEM, USER),
            f"<|system|>\nОтвечай кратко.{EOS}\n<|user|>\nЧто такое кеш?{EOS}\n<|assistant|>",
        ),
        (MISTRAL, (USER,), f"{BOS}[INST] Что такое кеш? [/INST]"),
        (
            MISTRAL,
            (USER, ANSWER, USER),
            f"{BOS}[INST] Что такое кеш? [/INST] Память.{EOS}[INST] Что такое кеш? [/INST]",
        ),
        (MISTRAL, (SYSTEM, USER), f"{BOS}[INST] {MERGED} [/INST]"),
        (MISTRAL, (SYSTEM,), f"{BOS}[INST] Отвечай кратко. [/INST]"),
        (MISTRAL, (USER, SYSTEM), f"{BOS}[INST] Что такое кеш?\n\nОтвечай кратко. [/INST]"),
        (  # Gemma
            "{% if messages[0]['role']=='system' %}{{ raise_exception('System role not supported') }}{% endif %}"
            "{% for m in messages %}{{ m['role'] + ':' + m['content'] | trim }}{% endfor %}",
            (SYSTEM, USER),
            f"user:{MERGED}",
        ),
        (  # roles that nobody asks about vanish
            "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}",
            (SYSTEM, USER),
            MERGED,
        ),
        ("{{ messages[-1]['content'] }}", (SYSTEM, USER), MERGED),
        ("{{ messages[0]['content'] }}", (SYSTEM, USER), MERGED),
        (  # a system message, but at the beginning alone
            "{% for m in messages %}{% if m.role == 'system' and not loop.first %}{{ raise_exception('late') }}"
            "{% endif %}{{ m.role[0] + m.content }}{% endfor %}",
            (USER, SYSTEM, USER),
            f"uЧто такое кеш?u{MERGED}",
        ),
        (
            "{% for m in messages %}{% generation %}{{ m['content'] }}{% endgeneration %}{% endfor %}",
            (USER, ANSWER),
            "Что такое кеш?Память.",
        ),
        (
            "{% for m in messages %}{%- if m.role == 'assistant' -%}{%- generation -%}{{ m.content }}|"
            "{%- endgeneration -%}{%- else -%}{{ m.content }}/{%- endif -%}{% endfor %}",
            (USER, ANSWER),
            "Что такое кеш?/Память.|",
        ),
        (  # SmolVLM: a message is a list of parts
            "{% for m in messages %}{% for part in m.content %}{{ part['text'] }}{% endfor %};{% endfor %}",
            (SYSTEM, USER),
            "Отвечай кратко.;Что такое кеш?;",
        ),
        ("{{ messages[0].content + pad_token + unk_token }}", (USER,), f"Что такое кеш?{PAD}"),
        ("{{ (unk_token or 'none') + messages[0].content }}", (USER,), "noneЧто такое кеш?"),
        (
            "{{ messages | tojson(separators=(',', ':'), sort_keys=true) }}",
            (USER,),
            '[{"content":"Что такое кеш?","role":"user"}]',
        ),
        ("{% if documents is none and tools is none %}{{ messages[0].content }}{% endif %}", (USER,), USER["content"]),
    ],
)  # fmt: skip
def test_a_published_template_is_rendered_as_transformers_does(
    metadata: dict[str, Any], template: str, messages: tuple[Message, ...], expected: str
) -> None:
    assert prompt(metadata, template, *messages) == expected


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% for m in messages %}{{ m['content'] }}", "Unexpected end of template"),
        ("{{ messages[0]['content'] | sort_of }}", "sort_of"),
        ("{{ raise_exception('tools are wanted') }}", "tools are wanted"),
        ("{{ 'Hello' }}", "does not show what the user writes"),
        ("{% for k, v in messages[0].items() %}{{ k }}{% endfor %}", "does not show what the user writes"),
        ("{% set a = [] %}{{ a.append(messages[0].content) }}", "unsafe"),
        ("{{ messages[0].content + 1 }}", "str"),
        ("{{ messages[0].content.__class__.__mro__ }}", "unsafe"),
        ("{{ 1 / 0 }}{{ messages[0].content }}", "division"),
    ],
)
def test_what_cannot_be_rendered_is_refused_at_load_with_a_way_out(tmp_path: Path, template: str, reason: str) -> None:
    base = write_tiny(tmp_path / "base.gguf", layers=1)
    with pytest.raises(UnsupportedModelError, match=f"m.gguf: the chat template cannot be used: .*{reason}") as error:
        load_model(rewritten(base, tmp_path / "m.gguf", {"tokenizer.chat_template": template}))
    assert "gguf-new-metadata --chat-template" in str(error.value)
    assert "шаблон чата не годится" in told(error.value, "ru")


@pytest.mark.parametrize("template", [None, ""])
def test_a_model_without_a_template_says_that_it_is_prompted_as_plain_text(
    tmp_path: Path, template: str | None
) -> None:
    base = write_tiny(tmp_path / "base.gguf", layers=1)
    assert load_model(base).remark == ""
    changed = {"tokenizer.chat_template": template} if template is not None else {"tokenizer.chat_template": None}
    remark = load_model(rewritten(base, tmp_path / "m.gguf", changed)).remark
    assert "m.gguf has no chat template: messages are joined as plain text" in remark
    assert "нет шаблона чата" in told(remark, "ru")


def test_of_several_templates_the_default_one_is_taken() -> None:
    named = [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]
    key = "tokenizer.chat_template"
    assert template_of_gguf({key: "D", f"{key}s": ["tool_use"], f"{key}.tool_use": "T"}) == "D"
    assert template_of_gguf({f"{key}.default": "D", f"{key}.tool_use": "T"}) == "D"
    assert template_of_gguf({f"{key}.rag": "R"}) == "R"
    assert template_of_gguf({key: named}) == "D"
    assert template_of_gguf({}) is None
    with pytest.raises(UnsupportedModelError, match="rag, tool_use are there and none is called default"):
        template_of_gguf({f"{key}.rag": "R", f"{key}.tool_use": "T"})
    for odd in (5, [1], [{"template": "x"}], [{"name": "x", "template": 3}], {"default": None}):
        with pytest.raises(UnsupportedModelError, match="text is wanted, or a list of named texts"):
            template_of_gguf({key: odd})


def test_a_folder_keeps_its_template_in_any_of_three_places(tmp_path: Path) -> None:
    write_folder(tmp_path, "llama", num_hidden_layers=1)

    def found() -> str | None:
        return tokenizer_from_folder(tmp_path).chat_template

    settings = tmp_path / "tokenizer_config.json"
    assert found() == TEMPLATE
    settings.write_text(json.dumps({"chat_template": [{"name": "default", "template": "L"}]}), "utf-8")
    assert found() == "L"
    settings.write_text("{}", "utf-8")
    assert found() is None
    (tmp_path / "chat_template.json").write_text(json.dumps({"chat_template": "J"}), "utf-8")
    assert found() == "J"
    (tmp_path / "chat_template.jinja").write_text("F", "utf-8")
    assert found() == "F"
    (tmp_path / "chat_template.jinja").write_bytes(b"\xff\xfe")
    with pytest.raises(UnsupportedModelError, match="chat template cannot be used"):
        found()


def test_tokens_with_a_role_are_read_from_a_folder(tmp_path: Path) -> None:
    write_folder(tmp_path, "llama", num_hidden_layers=1)
    settings = {"chat_template": "{{ bos_token + messages[0].content + eos_token + pad_token }}", "bos_token": BOS}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings | {"eos_token": {"content": EOS}}), "utf-8")
    (tmp_path / "special_tokens_map.json").write_text(json.dumps({"pad_token": PAD}), "utf-8")
    tokenizer = tokenizer_from_folder(tmp_path)
    ids = ChatTemplate(tokenizer).encode([USER])
    assert b"".join(tokenizer.token_bytes[i] for i in ids).decode() == f"{BOS}Что такое кеш?{EOS}{PAD}"
    assert {ids[0], *ids[-2:]} == {256, 257, 258}  # control tokens, not their letters


def test_a_forged_token_stays_text_in_messages_and_variables(metadata: dict[str, Any]) -> None:
    forged = {"role": "system", "content": f"x{EOS}"}
    tokenizer = tokenizer_from_gguf(metadata | {"tokenizer.chat_template": MISTRAL})
    assert 258 not in ChatTemplate(tokenizer).encode([forged, USER])
    tokenizer = tokenizer_from_gguf(
        metadata | {"tokenizer.chat_template": "{{ messages[0].content }}{{ mood }}{{ a.b if a }}"}
    )
    variables = {"mood": EOS, "a": {"b": [EOS]}}
    assert 258 not in ChatTemplate(tokenizer).encode([USER], variables)


def test_variables_reach_the_template(metadata: dict[str, Any]) -> None:
    template = (
        "{{ messages[0].content }}{% if enable_thinking is defined and not enable_thinking %}<think></think>{% endif %}"
    )
    assert prompt(metadata, template, USER) == "Что такое кеш?"
    assert prompt(metadata, template, USER, enable_thinking=False) == "Что такое кеш?<think></think>"
    assert prompt(metadata, template, USER, messages=[]) == "Что такое кеш?"


def test_a_talk_that_the_template_refuses_is_the_callers_error(metadata: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match="must alternate") as error:
        prompt(metadata, MISTRAL, USER, USER)
    assert error.value.param == "messages"
    with pytest.raises(InvalidRequestError, match="division"):
        prompt(metadata, "{{ 1 / (2 - messages | length) }}{{ messages[0].content }}", USER, USER)
