"""/v1/rerank orders documents by real scores, and refuses what it cannot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from konspekt.serving.model.model import Model
from tests.serving.served import KEY, HashEmbeddings, Served

DOCUMENTS = ["aa", "a" * 30, "a" * 5, "a" * 31, "aa"]


def ranked(served: Served, **fields: Any) -> Any:
    response = served.post("/v1/rerank", {"query": "a" * 30, "documents": DOCUMENTS} | fields)
    assert response.status_code == 200, response.text
    return response.json()


def test_scores_are_the_cosines_of_the_models_vectors(served: Served) -> None:
    found = ranked(served)
    model = HashEmbeddings()
    query, documents = model.embed(["a" * 30], query=True)[0], model.embed(DOCUMENTS, query=False)
    for result in found["results"]:
        document = documents[result["index"]]
        cosine = document @ query / np.linalg.norm(document) / np.linalg.norm(query)
        assert result["relevance_score"] == pytest.approx(float(cosine), abs=1e-6)
        assert result["document"] == {"text": DOCUMENTS[result["index"]]}
    scores = [result["relevance_score"] for result in found["results"]]
    assert scores == sorted(scores, reverse=True)
    assert [result["index"] for result in found["results"]] == [1, 3, 2, 0, 4]  # equal ones as they came
    assert found["model"] == "tiny-embedder"
    assert found["usage"]["total_tokens"] == 30 + sum(map(len, DOCUMENTS))


def test_as_many_as_are_asked_for_in_every_shape(served: Served) -> None:
    found = ranked(served, top_n=2, return_documents=False, model="tiny-embedder", documents=[{"text": "a"}, "b" * 9])
    assert [set(result) for result in found["results"]] == [{"index", "relevance_score"}] * 2
    assert len(ranked(served, top_n=99)["results"]) == len(DOCUMENTS)
    assert len(served.post("/rerank", {"query": "a", "documents": ["b"]}).json()["results"]) == 1
    assert served.post("/v1/rerank", {"query": "a", "documents": ["b"], "rank_fields": ["x"]}).headers[
        "X-Ignored-Fields"
    ] == "rank_fields"  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"documents": []}, 400, "documents"),
        ({"documents": ["a", " "]}, 400, "documents"),
        ({"documents": ["a"] * 1001}, 400, "documents"),
        ({"documents": "a"}, 400, "documents"),
        ({"query": " "}, 400, "query"),
        ({"top_n": 0}, 400, "top_n"),
        ({"documents": ["a" * 101], "truncate": False}, 400, "documents"),
        ({"query": "a" * 101, "truncate": False}, 400, "query"),
        ({"model": "other"}, 404, None),
    ],
)
def test_what_cannot_be_ranked_is_refused(
    served: Served, fields: dict[str, Any], status: int, param: str | None
) -> None:
    response = served.post("/v1/rerank", {"query": "a", "documents": ["b"]} | fields)
    assert response.status_code == status
    assert param is None or response.json()["error"]["param"].startswith(param)


def test_a_server_without_an_embedding_model_says_so(tiny: Model) -> None:
    it = Served(tiny, app={"api_key": KEY, "embeddings": None})
    try:
        assert it.post("/v1/rerank", {"query": "a", "documents": ["b"]}).status_code == 404
    finally:
        it.close()
