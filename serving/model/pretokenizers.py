"""How byte-level BPE vocabularies cut text before merging, by the name GGUF gives the rule (`tokenizer.ggml.pre`).

Sources: the `tokenizer.json` of each family on huggingface.co; llama.cpp `llama-vocab.cpp`. Checked 2026-11-21.
"""

from __future__ import annotations

from tokenizers import Regex, normalizers, pre_tokenizers
from tokenizers.normalizers import Normalizer
from tokenizers.pre_tokenizers import PreTokenizer

from konspekt.serving.errors import UnsupportedModelError
from konspekt.serving.model.checking.messages import say, shown

_CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_TAIL = r"|[^\r\n\p{L}\p{N}]?\p{L}+|{digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_QWEN2 = _CONTRACTIONS + _TAIL.replace("{digits}", r"\p{N}")
_QWEN35 = (  # marks belong to the letters they stand on
    _CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_LLAMA3 = _CONTRACTIONS + _TAIL.replace("{digits}", r"\p{N}{1,3}")

_BYTES = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
_GPT2 = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)


def _split(pattern: str) -> PreTokenizer:
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), _BYTES])


def byte_level_rules(pre: str) -> tuple[Normalizer | None, PreTokenizer]:
    """(normalizer, pre-tokenizer) of a rule. Raises UnsupportedModelError naming the rules there are."""
    rules: dict[str, tuple[Normalizer | None, PreTokenizer]] = {
        "qwen2": (normalizers.NFC(), _split(_QWEN2)),
        "qwen35": (normalizers.NFC(), _split(_QWEN35)),
        "llama-bpe": (None, _split(_LLAMA3)),
        "llama3": (None, _split(_LLAMA3)),
        "smollm": (None, pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), _GPT2])),
        "gpt-2": (None, _GPT2),
        "gigachat": (None, _GPT2),
        "default": (None, _GPT2),
    }
    if pre not in rules:
        raise UnsupportedModelError(say("pretokenizer", value=shown(pre), known=", ".join(rules)))
    return rules[pre]
