"""A tiny random model as a real GGUF file: every architecture in a second, with a byte-level vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import gguf
import gguf.quants
import numpy as np

LETTERS = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
BYTE_TOKENS = [chr(b) for b in LETTERS] + [chr(256 + n) for n in range(256 - len(LETTERS))]
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
TOKENS = [*BYTE_TOKENS, *SPECIAL]


# As Qwen 2.5 has tools called.
TOOLS_TEMPLATE = (
    "{% if tools %}{{ '<|im_start|>system\n' }}{% for tool in tools %}{{ tool | tojson }}{{ '\n' }}{% endfor %}"
    '{{ \'<tool_call>{"name": ..., "arguments": ...}</tool_call><|im_end|>\n\' }}{% endif %}'
    "{% for message in messages %}{{ '<|im_start|>' + message.role + '\n' + message.content }}"
    "{% for call in message.tool_calls or [] %}{{ '<tool_call>\n' }}{{ call.function | tojson }}{{ '\n</tool_call>' }}"
    "{% endfor %}{{ '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def add_vocabulary(
    writer: gguf.GGUFWriter, pre: str = "qwen2", letters: Sequence[str] = (), template: str | None = None
) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list([*letters, *TOKENS[len(letters) :]])
    writer.add_token_types([1] * 256 + [3] * len(SPECIAL))
    writer.add_token_merges([])
    writer.add_bos_token_id(256)
    writer.add_eos_token_id(258)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE if template is None else template)


def write_tiny(  # one switch a difference between families
    path: Path,
    architecture: str = "qwen2",
    *,
    layers: int = 2,
    hidden: int = 128,
    heads: int = 2,
    kv_heads: int = 1,
    head_dim: int = 64,
    feed_forward: int = 256,
    context: int = 512,
    window: int | None = None,
    weight_type: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.Q8_0,
    seed: int = 0,
    extra: dict[str, str | int] | None = None,
    pre: str = "qwen2",
    stray: str | None = None,
    letters: Sequence[str] = (),
    template: str | None = None,
) -> Path:
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(str(path), architecture)
    writer.add_name("tiny")
    writer.add_block_count(layers)
    writer.add_context_length(context)
    writer.add_embedding_length(hidden)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10_000.0)
    if window:
        writer.add_sliding_window(window)
    for key, value in (extra or {}).items():
        writer.add_key_value(
            key, value, gguf.GGUFValueType.STRING if isinstance(value, str) else gguf.GGUFValueType.UINT32
        )
    add_vocabulary(writer, pre, letters, template)

    def matrix(name: str, rows: int, columns: int, scale: float = 1.0) -> None:
        values = (random.standard_normal((rows, columns)) * scale / columns**0.5).astype(np.float32)
        writer.add_tensor(name, gguf.quants.quantize(values, weight_type), raw_dtype=weight_type)

    def vector(name: str, size: int, mean: float = 1.0) -> None:
        writer.add_tensor(name, (mean + 0.1 * random.standard_normal(size)).astype(np.float32))

    matrix("token_embd.weight", len(TOKENS), hidden)
    matrix("output.weight", len(TOKENS), hidden, scale=3.0)  # not tied: a tied random model only repeats itself
    vector("output_norm.weight", hidden)
    for i in range(layers):
        at = f"blk.{i}."
        vector(at + "attn_norm.weight", hidden)
        vector(at + "ffn_norm.weight", hidden)
        matrix(at + "attn_q.weight", heads * head_dim, hidden)
        matrix(at + "attn_k.weight", kv_heads * head_dim, hidden)
        matrix(at + "attn_v.weight", kv_heads * head_dim, hidden)
        matrix(at + "attn_output.weight", hidden, heads * head_dim, scale=40.0)
        matrix(at + "ffn_gate.weight", feed_forward, hidden)
        matrix(at + "ffn_up.weight", feed_forward, hidden)
        matrix(at + "ffn_down.weight", hidden, feed_forward, scale=40.0)
        if architecture == "qwen2":
            vector(at + "attn_q.bias", heads * head_dim, mean=0.0)
            vector(at + "attn_k.bias", kv_heads * head_dim, mean=0.0)
            vector(at + "attn_v.bias", kv_heads * head_dim, mean=0.0)
        if architecture in ("qwen3", "gemma3"):
            vector(at + "attn_q_norm.weight", head_dim)
            vector(at + "attn_k_norm.weight", head_dim)
        if architecture == "gemma3":
            vector(at + "post_attention_norm.weight", hidden)
            vector(at + "post_ffw_norm.weight", hidden)
    if stray:
        vector(stray, hidden)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
