"""Text to token ids and back, from what the model's file says.

Encoding is the `tokenizers` library's; decoding is a table of bytes, because a streamed answer is decoded one token
at a time and a character may span several tokens.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tokenizers import AddedToken, decoders, models, normalizers
from tokenizers import Tokenizer as Encoder

from konspekt.serving.errors import ModelFileError, UnsupportedModelError
from konspekt.serving.model.folder import read_json
from konspekt.serving.model.pretokenizers import byte_level_rules

# Tokens that end a turn, whatever the file's one `eos_token_id` says (llama.cpp treats them alike).
_END_OF_TURN = ("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<end_of_turn>", "<|endoftext|>", "<|end|>", "</s>")
# tokenizer.ggml.token_type
_UNKNOWN, _CONTROL, _USER_DEFINED, _BYTE = 2, 3, 4, 6

VocabularyKind = Literal["byte_level", "byte_fallback"]


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    bos_id: int | None
    eos_ids: frozenset[int]
    add_bos: bool
    control_ids: frozenset[int]  # never shown to a reader


class Tokenizer:
    """One model's vocabulary. `token_bytes[id]` is what a token adds to the text."""

    def __init__(
        self,
        encoder: Encoder,
        pieces: Sequence[bytes],
        special: SpecialTokens,
        kind: VocabularyKind,
        template: str | None,
    ) -> None:
        self._encoder = encoder
        self._lock = threading.Lock()
        self.token_bytes = pieces
        self.special = special
        self.kind = kind
        self.chat_template = template
        texts = sorted((pieces[i].decode("utf-8", "replace") for i in special.control_ids), key=len, reverse=True)
        self.control_pattern = re.compile("|".join(re.escape(text) for text in texts if text) or r"(?!)")

    @property
    def vocab_size(self) -> int:
        return len(self.token_bytes)

    def encode(self, text: str, *, parse_special: bool = True, add_bos: bool = False) -> list[int]:
        """Token ids. With `parse_special` false, `<|im_end|>` in the text is plain text, not a control token."""
        with self._lock:  # the switch is a state of the encoder
            self._encoder.encode_special_tokens = not parse_special
            ids = self._encoder.encode_batch_fast([text], add_special_tokens=False)[0].ids  # lets other threads run
        bos = self.special.bos_id
        return [bos, *ids] if add_bos and bos is not None and ids[:1] != [bos] else list(ids)


def tokenizer_from_gguf(metadata: dict[str, Any]) -> Tokenizer:
    """Build from `tokenizer.ggml.*`. Raises UnsupportedModelError (vocabulary type by name), ModelFileError."""
    model = str(metadata.get("tokenizer.ggml.model", "none"))
    try:
        tokens: list[str] = metadata["tokenizer.ggml.tokens"]
    except KeyError:
        raise ModelFileError("the file carries no tokenizer (tokenizer.ggml.tokens)") from None
    types: list[int] = metadata.get("tokenizer.ggml.token_type") or [1] * len(tokens)
    if model == "gpt2":
        kind: VocabularyKind = "byte_level"
        encoder = _byte_level_encoder(metadata, tokens)
    elif model == "llama":
        kind = "byte_fallback"
        encoder = _byte_fallback_encoder(metadata, tokens)
    else:
        raise UnsupportedModelError(f"tokenizer.ggml.model = {model!r} is not supported, there are gpt2 and llama")
    added = {i for i, kind_of in enumerate(types) if kind_of in (_UNKNOWN, _CONTROL, _USER_DEFINED)}
    control = frozenset(i for i in added if types[i] in (_UNKNOWN, _CONTROL))
    encoder.add_special_tokens([AddedToken(tokens[i], normalized=False, special=True) for i in sorted(control)])
    encoder.add_tokens([AddedToken(tokens[i], normalized=False) for i in sorted(added - control)])
    pieces = _pieces(tokens, added, {i for i, kind_of in enumerate(types) if kind_of == _BYTE}, kind)
    ends = {tokens.index(text) for text in _END_OF_TURN if text in set(tokens)} & control
    for key in ("eos_token_id", "eot_token_id", "eom_token_id"):
        if (value := metadata.get(f"tokenizer.ggml.{key}")) is not None:
            ends.add(int(value))
    special = SpecialTokens(
        bos_id=metadata.get("tokenizer.ggml.bos_token_id"),
        eos_ids=frozenset(ends),
        add_bos=bool(metadata.get("tokenizer.ggml.add_bos_token", kind == "byte_fallback")),
        control_ids=control,
    )
    return Tokenizer(encoder, pieces, special, kind, metadata.get("tokenizer.chat_template"))


