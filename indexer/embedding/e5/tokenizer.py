"""The tokenizer of multilingual-e5-small: SentencePiece's unigram over the packed file's pieces.

`sentencepiece` keeps the 250,000 pieces in 50 MB where `tokenizers` needs 250: a bot without a model fits a server of
1 GB. Method: https://arxiv.org/abs/1808.06226.
"""

from __future__ import annotations

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

from konspekt.indexer.embedding.e5.file import E5File
from konspekt.indexer.embedding.e5.normalising import normalised

UNIGRAM, NORMAL, UNKNOWN, CONTROL = 1, 1, 2, 3  # of sentencepiece_model.proto


class E5Tokenizer:
    """Thread-safe."""

    def __init__(self, file: E5File) -> None:
        self._bos, self._eos = file.bos, file.eos
        self._model = sentencepiece.SentencePieceProcessor(model_proto=_model_of(file))

    def ids(self, text: str) -> list[int]:
        """Without special tokens, never cut."""
        ids: list[int] = self._model.encode(normalised(text))
        return ids

    def framed(self, text: str, limit: int) -> list[int]:
        """With <s> and </s>; a text of more than `limit` tokens, these two included, loses its end."""
        return [self._bos, *self.ids(text)[: limit - 2], self._eos]


def _model_of(file: E5File) -> bytes:
    """The file's vocabulary as SentencePiece writes its models; normalising is done above."""
    special = {file.unk: UNKNOWN, file.bos: CONTROL, file.eos: CONTROL, file.pad: CONTROL}
    model = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]  # made at import
    for number, (piece, score) in enumerate(file.pieces):
        model.pieces.add(piece=piece, score=score, type=special.get(number, NORMAL))
    trainer = model.trainer_spec
    trainer.model_type = UNIGRAM
    trainer.unk_id, trainer.bos_id, trainer.eos_id, trainer.pad_id = file.unk, file.bos, file.eos, file.pad
    normalizer = model.normalizer_spec
    normalizer.name = "identity"
    normalizer.add_dummy_prefix = normalizer.remove_extra_whitespaces = normalizer.escape_whitespaces = True
    written: bytes = model.SerializeToString()
    return written
