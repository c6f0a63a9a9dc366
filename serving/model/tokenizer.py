"""Text to token ids and back, from what the model's file says.

Encoding is the `tokenizers` library's; decoding is a table of bytes, because a streamed answer is decoded one token
at a time and a character may span several tokens.
"""

from __future__ import annotations

import codecs
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tokenizers import AddedToken, decoders, models, normalizers
from tokenizers import Tokenizer as Encoder

from konspekt.bilingual import joined
from konspekt.serving.errors import ModelFileError, UnsupportedModelError
from konspekt.serving.model.checking.messages import again, say, shown
from konspekt.serving.model.checking.values import Values
from konspekt.serving.model.files.folder import read_json
from konspekt.serving.model.pretokenizers import byte_level_rules
from konspekt.serving.model.templates import template_of_folder, template_of_gguf

# Tokens that end a turn, whatever the file's one `eos_token_id` says (llama.cpp treats them alike).
_END_OF_TURN = ("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<end_of_turn>", "<|endoftext|>", "<|end|>", "</s>")
# tokenizer.ggml.token_type
_UNKNOWN, _CONTROL, _USER_DEFINED, _BYTE = 2, 3, 4, 6
_LONGEST = 1024  # characters of a token of SentencePiece, which is tried at every cut
_PADDING = 1024  # how many tokens more than rows a folder may name: Gemma's has one that only its picture model knows
_ENDS = ("eos_token_id", "eot_token_id", "eom_token_id")
# what templates call the tokens with a role -> what GGUF calls their ids
_ROLES = {
    "bos_token": "bos_token_id",
    "eos_token": "eos_token_id",
    "unk_token": "unknown_token_id",
    "pad_token": "padding_token_id",
}

VocabularyKind = Literal["byte_level", "byte_fallback"]


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    bos_id: int | None
    eos_ids: frozenset[int]
    add_bos: bool
    control_ids: frozenset[int]  # never shown to a reader
    # what a chat template may write: bos_token, eos_token, unk_token, pad_token; empty where the model has none
    texts: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(_ROLES, ""))


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
    said = Values(metadata, "tokenizer.ggml.")
    model = said.text("model", "none")
    tokens = said.texts("tokens")
    if not tokens:
        raise ModelFileError(say("no_tokenizer"))
    if model not in ("gpt2", "llama"):
        raise UnsupportedModelError(say("tokenizer_kind", value=shown(model), cure=say("another")))
    kind: VocabularyKind = "byte_level" if model == "gpt2" else "byte_fallback"
    types = said.integers("token_type", len(tokens)) or [1] * len(tokens)
    roles = {key: said.integer(key, low=0, high=len(tokens) - 1) for key in (*_ROLES.values(), *_ENDS) if key in said}
    added = {i for i, kind_of in enumerate(types) if kind_of in (_UNKNOWN, _CONTROL, _USER_DEFINED)}
    control = frozenset(i for i in added if types[i] in (_UNKNOWN, _CONTROL))
    with _building():
        encoder = (_byte_level_encoder if kind == "byte_level" else _byte_fallback_encoder)(said, tokens)
        encoder.add_special_tokens([AddedToken(tokens[i], normalized=False, special=True) for i in sorted(control)])
        encoder.add_tokens([AddedToken(tokens[i], normalized=False) for i in sorted(added - control)])
    pieces = _pieces(tokens, added, {i for i, kind_of in enumerate(types) if kind_of == _BYTE}, kind)
    known = set(tokens)
    ends = {tokens.index(text) for text in _END_OF_TURN if text in known} & control
    special = SpecialTokens(
        bos_id=roles.get("bos_token_id"),
        eos_ids=frozenset(ends | {roles[key] for key in _ENDS if key in roles}),
        add_bos=said.flag("add_bos_token", kind == "byte_fallback"),
        control_ids=control,
        texts={
            name: pieces[roles[key]].decode("utf-8", "replace") if key in roles else "" for name, key in _ROLES.items()
        },
    )
    return Tokenizer(encoder, pieces, special, kind, template_of_gguf(metadata))


@contextmanager
def _building() -> Iterator[None]:
    """What the library makes of nonsense, panics of its Rust included, is a ModelFileError."""
    try:
        yield
    except (ModelFileError, UnsupportedModelError):
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise ModelFileError(say("tokenizer", reason=str(error).splitlines()[0][:200], cure=again())) from None


def _byte_level_encoder(said: Values, tokens: list[str]) -> Encoder:
    merges: list[tuple[str, str]] = []
    for merge in said.texts("merges"):
        left, space, right = merge.partition(" ")
        if not space:
            raise ModelFileError(say("merge", value=shown(merge), cure=again()))
        merges.append((left, right))
    # Qwen pads its vocabulary with unused tokens of equal names; the first one counts.
    vocab = dict(zip(reversed(tokens), range(len(tokens) - 1, -1, -1), strict=True))
    encoder = Encoder(models.BPE(vocab=vocab, merges=merges, fuse_unk=False, ignore_merges=False))
    normalizer, pre_tokenizer = byte_level_rules(said.text("pre", "default"))
    if normalizer is not None:
        encoder.normalizer = normalizer
    encoder.pre_tokenizer = pre_tokenizer
    encoder.decoder = decoders.ByteLevel()
    return encoder


