"""/v1/rerank: documents by what they have to do with a question, in the shape of Jina and Cohere.

The score is the cosine of the two vectors that the index's embedding model makes, a question read as one. It orders;
it is no probability, and different models' scores do not compare.
Sources, checked 2026-11-30: https://jina.ai/reranker, https://docs.cohere.com/reference/rerank
"""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from konspekt.serving.errors import InvalidRequestError
from konspekt.serving.http.fields import Lenient, at_most
from konspekt.serving.http.vectors.embeddings import Embeddings, vectors_of, wanted
from konspekt.serving.http.workers import Workers

_DOCUMENTS = 1000  # as with Cohere


class Document(Lenient):
    text: str


class RerankRequest(Lenient):
    """`truncate`: of a text longer than the model reads, the beginning counts; false: it is refused."""

    model: str | None = None
    query: str
    documents: Annotated[list[str | Document], BeforeValidator(at_most(_DOCUMENTS, "documents"))] = Field(min_length=1)
    top_n: int | None = Field(None, ge=1)
    return_documents: bool = True
    truncate: bool = True

    def texts(self) -> list[str]:
        """Raises InvalidRequestError when there is nothing to compare."""
        texts = [document if isinstance(document, str) else document.text for document in self.documents]
        if not self.query.strip():
            raise InvalidRequestError("`query` must be non-empty text", "query")
        if not all(text.strip() for text in texts):
            raise InvalidRequestError("`documents` must be non-empty texts", "documents")
        return texts


async def rerank(model: Embeddings | None, body: RerankRequest, workers: Workers) -> dict[str, Any]:
    """The response, best first. Raises InvalidRequestError (nothing to compare, too long), NotServedError."""
    body.refuse_unsupported()
    served, texts = wanted(model, body.model), body.texts()
    queries, asked = await vectors_of(served, [body.query], workers, query=True, cut=body.truncate, field="query")
    documents, read = await vectors_of(served, texts, workers, query=False, cut=body.truncate, field="documents")
    lengths = np.linalg.norm(documents, axis=1) * np.linalg.norm(queries[0])
    scores = documents @ queries[0] / np.maximum(lengths, np.finfo(np.float32).tiny)
    order = np.argsort(-scores, kind="stable")[: body.top_n]
    results = [
        {"index": int(i), "relevance_score": float(scores[i])}
        | ({"document": {"text": texts[i]}} if body.return_documents else {})
        for i in order
    ]
    counted = {"prompt_tokens": asked + read, "total_tokens": asked + read}
    return {"id": f"rerank-{uuid.uuid4().hex}", "model": served.name, "usage": counted, "results": results}
