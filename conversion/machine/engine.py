"""One translation model in memory: lines in, a few translations of each out, the likeliest first."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from konspekt.conversion.error_messages import wrong
from konspekt.conversion.machine.families import Direction, TranslationError, direction, family_of

_LONGEST = 400  # tokens of an answer: a line of a post, not a page
_BEAM = 4


class Engine:
    """A folder as transformers saves it (safetensors: no code is read) or as CTranslate2 converts it. Calls block; one
    at a time. Raises TranslationError."""

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        from transformers import AutoTokenizer

        self._lock = threading.Lock()
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise TranslationError(wrong("translator_unreadable", path=folder, reason=error)) from error
        self.family = family_of(self._tokenizer)
        self._fast = _converted(folder, threads) if (folder / "model.bin").is_file() else None
        self._slow = _saved(folder) if self._fast is None else None

    def translate(
        self, lines: Sequence[str], source: str, target: str, *, choices: int = 1, beam: int = _BEAM
    ) -> list[list[str]]:
        """For each line at most `choices` different translations."""
        with self._lock:
            way = direction(self._tokenizer, self.family, source, target)
            given = [way.prefix + line for line in lines]
            beam = max(beam, choices)
            if self._fast is not None:
                found = self._converted(given, way, choices, beam)
            else:
                found = self._generated(given, way, choices, beam)
        return [[text for text in dict.fromkeys(one) if text] for one in found]

    def _generated(self, given: list[str], way: Direction, choices: int, beam: int) -> list[list[str]]:
        import torch

        assert self._slow is not None
        batch = self._tokenizer(given, return_tensors="pt", padding=True, truncation=True, max_length=_LONGEST)
        forced = {} if way.first is None else {"forced_bos_token_id": self._tokenizer.convert_tokens_to_ids(way.first)}
        with torch.inference_mode():
            ids = self._slow.generate(
                **{name: value for name, value in batch.items() if name in ("input_ids", "attention_mask")},
                num_beams=beam,
                num_return_sequences=choices,
                max_new_tokens=_room(batch["input_ids"].shape[1]),
                do_sample=False,
                **forced,
            )
        texts = [str(text).strip() for text in self._tokenizer.batch_decode(ids, skip_special_tokens=True)]
        return [texts[place : place + choices] for place in range(0, len(texts), choices)]

    def _converted(self, given: list[str], way: Direction, choices: int, beam: int) -> list[list[str]]:
        assert self._fast is not None
        tokenizer = self._tokenizer
        tokens = [tokenizer.convert_ids_to_tokens(tokenizer.encode(line))[:_LONGEST] for line in given]
        results = self._fast.translate_batch(
            tokens,
            target_prefix=None if way.first is None else [[way.first]] * len(tokens),
            beam_size=beam,
            num_hypotheses=choices,
            max_decoding_length=_room(max(map(len, tokens))),
        )
        texts: list[list[str]] = []
        for result in results:
            said = [one[1:] if way.first is not None and one[:1] == [way.first] else one for one in result.hypotheses]
            ids = [tokenizer.convert_tokens_to_ids(one) for one in said]
            texts.append([str(tokenizer.decode(one, skip_special_tokens=True)).strip() for one in ids])
        return texts


def _room(length: int) -> int:
    return min(_LONGEST, 2 * length + 20)


def _saved(folder: Path) -> Any:
    from transformers import AutoModelForSeq2SeqLM

    try:
        return AutoModelForSeq2SeqLM.from_pretrained(folder, local_files_only=True, use_safetensors=True).eval()
    except (OSError, ValueError) as error:
        raise TranslationError(wrong("translator_unreadable", path=folder, reason=error)) from error


def _converted(folder: Path, threads: int | None) -> Any:
    try:
        import ctranslate2
    except ImportError as error:
        raise TranslationError(wrong("no_ctranslate2")) from error
    try:
        return ctranslate2.Translator(str(folder), device="cpu", compute_type="default", intra_threads=threads or 0)
    except (RuntimeError, ValueError) as error:
        raise TranslationError(wrong("translator_unreadable", path=folder, reason=error)) from error