def _byte_fallback_encoder(said: Values, tokens: list[str]) -> Encoder:
    """SentencePiece BPE: a pair may merge when its sum is a token, the best-scored sum first."""
    scores = said.numbers("scores", len(tokens))
    vocab = {token: i for i, token in enumerate(tokens)}
    candidates: list[tuple[float, int, int, str, str]] = []
    for i, token in enumerate(tokens):
        if len(token) > _LONGEST:
            raise ModelFileError(say("long_token", number=i, length=len(token), most=_LONGEST, cure=again()))
        for cut in range(1, len(token)):
            left, right = vocab.get(token[:cut]), vocab.get(token[cut:])
            if left is not None and right is not None:
                candidates.append((-scores[i], -left, -right, token[:cut], token[cut:]))
    candidates.sort()
    merges = [(left, right) for *_, left, right in candidates]
    unknown = tokens[said.integer("unknown_token_id", 0, low=0, high=len(tokens) - 1)]
    encoder = Encoder(models.BPE(vocab=vocab, merges=merges, unk_token=unknown, fuse_unk=True, byte_fallback=True))
    steps: list[normalizers.Normalizer] = [normalizers.Replace(" ", "▁")]
    if said.flag("add_space_prefix", True):
        steps.insert(0, normalizers.Prepend("▁"))
    encoder.normalizer = normalizers.Sequence(steps)
    return encoder


def _pieces(tokens: Sequence[str], added: set[int], byte_ids: set[int], kind: VocabularyKind) -> list[bytes]:
    if kind == "byte_fallback":
        if odd := [i for i in sorted(byte_ids) if not re.fullmatch("<0x[0-9A-Fa-f]{2}>", tokens[i])]:
            raise ModelFileError(say("byte_token", number=odd[0], value=shown(tokens[odd[0]]), cure=again()))
        return [
            bytes([int(token[3:5], 16)]) if i in byte_ids else token.replace("▁", " ").encode("utf-8", "replace")
            for i, token in enumerate(tokens)
        ]
    return [
        token.encode("utf-8", "replace") if i in added else _bytes_of_characters(token)
        for i, token in enumerate(tokens)
    ]


def _characters_of_bytes() -> str:
    """GPT-2's printable stand-ins, by byte: those that print stand for themselves, the others are U+0100 and up."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = (chr(0x100 + n) for n in range(256))
    return "".join(chr(byte) if byte in printable else next(others) for byte in range(256))


_STAND_INS = codecs.charmap_build(_characters_of_bytes())


def _bytes_of_characters(token: str) -> bytes:
    """What a token of stand-ins is; one that has other characters too is text."""
    try:
        return codecs.charmap_encode(token, "strict", _STAND_INS)[0]
    except UnicodeEncodeError:
        return token.encode("utf-8", "replace")


def tokenizer_from_folder(folder: Path) -> Tokenizer:
    """From `tokenizer.json`, `tokenizer_config.json` and `generation_config.json` of a Hugging Face folder.

    Raises ModelFileError that names the file, UnsupportedModelError for a chat template that cannot be chosen.
    """
    if not (folder / "tokenizer.json").is_file():
        raise ModelFileError(joined(": ", (folder, say("no_tokenizer_json"))))
    try:
        with _building():
            encoder = Encoder.from_file(str(folder / "tokenizer.json"))
            vocab: dict[str, int] = encoder.get_vocab(with_added_tokens=True)
            added = encoder.get_added_tokens_decoder()
        tokens = _in_order(folder, vocab)
    except ModelFileError as error:
        raise ModelFileError(joined(": ", (folder / "tokenizer.json", say("unreadable", reason=error)))) from None
    settings, generation = read_json(folder / "tokenizer_config.json"), read_json(folder / "generation_config.json")
    kind: VocabularyKind = "byte_level" if "ByteLevel" in str(encoder.decoder) else "byte_fallback"
    byte_ids = {i for i, token in enumerate(tokens) if re.fullmatch(r"<0x[0-9A-F]{2}>", token)}
    control = frozenset(i for i, token in added.items() if token.special)
    texts = _role_texts(folder, settings)
    ends = {vocab[text] for text in (*_END_OF_TURN, texts["eos_token"]) if text in vocab}
    special = SpecialTokens(
        bos_id=vocab.get(texts["bos_token"]),
        eos_ids=frozenset(ends | _generation_ends(folder, generation, len(tokens))),
        add_bos=bool(settings.get("add_bos_token", False)),
        control_ids=control,
        texts=texts,
    )
    template = template_of_folder(folder, settings)
    return Tokenizer(encoder, _pieces(tokens, set(added), byte_ids, kind), special, kind, template)


def _in_order(folder: Path, vocab: Mapping[str, int]) -> list[str]:
    """Tokens by their ids; a place without one is empty."""
    rows = read_json(folder / "config.json").get("vocab_size")
    last = max(vocab.values(), default=-1)
    if last < 0 or (isinstance(rows, int) and last >= rows + _PADDING):
        raise ModelFileError(say("vocabulary", tokens=last + 1, rows=rows, cure=again()))
    tokens = [""] * (last + 1)
    for token, i in vocab.items():
        tokens[i] = token
    return tokens


def _role_texts(folder: Path, settings: Mapping[str, Any]) -> dict[str, str]:
    """`bos_token` and the like: text, or an object with the text in it."""
    more = read_json(folder / "special_tokens_map.json")
    found: dict[str, str] = {}
    for name in _ROLES:
        said = settings.get(name, more.get(name))
        text = said.get("content") if isinstance(said, dict) else said
        found[name] = text if isinstance(text, str) else ""
    return found


def _generation_ends(folder: Path, generation: Mapping[str, Any], tokens: int) -> set[int]:
    named = generation.get("eos_token_id")
    ends = named if isinstance(named, list) else [] if named is None else [named]
    try:
        return {Values({"eos_token_id": end}).integer("eos_token_id", low=0, high=tokens - 1) for end in ends}
    except ModelFileError as error:
        raise ModelFileError(joined(": ", (folder / "generation_config.json", error))) from None
