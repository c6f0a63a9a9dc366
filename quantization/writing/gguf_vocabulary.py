"""The tokenizer of a transformers folder as GGUF keeps it: tokens, their kinds, merges, and the name of its rule.

Byte-level BPE only (GPT-2, Llama 3, Qwen, SmolLM). GGUF names the rule where tokenizer.json spells it out, so the
rules known here are tried on a text that tells them apart, as llama.cpp's converter does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
from tokenizers import Tokenizer as Encoder

from konspekt.quantization.errors import WrongRequestError
from konspekt.quantization.messages import say
from konspekt.serving.model.pretokenizers import byte_level_rules
from konspekt.serving.model.tokenizer import Tokenizer

RULES = ("qwen2", "llama-bpe", "smollm", "gpt-2")
PROBE = "I'LL say: it's 1234567 — Привет, мир!\n\n\t  x=y**2;  ﬁ é e\u0301 ١٢٣ 北京\r\n (a_b) 🙂‍↔️   \n"
NORMAL, CONTROL, USER_DEFINED, UNUSED = 1, 3, 4, 5


def add_vocabulary(writer: gguf.GGUFWriter, folder: Path, tokenizer: Tokenizer, size: int) -> None:
    """size: rows of the embedding. Raises: as `rule_of`."""
    encoder = Encoder.from_file(str(folder / "tokenizer.json"))
    said: dict[str, Any] = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]
    tokens, kinds = [f"[PAD{i}]" for i in range(size)], [UNUSED] * size
    for token, i in encoder.get_vocab(with_added_tokens=True).items():
        tokens[i], kinds[i] = token, NORMAL
    for i, added in encoder.get_added_tokens_decoder().items():
        kinds[i] = CONTROL if added.special else USER_DEFINED
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(rule_of(folder, tokenizer))
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in said["merges"]]
    if merges:
        writer.add_token_merges(merges)
    special = tokenizer.special
    if special.bos_id is not None:
        writer.add_bos_token_id(special.bos_id)
    if special.eos_ids:
        writer.add_eos_token_id(_end(folder, special.eos_ids))
    writer.add_add_bos_token(special.add_bos)
    if tokenizer.chat_template:
        writer.add_chat_template(tokenizer.chat_template)


def rule_of(folder: Path, tokenizer: Tokenizer) -> str:
    """How text is cut before merging, as GGUF calls it. Raises: WrongRequestError where it has no name."""
    encoder = Encoder.from_file(str(folder / "tokenizer.json"))
    said: dict[str, Any] = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]
    if tokenizer.kind != "byte_level" or said.get("type") != "BPE":
        raise WrongRequestError(say("vocabulary", path=folder, known="byte-level BPE"))

    def cut(normalizer: Any, splitter: Any) -> list[str]:
        text = PROBE if normalizer is None else normalizer.normalize_str(PROBE)
        return [piece for piece, _ in splitter.pre_tokenize_str(text)]

    if encoder.pre_tokenizer is not None:
        wanted = cut(encoder.normalizer, encoder.pre_tokenizer)
        for name in RULES:
            if cut(*byte_level_rules(name)) == wanted:
                return name
    raise WrongRequestError(say("vocabulary", path=folder, known=", ".join(RULES)))


def _end(folder: Path, ends: frozenset[int]) -> int:
    """The one that config.json names, which ends a turn; GGUF has one, the others are known by their texts."""
    for name in ("generation_config.json", "config.json"):
        if (folder / name).is_file():
            said = json.loads((folder / name).read_text("utf-8")).get("eos_token_id")
            first = said[0] if isinstance(said, list) and said else said
            if first in ends:
                return int(first)
    return min(ends)
