"""Spoken questions: what is heard, whether search then finds the same, and what it costs.

    KONSPEKT_HOME=… MODELS_DIR=… python -m benchmarks.product.voice [--minutes 10] [--fresh]

40 questions of `benchmarks/questions/sample.jsonl` (half of them with a term in Latin letters) are spoken by the
synthesisers that this machine has (espeak-ng; Festival with its Russian voice), as they are and with white noise 15 dB
below the voice, and heard by the speech model alone, and with the channel's terms as hints and put back by their sound.
The home must hold the index of the sample. Word error rate is against the question as it was typed, so that «дэ дэ пэ
эм» for DDPM is an error. Work is processor time of one thread, which other work on the machine does not change.
"""

from __future__ import annotations

import argparse
import re
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from benchmarks.common.frame import COMPLETE, TIME_OVER, Deadline, Results, Row, add_arguments, stamp
from benchmarks.common.paths import ROOT
from konspekt.app.build import build_database, build_searcher
from konspekt.app.local_model.ears_and_eyes import ChannelTerms
from konspekt.app.settings import Settings
from konspekt.indexer.evaluation import Question, read_questions
from konspekt.recognition import UnreadableError
from konspekt.recognition.speech.audio import samples_of
from konspekt.recognition.speech.sounds import LETTERS_RUSSIAN, readable

if TYPE_CHECKING:
    from konspekt.indexer.searching.search import Searcher
    from konspekt.recognition.speech.whisper import Whisper

COUNT, FOUND_AMONG, NOISE_BELOW = 40, 5, 15.0
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]*")
WORD = re.compile(r"\w+")
DIGIT, UNSAID = re.compile(r"\d"), re.compile(r"[^а-яё?!., -]", re.I)
DIGITS = ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"]
FESTIVAL = "festival msu_ru_nsh"
ESPEAK = {"espeak-ng ru": "ru", "espeak-ng ru+f3": "ru+f3"}


def chosen() -> list[Question]:
    """Evenly out of the tuning half: as many with a Latin term as without."""
    questions = [one for one in read_questions(ROOT / "benchmarks/questions/sample.jsonl", "tune") if one.accept]
    questions = [one for one in questions if one.language == "ru" and len(one.text) < 120]
    halves = [[one for one in questions if bool(LATIN.search(one.text)) is latin] for latin in (True, False)]
    return [half[place * len(half) // (COUNT // 2)] for half in halves for place in range(COUNT // 2)]


def aloud(question: str) -> str:
    """As a Russian speaker says it: abbreviations by their letters, other terms as they are read."""

    def said(match: re.Match[str]) -> str:
        term = match.group()
        by_letters = term.isupper() or not set(term.lower()) & set("aeiouy")
        return " ".join(LETTERS_RUSSIAN.get(c, c) for c in term.lower()) if by_letters else readable(term)

    text = DIGIT.sub(lambda match: f" {DIGITS[int(match.group())]} ", LATIN.sub(said, question))
    return " ".join(UNSAID.sub(" ", text).split())


def spoken(question: str, voice: str, folder: Path) -> bytes:
    """A WAV file."""
    out = folder / "said.wav"
    if voice == FESTIVAL:
        command = ["text2wave", "-eval", "(voice_msu_ru_nsh_clunits)", "-o", str(out)]
        subprocess.run(command, input=aloud(question).encode(), check=True, capture_output=True)
    else:
        subprocess.run(["espeak-ng", "-v", ESPEAK[voice], "-s", "140", "-w", str(out), aloud(question)], check=True)
    return out.read_bytes()


def with_noise(samples: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """White noise so many dB below the voice's mean power."""
    power = float(np.mean(samples**2)) / 10 ** (NOISE_BELOW / 10)
    noise = np.random.default_rng(seed).normal(0.0, power**0.5, len(samples))
    return (samples + noise).clip(-1, 1).astype(np.float32)


def words(text: str) -> list[str]:
    return WORD.findall(text.lower().replace("ё", "е"))


class Bench:
    def __init__(self, questions: list[Question], searcher: Searcher, terms: ChannelTerms, model: Whisper) -> None:
        self._questions, self._searcher, self._terms, self._model = questions, searcher, terms, model

    def typed(self) -> Row:
        return {"found": sum(self._found(one, one.text) for one in self._questions) / len(self._questions)}

    def heard(self, case: Row) -> Row:
        """One row: all questions in one voice."""
        errors = total = found = unspoken = 0
        work = length = 0.0
        examples = []
        with tempfile.TemporaryDirectory() as folder:
            for number, one in enumerate(self._questions):
                try:
                    samples = samples_of(spoken(one.text, case["voice"], Path(folder)), 60)
                except UnreadableError:  # Festival says nothing where it knows no way to say a word
                    unspoken += 1
                    continue
                samples = with_noise(samples, number) if case["noise"] else samples
                hint = self._terms.hint() if case["hints"] else ""
                started = time.process_time()
                text = self._model.hear(samples, "ru", hint).text
                work += time.process_time() - started
                text = self._terms.restored(text) if case["hints"] else text
                length += len(samples) / 16_000
                errors += Levenshtein.distance(words(one.text), words(text))
                total += len(words(one.text))
                found += self._found(one, text)
                examples += [[one.text, text]] if number % 8 == 0 else []
        return {
            "recall_at_5": round(found / (len(self._questions) - unspoken), 3),
            "questions": len(self._questions) - unspoken,
            "word_error_rate": round(errors / total, 3),
            "work_per_second": round(work / length, 3),
            "seconds_of_speech": round(length, 1),
            "examples": examples,
        }

    def _found(self, one: Question, text: str) -> bool:
        passages = self._searcher.search(text, FOUND_AMONG) if words(text) else []
        return any(one.answered_by(p.text, p.document_id, p.url) for p in passages)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    options = parser.parse_args()
    deadline = Deadline(options.minutes)
    settings = Settings()
    from konspekt.recognition.speech.whisper import Whisper

    database = build_database(settings)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    model = Whisper(settings.models / "whisper-base", threads=1)
    model.hear(np.zeros(16_000, np.float32), "ru")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    bench = Bench(chosen(), build_searcher(settings, database), ChannelTerms(database), model)
    what = stamp("recognition", "benchmarks/product/voice.py", packages=("faster-whisper", "ctranslate2", "av"))
    results = Results(options.out / "voice.json", stamp=what, fresh=options.fresh)
    if "typed" not in results.held:
        results.keep("memory_mb", round(memory / 1024))
        results.keep("typed", bench.typed())
    voices = [FESTIVAL] if shutil.which("text2wave") else []
    voices += list(ESPEAK) if shutil.which("espeak-ng") else []
    cases = [
        {"voice": voice, "noise": noise, "hints": hints}
        for noise in (False, True)
        for voice in voices
        for hints in (False, True)
    ]
    whole = results.measure("spoken", cases, bench.heard, deadline)
    database.close()
    return COMPLETE if whole else TIME_OVER


if __name__ == "__main__":
    raise SystemExit(main())
