"""How near whole documents lie to a topic, compared with the rest of the index."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from konspekt.indexer.searching.loaded_index import SAMPLE, Generation
from konspekt.storage.index.catalogue import documents_of_chunks
from konspekt.storage.index.chunks import sampled
from konspekt.storage.index.filters import Where


def nearest_documents(
    session: Session, generation: Generation, vector: NDArray[np.float32], most: int
) -> dict[str, float]:
    """Document id -> its best chunk's cosine with `vector` [D], nearest first.

    In standard deviations above the mean of the index: a cosine by itself says little, because all texts of a channel
    are alike to some degree, and to another degree for each query.
    """
    sample = sampled(session, generation.model, SAMPLE)
    if len(sample) < 2:
        return {}
    cosines = np.stack([row for _, row in sample]) @ vector
    mean, deviation = float(cosines.mean()), float(cosines.std())
    hits = generation.index.search(vector, most, Where(session))
    owners = documents_of_chunks(session, [chunk for chunk, _ in hits])
    found: dict[str, float] = {}
    for chunk, cosine in hits:
        if chunk in owners:
            found.setdefault(owners[chunk], (cosine - mean) / max(deviation, 1e-6))
    return found
