"""Can the answering model tell better than the rule whether the sources hold the answer?

    OPENAI_BASE_URL=http://127.0.0.1:8111/v1 \
        python -m benchmarks.answers.refusal_judge [--limit 100] HOME=QUESTIONS.jsonl …

The model reads the answer's own prompt, to which a server with a prefix cache adds one line, and says yes or no; what
counts is the first token's log-odds. Near misses and answerable questions in equal number, drawn from all splits but
`fresh` with a fixed seed. The rule's own log-odds stand beside it, and are flattered: it was fitted on these questions.
Results: benchmarks/results/refusal_judge.json, with what each question got, so that a rule can be fitted to both.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from pathlib import Path
from typing import Any

from openai import OpenAI

from benchmarks.answers.calibrate_refusal import DEPTH, NEVER_FITTED, kinds_of
from benchmarks.common.calibration import area_under_curve
from benchmarks.common.machine import write_result
from konspekt.answering.frequencies import IndexFrequencies
from konspekt.answering.judging.logistic import load_rule
from konspekt.answering.judging.refusal import refusal_features
from konspekt.answering.texts import Language
from konspekt.answering.words.harmless import harmless
from konspekt.answering.words.meaning import Meaning
from konspekt.answering.words.vocabulary import content_terms, rarity
from konspekt.answering.writing.context import build_context
from konspekt.answering.writing.prompts import answer_messages
from konspekt.app.build import build_database, build_embedder, build_searcher
from konspekt.app.settings import Settings
from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.indexer.evaluation import Question, read_questions

ASK: dict[Language, str] = {
    "ru": "Есть ли в источниках ответ именно на этот вопрос? Ответь одним словом, да или нет:",
    "en": "Do the sources hold the answer to exactly this question? Answer in one word, yes or no:",
}
YES, NO = ("да", "д", "yes", "y"), ("нет", "н", "no", "n")  # a token may be a word's first letter
SEEN = 20  # best tokens that are looked at


def log_odds(top: list[tuple[str, float]]) -> float:
    """Of yes against no, from (token, natural logarithm of its probability); 0 when neither is among them."""

    def mass(words: tuple[str, ...]) -> float:
        return sum(math.exp(logprob) for token, logprob in top if token.strip().lower() in words)

    return math.log((mass(YES) + 1e-6) / (mass(NO) + 1e-6))


def chosen(file: Path, limit: int) -> list[Question]:
    """Half answerable, half near misses where the file names them (any unanswerable ones where it does not)."""
    questions, kinds = [q for q in read_questions(file) if q.split != NEVER_FITTED], kinds_of(file)
    good = [q for q in questions if not q.must_be_refused]
    bad = [q for q in questions if q.must_be_refused and kinds.get(q.text, "near") == "near"]
    draw = random.Random(5)
    size = min(limit // 2, len(good), len(bad))
    return [*draw.sample(good, size), *draw.sample(bad, size)]


def judged(home: Path, file: Path, limit: int, client: OpenAI, embedder: Embedder) -> list[dict[str, Any]]:
    settings = Settings(konspekt_home=home)
    database = build_database(settings)
    searcher, frequencies, meaning = (
        build_searcher(settings, database, embedder),
        IndexFrequencies(database),
        Meaning(embedder),
    )
    model = settings.openai_model or client.models.list().data[0].id
    rule = load_rule("refusal")
    rows = []
    for number, question in enumerate(questions := chosen(file, limit), start=1):
        print(f"\r{file.name}: {number} of {len(questions)}", end="", file=sys.stderr, flush=True)
        language: Language = "en" if question.language == "en" else "ru"
        passages = searcher.search(question.text, DEPTH)
        weights = rarity(content_terms(question.text), frequencies)
        messages = answer_messages(
            question.text, build_context(passages, weights, settings.llm_context_tokens), language
        )
        asked = harmless(question.text)
        before = str(messages[-1]["content"]).rpartition(asked)[
            0
        ]  # all that the answer's prompt says before the question
        reply = client.chat.completions.create(
            model=model,
            messages=[*messages[:-1], {"role": "user", "content": f"{before}{asked}\n{ASK[language]}"}],  # type: ignore[list-item]
            max_tokens=1,
            temperature=0,
            logprobs=True,
            top_logprobs=SEEN,
        )
        tokens = reply.choices[0].logprobs
        top = [(one.token, one.logprob) for one in tokens.content[0].top_logprobs] if tokens and tokens.content else []
        probability = rule.probability(refusal_features(question.text, passages, frequencies, meaning))
        rows.append(
            {
                "question": question.text,
                "answerable": not question.must_be_refused,
                "judge": round(log_odds(top), 3),
                "rule": round(math.log(probability / (1 - probability)), 3),
            }
        )
    print(file=sys.stderr)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=100, help="questions of each file, at most")
    parser.add_argument("pairs", nargs="+", metavar="HOME=QUESTIONS")
    options = parser.parse_args()
    settings = Settings()
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
    client = OpenAI(base_url=settings.openai_base_url, api_key=key, timeout=300)
    embedder = build_embedder(settings)
    rows: list[dict[str, Any]] = []
    for home, _, file in (pair.partition("=") for pair in options.pairs):
        rows += judged(Path(home), Path(file), options.limit, client, embedder)
    labels = [row["answerable"] for row in rows]
    areas = {
        "judge": area_under_curve([row["judge"] for row in rows], labels),
        "rule": area_under_curve([row["rule"] for row in rows], labels),
        "both": area_under_curve([row["judge"] + row["rule"] for row in rows], labels),
    }
    print(
        f"{len(rows)} questions, {sum(labels)} answerable; area under the curve:",
        {k: round(v, 3) for k, v in areas.items()},
    )
    print(write_result("refusal_judge", {"questions": len(rows), "area_under_curve": areas, "rows": rows}))


if __name__ == "__main__":
    main()