def _byte_level_encoder(metadata: dict[str, Any], tokens: list[str]) -> Encoder:
    merges = [tuple(merge.split(" ", 1)) for merge in metadata.get("tokenizer.ggml.merges", [])]
    # Qwen pads its vocabulary with unused tokens of equal names; the first one counts.
    vocab = {token: i for i, token in reversed(list(enumerate(tokens)))}
    encoder = Encoder(models.BPE(vocab=vocab, merges=merges, fuse_unk=False, ignore_merges=False))
    normalizer, pre_tokenizer = byte_level_rules(str(metadata.get("tokenizer.ggml.pre", "default")))
    if normalizer is not None:
        encoder.normalizer = normalizer
    encoder.pre_tokenizer = pre_tokenizer
    encoder.decoder = decoders.ByteLevel()
    return encoder


def _byte_fallback_encoder(metadata: dict[str, Any], tokens: list[str]) -> Encoder:
    """SentencePiece BPE: a pair may merge when its sum is a token, the best-scored sum first."""
    scores: list[float] = metadata["tokenizer.ggml.scores"]
    vocab = {token: i for i, token in enumerate(tokens)}
    candidates: list[tuple[float, int, int, str, str]] = []
    for i, token in enumerate(tokens):
        for cut in range(1, len(token)):
            left, right = vocab.get(token[:cut]), vocab.get(token[cut:])
            if left is not None and right is not None:
                candidates.append((-scores[i], -left, -right, token[:cut], token[cut:]))
    candidates.sort()
    merges = [(left, right) for *_, left, right in candidates]
    unknown = tokens[int(metadata.get("tokenizer.ggml.unknown_token_id", 0))]
    encoder = Encoder(models.BPE(vocab=vocab, merges=merges, unk_token=unknown, fuse_unk=True, byte_fallback=True))
    steps: list[normalizers.Normalizer] = [normalizers.Replace(" ", "▁")]
    if metadata.get("tokenizer.ggml.add_space_prefix", True):
        steps.insert(0, normalizers.Prepend("▁"))
    encoder.normalizer = normalizers.Sequence(steps)
    return encoder


def _pieces(tokens: Sequence[str], added: set[int], byte_ids: set[int], kind: VocabularyKind) -> list[bytes]:
    if kind == "byte_fallback":
        return [
            bytes([int(token[3:5], 16)]) if i in byte_ids else token.replace("▁", " ").encode("utf-8", "replace")
            for i, token in enumerate(tokens)
        ]
    table = _byte_of_character()
    return [
        token.encode("utf-8", "replace")
        if i in added or not all(character in table for character in token)
        else bytes(table[character] for character in token)
        for i, token in enumerate(tokens)
    ]


def _byte_of_character() -> dict[str, int]:
    """GPT-2's printable stand-ins: bytes that print stand for themselves, the others for U+0100 and up."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}


def tokenizer_from_folder(folder: Path) -> Tokenizer:
    """From `tokenizer.json`, `tokenizer_config.json` and `generation_config.json` of a Hugging Face folder."""
    if not (folder / "tokenizer.json").is_file():
        raise ModelFileError(f"{folder} has no tokenizer.json; only fast tokenizers are supported")
    try:
        encoder = Encoder.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library has no narrower one
        raise ModelFileError(f"{folder / 'tokenizer.json'}: cannot be read: {error}") from None
    settings, generation = read_json(folder / "tokenizer_config.json"), read_json(folder / "generation_config.json")
    vocab: dict[str, int] = encoder.get_vocab(with_added_tokens=True)
    tokens = [""] * (max(vocab.values()) + 1)
    for token, i in vocab.items():
        tokens[i] = token
    added = encoder.get_added_tokens_decoder()
    kind: VocabularyKind = "byte_level" if "ByteLevel" in str(encoder.decoder) else "byte_fallback"
    byte_ids = {i for i, token in enumerate(tokens) if re.fullmatch(r"<0x[0-9A-F]{2}>", token)}
    control = frozenset(i for i, token in added.items() if token.special)
    ends = {vocab[text] for text in _END_OF_TURN if text in vocab}
    named = generation.get("eos_token_id", [])
    ends |= set(named if isinstance(named, list) else [named])
    bos = settings.get("bos_token")
    bos_text = bos.get("content") if isinstance(bos, dict) else bos
    special = SpecialTokens(
        bos_id=vocab.get(bos_text) if bos_text else None,
        eos_ids=frozenset(ends),
        add_bos=bool(settings.get("add_bos_token", False)),
        control_ids=control,
    )
    template = settings.get("chat_template")
    if (folder / "chat_template.jinja").is_file():
        template = (folder / "chat_template.jinja").read_text("utf-8")
    return Tokenizer(encoder, _pieces(tokens, set(added), byte_ids, kind), special, kind, template)
